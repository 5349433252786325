/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault - one thing that is wrong with metadata.
 *
 * A fault is plain data: which rule, which block, what was found there, what
 * was wanted, and what it takes with it.  It owns nothing and may be copied.
 * FAULTS is the one table of rules; a code's name never changes its meaning.
 */
#ifndef META_FAULT_H
#define META_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * FATAL	structure is lost; rebuild from what survives (thin_repair)
 * REPAIR	every mapping is there, but a recomputable value is wrong in a
 *		way that makes writing dangerous
 * LEAK		wrong, but harmless: space that nobody can use, stale totals
 * POLICY	sound, but a kernel must not or will not use it as it is
 * HINT		worth knowing; never makes a check fail
 */
enum fault_class {
	FAULT_FATAL,
	FAULT_REPAIR,
	FAULT_LEAK,
	FAULT_POLICY,
	FAULT_HINT,
	NR_FAULT_CLASSES
};

/* What begin and end of a fault count. */
enum fault_unit {
	FAULT_NONE,		/* no range */
	FAULT_KEYS,		/* what the tree has as keys: see fault_range_name() */
	FAULT_DATA,		/* blocks of the data device */
	FAULT_META,		/* blocks of the metadata device */
};

/*
 * Code, class, unit, message.  In a message {f} is what was found, {w} what
 * was wanted, {xf} and {xw} the same in hexadecimal, {kf} and {kw} the same as
 * a kind of block.
 */
#define FAULTS(X) \
	X(SB_MAGIC, FATAL, NONE, "superblock magic is {f}, wanted {w}") \
	X(SB_VERSION, POLICY, NONE, "superblock version is {f}, wanted 1 or 2") \
	X(SB_TIME, POLICY, NONE, "time is {f}, wanted at most {w}") \
	X(SB_DATA_BLOCK_SIZE, FATAL, NONE, \
	  "data block size is {f} sectors, wanted a multiple of {w} up to 2097152") \
	X(SB_METADATA_BLOCK_SIZE, FATAL, NONE, "metadata block size is {f} sectors, wanted {w}") \
	X(SB_INCOMPAT, POLICY, NONE, "unknown incompatible features {xf}, wanted none") \
	X(SB_COMPAT_RO, POLICY, NONE, "unknown read-only features {xf}, wanted none") \
	X(SB_COMPAT, HINT, NONE, "unknown compatible features {xf}, wanted none") \
	X(SB_FLAGS, HINT, NONE, "unknown superblock flags {xf}, wanted none but needs_check") \
	X(SB_TAIL, HINT, NONE, "{f} bytes behind the last field are set, wanted none") \
	X(SB_NEEDS_CHECK, HINT, NONE, "needs_check is set, wanted clear") \
	X(SB_METADATA_NR_BLOCKS, HINT, NONE, \
	  "superblock says {f} metadata blocks at format time, wanted at most {w}") \
	X(SB_DEVICE_SIZE, FATAL, NONE, \
	  "the metadata space map covers {f} blocks, the device has {w}") \
	X(SB_METADATA_LIMIT, FATAL, NONE, \
	  "the metadata space map covers {f} blocks, wanted at most {w}") \
	X(SB_DATA_NR_BLOCKS, FATAL, NONE, \
	  "the data space map covers {f} blocks, wanted at most {w}") \
	X(BLOCK_IO, FATAL, KEYS, "cannot be read, error {f}") \
	X(BLOCK_CSUM, FATAL, KEYS, "checksum is {xf}, wanted {xw}") \
	X(BLOCK_WHERE, FATAL, KEYS, "block says that it is block {f}, wanted {w}") \
	X(BLOCK_TYPE, FATAL, KEYS, "block is of kind {kf}, wanted {kw}") \
	X(PTR_RANGE, FATAL, KEYS, "pointer to block {f}, wanted a block below {w}") \
	X(PTR_TYPE, FATAL, KEYS, "block is reached as {kf} and as {kw}") \
	X(PTR_HEIGHT, FATAL, KEYS, "node is reached at height {f} and at height {w}") \
	X(NODE_FLAGS, FATAL, KEYS, "node flags are {f}, wanted {w}") \
	X(NODE_VALUE_SIZE, FATAL, KEYS, "node has values of {f} bytes, wanted {w}") \
	X(NODE_MAX_ENTRIES, FATAL, KEYS, "node has room for {f} entries, wanted {w}") \
	X(NODE_MAX_SMALL, HINT, NONE, "node has room for {f} entries, usual are {w}") \
	X(NODE_NR_ENTRIES, FATAL, KEYS, "node has {f} entries, wanted at most {w}") \
	X(NODE_EMPTY, FATAL, KEYS, "inner node has {f} entries, wanted at least {w}") \
	X(NODE_UNDERFULL, REPAIR, NONE, "node has {f} entries, wanted at least {w}") \
	X(NODE_KEY_ORDER, FATAL, KEYS, "key {f} does not follow, wanted one above {w}") \
	X(NODE_KEY_LOW, FATAL, KEYS, "first key is {f}, the parent says at least {w}") \
	X(NODE_KEY_HIGH, FATAL, KEYS, "last key is {f}, the parent says below {w}") \
	X(NODE_DEPTH, FATAL, KEYS, "node at height {f} is of the wrong kind, flags wanted {w}") \
	X(NODE_PADDING, HINT, NONE, "node padding is {xf}, wanted {w}") \
	X(BITMAP_PADDING, HINT, NONE, "bitmap padding is {xf}, wanted {w}") \
	X(BITMAP_TAIL, HINT, NONE, "{f} entries behind the last block are set, wanted {w}") \
	X(INDEX_PADDING, HINT, NONE, "index padding is {xf}, wanted {w}") \
	X(INDEX_KEY, FATAL, NONE, "space map index has bitmap {f}, wanted one below {w}") \
	X(INDEX_NR, FATAL, NONE, "space map index has {f} bitmaps, wanted {w}") \
	X(INDEX_TAIL, HINT, NONE, "index entry {f} is in use, wanted only {w}") \
	X(INDEX_NR_FREE, LEAK, NONE, "index entry says {f} free blocks, wanted {w}") \
	X(INDEX_HINT, HINT, NONE, "index entry says none free before {f}, but {w} is free") \
	X(OVERFLOW_RANGE, REPAIR, NONE, "overflow entry for block {f}, wanted one below {w}") \
	X(OVERFLOW_SMALL, REPAIR, NONE, "overflow entry has count {f}, wanted at least {w}") \
	X(OVERFLOW_STRAY, REPAIR, NONE, "overflow entry for block {f}, whose bitmap entry is {w}") \
	X(OVERFLOW_MISSING, REPAIR, NONE, \
	  "no overflow entry for block {f}, its bitmap entry is {w}") \
	X(META_BITMAP_LOST, REPAIR, META, "bitmap is lost, counts of its blocks are unknown") \
	X(DATA_BITMAP_LOST, REPAIR, DATA, "bitmap is lost, counts of its blocks are unknown") \
	X(META_LOW, REPAIR, META, "metadata block has count {f}, wanted {w}") \
	X(META_LEAK, LEAK, META, "metadata block has count {f}, wanted {w}") \
	X(META_TOTAL, LEAK, NONE, "superblock says {f} metadata blocks allocated, wanted {w}") \
	X(DATA_LOW, REPAIR, DATA, "data block has count {f}, wanted {w}") \
	X(DATA_LEAK, LEAK, DATA, "data block has count {f}, wanted {w}") \
	X(DATA_TOTAL, LEAK, NONE, "superblock says {f} data blocks allocated, wanted {w}") \
	X(DEV_ID, FATAL, NONE, "device id is {f}, wanted at most {w}") \
	X(DEV_NO_DETAILS, REPAIR, NONE, "device {f} has mappings but no details") \
	X(DEV_NO_MAPPINGS, REPAIR, NONE, "device {f} has details but no mappings") \
	X(MAPPED_BLOCKS, REPAIR, NONE, "details say {f} mapped blocks, wanted {w}") \
	X(CREATION_TIME, REPAIR, NONE, "creation time is {f}, wanted at most {w}") \
	X(SNAP_TIME, REPAIR, NONE, "snapshot time is {f}, wanted at most {w}") \
	X(SNAP_BEFORE_CREATION, REPAIR, NONE, \
	  "snapshot time is {f}, wanted at least the creation time {w}") \
	X(MAPPING_BLOCK, FATAL, KEYS, "mapping to data block {f}, wanted one below {w}") \
	X(MAPPING_TIME, REPAIR, KEYS, "mapping of time {f}, wanted at most {w}") \
	X(MAPPING_SHARED, REPAIR, KEYS, \
	  "shared data block {f} counts as the device's own, snapshot time wanted above {w}") \
	X(MAPPING_TWICE, FATAL, KEYS, "data block {f} is mapped {w} times by one device") \
	X(HELD_SELF, REPAIR, NONE, "metadata snapshot has a metadata snapshot {f}, wanted {w}") \
	X(HELD_SPACE_MAP, HINT, NONE, "metadata snapshot has space map roots, wanted none") \
	X(HELD_DATA_BLOCK_SIZE, REPAIR, NONE, \
	  "metadata snapshot has data blocks of {f} sectors, the pool of {w}") \
	X(HELD_TIME, REPAIR, NONE, "metadata snapshot is of time {f}, wanted at most {w}") \
	X(HELD_TRANSACTION, HINT, NONE, \
	  "metadata snapshot is of transaction {f}, wanted at most {w}") \
	X(HELD_VERSION, HINT, NONE, "metadata snapshot has version {f}, the pool {w}") \
	X(HELD_UUID, HINT, NONE, "metadata snapshot has a uuid that is not the pool's") \
	X(DETAILS_TRANSACTION, HINT, NONE, "device is of transaction {f}, wanted at most {w}")

enum fault_code {
#define FAULT_ENUM(code, class, unit, text) FAULT_##code,
	FAULTS(FAULT_ENUM)
#undef FAULT_ENUM
	NR_FAULT_CODES
};

/* What a block is, or is taken for. */
#define BLOCK_KINDS(X) \
	X(FREE, "free block") \
	X(SB, "superblock") \
	X(TOP, "device tree node") \
	X(DETAILS, "details node") \
	X(MAPPING, "mapping node") \
	X(INDEX, "index block") \
	X(INDEX_TREE, "index node") \
	X(OVERFLOW, "overflow node") \
	X(BITMAP, "bitmap") \
	X(HELD, "metadata snapshot superblock") \
	X(NODE, "btree node") \
	X(ZERO, "block of zeroes") \
	X(ARRAY, "array block of dm-cache or dm-era")

enum block_kind {
#define KIND_ENUM(kind, text) KIND_##kind,
	BLOCK_KINDS(KIND_ENUM)
#undef KIND_ENUM
	NR_BLOCK_KINDS
};

#define FAULT_NO_DEV	UINT32_MAX

struct fault {
	enum fault_code code;
	enum block_kind kind;	/* what @where is used for; KIND_FREE: not known */
	uint32_t dev_id;	/* thin device, or FAULT_NO_DEV */
	bool shared;		/* other devices are hit as well; dev_id is the lowest */
	uint64_t where;		/* metadata block */
	uint64_t found;
	uint64_t wanted;
	uint64_t begin;		/* what it takes, in the code's unit; */
	uint64_t end;		/* half open, begin == end for nothing */
};

/* Enough for every fault in words. */
#define FAULT_TEXT_MAX	320

/* What is wrong with a block of a space map alone is never worse than REPAIR. */
enum fault_class fault_class(const struct fault *f);

/* "fatal", "repair", "leak", "policy", "hint". */
const char *fault_class_name(enum fault_class fault_class);

/* The code as the table above has it: "NODE_FLAGS". */
const char *fault_name(enum fault_code code);

/* The kind in words. */
const char *block_kind_name(uint64_t kind);

/*
 * What begin and end of @f count: "thin blocks", "devices", "bitmaps", "counts
 * of blocks", "data blocks", "metadata blocks"; NULL if there is no range.
 */
const char *fault_range_name(const struct fault *f);

/* Is a block of this kind part of a space map? */
bool block_kind_is_space_map(enum block_kind kind);

/* Puts @f into words, without a newline; returns @text. */
char *fault_text(const struct fault *f, char text[FAULT_TEXT_MAX]);

/* Orders faults: by block, then device, range, code and values. */
int fault_compare(const struct fault *a, const struct fault *b);

#ifdef __cplusplus
}
#endif

#endif
