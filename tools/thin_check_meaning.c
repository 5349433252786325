/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each sort of finding means, for --explain. */
#include "thin_check_words.h"

#include <stdio.h>
#include <string.h>

/* How many of them end: a number in the place of words that are there once. */
#define LOST_BELOW "\1"
#define RECOMPUTED "\2"

static const char *const ends[] = {
	"", "; what the tree has below is out of reach",
	"; it can be recomputed, nothing is lost by it",
};

static const char *const meanings[NR_FAULT_CODES] = {
	[FAULT_SB_MAGIC] = "the first block is no thin superblock",
	[FAULT_SB_VERSION] = "a version that no kernel so far has written",
	[FAULT_SB_TIME] = "so many snapshots were taken that new mappings cannot hold the time; "
		"writing would damage them",
	[FAULT_SB_DATA_BLOCK_SIZE] = "the kernel accepts no pool with such data blocks",
	[FAULT_SB_METADATA_BLOCK_SIZE] = "metadata blocks have always had 8 sectors",
	[FAULT_SB_INCOMPAT] = "a newer kernel made this; older ones must not read it",
	[FAULT_SB_COMPAT_RO] = "a newer kernel made this; older ones may only read it",
	[FAULT_SB_COMPAT] = "a newer kernel has used the pool; it may be used all the same",
	[FAULT_SB_FLAGS] = "flags that nobody has defined; the kernel ignores them",
	[FAULT_SB_TAIL] = "left-over bytes, which no kernel writes; harmless",
	[FAULT_SB_NEEDS_CHECK] = "the kernel met an error while writing and keeps the pool "
		"read-only until a check clears the flag",
	[FAULT_SB_METADATA_NR_BLOCKS] = "the size at format time is above the present one; "
		"only people look at it",
	[FAULT_SB_DEVICE_SIZE] = "the device is shorter than the metadata that was on it: was "
		"it copied or resized?",
	[FAULT_SB_METADATA_LIMIT] = "more metadata than the format can have",
	[FAULT_SB_DATA_NR_BLOCKS] = "more data blocks than the format, or this device's space "
		"map, can have",
	[FAULT_BLOCK_IO] = "the device could not read the block" LOST_BELOW,
	[FAULT_BLOCK_CSUM] = "the content is not what was written: a torn or stray write, or a "
		"failing disk" LOST_BELOW,
	[FAULT_BLOCK_WHERE] = "a sound block in the wrong place: a misdirected write or a bad "
		"copy" LOST_BELOW,
	[FAULT_BLOCK_TYPE] = "a sound block of another kind: the pointer or the block is stale"
		LOST_BELOW,
	[FAULT_PTR_RANGE] = "a pointer to a block that does not exist" LOST_BELOW,
	[FAULT_PTR_TYPE] = "two pointers use one block for different things; one is wrong",
	[FAULT_PTR_HEIGHT] = "the tree has leaves at different depths, or runs in a circle",
	[FAULT_NODE_FLAGS] = "the node is neither inner node nor leaf" LOST_BELOW,
	[FAULT_NODE_VALUE_SIZE] = "the node belongs to another kind of tree" LOST_BELOW,
	[FAULT_NODE_MAX_ENTRIES] = "the node's room cannot be right, so its values cannot be "
		"found" LOST_BELOW,
	[FAULT_NODE_MAX_SMALL] = "an old tool wrote it; harmless",
	[FAULT_NODE_NR_ENTRIES] = "more entries than the node has room for" LOST_BELOW,
	[FAULT_NODE_EMPTY] = "an inner node that leads nowhere",
	[FAULT_NODE_UNDERFULL] = "fewer entries than the kernel ever leaves in a node; its next "
		"removal there may go wrong",
	[FAULT_NODE_KEY_ORDER] = "keys must ascend; searches in the node go wrong" LOST_BELOW,
	[FAULT_NODE_KEY_LOW] = "the node has keys that the parent says are elsewhere" LOST_BELOW,
	[FAULT_NODE_KEY_HIGH] = "the node has keys that the parent says are elsewhere" LOST_BELOW,
	[FAULT_NODE_DEPTH] = "leaves must all be at one depth" LOST_BELOW,
	[FAULT_NODE_PADDING] = "left-over bytes; harmless",
	[FAULT_BITMAP_PADDING] = "left-over bytes; harmless",
	[FAULT_BITMAP_TAIL] = "counts of blocks that do not exist; harmless until it grows",
	[FAULT_INDEX_PADDING] = "left-over bytes; harmless",
	[FAULT_INDEX_KEY] = "the index names a bitmap that the map does not have",
	[FAULT_INDEX_NR] = "the index of the space map is not complete" RECOMPUTED,
	[FAULT_INDEX_TAIL] = "an entry behind the last one; harmless until it grows",
	[FAULT_INDEX_NR_FREE] = "a stale total" RECOMPUTED,
	[FAULT_INDEX_HINT] = "the kernel starts searching too far up and may miss a free block",
	[FAULT_OVERFLOW_RANGE] = "a count of a block that does not exist" RECOMPUTED,
	[FAULT_OVERFLOW_SMALL] = "such a count belongs into the bitmap" RECOMPUTED,
	[FAULT_OVERFLOW_STRAY] = "bitmap and overflow tree disagree" RECOMPUTED,
	[FAULT_OVERFLOW_MISSING] = "bitmap and overflow tree disagree" RECOMPUTED,
	[FAULT_META_BITMAP_LOST] = "part of the metadata's space map is gone" RECOMPUTED,
	[FAULT_DATA_BITMAP_LOST] = "part of the data's space map is gone" RECOMPUTED,
	[FAULT_META_LOW] = "the kernel would take the block for free, or for its own alone, and "
		"overwrite metadata that is in use",
	[FAULT_META_LEAK] = "nobody uses the block, or fewer than counted; space is wasted",
	[FAULT_META_TOTAL] = "a stale total" RECOMPUTED,
	[FAULT_DATA_LOW] = "the kernel would take the block for free and give it to somebody "
		"else",
	[FAULT_DATA_LEAK] = "nobody uses the block, or fewer than counted; usual after an "
		"unclean stop",
	[FAULT_DATA_TOTAL] = "a stale total" RECOMPUTED,
	[FAULT_DEV_ID] = "the kernel cannot address such a device",
	[FAULT_DEV_NO_DETAILS] = "the device cannot be activated until its details are made anew",
	[FAULT_DEV_NO_MAPPINGS] = "nothing is known of what the device had",
	[FAULT_MAPPED_BLOCKS] = "the number shown for the device is wrong" RECOMPUTED,
	[FAULT_CREATION_TIME] = "the device is younger than the pool's last snapshot",
	[FAULT_SNAP_TIME] = "the device took part in a snapshot that the pool does not know",
	[FAULT_SNAP_BEFORE_CREATION] = "the device took part in a snapshot before it existed",
	[FAULT_MAPPING_BLOCK] = "the data would be past the end of the data device",
	[FAULT_MAPPING_TIME] = "the pool's time is behind; new snapshots would not be kept "
		"apart from it",
	[FAULT_MAPPING_SHARED] = "the kernel would write to the block in place, and so into "
		"another device",
	[FAULT_MAPPING_TWICE] = "two places of one device have the same data; writing one "
		"changes the other",
	[FAULT_HELD_SELF] = "metadata snapshots do not nest; release this one",
	[FAULT_HELD_SPACE_MAP] = "left-over values; harmless",
	[FAULT_HELD_DATA_BLOCK_SIZE] = "data blocks keep their size for life, so one of the two "
		"superblocks is not this pool's",
	[FAULT_HELD_TIME] = "it was taken after the pool's last transaction: the superblock is an "
		"old one, or its time was set back",
	[FAULT_HELD_TRANSACTION] = "it was taken later than the pool's transaction says; the "
		"volume manager may have set that back",
	[FAULT_HELD_VERSION] = "the pool was upgraded since the snapshot was taken, or the "
		"snapshot is another pool's",
	[FAULT_HELD_UUID] = "something has written a uuid to the pool since the snapshot was "
		"taken; the kernel uses none",
	[FAULT_DETAILS_TRANSACTION] = "the device was created later than the pool's transaction "
		"says; the volume manager may have set that back",
};

char *thin_check_meaning(enum fault_code code, char text[THIN_CHECK_MEANING_MAX])
{
	const char *m = meanings[code];
	size_t len = strcspn(m, LOST_BELOW RECOMPUTED);

	snprintf(text, THIN_CHECK_MEANING_MAX, "%.*s%s", (int)len, m, ends[(unsigned char)m[len]]);
	return text;
}
