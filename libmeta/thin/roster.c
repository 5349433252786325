/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"

static void report(struct roster *r, struct fault *f, enum block_kind kind, uint64_t dev_id)
{
	f->kind = kind;
	f->dev_id = dev_id < FAULT_NO_DEV ? (uint32_t)dev_id : FAULT_NO_DEV;
	fault_sink_add(r->walk->sink, f);
}

static void judge_id(struct roster *r, uint64_t dev_id, uint64_t where, enum block_kind kind)
{
	struct fault f;

	if (dev_id <= THIN_MAX_DEV_ID)
		return;
	fault(&f, FAULT_DEV_ID, where, dev_id, THIN_MAX_DEV_ID);
	report(r, &f, kind, dev_id);
}

static int mapping_leaf(void *arg, const struct node *n, uint64_t where,
			const struct walk_span *span)
{
	struct roster *r = arg;
	int result = 0;

	pthread_mutex_lock(&r->lock);
	if (alloc_room(&r->mappings, &r->room_mappings, r->nr_mappings, n->nr_entries,
		       sizeof(*r->mappings)))
		result = -ENOMEM;
	for (uint32_t i = 0; i < n->nr_entries && !result; i++) {
		r->mappings[r->nr_mappings++] = (struct roster_mapping){
			.dev_id = node_key(n, i), .root = node_value64(n, i), .from = where,
			.sides = span->owner & (OWNER_LIVE | OWNER_HELD), .least = UINT32_MAX,
		};
		judge_id(r, node_key(n, i), where, KIND_TOP);
	}
	pthread_mutex_unlock(&r->lock);
	return result;
}

static int details_leaf(void *arg, const struct node *n, uint64_t where,
			const struct walk_span *span)
{
	struct roster *r = arg;
	int result = 0;

	pthread_mutex_lock(&r->lock);
	if (alloc_room(&r->details, &r->room_details, r->nr_details, n->nr_entries,
		       sizeof(*r->details)))
		result = -ENOMEM;
	for (uint32_t i = 0; i < n->nr_entries && !result; i++) {
		struct thin_details_disk d;

		memcpy(&d, node_value(n, i), sizeof(d));
		r->details[r->nr_details++] = (struct roster_details){
			.dev_id = node_key(n, i), .from = where,
			.sides = span->owner & (OWNER_LIVE | OWNER_HELD),
			.device = {
				.dev_id = (uint32_t)node_key(n, i),
				.mapped_blocks = le64_to_cpu(d.mapped_blocks),
				.transaction_id = le64_to_cpu(d.transaction_id),
				.creation_time = le32_to_cpu(d.creation_time),
				.snapshotted_time = le32_to_cpu(d.snapshotted_time),
			},
		};
		judge_id(r, node_key(n, i), where, KIND_DETAILS);
	}
	pthread_mutex_unlock(&r->lock);
	return result;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_mappings(const void *a, const void *b)
{
	const struct roster_mapping *x = a, *y = b;
	int r = compare(x->dev_id, y->dev_id);

	return r ? r : compare(x->from, y->from);
}

static int compare_details(const void *a, const void *b)
{
	const struct roster_details *x = a, *y = b;
	int r = compare(x->dev_id, y->dev_id);

	return r ? r : compare(x->from, y->from);
}

/* The next entry of @side from @i on. */
static uint64_t next_mapping(const struct roster *r, uint64_t i, uint32_t side)
{
	while (i < r->nr_mappings && !(r->mappings[i].sides & side))
		i++;
	return i;
}

static uint64_t next_details(const struct roster *r, uint64_t i, uint32_t side)
{
	while (i < r->nr_details && !(r->details[i].sides & side))
		i++;
	return i;
}

static void no_details(struct roster *r, const struct roster_mapping *m)
{
	struct fault f;

	if (!r->details_whole)
		return;
	fault(&f, FAULT_DEV_NO_DETAILS, m->from, m->dev_id, 0);
	report(r, &f, KIND_TOP, m->dev_id);
}

static void no_mappings(struct roster *r, const struct roster_details *d)
{
	struct fault f;

	if (!r->mappings_whole)
		return;
	fault(&f, FAULT_DEV_NO_MAPPINGS, d->from, d->dev_id, 0);
	report(r, &f, KIND_DETAILS, d->dev_id);
}

/*
 * Goes through both lists of @side together.  @pair is called for what both
 * have; @single tells of what only one has.
 */
static void join(struct roster *r, uint32_t side, bool single,
		 void (*pair)(void *arg, struct roster_mapping *m, struct roster_details *d),
		 void *arg)
{
	uint64_t i = next_mapping(r, 0, side), k = next_details(r, 0, side);

	while (i < r->nr_mappings || k < r->nr_details) {
		struct roster_mapping *m = i < r->nr_mappings ? &r->mappings[i] : NULL;
		struct roster_details *d = k < r->nr_details ? &r->details[k] : NULL;
		bool has_m = m && (!d || m->dev_id <= d->dev_id);
		bool has_d = d && (!m || d->dev_id <= m->dev_id);

		if (has_m && has_d)
			pair(arg, m, d);
		else if (single && has_m)
			no_details(r, m);
		else if (single)
			no_mappings(r, d);
		if (has_m)
			i = next_mapping(r, i + 1, side);
		if (has_d)
			k = next_details(r, k + 1, side);
	}
}

static void take_least(void *arg, struct roster_mapping *m, struct roster_details *d)
{
	(void)arg;
	m->least = d->device.snapshotted_time;
}

static void take_nothing(void *arg, struct roster_mapping *m, struct roster_details *d)
{
	(void)arg;
	(void)m;
	(void)d;
}

static int walk_trees(struct roster *r, const struct roster_side *sides, unsigned nr_sides,
		      bool details)
{
	const struct walk_tree tree = {
		.kind = details ? KIND_DETAILS : KIND_TOP, .shareable = true,
		.value_size = details ? sizeof(struct thin_details_disk) : sizeof(__le64),
		.leaf = details ? details_leaf : mapping_leaf, .arg = r,
	};
	struct walk_root roots[2];

	for (unsigned i = 0; i < nr_sides; i++)
		roots[i] = (struct walk_root){
			.where = details ? sides[i].details_root : sides[i].mapping_root,
			.from = sides[i].from, .owner = sides[i].side,
		};
	return walk_run(r->walk, &tree, roots, nr_sides);
}

int roster_load(struct roster *r, struct walk *walk, const struct roster_side *sides,
		unsigned nr_sides)
{
	uint64_t nr_damaged = walk->nr_damages;
	int result;

	*r = (struct roster){ .walk = walk };
	pthread_mutex_init(&r->lock, NULL);
	result = walk_trees(r, sides, nr_sides, false);
	r->mappings_whole = nr_damaged == walk->nr_damages;
	nr_damaged = walk->nr_damages;
	if (!result)
		result = walk_trees(r, sides, nr_sides, true);
	r->details_whole = nr_damaged == walk->nr_damages;
	if (result)
		return result;

	if (r->nr_mappings)
		qsort(r->mappings, r->nr_mappings, sizeof(*r->mappings), compare_mappings);
	if (r->nr_details)
		qsort(r->details, r->nr_details, sizeof(*r->details), compare_details);
	join(r, OWNER_LIVE, true, take_least, r);
	join(r, OWNER_HELD, true, take_nothing, r);
	return 0;
}

void roster_exit(struct roster *r)
{
	if (r->walk)
		pthread_mutex_destroy(&r->lock);
	free(r->mappings);
	free(r->details);
	*r = (struct roster){ .walk = NULL };
}

const struct roster_details *roster_find_details(const struct roster *r, uint64_t dev_id,
						 uint32_t sides)
{
	uint64_t low = sorted_find(r->details, dev_id, r->nr_details, dev_id);

	for (; low < r->nr_details && r->details[low].dev_id == dev_id; low++)
		if (r->details[low].sides & sides)
			return &r->details[low];
	return NULL;
}

struct walk_root *roster_roots(const struct roster *r)
{
	struct walk_root *roots = alloc_array(r->nr_mappings, sizeof(*roots));

	for (uint64_t i = 0; roots && i < r->nr_mappings; i++) {
		const struct roster_mapping *m = &r->mappings[i];
		uint64_t id = m->dev_id < OWNER_ID ? m->dev_id : OWNER_ID;

		roots[i] = (struct walk_root){
			.where = m->root, .from = m->from, .owner = (uint32_t)id | m->sides,
			.least = m->least,
		};
	}
	return roots;
}

static void judge_mapped(void *arg, struct roster_mapping *m, struct roster_details *d)
{
	struct roster *r = arg;
	struct walk *w = r->walk;
	struct fault f;

	/* What damage took is told as damage. */
	if (walk_kind(w, m->root) != KIND_MAPPING || bits_has(&w->damaged, m->root))
		return;
	if (d->device.mapped_blocks == w->spans[m->root].nr_entries)
		return;
	fault(&f, FAULT_MAPPED_BLOCKS, d->from, d->device.mapped_blocks,
	      w->spans[m->root].nr_entries);
	report(r, &f, KIND_DETAILS, d->dev_id);
}

static void judge_times(struct roster *r, const struct roster_details *d, uint32_t now)
{
	const struct thin_device *dev = &d->device;
	struct fault f;

	if (dev->creation_time > now) {
		fault(&f, FAULT_CREATION_TIME, d->from, dev->creation_time, now);
		report(r, &f, KIND_DETAILS, d->dev_id);
	}
	if (dev->snapshotted_time > now) {
		fault(&f, FAULT_SNAP_TIME, d->from, dev->snapshotted_time, now);
		report(r, &f, KIND_DETAILS, d->dev_id);
	}
	if (dev->snapshotted_time < dev->creation_time) {
		fault(&f, FAULT_SNAP_BEFORE_CREATION, d->from, dev->snapshotted_time,
		      dev->creation_time);
		report(r, &f, KIND_DETAILS, d->dev_id);
	}
}

static void judge_transaction(struct roster *r, const struct roster_details *d, uint64_t now)
{
	struct fault f;

	if (d->device.transaction_id <= now)
		return;
	fault(&f, FAULT_DETAILS_TRANSACTION, d->from, d->device.transaction_id, now);
	report(r, &f, KIND_DETAILS, d->dev_id);
}

void roster_judge_details(struct roster *r, const struct thin_sb *sb, bool counted)
{
	for (uint64_t i = 0; i < r->nr_details; i++) {
		judge_times(r, &r->details[i], sb->time);
		judge_transaction(r, &r->details[i], sb->transaction_id);
	}
	if (!counted)
		return;
	join(r, OWNER_LIVE, false, judge_mapped, r);
	join(r, OWNER_HELD, false, judge_mapped, r);
}
