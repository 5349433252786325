/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/bitmap.h"
#include "pdata/sm_store.h"
#include "thin/sb.h"

/* Its leaves among all leaves. */
struct thin_store_def {
	size_t begin;
	size_t end;
};

enum {
	AHEAD = 16,		/* runs between asking for a count and adding to it */
};

static uint64_t device_blocks(const struct engine *e)
{
	uint64_t nr = engine_nr_blocks(e);

	return nr < META_MAX_BLOCKS ? nr : META_MAX_BLOCKS;
}

static int keep_leaf(void *arg, const struct build_leaf *leaf)
{
	struct thin_store *s = arg;

	if (alloc_room(&s->leaves, &s->room_leaves, s->nr_leaves, 1, sizeof(*s->leaves)))
		return -ENOMEM;
	s->leaves[s->nr_leaves++] = *leaf;
	return 0;
}

static void count_values(struct thin_store *s, const void *values, uint32_t nr, int delta)
{
	const __le64 *mappings = values;

	for (uint32_t i = 0; i < nr; i++)
		refs_add(s->opts.data_refs, thin_mapping_block(le64_to_cpu(mappings[i])), delta);
}

static int count_copied(void *arg, const void *values, uint32_t nr)
{
	struct thin_store *s = arg;

	s->nr_copied += nr;
	if (values)
		count_values(s, values, nr, 1);
	return 0;
}

static const struct build_ops def_ops = { .leaf = keep_leaf };
static const struct build_ops inner_ops = { .copied = count_copied };

static int init_builds(struct thin_store *s)
{
	int r;

	r = build_init(&s->def, &s->writer, sizeof(__le64));
	if (!r)
		r = build_init(&s->inner, &s->writer, sizeof(__le64));
	if (!r)
		r = build_share_nodes(&s->inner);
	if (!r)
		r = build_init(&s->outer, &s->writer, sizeof(__le64));
	if (!r)
		r = build_init(&s->details, &s->writer, sizeof(struct thin_details_disk));
	s->def.ops = &def_ops;
	s->inner.ops = &inner_ops;
	s->def.arg = s->inner.arg = s;
	return r;
}

int thin_store_init(struct thin_store *s, struct engine *e, const struct thin_store_opts *opts)
{
	int r;

	*s = (struct thin_store){ .engine = e, .opts = *opts };
	/* A dry one may go on behind the end of the device. */
	r = refs_init(&s->refs, opts->is_dry ? META_MAX_BLOCKS : device_blocks(e));
	if (!r)
		r = writer_init(&s->writer, e, &s->refs, 1, opts->is_dry);
	return r ? r : init_builds(s);
}

void thin_store_exit(struct thin_store *s)
{
	build_exit(&s->details);
	build_exit(&s->outer);
	build_exit(&s->inner);
	build_exit(&s->def);
	writer_exit(&s->writer);
	refs_exit(&s->refs);
	free(s->leaves);
	free(s->defs);
}

static int wipe_superblock(struct thin_store *s)
{
	void *block;
	int r;

	if (s->opts.is_dry)
		return 0;
	block = alloc_blocks(1);
	if (!block)
		return -ENOMEM;
	memset(block, 0, META_BLOCK_SIZE);
	r = engine_write(s->engine, block, THIN_SB_WHERE, 1);
	free(block);
	return r ? r : engine_flush(s->engine);
}

static int pool_begin(void *arg, const struct thin_pool *pool)
{
	struct thin_store *s = arg;

	s->sb = (struct thin_sb){
		.version = THIN_SB_VERSION, .time = pool->time,
		.transaction_id = pool->transaction_id,
		.data_block_size = pool->data_block_size,
		.data_sm.nr_blocks = pool->nr_data_blocks,
		.metadata_block_size = META_BLOCK_SECTORS,
		.metadata_nr_blocks = device_blocks(s->engine),
	};
	writer_ref(&s->writer, THIN_SB_WHERE);
	return wipe_superblock(s);
}

static int def_begin(void *arg, uint64_t id)
{
	struct thin_store *s = arg;

	if (id >= s->nr_defs) {
		uint64_t nr = id < 512 ? 1024 : 2 * id;
		struct thin_store_def *defs = alloc_resize(s->defs, nr, sizeof(*defs));

		if (!defs)
			return -ENOMEM;
		memset(defs + s->nr_defs, 0, (nr - s->nr_defs) * sizeof(*defs));
		s->defs = defs;
		s->nr_defs = nr;
	}
	s->defs[id].begin = s->defs[id].end = s->nr_leaves;
	s->runs = &s->def;
	s->def_id = id;
	return 0;
}

static int def_end(void *arg)
{
	struct thin_store *s = arg;
	int r = build_finish(&s->def, NULL);

	s->defs[s->def_id].end = s->nr_leaves;
	return r;
}

static int device_begin(void *arg, const struct thin_device *device)
{
	struct thin_store *s = arg;

	s->device = *device;
	s->runs = &s->inner;
	return 0;
}

static int add_details(struct thin_store *s)
{
	struct thin_details_disk d = {
		.mapped_blocks = cpu_to_le64(s->device.mapped_blocks),
		.transaction_id = cpu_to_le64(s->device.transaction_id),
		.creation_time = cpu_to_le32(s->device.creation_time),
		.snapshotted_time = cpu_to_le32(s->device.snapshotted_time),
	};

	return build_add(&s->details, s->device.dev_id, &d);
}

static int device_end(void *arg)
{
	struct thin_store *s = arg;
	uint64_t root = 0;
	__le64 root_le;
	int r;

	r = build_finish(&s->inner, &root);
	if (r)
		return r;
	writer_ref(&s->writer, root);
	root_le = cpu_to_le64(root);
	r = build_add(&s->outer, s->device.dev_id, &root_le);
	return r ? r : add_details(s);
}

static int ref(void *arg, uint64_t id)
{
	struct thin_store *s = arg;
	int r = 0;

	for (size_t i = s->defs[id].begin; !r && i < s->defs[id].end; i++)
		r = build_add_leaf(&s->inner, &s->leaves[i]);
	return r;
}

static int add_run(struct build *b, struct thin_run run)
{
	int r = 0;

	while (run.length && !r) {
		uint64_t mapping = thin_mapping_pack(run.data_begin, run.time);
		uint64_t nr = run.length;
		__le64 *keys, *values;
		int room = build_room(b, &keys, (void **)&values);

		if (room < 0)
			return room;
		if (nr > (uint32_t)room)
			nr = (uint32_t)room;
		for (uint64_t i = 0; i < nr; i++) {
			keys[i] = cpu_to_le64(run.thin_begin + i);
			values[i] = cpu_to_le64(mapping + (i << THIN_TIME_BITS));
		}
		r = build_added(b, (uint32_t)nr);
		run.thin_begin += nr;
		run.data_begin += nr;
		run.length -= nr;
	}
	return r;
}

static void count_runs(struct refs *refs, const struct thin_run *runs, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (i + AHEAD < nr)
			refs_prefetch(refs, runs[i + AHEAD].data_begin);
		refs_add_run(refs, runs[i].data_begin, runs[i].length, 1);
	}
}

static int add_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct thin_store *s = arg;
	int r = 0;

	if (!s->opts.is_counted)
		count_runs(s->opts.data_refs, runs, nr);
	for (size_t i = 0; i < nr && !r; i++)
		r = add_run(s->runs, runs[i]);
	return r;
}

/* A leaf whose entries were copied by all who refer to it counts no more. */
static int drop_orphans(struct thin_store *s)
{
	void *block = alloc_blocks(1);
	int r = block ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->nr_leaves && !r; i++) {
		const struct build_leaf *leaf = &s->leaves[i];
		const struct node_disk *d = block;

		if (refs_get(&s->refs, leaf->where))
			continue;
		r = writer_read(&s->writer, leaf->where, block);
		if (!r)
			count_values(s, d->keys + node_max_entries(sizeof(__le64)), leaf->nr, -1);
	}
	free(block);
	return r;
}

static int end_trees(struct thin_store *s)
{
	int r;

	r = build_finish(&s->outer, &s->sb.mapping_root);
	if (r)
		return r;
	writer_ref(&s->writer, s->sb.mapping_root);
	r = build_finish(&s->details, &s->sb.details_root);
	if (r)
		return r;
	writer_ref(&s->writer, s->sb.details_root);
	return s->nr_copied && !s->opts.is_dry ? drop_orphans(s) : 0;
}

/*
 * What a dry run cannot know: how many copied mappings will be in the overflow
 * tree.  At worst all, each in a leaf that is a third full.
 */
static uint64_t copied_overflow(const struct thin_store *s)
{
	return s->nr_copied / (node_max_entries(sizeof(__le32)) / 3);
}

static int pool_end(void *arg)
{
	struct thin_store *s = arg;
	uint64_t nr = device_blocks(s->engine);
	int r;

	r = end_trees(s);
	if (!r)
		r = sm_store_data(&s->writer, s->opts.data_refs, s->sb.data_sm.nr_blocks,
				  &s->sb.data_sm);
	/* Were the device as large as is needed, its map would be larger too. */
	if (s->opts.is_dry && nr < s->writer.next + bitmap_count(s->writer.next))
		nr = s->writer.next + bitmap_count(s->writer.next);
	if (nr > META_MAX_BLOCKS)
		nr = META_MAX_BLOCKS;
	if (!r)
		r = sm_store_metadata(&s->writer, nr, &s->sb.metadata_sm);
	s->nr_needed = s->writer.next + copied_overflow(s);
	return r;
}

int thin_store_commit(struct thin_store *s)
{
	struct thin_sb_disk *d;
	int r;

	r = writer_finish(&s->writer);
	if (!r)
		r = engine_flush(s->engine);
	if (r)
		return r;
	d = alloc_blocks(1);
	if (!d)
		return -ENOMEM;
	thin_sb_pack(&s->sb, THIN_SB_WHERE, d);
	r = engine_write(s->engine, d, THIN_SB_WHERE, 1);
	free(d);
	return r ? r : engine_flush(s->engine);
}

const struct thin_emit thin_store_emit = {
	.pool_begin = pool_begin,
	.def_begin = def_begin,
	.def_end = def_end,
	.device_begin = device_begin,
	.device_end = device_end,
	.ref = ref,
	.runs = add_runs,
	.pool_end = pool_end,
};
