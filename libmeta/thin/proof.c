/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/proof.h"

#include <string.h>

#include "base/alloc.h"
#include "io/stream.h"
#include "thin/mappings.h"
#include "thin/misplaced.h"
#include "thin/refill.h"
#include "thin/suspects.h"
#include "thin/twice.h"

enum {
	ROUNDS = 32,
	MOST_FAULTS = 10000,
};

struct proof {
	struct thin_salvage *s;
	struct walk walk;
	struct fault_sink sink;
	struct keytags tags;
	struct roster roster;
	struct refs claims;
};

static int make_roster(struct proof *p)
{
	const struct thin_salvage *s = p->s;

	p->roster.walk = &p->walk;
	pthread_mutex_init(&p->roster.lock, NULL);
	p->roster.mappings = alloc_array(s->nr_devices, sizeof(*p->roster.mappings));
	if (!p->roster.mappings)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr_devices; i++)
		p->roster.mappings[i] = (struct roster_mapping){
			.dev_id = s->devices[i].device.dev_id, .root = s->devices[i].root,
			.sides = OWNER_LIVE, .least = s->devices[i].device.snapshotted_time,
		};
	p->roster.nr_mappings = s->nr_devices;
	return 0;
}

static int walk_all(struct proof *p, struct keytags *tags)
{
	struct mappings m = {
		.walk = &p->walk, .nr_data_blocks = p->claims.nr, .time = p->s->pool.time,
		.data = &p->claims, .tags = tags,
	};
	struct walk_tree tree = mappings_tree(&m);
	struct walk_root *roots = roster_roots(&p->roster);
	int r = roots ? walk_init(&p->walk, &p->s->overlay.engine,
				  engine_nr_blocks(&p->s->overlay.engine), NULL, &p->sink) :
			-ENOMEM;

	if (!r) {
		p->walk.stream.nr_threads = p->s->opts.nr_threads;
		r = walk_run(&p->walk, &tree, roots, p->roster.nr_mappings);
	}
	free(roots);
	return r;
}

/* Blocks that several leaves map need a closer look. */
static int look_closer(struct proof *p)
{
	uint64_t block = 0;
	bool any = false;
	int r = keytags_init(&p->tags, p->claims.nr);

	while (!r && (block = refs_next(&p->claims, block)) < p->claims.nr) {
		if (refs_get(&p->claims, block) < -1) {
			bits_add(&p->tags.several, block);
			any = true;
		}
		block++;
	}
	if (r || !any)
		return r;
	r = keytags_begin(&p->tags);
	if (r)
		return r;
	walk_exit(&p->walk);
	p->walk.engine = NULL;
	r = walk_all(p, &p->tags);
	return r ? r : suspects_judge(&p->walk, &p->roster, &p->tags);
}

/* What is no node of use takes what is below it along. */
static int cut(struct proof *p, const struct fault *f)
{
	struct thin_finding finding = {
		.code = THIN_FINDING_LOST, .where = f->where, .begin = f->begin, .end = f->end,
	};
	uint32_t height = p->walk.uses[f->where] >> 4;
	int r = refill_empty(p->s, f->where, height, p->walk.spans[f->where].begin);

	return r ? r : salvage_mark(p->s, f->where, &finding);
}

static int lower_time(struct thin_salvage *s, uint64_t where, const struct node *n)
{
	struct node_disk *d = NULL;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t mapping = node_value64(n, i);

		if (thin_mapping_time(mapping) < THIN_MAX_TIME)
			continue;
		d = d ? d : overlay_edit(&s->overlay, where);
		if (!d)
			return -ENOMEM;
		d->keys[le32_to_cpu(d->header.max_entries) + i] = cpu_to_le64(mapping - 1);
	}
	if (d)
		block_seal(d, where, NODE_SALT);
	return 0;
}

/* Nothing is above the latest time of all, so no mapping may have it. */
static int lower_times(struct proof *p)
{
	struct node n;
	int r = 0;

	for (uint64_t where = 1; where < p->walk.nr_blocks && !r; where++) {
		if (!walk_is(&p->walk, where, KIND_MAPPING, 0))
			continue;
		r = salvage_read(p->s, where, sizeof(__le64), 0, &n);
		r = r ? r : lower_time(p->s, where, &n);
	}
	return r;
}

static int raise_times(struct proof *p)
{
	struct thin_finding f = {
		.code = THIN_FINDING_SNAP_TIMES, .dev_id = THIN_FINDING_NO_DEV,
	};
	struct thin_salvage *s = p->s;
	int r;

	if (s->pool.time < THIN_MAX_TIME) {
		s->pool.time++;
	} else {
		r = lower_times(p);
		if (r)
			return r;
	}
	for (size_t i = 0; i < s->nr_devices; i++)
		s->devices[i].device.snapshotted_time = s->pool.time;
	f.wanted = s->pool.time;
	salvage_tell(s, &f);
	return 0;
}

/* *@again: something was changed that has to be proved once more. */
static int correct(struct proof *p, bool *again)
{
	bool is_shared = false;
	int r = 0;

	*again = false;
	fault_sink_sort(&p->sink);
	for (size_t i = 0; i < p->sink.nr && !r; i++) {
		const struct fault *f = &p->sink.faults[i];

		if (f->code == FAULT_MAPPING_SHARED) {
			is_shared = true;
		} else if (f->code == FAULT_MAPPING_TWICE) {
			*again = true;
		} else if (fault_class(f) == FAULT_FATAL && f->code != FAULT_MAPPING_BLOCK &&
			   f->where < p->walk.nr_blocks && f->where) {
			r = cut(p, f);
			*again = true;
		}
	}
	if (!r && *again)
		r = twice_drop(p->s, p->sink.faults, p->sink.nr);
	else if (!r && is_shared)
		r = misplaced_find(p->s, &p->walk, &p->claims, &p->sink);
	if (!r && is_shared && !*again)
		r = raise_times(p);
	return r;
}

static int prove(struct proof *p, bool *again)
{
	int r = fault_sink_init(&p->sink, MOST_FAULTS);

	r = r ? r : refs_init(&p->claims, p->s->scan.nr_data_blocks < p->s->scan.highest + 1 ?
			      p->s->scan.nr_data_blocks : p->s->scan.highest + 1);
	r = r ? r : make_roster(p);
	r = r ? r : walk_all(p, NULL);
	r = r ? r : look_closer(p);
	r = r ? r : refs_error(&p->claims);
	return r ? r : correct(p, again);
}

static void release(struct proof *p)
{
	keytags_exit(&p->tags);
	roster_exit(&p->roster);
	if (p->walk.engine)
		walk_exit(&p->walk);
	refs_exit(&p->claims);
	fault_sink_exit(&p->sink);
}

int proof_run(struct thin_salvage *s)
{
	bool again = true;
	int r = 0;

	for (unsigned round = 0; again && !r; round++) {
		struct proof p = { .s = s };

		if (round == ROUNDS)
			return -EIO;
		r = prove(&p, &again);
		release(&p);
	}
	return r ? r : twice_find_overclaimed(s);
}
