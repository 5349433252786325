/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undo - the undo file of a repair in place; see meta/thin_undo.h.
 *
 *	| header | entry 0 .. entry n-1, padded to a block | old block 0 .. n-1 |
 *
 * The header fills a block.  Its checksum covers the rest of it and the
 * entries, theirs the old blocks, so a file that is not whole shows.  Entries
 * are in the order of writing: the last one is the superblock's.
 */
#ifndef THIN_UNDO_H
#define THIN_UNDO_H

#include "base/le.h"
#include "meta/thin_undo.h"
#include "thin/plan.h"

#define UNDO_MAGIC "multisnap undo\n"
#define UNDO_VERSION 1u

struct undo_header_disk {
	uint8_t magic[16];
	__le32 csum;			/* of what follows, up to the old blocks */
	__le32 version;
	__le64 device_size;		/* bytes */
	__le64 nr_blocks;
	uint8_t padding[4056];
};

struct undo_entry_disk {
	__le64 where;
	__le32 old_sum;			/* of the whole block */
	__le32 padding;
	__le32 sums[PLAN_SECTORS];	/* of the sectors, after the repair */
};

_Static_assert(sizeof(struct undo_header_disk) == META_BLOCK_SIZE, "undo header");
_Static_assert(sizeof(struct undo_entry_disk) == 48, "undo entry");

/*
 * Makes the undo file @path, which must not exist, for what @plan is going to
 * write, and makes it safe from a power failure.  It gets its name when all of
 * it is on the disk.  0; -EIO with *@of_device if the device could not be read;
 * or what the system said of the file, which then is not there, unless it was
 * before.
 */
int undo_make(const char *path, const struct plan *plan, bool *of_device);

#endif
