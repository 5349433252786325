/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "meta/format.h"
#include "pdata/bitmap.h"
#include "thin/judge_defs.h"
#include "thin/override.h"

enum {
	SPOOL_MEMORY = 48 << 20,
	/* Superblock, two roots, two overflow roots, index tree and index. */
	FIXED_BLOCKS = 7,
};

int judge_init(struct judge *j, const struct thin_restore_opts *o, uint64_t nr_room,
	       struct thin_issue *issue)
{
	*j = (struct judge){ .opts = o, .nr_room = nr_room, .issue = issue };
	spool_init(&j->spool, o->spool_dir, SPOOL_MEMORY);
	return bits_init(&j->ids, THIN_MAX_DEV_ID + 1);
}

void judge_exit(struct judge *j)
{
	free(j->slots);
	free(j->names);
	free(j->devices);
	free(j->defs);
	spool_exit(&j->spool);
	bits_exit(&j->ids);
	refs_exit(&j->data_refs);
}

static int refuse(struct judge *j, enum thin_issue_code code, const char *element,
		  const char *attribute, uint64_t found, uint64_t wanted)
{
	int r = thin_issue_set(j->issue, code, element, attribute, found, wanted);

	j->issue->line = j->line;
	return r;
}

static void warn(const struct judge *j, const struct thin_issue *i)
{
	if (j->opts->warn)
		j->opts->warn(j->opts->warn_arg, i);
}

uint64_t judge_least(const struct judge *j)
{
	return j->nr_entries / node_max_entries(sizeof(__le64)) +
	       bitmap_count(j->pool.nr_data_blocks) + bitmap_count(j->nr_room) + FIXED_BLOCKS;
}

bool judge_is_too_much(const struct judge *j)
{
	return j->nr_entries > j->most_entries;
}

static void override_pool(struct judge *j)
{
	uint64_t was = j->pool.transaction_id;
	struct thin_issue i;

	override_apply(&j->opts->overrides, &j->pool);
	if (j->pool.transaction_id >= was)
		return;
	thin_issue_set(&i, THIN_ISSUE_TRANSACTION, "superblock", "transaction", was,
		       j->pool.transaction_id);
	i.line = j->line;
	warn(j, &i);
}

int judge_pool(struct judge *j, const struct thin_pool *pool)
{
	uint64_t least;
	uint32_t size;

	j->pool = *pool;
	j->latest = pool->time;
	override_pool(j);
	size = j->pool.data_block_size;
	if (size < THIN_DATA_BLOCK_MIN || size > THIN_DATA_BLOCK_MAX ||
	    size % THIN_DATA_BLOCK_MIN)
		return refuse(j, THIN_ISSUE_DATA_BLOCK_SIZE, "superblock", "data_block_size",
			      size, 0);
	if (j->pool.nr_data_blocks >= THIN_MAX_DATA_BLOCKS)
		return refuse(j, THIN_ISSUE_DATA_BLOCKS, "superblock", "nr_data_blocks",
			      j->pool.nr_data_blocks, THIN_MAX_DATA_BLOCKS - 1);
	least = judge_least(j);
	if (least > j->nr_room)
		return -ENOSPC;
	j->most_entries = (j->nr_room - least + 1) * node_max_entries(sizeof(__le64));
	return refs_init(&j->data_refs, j->pool.nr_data_blocks);
}

static int open_section(struct judge *j)
{
	j->open = (struct judge_section){ 0 };
	j->nr_open = 0;
	j->open_line = j->line;
	j->warned_time = false;
	return spool_begin(&j->spool, &j->open.begin);
}

/* Blocks @first to @last come next in what is being heard. */
static void extend(struct judge *j, uint64_t first, uint64_t last, uint64_t nr)
{
	if (!j->open.nr_blocks)
		j->open.first = first;
	j->open.last = last;
	j->open.nr_blocks += nr;
}

int judge_def_begin(struct judge *j, const char *name, size_t len)
{
	int r = judge_defs_add(j, name, len);

	if (r == -EEXIST) {
		refuse(j, THIN_ISSUE_DEF_TWICE, "def", "name", 0, 0);
		thin_issue_set_text(j->issue, name, len);
		return -EUCLEAN;
	}
	return r ? r : open_section(j);
}

int judge_def_end(struct judge *j)
{
	int r = spool_end(&j->spool, &j->open.end);

	j->defs[j->nr_defs - 1].section = j->open;
	return r;
}

/*
 * The pool's time must not be behind what it holds, or the next snapshot would
 * not be told apart from it.  Told once for each device and definition.
 */
static void see_time(struct judge *j, uint32_t time, const char *element, const char *attribute)
{
	struct thin_issue i;

	if (time > j->latest)
		j->latest = time;
	if (j->warned_time)
		return;
	j->warned_time = true;
	thin_issue_set(&i, THIN_ISSUE_TIME, element, attribute, time, j->pool.time);
	i.line = j->line;
	warn(j, &i);
}

int judge_device_begin(struct judge *j, const struct thin_device *device)
{
	int r;

	if (!bits_add(&j->ids, device->dev_id))
		return refuse(j, THIN_ISSUE_DEVICE_TWICE, "device", "dev_id", device->dev_id, 0);
	if (alloc_room(&j->devices, &j->room_devices, j->nr_devices, 1, sizeof(*j->devices)))
		return -ENOMEM;
	j->devices[j->nr_devices++].device = *device;
	r = open_section(j);
	if (device->creation_time > j->pool.time)
		see_time(j, device->creation_time, "device", "creation_time");
	if (device->snapshotted_time > j->pool.time)
		see_time(j, device->snapshotted_time, "device", "snap_time");
	return r;
}

int judge_device_end(struct judge *j)
{
	struct judge_device *d = &j->devices[j->nr_devices - 1];
	struct thin_issue i;
	int r = spool_end(&j->spool, &j->open.end);

	d->section = j->open;
	j->nr_entries += j->nr_open;
	if (d->device.mapped_blocks == j->open.nr_blocks)
		return r;
	thin_issue_set(&i, THIN_ISSUE_MAPPED_BLOCKS, "device", "mapped_blocks",
		       d->device.mapped_blocks, j->open.nr_blocks);
	i.line = j->open_line;
	warn(j, &i);
	d->device.mapped_blocks = j->open.nr_blocks;
	return r;
}

int judge_ref(struct judge *j, const char *name, size_t len)
{
	struct judge_def *def = judge_defs_find(j, name, len);

	if (!def) {
		refuse(j, THIN_ISSUE_DEF_UNKNOWN, "ref", "name", 0, 0);
		thin_issue_set_text(j->issue, name, len);
		return -EUCLEAN;
	}
	if (!def->nr_refs++)
		j->nr_entries += def->section.nr_blocks;
	if (!def->section.nr_blocks)
		return 0;
	if (j->open.nr_blocks && def->section.first <= j->open.last)
		return refuse(j, THIN_ISSUE_REF_ORDER, "ref", "name", def->section.first,
			      j->open.last);
	extend(j, def->section.first, def->section.last, def->section.nr_blocks);
	return spool_add_ref(&j->spool, (uint64_t)(def - j->defs) + 1);
}

static void count_ahead(struct judge *j)
{
	for (size_t i = 0; i < j->nr_ahead; i++)
		refs_add_run(&j->data_refs, j->ahead[i].data_begin, j->ahead[i].length, 1);
	j->nr_ahead = 0;
}

/* The counts are all over memory: ask for many at once, then add. */
static void count_later(struct judge *j, const struct thin_run *run)
{
	refs_prefetch(&j->data_refs, run->data_begin);
	j->ahead[j->nr_ahead++] = *run;
	if (j->nr_ahead == JUDGE_AHEAD)
		count_ahead(j);
}

/* Why a run that is not right is not. */
static int refuse_run(struct judge *j, const struct thin_run *run, bool is_single)
{
	const char *element = is_single ? "single_mapping" : "range_mapping";
	const char *thin = is_single ? "origin_block" : "origin_begin";
	const char *data = is_single ? "data_block" : "data_begin";
	uint64_t nr = j->pool.nr_data_blocks;

	if (!run->length)
		return refuse(j, THIN_ISSUE_MAPPING_LENGTH, element, "length", 0, 1);
	if (j->open.nr_blocks && run->thin_begin <= j->open.last)
		return refuse(j, THIN_ISSUE_MAPPING_ORDER, element, thin, run->thin_begin,
			      j->open.last);
	if (run->length > UINT64_MAX - run->thin_begin)
		return refuse(j, THIN_ISSUE_MAPPING_END, element, "length", run->length,
			      UINT64_MAX - run->thin_begin);
	/* So it is in what older tools dump of a metadata snapshot. */
	if (!nr)
		return refuse(j, THIN_ISSUE_MAPPING_LENGTH, "superblock", "nr_data_blocks", 0, 1);
	if (run->data_begin >= nr || is_single)
		return refuse(j, THIN_ISSUE_DATA_BLOCKS, element, data, run->data_begin, nr - 1);
	return refuse(j, THIN_ISSUE_MAPPING_END, element, "length", run->length,
		      nr - run->data_begin);
}

static bool is_right(const struct judge *j, const struct thin_run *run)
{
	uint64_t nr = j->pool.nr_data_blocks;

	return run->length && run->data_begin < nr && run->length <= nr - run->data_begin &&
	       run->length <= UINT64_MAX - run->thin_begin &&
	       (!j->open.nr_blocks || run->thin_begin > j->open.last);
}

int judge_run(struct judge *j, const struct thin_run *run, bool is_single)
{
	if (__builtin_expect(!is_right(j, run), false))
		return refuse_run(j, run, is_single);
	if (run->time > j->pool.time)
		see_time(j, run->time, is_single ? "single_mapping" : "range_mapping", "time");
	extend(j, run->thin_begin, run->thin_begin + run->length - 1, run->length);
	j->nr_open += run->length;
	/* Then the output is too small, whatever comes. */
	if (j->nr_entries + j->nr_open > j->most_entries)
		return 0;
	count_later(j, run);
	return spool_add_run(&j->spool, run);
}

static int compare_devices(const void *a, const void *b)
{
	uint32_t x = ((const struct judge_device *)a)->device.dev_id;
	uint32_t y = ((const struct judge_device *)b)->device.dev_id;

	return x < y ? -1 : x > y;
}

static void sort_devices(struct judge *j)
{
	for (size_t i = 1; i < j->nr_devices; i++)
		if (j->devices[i].device.dev_id < j->devices[i - 1].device.dev_id) {
			qsort(j->devices, j->nr_devices, sizeof(*j->devices), compare_devices);
			return;
		}
}

static int uncount(void *arg, const struct thin_run *runs, size_t nr)
{
	struct judge *j = arg;

	for (size_t i = 0; i < nr; i++)
		refs_add_run(&j->data_refs, runs[i].data_begin, runs[i].length, -1);
	return 0;
}

/* Nobody will write its mappings. */
static int drop_def(struct judge *j, const struct judge_def *def)
{
	static const struct thin_emit emit = { .runs = uncount };
	const char *name = j->names + def->name;
	struct thin_issue i;

	thin_issue_set(&i, THIN_ISSUE_DEF_UNUSED, "def", "name", 0, 0);
	thin_issue_set_text(&i, name, strlen(name));
	i.line = def->line;
	warn(j, &i);
	return spool_read(&j->spool, def->section.begin, def->section.end, &emit, j);
}

int judge_end(struct judge *j)
{
	int r = 0;

	count_ahead(j);
	sort_devices(j);
	j->pool.time = j->latest;
	if (judge_is_too_much(j))
		return 0;
	for (size_t i = 0; i < j->nr_defs && !r; i++)
		if (!j->defs[i].nr_refs)
			r = drop_def(j, &j->defs[i]);
	return r ? r : refs_error(&j->data_refs);
}

static int replay_def(struct judge *j, size_t i, const struct thin_emit *emit, void *arg)
{
	const struct judge_section *s = &j->defs[i].section;
	int r;

	if (j->defs[i].nr_refs < 2 || !s->nr_blocks)
		return 0;
	r = emit->def_begin(arg, i + 1);
	if (!r)
		r = spool_read(&j->spool, s->begin, s->end, emit, arg);
	return r ? r : emit->def_end(arg);
}

struct replay {
	struct judge *judge;
	const struct thin_emit *emit;
	void *arg;
};

static int replay_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct replay *rp = arg;

	return rp->emit->runs(rp->arg, runs, nr);
}

static int replay_ref(void *arg, uint64_t id)
{
	struct replay *rp = arg;
	const struct judge_def *def = &rp->judge->defs[id - 1];

	if (def->nr_refs > 1)
		return rp->emit->ref(rp->arg, id);
	return spool_read(&rp->judge->spool, def->section.begin, def->section.end, rp->emit,
			  rp->arg);
}

static int replay_device(struct judge *j, size_t i, const struct thin_emit *emit, void *arg)
{
	static const struct thin_emit content = { .runs = replay_runs, .ref = replay_ref };
	const struct judge_section *s = &j->devices[i].section;
	struct replay rp = { .judge = j, .emit = emit, .arg = arg };
	int r;

	r = emit->device_begin(arg, &j->devices[i].device);
	if (!r)
		r = spool_read(&j->spool, s->begin, s->end, &content, &rp);
	return r ? r : emit->device_end(arg);
}

int judge_replay(struct judge *j, const struct thin_emit *emit, void *arg)
{
	int r = emit->pool_begin(arg, &j->pool);

	for (size_t i = 0; i < j->nr_defs && !r; i++)
		r = replay_def(j, i, emit, arg);
	for (size_t i = 0; i < j->nr_devices && !r; i++)
		r = replay_device(j, i, emit, arg);
	return r ? r : emit->pool_end(arg);
}
