/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/unused.h"

#include <errno.h>
#include <stdlib.h>

#include "thin/check.h"
#include "thin/ledger.h"

/*
 * @left is what the check has left of each count, @stored the counts as they
 * are on the disk.  Only where both are 0, nothing points to the block.
 */
static void mark_used(struct bits *used, const struct refs *left, const struct refs *stored)
{
	for (uint64_t block = 0; block < used->nr; block += 8)
		bits_add_eight(used, block,
			       ~(refs_zeroes(left, block) & refs_zeroes(stored, block)));
}

/* The counts are read once more: the check has used up its own. */
static int find(struct check *c, unsigned nr_threads, struct thin_unused *u)
{
	const struct thin_sb *sb = &c->report.sb;
	struct ledger l;
	int r;

	u->data_block_size = sb->data_block_size;
	r = bits_init(&u->used, sb->data_sm.nr_blocks);
	if (r)
		return r;
	r = ledger_load(&l, c->engine, &sb->metadata_sm, nr_threads);
	r = r ? r : ledger_load_data(&l, &sb->data_sm);
	if (!r && !(ledger_is_whole(&l.data) && c->trees_whole && c->data_sm.whole))
		r = -EIO;
	if (!r)
		r = refs_error(&l.data.refs);
	if (!r)
		mark_used(&u->used, &c->data_refs, &l.data.refs);
	ledger_exit(&l);
	return r;
}

int thin_unused_find(struct engine *e, unsigned nr_threads, struct progress *progress,
		     struct thin_unused **u, struct thin_check_report **rep)
{
	const struct thin_check_opts opts = { .nr_threads = nr_threads, .progress = progress };
	struct thin_unused *unused = calloc(1, sizeof(*unused));
	struct check *c = malloc(sizeof(*c));
	int r;

	if (!unused || !c) {
		free(unused);
		free(c);
		return -ENOMEM;
	}
	r = check_run(c, e, &opts);
	*rep = &c->report;
	if (!r && (!c->report.has_sb || !thin_check_is_good(&c->report, true)))
		r = -EUCLEAN;
	else if (!r)
		r = find(c, c->walk.stream.nr_threads, unused);
	check_release(c);
	if (r && r != -EUCLEAN) {
		thin_check_free(*rep);
		*rep = NULL;
	}
	if (r)
		thin_unused_free(unused);
	else
		*u = unused;
	return r;
}

void thin_unused_free(struct thin_unused *u)
{
	if (!u)
		return;
	bits_exit(&u->used);
	free(u);
}

uint64_t thin_unused_count(const struct thin_unused *u)
{
	return u->used.nr - u->used.count;
}

bool thin_unused_next(const struct thin_unused *u, uint64_t from,
		      struct thin_unused_range *range)
{
	range->begin = bits_next_gap(&u->used, from);
	range->end = bits_next(&u->used, range->begin);
	return range->begin < u->used.nr;
}
