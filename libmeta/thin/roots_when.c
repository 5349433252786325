/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/roots_when.h"

#include "base/alloc.h"
#include "thin/sb.h"

/* So many copies of superblocks are looked at; a pool has one or two. */
#define MOST_COPIES 4096u

/* What a superblock says about a pair. */
static void set(struct thin_roots *p, uint64_t transaction_id)
{
	p->transaction_min = p->transaction_max = transaction_id;
}

static void read_copy(struct thin_salvage *s, uint64_t where, void *block,
		      struct thin_roots *pairs, size_t nr)
{
	struct fault faults[THIN_SB_FAULTS];
	struct thin_sb sb;
	unsigned nr_faults;

	if (engine_read(&s->overlay.engine, block, where, 1) ||
	    thin_sb_parse(&sb, block, where, s->scan.nr_blocks, faults, &nr_faults))
		return;
	for (size_t i = 0; i < nr; i++) {
		struct thin_roots *p = &pairs[i];

		if (p->mapping_root != sb.mapping_root || p->details_root != sb.details_root)
			continue;
		p->held = true;
		if (!p->current)
			set(p, sb.transaction_id);
	}
}

static int read_copies(struct thin_salvage *s, struct thin_roots *pairs, size_t nr)
{
	void *block = alloc_blocks(1);
	unsigned left = MOST_COPIES;

	if (!block)
		return -ENOMEM;
	for (uint64_t where = bits_next(&s->scan.held, 0); where < s->scan.nr_blocks && left--;
	     where = bits_next(&s->scan.held, where + 1))
		read_copy(s, where, block, pairs, nr);
	free(block);
	return 0;
}

/* Between what is known of others, by their times. */
static void narrow(struct thin_roots *p, const struct thin_roots *pairs, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct thin_roots *other = &pairs[i];
		uint64_t id = other->transaction_min;

		if (!other->current && !other->held)
			continue;
		if (other->time < p->time && id > p->transaction_min)
			p->transaction_min = id;
		if (other->time > p->time && id < p->transaction_max)
			p->transaction_max = id;
	}
	/* Superblocks may lie, or ids go back. */
	if (p->transaction_min > p->transaction_max)
		p->transaction_max = UINT64_MAX;
}

int roots_when_find(struct thin_salvage *s, struct thin_roots *pairs, size_t nr)
{
	int r;

	for (size_t i = 0; i < nr; i++) {
		struct thin_roots *p = &pairs[i];

		p->transaction_min = p->transaction_id;
		p->transaction_max = s->has_sb ? s->sb.transaction_id : UINT64_MAX;
		if (p->current)
			set(p, s->sb.transaction_id);
	}
	r = read_copies(s, pairs, nr);
	for (size_t i = 0; i < nr && !r; i++)
		if (!pairs[i].current && !pairs[i].held)
			narrow(&pairs[i], pairs, nr);
	return r;
}
