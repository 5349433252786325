/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/assemble.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/bitmap.h"
#include "thin/counts.h"
#include "thin/doubt.h"
#include "thin/graft.h"
#include "thin/older.h"
#include "thin/roots.h"
#include "thin/sb.h"
#include "thin/tally.h"
#include "thin/trees.h"

/* So often what numbers say is looked at anew. */
#define MOST_ROUNDS 4u

/* Pointers to metadata blocks that the superblock has. */
static void add_pointers(const struct thin_sb *sb, struct refs *found)
{
	const uint64_t pointers[] = {
		sb->held_root, sb->metadata_sm.index_root, sb->metadata_sm.overflow_root,
		sb->data_sm.index_root, sb->data_sm.overflow_root,
	};

	for (size_t i = 0; i < sizeof(pointers) / sizeof(*pointers); i++)
		if (pointers[i] && pointers[i] < found->nr)
			refs_add(found, pointers[i], 1);
}

/* What the superblock says of space maps, or has to be found out. */
static void describe_maps(struct thin_salvage *s)
{
	const struct thin_overrides *o = &s->opts.overrides;
	uint64_t nr = s->scan.highest + 1;

	if (s->has_sb) {
		s->maps[0] = s->sb.metadata_sm;
		s->maps[1] = s->sb.data_sm;
		return;
	}
	if (o->has_nr_data_blocks && o->nr_data_blocks > nr)
		nr = o->nr_data_blocks;
	s->maps[0] = (struct sm_root){ .nr_blocks = s->scan.nr_blocks };
	s->maps[1] = (struct sm_root){ .nr_blocks = bitmap_count(nr) * BITMAP_ENTRIES };
}

static int load_counts(struct thin_salvage *s)
{
	struct counts_verdict verdict;
	struct refs found;
	int r = refs_init(&found, s->scan.nr_blocks);

	describe_maps(s);
	r = r ? r : counts_find_pointers(s, s->mapping_root, s->details_root, &found);
	if (!r && s->has_sb)
		add_pointers(&s->sb, &found);
	r = r ? r : counts_mend(s, &found, false, &s->maps[0], &verdict);
	refs_exit(&found);
	return r ? r : ledger_load(&s->ledger, &s->overlay.engine, &s->maps[0],
				   s->opts.nr_threads);
}

static void tell_held(struct thin_salvage *s, uint64_t where)
{
	struct thin_finding f = {
		.code = THIN_FINDING_HELD_DROPPED, .dev_id = THIN_FINDING_NO_DEV, .where = where,
	};

	salvage_tell(s, &f);
}

/* What is counted by the metadata snapshot's trees is not missing elsewhere. */
static int count_held(struct thin_salvage *s)
{
	uint64_t where = s->has_sb ? s->sb.held_root : 0;
	struct fault faults[THIN_SB_FAULTS];
	struct thin_sb held;
	void *block;
	unsigned nr;
	int r = 0;

	if (!where || where >= s->scan.nr_blocks)
		return 0;
	tell_held(s, where);
	block = alloc_blocks(1);
	if (!block)
		return -ENOMEM;
	if (!engine_read(&s->overlay.engine, block, where, 1) &&
	    !thin_sb_parse(&held, block, where, s->scan.nr_blocks, faults, &nr))
		r = tally_held(s, &held);
	else
		r = tally_lost_held(s);
	free(block);
	return r;
}

/* Which devices there are, and all of their trees that is sound. */
static int find_trees(struct thin_salvage *s, struct census *older)
{
	int r = census_take(s, older);

	for (size_t i = 0; i < s->nr_devices && !r; i++)
		if (s->devices[i].has_root)
			r = trees_reach_device(s, (uint32_t)i);
	r = r ? r : count_held(s);
	r = r ? r : tally_data(s);
	return r ? r : graft_all(s, older);
}

int assemble_once(struct thin_salvage *s, struct census *older)
{
	int r = roots_choose(s);

	/* There may be trees, whosever they are. */
	if (r == -ENODATA)
		r = 0;
	r = r ? r : load_counts(s);
	return r ? r : find_trees(s, older);
}

/* As if there had been nothing but the scan. */
static int start_over(struct thin_salvage *s, size_t nr_findings)
{
	uint64_t nr = s->taken.nr;

	for (size_t i = 0; i < s->nr_holes; i++) {
		free(s->holes[i].pieces);
		free(s->holes[i].hints);
	}
	s->nr_holes = s->nr_devices = s->nr_marks = 0;
	memset(s->hole_of, 0, nr * sizeof(*s->hole_of));
	bits_clear(&s->reached);
	bits_clear(&s->held);
	bits_clear(&s->open);
	bits_clear(&s->taken);
	ledger_exit(&s->ledger);
	memset(&s->ledger, 0, sizeof(s->ledger));
	refs_exit(&s->found);
	s->found = (struct refs){ .nr = 0 };
	s->next_number = s->scan.nr_blocks;
	s->counting = s->older = s->all_older = s->differing = false;
	s->nr_mapped_to = s->mapping_root = s->details_root = 0;
	findings_cut(&s->findings, nr_findings);
	return overlay_reset(&s->overlay);
}

/* A node in use, and one like it that was left out. */
struct likeness {
	uint32_t where, out;
};

struct trial {
	struct thin_salvage *s;
	size_t nr_findings;		/* of the scan */
	struct census older;
	struct doubt doubt;
	bool begun;
	struct likeness *alike;
	size_t nr_alike, room_alike;
};

static int try(struct trial *t)
{
	int r = t->begun ? start_over(t->s, t->nr_findings) : 0;

	if (t->begun)
		census_exit(&t->older);
	doubt_exit(&t->doubt);
	t->begun = true;
	t->older = (struct census){ .roots = NULL };
	t->doubt = (struct doubt){ .nr = 0 };
	r = r ? r : assemble_once(t->s, &t->older);
	return r ? r : doubt_find(&t->doubt, t->s);
}

/* A node that is left out, and what it was. */
struct outcast {
	uint32_t where;
	struct scan_block was;
	bool out;
};

static void set_out(struct thin_salvage *s, struct outcast *o, bool out)
{
	o->out = out;
	s->scan.blocks[o->where] = o->was;
	if (out) {
		s->scan.blocks[o->where].families = 0;
		s->scan.blocks[o->where].inner = 0;
	}
}

/* Failing is as bad as it gets. */
static int try_badness(struct trial *t, int64_t *badness)
{
	int r = try(t);

	*badness = r ? INT64_MAX : t->doubt.badness;
	return r == -ENOMEM ? r : 0;
}

/* Lets all back in without whom nothing gets better; *@least is what was reached. */
static int acquit(struct trial *t, struct outcast *all, size_t nr, int64_t *least)
{
	int64_t badness;
	int r = 0;

	for (size_t i = 0; i < nr && nr > 1 && !r; i++) {
		set_out(t->s, &all[i], false);
		r = try_badness(t, &badness);
		if (badness > *least)
			set_out(t->s, &all[i], true);
		else
			*least = badness;
	}
	return r;
}

/* Do most entries of @a and @b lead to the same? */
static bool is_alike(struct thin_salvage *s, uint32_t a, uint32_t b)
{
	struct node x, y;
	uint32_t nr = 0;

	if (salvage_read(s, a, sizeof(__le64), 0, &x) || salvage_read(s, b, sizeof(__le64), 1, &y))
		return false;
	for (uint32_t i = 0; i < x.nr_entries && i < y.nr_entries; i++)
		nr += node_value64(&x, i) == node_value64(&y, i);
	return 2 * nr > x.nr_entries;
}

static int note_alike(struct trial *t, const struct outcast *all, size_t nr)
{
	int r = 0;

	for (size_t i = 0; i < nr * nr && !r; i++) {
		const struct outcast *in = &all[i / nr], *out = &all[i % nr];

		if (in->out || !out->out || !is_alike(t->s, in->where, out->where))
			continue;
		r = salvage_room(&t->alike, &t->room_alike, t->nr_alike, sizeof(*t->alike));
		if (!r)
			t->alike[t->nr_alike++] = (struct likeness){ in->where, out->where };
	}
	return r;
}

/*
 * Of two nodes that are alike one is a copy.  Numbers that are good without the
 * one may be as good without the other, so that is in doubt, and nobody knows how
 * far the keys of the one went whose place it may have.
 */
static int mark_alike(struct trial *t)
{
	int r = 0;

	for (size_t i = 0; i < t->nr_alike && !r; i++) {
		const struct scan_block *b = &t->s->scan.blocks[t->alike[i].where];
		struct thin_finding f = {
			.code = THIN_FINDING_EXCHANGED, .where = t->alike[i].where,
			.begin = b->first, .end = UINT64_MAX, .nr = b->nr,
			.found = t->alike[i].out,
		};

		r = salvage_mark(t->s, f.where, &f);
	}
	return r;
}

/* Tries without the suspects.  *@better: some of them stay out. */
static int try_without(struct trial *t, bool *better)
{
	int64_t before = t->doubt.badness, least;
	size_t nr = t->doubt.nr;
	struct outcast *all = alloc_array(nr, sizeof(*all));
	int r;

	*better = false;
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		all[i].where = t->doubt.suspects[i];
		all[i].was = t->s->scan.blocks[all[i].where];
		set_out(t->s, &all[i], true);
	}
	r = try_badness(t, &least);
	if (!r)
		r = acquit(t, all, nr, &least);
	*better = !r && least < before;
	for (size_t i = 0; i < nr && !*better; i++)
		set_out(t->s, &all[i], false);
	if (*better)
		r = note_alike(t, all, nr);
	free(all);
	return r ? r : try(t);
}

int assemble_run(struct thin_salvage *s)
{
	struct trial t = { .s = s, .nr_findings = s->findings.nr };
	bool better = true;
	int r = try(&t);

	for (unsigned i = 0; i < MOST_ROUNDS && better && !r && t.doubt.nr; i++)
		r = try_without(&t, &better);
	r = r ? r : older_fill(s, &t.older);
	r = r ? r : mark_alike(&t);
	free(t.alike);
	census_exit(&t.older);
	doubt_exit(&t.doubt);
	if (!r && !s->nr_devices && !(s->tops_whole && s->details_whole))
		r = -ENODATA;
	return r;
}
