/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of a check: superblock, space maps, device trees, mapping trees,
 * and then what can only be said when everything has been seen.
 *
 * Counts are a ledger (base/refs.h): the space maps put them in, every pointer
 * takes one off, and what is left over in the end is wrong.
 */
#include "thin/check.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/workers.h"
#include "thin/mappings.h"
#include "thin/sb.h"
#include "thin/suspects.h"

/* How many faults and losses are kept; the rest is counted. */
#define MAX_FAULTS	10000u
#define MAX_LOSSES	100000u

static void report_all(struct check *c, struct fault *f, unsigned nr, enum block_kind kind)
{
	for (unsigned i = 0; i < nr; i++) {
		f[i].kind = kind;
		fault_sink_add(&c->sink, &f[i]);
	}
}

/* 0, -EUCLEAN after the faults went to the sink, or what the system said. */
static int read_sb(struct check *c, uint64_t where, struct thin_sb *sb)
{
	uint64_t nr_blocks = engine_nr_blocks(c->engine);
	struct fault f[THIN_SB_FAULTS];
	void *block = alloc_blocks(1);
	unsigned nr = 0;
	int r;

	if (!block)
		return -ENOMEM;
	if (where >= nr_blocks)
		r = fault(&f[nr++], FAULT_PTR_RANGE, THIN_SB_WHERE, where, nr_blocks);
	else
		r = engine_read(c->engine, block, where, 1);
	if (r && r != -EUCLEAN)
		r = fault(&f[nr++], FAULT_BLOCK_IO, where, (uint64_t)-r, 0);
	if (!r)
		r = c->trees && where == THIN_SB_WHERE ? thin_sb_parse_trees(sb, block, f, &nr) :
			thin_sb_parse(sb, block, where, nr_blocks, f, &nr);
	report_all(c, f, nr, where == THIN_SB_WHERE ? KIND_SB : KIND_HELD);
	free(block);
	return r;
}

/* As read_sb(), and it must go with the live one. */
static int read_held(struct check *c, const struct thin_sb *live)
{
	struct fault f[THIN_SB_FAULTS];
	int r = read_sb(c, live->held_root, &c->held);

	if (!r)
		report_all(c, f, thin_sb_judge_held(live, &c->held, f), KIND_HELD);
	return r;
}

static void accept(struct check *c, const struct thin_sb *sb)
{
	struct thin_check_report *rep = &c->report;

	rep->sb = *sb;
	rep->has_sb = true;
	if (sb->metadata_sm.nr_blocks > sb->metadata_sm.nr_allocated)
		rep->metadata_free = sb->metadata_sm.nr_blocks - sb->metadata_sm.nr_allocated;
	if (c->opts->accepted)
		c->opts->accepted(c->opts->arg, rep);
}

/* Which superblock's trees to walk.  0, -EUCLEAN, -ENODATA or another errno. */
static int choose_sb(struct check *c)
{
	struct thin_sb live;
	int r = read_sb(c, THIN_SB_WHERE, &live);

	if (r)
		return r;
	c->sb = live;
	if (c->opts->metadata_snap && !live.held_root)
		return -ENODATA;
	if (live.held_root && !c->opts->super_block_only) {
		r = read_held(c, &live);
		c->has_held = !r;
		if (r && (c->opts->metadata_snap || r != -EUCLEAN))
			return r;
		c->trees_whole = !r;
	}
	if (c->opts->metadata_snap) {
		c->sb = c->held;
		c->sb.data_sm = live.data_sm;
		c->sb.metadata_sm = live.metadata_sm;
		c->has_held = false;
	}
	if (c->opts->has_mapping_root)
		c->sb.mapping_root = c->opts->mapping_root;
	if (c->opts->has_details_root)
		c->sb.details_root = c->opts->details_root;
	accept(c, &live);
	return 0;
}

/* What the superblock says of sizes must at least be possible. */
static void choose_sizes(struct check *c)
{
	uint64_t nr = engine_nr_blocks(c->engine);
	uint64_t nr_data = c->trees->nr_data_blocks;

	c->walk_end = nr < META_MAX_BLOCKS ? nr : META_MAX_BLOCKS;
	if (!nr_data)
		nr_data = c->sb.data_sm.nr_blocks;
	c->data_unknown = !nr_data || nr_data > THIN_MAX_DATA_BLOCKS ||
		bitmap_count(nr_data) > c->walk_end;
	c->sb.data_sm.nr_blocks = c->data_unknown ? THIN_MAX_DATA_BLOCKS : nr_data;
	c->counting = !c->data_unknown;
}

static bool is_counting(const struct thin_check_opts *o)
{
	return !o->super_block_only && !o->skip_mappings && !o->metadata_snap &&
	       !o->has_mapping_root && !o->has_details_root;
}

static void use_block(struct check *c, uint64_t where, enum block_kind kind)
{
	c->walk.uses[where] = (uint8_t)kind;
	if (c->counting)
		refs_add(&c->metadata_refs, where, -1);
}

/*
 * The metadata map is loaded while nothing is taken off yet, as it has to be
 * seen as it was stored; its own blocks are taken off afterwards.
 */
static int load_metadata_sm(struct check *c)
{
	int r = sm_load(&c->metadata_sm, &c->walk, &c->metadata_refs, &c->sb.metadata_sm, NULL);

	r = r ? r : bits_init(&c->metadata_sm_blocks, c->walk.nr_blocks);
	for (uint64_t where = 0; where < c->walk.nr_blocks && !r; where++) {
		if (walk_kind(&c->walk, where) == KIND_FREE)
			continue;
		bits_add(&c->metadata_sm_blocks, where);
		refs_add(&c->metadata_refs, where, -1);
	}
	c->walk.refs = &c->metadata_refs;
	return r;
}

static int take_several(struct check *c, const struct bits *several)
{
	int r = keytags_init(&c->tags, c->sb.data_sm.nr_blocks);

	for (uint64_t b = bits_next(several, 0); !r && b < several->nr;
	     b = bits_next(several, b + 1))
		bits_add(&c->tags.several, b);
	return r ? r : keytags_begin(&c->tags);
}

static int load_counts(struct check *c)
{
	int r = refs_init(&c->data_refs, c->sb.data_sm.nr_blocks);

	r = r ? r : refs_init(&c->metadata_refs, c->walk.nr_blocks);
	if (!r && c->trees) {
		c->walk.refs = &c->metadata_refs;
		return c->trees->several ? take_several(c, c->trees->several) : 0;
	}
	r = r ? r : load_metadata_sm(c);
	r = r ? r : keytags_init(&c->tags, c->sb.data_sm.nr_blocks);
	r = r ? r : sm_load(&c->data_sm, &c->walk, &c->data_refs, &c->sb.data_sm,
			    &c->tags.several);
	return r ? r : keytags_begin(&c->tags);
}

static int walk_devices(struct check *c)
{
	struct roster_side sides[2] = {
		{ OWNER_LIVE, THIN_SB_WHERE, c->sb.mapping_root, c->sb.details_root },
	};
	unsigned nr = 1;

	use_block(c, THIN_SB_WHERE, KIND_SB);
	if (c->has_held && walk_claim(&c->walk, THIN_SB_WHERE, c->sb.held_root, KIND_HELD))
		sides[nr++] = (struct roster_side){
			OWNER_HELD, c->sb.held_root, c->held.mapping_root, c->held.details_root,
		};
	else if (c->has_held)
		c->trees_whole = false;
	return roster_load(&c->roster, &c->walk, sides, nr);
}

static int walk_mappings(struct check *c)
{
	struct mappings m = {
		.walk = &c->walk, .nr_data_blocks = c->sb.data_sm.nr_blocks, .time = c->sb.time,
		.data = c->counting ? &c->data_refs : NULL,
		.tags = c->counting && c->tags.nr ? &c->tags : NULL,
		.end = c->trees ? &c->data_end : NULL,
	};
	struct walk_tree tree = mappings_tree(&m);
	struct walk_root *roots = roster_roots(&c->roster);
	int r;

	if (!roots)
		return -ENOMEM;
	r = walk_run(&c->walk, &tree, roots, c->roster.nr_mappings);
	r = r ? r : walk_count(&c->walk, &tree);
	free(roots);
	return r;
}

/* One fault for blocks @begin to @end - 1, whose counts are all off by @left. */
static void report_counts(struct check *c, struct sm *sm, uint64_t begin, uint64_t end,
			  int64_t left)
{
	uint64_t stored = sm_stored(sm, begin);
	struct fault f;
	enum fault_code code;

	if (left < 0)
		code = sm->is_data ? FAULT_DATA_LOW : FAULT_META_LOW;
	else
		code = sm->is_data ? FAULT_DATA_LEAK : FAULT_META_LEAK;
	fault(&f, code, sm->index[begin / BITMAP_ENTRIES].where, stored,
	      (uint64_t)((int64_t)stored - left));
	f.kind = KIND_BITMAP;
	f.begin = begin;
	f.end = end;
	fault_sink_add(&c->sink, &f);
}

/*
 * Whether everything was seen that points to the blocks of @sm.  Space maps
 * have pointers to metadata as well.
 */
static bool is_whole(const struct check *c, const struct sm *sm)
{
	return c->trees_whole && (sm->is_data || (c->metadata_sm.whole && c->data_sm.whole));
}

/*
 * What the ledger has left.  When trees are damaged, counts that look too high
 * may be right, so only those that are too low are told.
 */
static void judge_counts(struct check *c, struct sm *sm)
{
	bool whole = is_whole(c, sm);
	uint64_t block = 0, nr = sm->root.nr_blocks;

	while ((block = refs_next(sm->refs, block)) < nr) {
		uint64_t begin = block, i = block / BITMAP_ENTRIES;
		int64_t left = refs_get(sm->refs, block);

		while (++block < nr && block / BITMAP_ENTRIES == i &&
		       !refs_is_unknown(sm->refs, block) && refs_get(sm->refs, block) == left)
			;
		if (sm_is_lost(sm, i) || (left > 0 && !whole))
			continue;
		report_counts(c, sm, begin, block, left);
		if (sm->is_data && left < 0)
			for (uint64_t b = begin; b < block && b < begin + KEYTAGS_SUSPECTS; b++)
				keytags_suspect(&c->tags, b);
	}
}

static int judge_whole(struct check *c)
{
	int r = suspects_judge(&c->walk, &c->roster, &c->tags);

	if (refs_error(&c->data_refs) || refs_error(&c->metadata_refs))
		r = -ENOMEM;
	return r;
}

static int check_trees(struct check *c)
{
	uint64_t nr_damaged;
	int r = walk_init(&c->walk, c->engine, c->walk_end, NULL, &c->sink);

	if (r)
		return r;
	c->walk.stream.nr_threads = c->opts->nr_threads ? c->opts->nr_threads : workers_default();
	if (c->opts->progress) {
		c->walk.stream.progress = &c->opts->progress->done;
		c->opts->progress->total = c->sb.metadata_sm.nr_allocated;
	}
	if (c->counting)
		r = load_counts(c);
	nr_damaged = c->walk.nr_damages;
	r = r ? r : walk_devices(c);
	if (r || c->opts->skip_mappings)
		return r;
	r = walk_mappings(c);
	if (r)
		return r;
	c->trees_whole = c->trees_whole && nr_damaged == c->walk.nr_damages;
	if (nr_damaged != c->walk.nr_damages)
		r = losses_find(&c->losses, &c->walk, &c->roster, OWNER_LIVE);
	if (c->counting && !c->trees && !r) {
		judge_counts(c, &c->metadata_sm);
		judge_counts(c, &c->data_sm);
	}
	return c->counting && !r ? judge_whole(c) : r;
}

static void fill_report(struct check *c)
{
	struct thin_check_report *rep = &c->report;

	fault_sink_sort(&c->sink);
	rep->counted = c->counting && rep->has_sb;
	rep->faults = c->sink.faults;
	rep->nr_faults = c->sink.nr;
	for (unsigned i = 0; i < NR_FAULT_CLASSES; i++)
		rep->nr_by_class[i] = c->sink.nr_by_class[i];
	rep->losses = c->losses.all;
	rep->nr_losses = c->losses.nr;
	rep->hits = c->losses.hits;
	rep->nr_hits = c->losses.nr_hits;
	for (uint64_t i = 0; i < c->roster.nr_mappings; i++) {
		const struct roster_mapping *m = &c->roster.mappings[i];

		if (!(m->sides & OWNER_LIVE))
			continue;
		rep->nr_devices++;
		if (walk_kind(&c->walk, m->root) == KIND_MAPPING &&
		    !bits_has(&c->walk.lost, m->root))
			rep->nr_mapped += c->walk.spans[m->root].nr_entries;
	}
}

int check_run_trees(struct check *c, struct engine *e, const struct thin_check_opts *o,
		    const struct check_trees *trees)
{
	int r;

	*c = (struct check){ .engine = e, .opts = o, .trees_whole = true, .trees = trees };
	c->counting = is_counting(o);
	c->losses.most = MAX_LOSSES;
	r = fault_sink_init(&c->sink, MAX_FAULTS);
	r = r ? r : choose_sb(c);
	c->walk_end = c->sb.metadata_sm.nr_blocks;
	if (!r && trees)
		choose_sizes(c);
	if (!r && !o->super_block_only) {
		r = check_trees(c);
		roster_judge_details(&c->roster, &c->sb, !o->skip_mappings && !r);
	}
	if (!r || r == -EUCLEAN)
		r = c->sink.error;
	if (!r)
		fill_report(c);
	return r;
}

int check_run(struct check *c, struct engine *e, const struct thin_check_opts *o)
{
	return check_run_trees(c, e, o, NULL);
}

void check_release(struct check *c)
{
	keytags_exit(&c->tags);
	roster_exit(&c->roster);
	sm_exit(&c->data_sm);
	sm_exit(&c->metadata_sm);
	bits_exit(&c->metadata_sm_blocks);
	if (c->walk.engine)
		walk_exit(&c->walk);
	refs_exit(&c->data_refs);
	refs_exit(&c->metadata_refs);
}

int thin_check(struct engine *e, const struct thin_check_opts *o,
	       struct thin_check_report **rep)
{
	struct check *c = malloc(sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	r = check_run(c, e, o);
	check_release(c);
	*rep = &c->report;
	if (r)
		thin_check_free(&c->report);
	return r;
}

void thin_check_free(struct thin_check_report *rep)
{
	struct check *c = (struct check *)rep;

	if (!c)
		return;
	check_findings_exit(c);
	free(c);
}

void check_findings_exit(struct check *c)
{
	losses_exit(&c->losses);
	fault_sink_exit(&c->sink);
}

bool thin_check_is_good(const struct thin_check_report *rep, bool tolerate_leaks)
{
	return !rep->nr_by_class[FAULT_FATAL] && !rep->nr_by_class[FAULT_REPAIR] &&
	       !rep->nr_by_class[FAULT_POLICY] &&
	       (tolerate_leaks || !rep->nr_by_class[FAULT_LEAK]);
}
