/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sb - the superblock of thin metadata, judged and in the order of this
 * machine.
 */
#ifndef THIN_SB_H
#define THIN_SB_H

#include "meta/thin.h"
#include "pdata/block.h"

/* Faults that a superblock may have at once. */
#define THIN_SB_FAULTS 16

/*
 * Judges @block as read from @where, 0 unless it is a metadata snapshot, of a
 * device of @nr_blocks blocks.  Fills @f with everything that is wrong,
 * *@nr_faults of it.  0, or -EUCLEAN when one of these leaves nothing to go
 * on with; only after 0 is *@sb good.
 */
int thin_sb_parse(struct thin_sb *sb, const void *block, uint64_t where, uint64_t nr_blocks,
		  struct fault f[THIN_SB_FAULTS], unsigned *nr_faults);

/*
 * As thin_sb_parse() of block 0, for who needs the trees alone: what it says of
 * the space maps is handed up, but not judged.
 */
int thin_sb_parse_trees(struct thin_sb *sb, const void *block, struct fault f[THIN_SB_FAULTS],
			unsigned *nr_faults);

/*
 * Judges a metadata snapshot's superblock against the live one, both sound by
 * themselves.  How many faults there are in @f.
 */
unsigned thin_sb_judge_held(const struct thin_sb *live, const struct thin_sb *held,
			    struct fault f[THIN_SB_FAULTS]);

/* Makes and seals a superblock for @where. */
void thin_sb_pack(const struct thin_sb *sb, uint64_t where, struct thin_sb_disk *d);

/* Writes one space map root and leaves what is behind it as it is. */
void thin_sb_pack_sm(const struct sm_root *r, struct sm_root_field_disk *d);

#endif
