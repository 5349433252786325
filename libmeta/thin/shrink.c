/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_shrink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/engine.h"
#include "meta/thin_load.h"
#include "thin/copy.h"
#include "thin/judge.h"
#include "thin/remap.h"
#include "thin/store.h"
#include "thin/unused.h"
#include "thin/xml_parse.h"
#include "thin/xml_write.h"

struct thin_shrink {
	struct thin_restore_opts judge_opts;
	struct thin_shrink_opts opts;
	struct thin_shrink_report *report;
	struct judge judge;		/* has heard the pool as it is */
	struct engine *in;		/* NULL for XML */
	bool planned;
	struct moves moves;
};

/* ---- What metadata says is told to the judge as if it was XML. */

/* The judge knows definitions by name. */
static size_t name_of(uint64_t id, char name[24])
{
	return (size_t)snprintf(name, 24, "%llu", (unsigned long long)id);
}

static int tell_pool(void *arg, const struct thin_pool *pool)
{
	return judge_pool(arg, pool);
}

static int tell_def_begin(void *arg, uint64_t id)
{
	char name[24];

	return judge_def_begin(arg, name, name_of(id, name));
}

static int tell_def_end(void *arg)
{
	return judge_def_end(arg);
}

static int tell_device_begin(void *arg, const struct thin_device *device)
{
	return judge_device_begin(arg, device);
}

static int tell_device_end(void *arg)
{
	return judge_device_end(arg);
}

static int tell_ref(void *arg, uint64_t id)
{
	char name[24];

	return judge_ref(arg, name, name_of(id, name));
}

static int tell_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	int r = 0;

	for (size_t i = 0; i < nr && !r; i++)
		r = judge_run(arg, &runs[i], false);
	return r;
}

static const struct thin_emit tell = {
	.pool_begin = tell_pool,
	.def_begin = tell_def_begin,
	.def_end = tell_def_end,
	.device_begin = tell_device_begin,
	.device_end = tell_device_end,
	.ref = tell_ref,
	.runs = tell_runs,
};

static int load(struct thin_shrink *s)
{
	struct thin_load_opts o = {
		.nr_threads = s->opts.nr_threads, .progress = s->opts.progress,
	};
	struct fault f = { .code = NR_FAULT_CODES };
	int r;

	if (o.progress)
		*o.progress = (struct progress){ 0, 0 };
	r = thin_load(s->in, &o, &tell, &s->judge, &f);
	if (r == -EUCLEAN && f.code != NR_FAULT_CODES) {
		s->report->has_fault = true;
		s->report->fault = f;
	}
	return r ? r : judge_end(&s->judge);
}

/* ---- The plan. */

/* The members of @bits are the blocks that the judge has heard to be mapped. */
static int find_mapped(struct thin_shrink *s, struct bits *mapped)
{
	const struct refs *refs = &s->judge.data_refs;
	int r = bits_init(mapped, refs->nr);

	for (uint64_t block = 0; block < refs->nr && !r; block += 8)
		bits_add_eight(mapped, block, ~refs_zeroes(refs, block));
	return r;
}

/*
 * The fewest blocks that take all that is mapped, if those that are taken but
 * not mapped stay where they are.
 */
static uint64_t find_smallest(const struct bits *mapped, const struct bits *taken)
{
	uint64_t nr = 0, block = 0;

	while (nr < mapped->count && block < mapped->nr) {
		uint64_t i = block / 64, stay = taken->words[i] & ~mapped->words[i];

		if (!stay && !(block % 64) && mapped->count - nr >= 64) {
			nr += 64;
			block += 64;
			continue;
		}
		nr += !(stay >> block % 64 & 1);
		block++;
	}
	return block ? block : 1;
}

/* The counts go along with the blocks. */
static void move_counts(struct refs *refs, const struct moves *m)
{
	for (size_t i = 0; i < m->nr; i++) {
		const struct move *move = &m->all[i];

		for (uint64_t k = 0; k < move->length; k++) {
			int64_t count = refs_get(refs, move->from + k);

			refs_add(refs, move->to + k, count);
			refs_add(refs, move->from + k, -count);
		}
	}
}

static void report_plan(struct thin_shrink *s, const struct bits *mapped,
			const struct bits *taken)
{
	struct thin_shrink_report *rep = s->report;

	rep->nr_mapped = mapped->count;
	rep->nr_moved = s->moves.nr_blocks;
	rep->nr_ranges = s->moves.nr_ranges;
	rep->nr_moves = s->moves.nr;
	rep->nr_room = s->moves.nr_free;
	rep->nr_smallest = find_smallest(mapped, taken);
}

/* @taken: blocks that must not be written; NULL: those that are mapped. */
static int plan(struct thin_shrink *s, const struct bits *taken)
{
	struct bits mapped;
	int r;

	s->report->pool = s->judge.pool;
	if (judge_is_too_much(&s->judge))
		return -ENOSPC;
	if (s->opts.nr_data_blocks > s->judge.pool.nr_data_blocks)
		return -ERANGE;
	r = find_mapped(s, &mapped);
	if (r)
		return r;
	r = moves_plan(&s->moves, &mapped, taken ? taken : &mapped, s->opts.nr_data_blocks);
	s->planned = true;
	report_plan(s, &mapped, taken ? taken : &mapped);
	bits_exit(&mapped);
	if (r)
		return r;
	move_counts(&s->judge.data_refs, &s->moves);
	return refs_error(&s->judge.data_refs);
}

static int begin(struct thin_shrink **result, const struct thin_shrink_opts *o,
		 struct thin_shrink_report *rep)
{
	struct thin_shrink *s;
	int r;

	memset(rep, 0, sizeof(*rep));
	if (!o->nr_data_blocks)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->opts = *o;
	s->report = rep;
	s->judge_opts = (struct thin_restore_opts){
		.spool_dir = o->spool_dir, .warn = o->warn, .warn_arg = o->warn_arg,
	};
	r = judge_init(&s->judge, &s->judge_opts, META_MAX_BLOCKS, &rep->issue);
	if (r)
		thin_shrink_free(s);
	else
		*result = s;
	return r;
}

int thin_shrink_new(struct engine *in, const struct thin_shrink_opts *o,
		    struct thin_shrink **result, struct thin_shrink_report *rep,
		    struct thin_check_report **check)
{
	struct thin_unused *unused = NULL;
	struct thin_shrink *s = NULL;
	int r;

	*check = NULL;
	r = begin(&s, o, rep);
	if (r)
		return r;
	s->in = in;
	r = thin_unused_find(in, o->nr_threads, o->progress, &unused, check);
	if (!r) {
		rep->drops_metadata_snap = (*check)->sb.held_root;
		r = load(s);
	}
	r = r ? r : plan(s, &unused->used);
	thin_unused_free(unused);
	if (r)
		thin_shrink_free(s);
	else
		*result = s;
	return r;
}

int thin_shrink_new_xml(int fd, const struct thin_shrink_opts *o, struct thin_shrink **result,
			struct thin_shrink_report *rep)
{
	struct thin_shrink *s = NULL;
	struct stat st;
	int r = begin(&s, o, rep);

	if (r)
		return r;
	if (o->progress && !fstat(fd, &st) && S_ISREG(st.st_mode))
		__atomic_store_n(&o->progress->total, (uint64_t)st.st_size, __ATOMIC_RELAXED);
	r = xml_parse(fd, &s->judge, o->progress ? &o->progress->done : NULL);
	r = r ? r : judge_end(&s->judge);
	r = r ? r : plan(s, NULL);
	if (r)
		thin_shrink_free(s);
	else
		*result = s;
	return r;
}

void thin_shrink_free(struct thin_shrink *s)
{
	if (!s)
		return;
	if (s->planned)
		moves_exit(&s->moves);
	judge_exit(&s->judge);
	free(s);
}

/* ---- The result. */

static int no_pool(void *arg, const struct thin_pool *pool)
{
	(void)arg;
	(void)pool;
	return 0;
}

static int no_id(void *arg, uint64_t id)
{
	(void)arg;
	(void)id;
	return 0;
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int no_device(void *arg, const struct thin_device *device)
{
	(void)arg;
	(void)device;
	return 0;
}

static int no_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	(void)arg;
	(void)runs;
	(void)nr;
	return 0;
}

static const struct thin_emit nobody = {
	.pool_begin = no_pool, .def_begin = no_id, .def_end = nothing,
	.device_begin = no_device, .device_end = nothing, .ref = no_id, .runs = no_runs,
	.pool_end = nothing,
};

static int replay(struct thin_shrink *s, const struct thin_emit *emit, void *arg)
{
	struct remap *m = malloc(sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	*m = (struct remap){ .moves = &s->moves, .emit = emit, .arg = arg };
	r = judge_replay(&s->judge, &remap_emit, m);
	s->report->nr_runs_before = m->nr_heard;
	s->report->nr_runs_after = m->nr_runs;
	free(m);
	return r;
}

static int store(struct thin_shrink *s, struct engine *out, bool is_dry)
{
	struct thin_store_opts opts = {
		.data_refs = &s->judge.data_refs, .is_counted = true, .is_dry = is_dry,
	};
	struct thin_store st;
	int r = thin_store_init(&st, out, &opts);

	r = r ? r : replay(s, &thin_store_emit, &st);
	if (!r && is_dry)
		s->report->nr_needed = st.nr_needed;
	if (!r && !is_dry)
		r = thin_store_commit(&st);
	thin_store_exit(&st);
	return r;
}

int thin_shrink_measure(struct thin_shrink *s, struct engine *out)
{
	struct thin_shrink_report *rep = s->report;
	int r;

	if (!out && !s->in)
		return replay(s, &nobody, NULL);
	r = store(s, out ? out : s->in, true);
	if (r || !out)
		return r;
	rep->nr_found = engine_nr_blocks(out);
	if (rep->nr_found > META_MAX_BLOCKS)
		rep->nr_found = META_MAX_BLOCKS;
	return rep->nr_needed > rep->nr_found ? -ENOSPC : 0;
}

int thin_shrink_copy(struct thin_shrink *s, struct engine *data,
		     const struct thin_shrink_copy_opts *o, struct thin_shrink_copied *c)
{
	uint64_t size = s->judge.pool.data_block_size / META_BLOCK_SECTORS;

	memset(c, 0, sizeof(*c));
	if (engine_nr_blocks(data) / size < s->judge.pool.nr_data_blocks)
		return -ERANGE;
	return copy_run(data, &s->moves, size, o, c);
}

int thin_shrink_write(struct thin_shrink *s, struct engine *out)
{
	return store(s, out, false);
}

int thin_shrink_write_xml(struct thin_shrink *s, int fd)
{
	struct xml_write w;
	int r = xml_write_init(&w, fd);

	r = r ? r : replay(s, &xml_write_emit, &w);
	xml_write_exit(&w);
	return r;
}
