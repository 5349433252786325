/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ledger - how many pointers to each block are still missing.
 *
 * It begins with the counts that the space maps say, and every pointer found
 * takes one off.  When the sound trees have been gone through, a node whose
 * count is not 0 is one that something lost pointed to: it is not a leftover
 * of an older transaction, whose count is 0.  The same holds for data blocks
 * and the mappings to them.
 */
#ifndef THIN_LEDGER_H
#define THIN_LEDGER_H

#include "base/fault.h"
#include "pdata/sm_load.h"

struct ledger_side {
	struct refs refs;
	struct sm sm;
	struct bits spared;		/* counts of lost bitmaps that the overflow tree has */
	bool all_large;			/* and it has all above 2 */
	bool loaded;
};

struct ledger {
	bool begun;
	struct walk walk;
	struct fault_sink sink;
	struct bits several;
	struct ledger_side metadata;
	struct ledger_side data;
};

/*
 * Loads the counts of metadata blocks that @root leads to, as far as they can
 * be read; NULL: there are none.  Comes first.  0 or -ENOMEM; ledger_exit() is
 * due in both cases, and does nothing for one that is all zeroes.
 */
int ledger_load(struct ledger *l, struct engine *e, const struct sm_root *root,
		unsigned nr_threads);

/* The same for data blocks, once for all. */
int ledger_load_data(struct ledger *l, const struct sm_root *root);
void ledger_exit(struct ledger *l);

/*
 * Is the count of @block known?  Where a bitmap is lost, counts above 2 are in
 * the overflow tree all the same.
 */
static inline bool ledger_knows(const struct ledger_side *s, uint64_t block)
{
	return s->loaded && block < s->refs.nr && !refs_is_unknown(&s->refs, block) &&
	       (!sm_is_lost(&s->sm, block / BITMAP_ENTRIES) ||
		(s->spared.nr && bits_has(&s->spared, block)));
}

/* Was the count of @block three or more, and that is all that is known? */
static inline bool ledger_is_large(const struct ledger_side *s, uint64_t block)
{
	return s->loaded && block < s->refs.nr && refs_is_unknown(&s->refs, block);
}

/* The least that an unknown count cannot be; 0 if it can be anything. */
static inline int64_t ledger_limit(const struct ledger_side *s, uint64_t block)
{
	return s->loaded && s->all_large && block < s->refs.nr &&
	       sm_is_lost(&s->sm, block / BITMAP_ENTRIES) ? BITMAP_OVERFLOW : 0;
}

/* How many pointers to @block are missing; negative: there are too many. */
static inline int64_t ledger_missing(struct ledger_side *s, uint64_t block)
{
	return ledger_knows(s, block) ? refs_get(&s->refs, block) : 0;
}

/* A pointer to @block was found. */
static inline void ledger_take(struct ledger_side *s, uint64_t block)
{
	if (s->loaded && block < s->refs.nr)
		refs_add(&s->refs, block, -1);
}

/* Was all of it readable? */
static inline bool ledger_is_whole(const struct ledger_side *s)
{
	return s->loaded && s->sm.whole;
}

#endif
