/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format - every byte that device-mapper's persistent-data library and the
 * thin-pool target keep on a metadata device.
 *
 * Facts come from Linux 6.1, drivers/md/persistent-data and dm-thin-metadata,
 * and were checked against images which that kernel wrote.  All integers are
 * little-endian.  A metadata device is an array of blocks of 4096 bytes; block
 * numbers count from its start.  Every block carries a checksum over the bytes
 * behind the checksum field and its own number; the salt of the checksum is
 * the only thing that tells one type of block from another.
 *
 * For the kernel and for user space alike: structs, constants and arithmetic
 * without side effects, nothing else.
 */
#ifndef META_FORMAT_H
#define META_FORMAT_H

#include <linux/types.h>
#include <asm/byteorder.h>

#define META_BLOCK_SIZE		4096u
#define META_BLOCK_SECTORS	8u
#define META_SECTOR_SIZE	512u

/* 255 index entries of 16320 blocks each: 15.875 GiB. */
#define META_MAX_BLOCKS		(255ull * 16320)

/*
 * What the checksum is XORed with.  The checksum is CRC-32C, started with all
 * ones and not inverted at the end, over bytes 4..4095.
 */
#define THIN_SB_SALT		160774u
#define NODE_SALT		121107u
#define BITMAP_SALT		240779u
#define INDEX_SALT		160478u

/* What superblocks, nodes, bitmaps and the index block begin with. */
struct block_header_disk {
	__le32 csum;
	__le32 flags;		/* by type; zero in bitmaps and the index */
	__le64 where;		/* this block's own number */
};

/*
 * B-tree node:
 *
 *	| header | key 0 .. key max-1 | value 0 .. value max-1 | unused |
 *
 * Only the first nr_entries keys and values mean anything; what is behind
 * them is left over from earlier.  Values start where max_entries puts them.
 */
struct node_header_disk {
	__le32 csum;
	__le32 flags;		/* NODE_INTERNAL or NODE_LEAF */
	__le64 where;
	__le32 nr_entries;
	__le32 max_entries;
	__le32 value_size;	/* bytes; 8 in internal nodes */
	__le32 padding;
};

struct node_disk {
	struct node_header_disk header;
	__le64 keys[];
};

enum node_flags {
	NODE_INTERNAL = 1,
	NODE_LEAF = 2,
};

/* Entries that a node of @value_size bytes per value holds: a multiple of 3. */
static inline __u32 node_max_entries(__u32 value_size)
{
	__u32 room = META_BLOCK_SIZE - (__u32)sizeof(struct node_header_disk);

	return room / ((__u32)sizeof(__le64) + value_size) / 3 * 3;
}

/*
 * Space map: a reference count for every block of a device.  Two bits per
 * block in bitmaps, bit 2k of a byte being the high and bit 2k+1 the low bit
 * of entry k.  0, 1 and 2 are the count; 3 says that it is in the overflow
 * tree (key: block, value: __le32).
 */
#define BITMAP_ENTRIES		16320u
#define BITMAP_OVERFLOW		3u
#define INDEX_MAX_BITMAPS	255u

struct bitmap_disk {
	struct block_header_disk header;
	__u8 entries[META_BLOCK_SIZE - 16];
};

/* Says where a bitmap is and what is in it. */
struct index_entry_disk {
	__le64 bitmap;		/* block */
	__le32 nr_free;		/* entries of count 0 */
	__le32 none_free_before; /* a hint: no free entry below this one */
};

/* The metadata space map's index; the data space map has a B-tree of these. */
struct index_disk {
	struct block_header_disk header;
	struct index_entry_disk entries[INDEX_MAX_BITMAPS];
};

/* In the superblock, one for each space map. */
struct sm_root_disk {
	__le64 nr_blocks;
	__le64 nr_allocated;
	__le64 index_root;	/* data: root of the index tree; metadata: index block */
	__le64 overflow_root;
};

#define SM_ROOT_SIZE		128u

struct sm_root_field_disk {
	struct sm_root_disk root;
	__u8 unused[SM_ROOT_SIZE - 32];	/* the kernel leaves memory contents here */
};

/* Thin superblock, block 0; a metadata snapshot is a copy of it elsewhere. */
#define THIN_SB_MAGIC		27022010ull
#define THIN_SB_WHERE		0u
#define THIN_SB_VERSION		2u

enum thin_sb_flags {
	THIN_SB_NEEDS_CHECK = 1,
};

struct thin_sb_disk {
	__le32 csum;
	__le32 flags;
	__le64 where;
	__u8 uuid[16];
	__le64 magic;
	__le32 version;
	__le32 time;		/* counts snapshots */
	__le64 transaction_id;
	__le64 held_root;	/* metadata snapshot, 0 = none */
	struct sm_root_field_disk data_sm;
	struct sm_root_field_disk metadata_sm;
	__le64 mapping_root;
	__le64 details_root;
	__le32 data_block_size;	/* sectors */
	__le32 metadata_block_size; /* sectors */
	__le64 metadata_nr_blocks; /* at format time; not kept up to date */
	__le32 compat_flags;
	__le32 compat_ro_flags;
	__le32 incompat_flags;
	__u8 unused[META_BLOCK_SIZE - 364];
};

/* Limits of the thin target. */
#define THIN_DATA_BLOCK_MIN	128u		/* sectors, and the step */
#define THIN_DATA_BLOCK_MAX	2097152u	/* sectors */
#define THIN_MAX_DEV_ID		((1u << 24) - 1)
#define THIN_TIME_BITS		24
#define THIN_MAX_TIME		((1u << THIN_TIME_BITS) - 1)
#define THIN_MAX_DATA_BLOCKS	(1ull << (64 - THIN_TIME_BITS))

/*
 * Mapping tree.  Outer level: device id -> root of an inner tree.  Inner
 * level: thin block -> data block and time of the mapping, in one word.
 */
static inline __u64 thin_mapping_pack(__u64 data_block, __u32 time)
{
	return data_block << THIN_TIME_BITS | time;
}

static inline __u64 thin_mapping_block(__u64 mapping)
{
	return mapping >> THIN_TIME_BITS;
}

static inline __u32 thin_mapping_time(__u64 mapping)
{
	return (__u32)mapping & THIN_MAX_TIME;
}

/* Device details tree: device id -> this. */
struct thin_details_disk {
	__le64 mapped_blocks;
	__le64 transaction_id;	/* at creation */
	__le32 creation_time;
	__le32 snapshotted_time;
};

#define META_AT(type, member, offset) \
	_Static_assert(__builtin_offsetof(struct type, member) == (offset), #type "." #member)

_Static_assert(sizeof(struct block_header_disk) == 16, "block header");
_Static_assert(sizeof(struct node_header_disk) == 32, "node header");
META_AT(node_header_disk, flags, 4);
META_AT(node_header_disk, where, 8);
META_AT(node_header_disk, nr_entries, 16);
META_AT(node_header_disk, max_entries, 20);
META_AT(node_header_disk, value_size, 24);
META_AT(node_disk, keys, 32);
_Static_assert(sizeof(struct bitmap_disk) == META_BLOCK_SIZE, "bitmap");
_Static_assert(sizeof(((struct bitmap_disk *)0)->entries) * 4 == BITMAP_ENTRIES, "bitmap entries");
_Static_assert(sizeof(struct index_entry_disk) == 16, "index entry");
META_AT(index_entry_disk, nr_free, 8);
META_AT(index_entry_disk, none_free_before, 12);
_Static_assert(sizeof(struct index_disk) == META_BLOCK_SIZE, "index");
META_AT(index_disk, entries, 16);
_Static_assert(sizeof(struct sm_root_disk) == 32, "space map root");
META_AT(sm_root_disk, nr_allocated, 8);
META_AT(sm_root_disk, index_root, 16);
META_AT(sm_root_disk, overflow_root, 24);
_Static_assert(sizeof(struct sm_root_field_disk) == SM_ROOT_SIZE, "space map root field");
_Static_assert(sizeof(struct thin_sb_disk) == META_BLOCK_SIZE, "superblock");
META_AT(thin_sb_disk, where, 8);
META_AT(thin_sb_disk, uuid, 16);
META_AT(thin_sb_disk, magic, 32);
META_AT(thin_sb_disk, version, 40);
META_AT(thin_sb_disk, time, 44);
META_AT(thin_sb_disk, transaction_id, 48);
META_AT(thin_sb_disk, held_root, 56);
META_AT(thin_sb_disk, data_sm, 64);
META_AT(thin_sb_disk, metadata_sm, 192);
META_AT(thin_sb_disk, mapping_root, 320);
META_AT(thin_sb_disk, details_root, 328);
META_AT(thin_sb_disk, data_block_size, 336);
META_AT(thin_sb_disk, metadata_block_size, 340);
META_AT(thin_sb_disk, metadata_nr_blocks, 344);
META_AT(thin_sb_disk, compat_flags, 352);
META_AT(thin_sb_disk, compat_ro_flags, 356);
META_AT(thin_sb_disk, incompat_flags, 360);
_Static_assert(sizeof(struct thin_details_disk) == 24, "details");
META_AT(thin_details_disk, transaction_id, 8);
META_AT(thin_details_disk, creation_time, 16);
META_AT(thin_details_disk, snapshotted_time, 20);

#undef META_AT

#endif
