/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/tally.h"

#include "base/alloc.h"
#include "io/stream.h"
#include "thin/counts.h"

static int count_held(struct thin_salvage *s, uint64_t where, enum scan_family family)
{
	const struct scan_block *b = scan_node(&s->scan, where, family);
	struct node n;
	int r;

	ledger_take(&s->ledger.metadata, where);
	if (!b || bits_has(&s->reached, where) || !bits_add(&s->held, where))
		return 0;
	if (!b->height && family != SCAN_TOP)
		return 0;
	/* A top-level leaf leads to trees that may be as high. */
	r = salvage_read(s, where, sizeof(__le64), b->height + (family == SCAN_TOP ?
			 SCAN_MAX_HEIGHT + 1 : 0), &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++) {
		const struct scan_block *child = scan_node(&s->scan, node_value64(&n, i), family);

		if (!b->height)
			r = count_held(s, node_value64(&n, i), SCAN_MAPPINGS);
		else if (child && child->height + 1 == b->height)
			r = count_held(s, node_value64(&n, i), family);
		else
			ledger_take(&s->ledger.metadata, node_value64(&n, i));
	}
	return r;
}

int tally_held(struct thin_salvage *s, const struct thin_sb *sb)
{
	int r = count_held(s, sb->mapping_root, SCAN_TOP);

	ledger_take(&s->ledger.metadata, sb->details_root);
	return r;
}

/* Counts what nodes of @height lead to that are still missed. */
static int count_missed(struct thin_salvage *s, unsigned height)
{
	int r = 0;

	for (uint64_t where = 1; where < s->scan.nr_blocks && !r; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, SCAN_TOP);

		/* With one entry it might be a leaf of mappings. */
		if (b && b->families == SCAN_TOP && b->height == height &&
		    !bits_has(&s->reached, where) &&
		    ledger_missing(&s->ledger.metadata, where) > 0)
			r = count_held(s, where, SCAN_TOP);
	}
	return r;
}

int tally_lost_held(struct thin_salvage *s)
{
	int r = 0;

	for (unsigned height = SCAN_MAX_HEIGHT; height-- && !r && s->tops_whole;)
		r = count_missed(s, height);
	return r;
}

static void note_highest(struct thin_salvage *s, uint64_t data)
{
	uint64_t was = __atomic_load_n(&s->nr_mapped_to, __ATOMIC_RELAXED);

	while (was <= data && !__atomic_compare_exchange_n(&s->nr_mapped_to, &was, data + 1, true,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static int count_leaf(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct thin_salvage *s = arg;
	struct fault f;
	struct node n;

	(void)worker;
	(void)error;
	if (!block || node_parse(&n, block, where, sizeof(__le64), &f))
		return 0;
	for (uint32_t i = 0; i < n.nr_entries; i++) {
		uint64_t data = thin_mapping_block(node_value64(&n, i));

		if (s->counting && data < s->ledger.data.refs.nr)
			refs_add(&s->ledger.data.refs, data, -1);
		if (data < s->found.nr)
			refs_add(&s->found, data, 1);
		if (data < s->scan.nr_data_blocks && bits_has(&s->reached, where))
			note_highest(s, data);
	}
	return 0;
}

int tally_leaf(struct thin_salvage *s, uint64_t where)
{
	void *block = alloc_blocks(1);
	int r = block ? engine_read(&s->overlay.engine, block, where, 1) : -ENOMEM;

	r = r ? r : count_leaf(s, 0, where, block, 0);
	free(block);
	return r ? r : refs_error(&s->ledger.data.refs);
}

/* The counts of data blocks, less what was found. */
static int load_data(struct thin_salvage *s)
{
	struct counts_verdict verdict;
	int r = counts_mend(s, &s->found, true, &s->maps[1], &verdict);

	r = r ? r : ledger_load_data(&s->ledger, &s->maps[1]);
	for (uint64_t block = refs_next(&s->found, 0); block < s->found.nr && !r;
	     block = refs_next(&s->found, block + 1))
		if (block < s->ledger.data.refs.nr)
			refs_add(&s->ledger.data.refs, block, -refs_get(&s->found, block));
	s->counting = true;
	return r ? r : refs_error(&s->ledger.data.refs);
}

int tally_data(struct thin_salvage *s)
{
	struct stream stream = {
		.engine = &s->overlay.engine, .nr_threads = s->scan.nr_threads,
	};
	struct bits leaves;
	int r = refs_init(&s->found, s->scan.highest + 1);

	r = r ? r : bits_init(&leaves, s->scan.nr_blocks);
	if (r)
		return r;
	for (uint64_t where = 1; where < s->scan.nr_blocks; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);

		if (b && !b->height && (bits_has(&s->reached, where) || bits_has(&s->held, where)))
			bits_add(&leaves, where);
	}
	r = stream_visit(&stream, &leaves, count_leaf, s);
	bits_exit(&leaves);
	r = r ? r : refs_error(&s->found);
	return r ? r : load_data(s);
}
