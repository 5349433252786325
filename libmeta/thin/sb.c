/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/sb.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "io/engine.h"
#include "pdata/bitmap.h"

/* The kernel may be writing block 0 of a live pool just now. */
#define LIVE_TRIES 3

/* Where the faults of one superblock go. */
struct verdict {
	struct fault *faults;
	unsigned nr;
	uint64_t where;
};

static void blame(struct verdict *v, enum fault_code code, uint64_t found, uint64_t wanted)
{
	fault(&v->faults[v->nr++], code, v->where, found, wanted);
}

static bool is_fatal(const struct fault *f)
{
	return fault_class(f) == FAULT_FATAL;
}

static void unpack_sm(struct sm_root *r, const struct sm_root_field_disk *d)
{
	*r = (struct sm_root){
		.nr_blocks = le64_to_cpu(d->root.nr_blocks),
		.nr_allocated = le64_to_cpu(d->root.nr_allocated),
		.index_root = le64_to_cpu(d->root.index_root),
		.overflow_root = le64_to_cpu(d->root.overflow_root),
	};
}

static void unpack(struct thin_sb *sb, const struct thin_sb_disk *d)
{
	*sb = (struct thin_sb){
		.flags = le32_to_cpu(d->flags),
		.version = le32_to_cpu(d->version),
		.time = le32_to_cpu(d->time),
		.transaction_id = le64_to_cpu(d->transaction_id),
		.held_root = le64_to_cpu(d->held_root),
		.mapping_root = le64_to_cpu(d->mapping_root),
		.details_root = le64_to_cpu(d->details_root),
		.data_block_size = le32_to_cpu(d->data_block_size),
		.metadata_block_size = le32_to_cpu(d->metadata_block_size),
		.metadata_nr_blocks = le64_to_cpu(d->metadata_nr_blocks),
		.compat_flags = le32_to_cpu(d->compat_flags),
		.compat_ro_flags = le32_to_cpu(d->compat_ro_flags),
		.incompat_flags = le32_to_cpu(d->incompat_flags),
	};
	memcpy(sb->uuid, d->uuid, sizeof(sb->uuid));
	unpack_sm(&sb->data_sm, &d->data_sm);
	unpack_sm(&sb->metadata_sm, &d->metadata_sm);
}

static void judge_sizes(struct verdict *v, const struct thin_sb *sb)
{
	uint32_t size = sb->data_block_size;

	if (size < THIN_DATA_BLOCK_MIN || size > THIN_DATA_BLOCK_MAX ||
	    size % THIN_DATA_BLOCK_MIN)
		blame(v, FAULT_SB_DATA_BLOCK_SIZE, size, THIN_DATA_BLOCK_MIN);
	if (sb->metadata_block_size != META_BLOCK_SECTORS)
		blame(v, FAULT_SB_METADATA_BLOCK_SIZE, sb->metadata_block_size,
		      META_BLOCK_SECTORS);
}

static void judge_features(struct verdict *v, const struct thin_sb *sb)
{
	uint32_t unknown = sb->flags & ~(uint32_t)THIN_SB_NEEDS_CHECK;

	if (sb->version < 1 || sb->version > THIN_SB_VERSION)
		blame(v, FAULT_SB_VERSION, sb->version, THIN_SB_VERSION);
	/* The kernel would let it run over into the numbers of data blocks. */
	if (sb->time > THIN_MAX_TIME)
		blame(v, FAULT_SB_TIME, sb->time, THIN_MAX_TIME);
	if (sb->incompat_flags)
		blame(v, FAULT_SB_INCOMPAT, sb->incompat_flags, 0);
	if (sb->compat_ro_flags)
		blame(v, FAULT_SB_COMPAT_RO, sb->compat_ro_flags, 0);
	if (sb->compat_flags)
		blame(v, FAULT_SB_COMPAT, sb->compat_flags, 0);
	if (unknown)
		blame(v, FAULT_SB_FLAGS, unknown, 0);
	if (sb->flags & THIN_SB_NEEDS_CHECK)
		blame(v, FAULT_SB_NEEDS_CHECK, 1, 0);
}

/* A device only grows, so it cannot have had more blocks when it was formatted. */
static void judge_metadata_nr_blocks(struct verdict *v, const struct thin_sb *sb, uint64_t most)
{
	if (sb->metadata_nr_blocks > most)
		blame(v, FAULT_SB_METADATA_NR_BLOCKS, sb->metadata_nr_blocks, most);
}

static void judge_space_maps(struct verdict *v, const struct thin_sb *sb, uint64_t nr_blocks)
{
	uint64_t nr_metadata = sb->metadata_sm.nr_blocks;
	uint64_t nr_data = sb->data_sm.nr_blocks;

	if (nr_metadata > nr_blocks)
		blame(v, FAULT_SB_DEVICE_SIZE, nr_metadata, nr_blocks);
	if (nr_metadata > META_MAX_BLOCKS)
		blame(v, FAULT_SB_METADATA_LIMIT, nr_metadata, META_MAX_BLOCKS);
	if (nr_data > THIN_MAX_DATA_BLOCKS)
		blame(v, FAULT_SB_DATA_NR_BLOCKS, nr_data, THIN_MAX_DATA_BLOCKS);
	else if (bitmap_count(nr_data) > nr_metadata)
		/* Each of its bitmaps is a metadata block of its own. */
		blame(v, FAULT_SB_DATA_NR_BLOCKS, nr_data, nr_metadata * BITMAP_ENTRIES);
	judge_metadata_nr_blocks(v, sb, nr_metadata);
}

static bool is_zero(const void *p, size_t len)
{
	const uint8_t *bytes = p;

	while (len && !bytes[len - 1])
		len--;
	return !len;
}

/* The kernel clears the space map roots of a copy; nothing may follow them. */
static void judge_held(struct verdict *v, const struct thin_sb *sb, const struct thin_sb_disk *d,
		       uint64_t nr_blocks)
{
	if (!is_zero(&d->data_sm, sizeof(d->data_sm)) ||
	    !is_zero(&d->metadata_sm, sizeof(d->metadata_sm)))
		blame(v, FAULT_HELD_SPACE_MAP, 1, 0);
	if (sb->held_root)
		blame(v, FAULT_HELD_SELF, sb->held_root, 0);
	judge_metadata_nr_blocks(v, sb, nr_blocks);
}

static void judge_tail(struct verdict *v, const struct thin_sb_disk *d)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < sizeof(d->unused); i++)
		nr += d->unused[i] != 0;
	if (nr)
		blame(v, FAULT_SB_TAIL, nr, 0);
}

unsigned thin_sb_judge_held(const struct thin_sb *live, const struct thin_sb *held,
			    struct fault f[THIN_SB_FAULTS])
{
	struct verdict v = { .faults = f, .where = live->held_root };

	if (held->data_block_size != live->data_block_size)
		blame(&v, FAULT_HELD_DATA_BLOCK_SIZE, held->data_block_size,
		      live->data_block_size);
	if (held->time > live->time)
		blame(&v, FAULT_HELD_TIME, held->time, live->time);
	if (held->transaction_id > live->transaction_id)
		blame(&v, FAULT_HELD_TRANSACTION, held->transaction_id, live->transaction_id);
	if (held->version != live->version)
		blame(&v, FAULT_HELD_VERSION, held->version, live->version);
	if (memcmp(held->uuid, live->uuid, sizeof(held->uuid)))
		blame(&v, FAULT_HELD_UUID, 1, 0);
	return v.nr;
}

/* @nr_blocks: of the device; 0 if space maps are not to be judged. */
static int parse(struct thin_sb *sb, const void *block, uint64_t where, uint64_t nr_blocks,
		 struct fault f[THIN_SB_FAULTS], unsigned *nr_faults)
{
	const struct thin_sb_disk *d = block;
	struct verdict v = { .faults = f, .where = where };
	int r;

	*nr_faults = 1;
	r = block_check(block, where, THIN_SB_SALT, f);
	if (r)
		return r;
	if (le64_to_cpu(d->magic) != THIN_SB_MAGIC)
		return fault(f, FAULT_SB_MAGIC, where, le64_to_cpu(d->magic), THIN_SB_MAGIC);

	unpack(sb, d);
	judge_sizes(&v, sb);
	judge_features(&v, sb);
	judge_tail(&v, d);
	if (where == THIN_SB_WHERE && nr_blocks)
		judge_space_maps(&v, sb, nr_blocks);
	else if (where != THIN_SB_WHERE)
		judge_held(&v, sb, d, nr_blocks);

	*nr_faults = v.nr;
	for (unsigned i = 0; i < v.nr; i++)
		if (is_fatal(&f[i]))
			return -EUCLEAN;
	return 0;
}

int thin_sb_parse(struct thin_sb *sb, const void *block, uint64_t where, uint64_t nr_blocks,
		  struct fault f[THIN_SB_FAULTS], unsigned *nr_faults)
{
	/* A device without blocks has no block 0 either. */
	return parse(sb, block, where, nr_blocks ? nr_blocks : 1, f, nr_faults);
}

int thin_sb_parse_trees(struct thin_sb *sb, const void *block, struct fault f[THIN_SB_FAULTS],
			unsigned *nr_faults)
{
	return parse(sb, block, THIN_SB_WHERE, 0, f, nr_faults);
}

void thin_sb_pack_sm(const struct sm_root *r, struct sm_root_field_disk *d)
{
	d->root = (struct sm_root_disk){
		.nr_blocks = cpu_to_le64(r->nr_blocks),
		.nr_allocated = cpu_to_le64(r->nr_allocated),
		.index_root = cpu_to_le64(r->index_root),
		.overflow_root = cpu_to_le64(r->overflow_root),
	};
}

void thin_sb_pack(const struct thin_sb *sb, uint64_t where, struct thin_sb_disk *d)
{
	*d = (struct thin_sb_disk){
		.flags = cpu_to_le32(sb->flags),
		.magic = cpu_to_le64(THIN_SB_MAGIC),
		.version = cpu_to_le32(sb->version),
		.time = cpu_to_le32(sb->time),
		.transaction_id = cpu_to_le64(sb->transaction_id),
		.held_root = cpu_to_le64(sb->held_root),
		.mapping_root = cpu_to_le64(sb->mapping_root),
		.details_root = cpu_to_le64(sb->details_root),
		.data_block_size = cpu_to_le32(sb->data_block_size),
		.metadata_block_size = cpu_to_le32(sb->metadata_block_size),
		.metadata_nr_blocks = cpu_to_le64(sb->metadata_nr_blocks),
		.compat_flags = cpu_to_le32(sb->compat_flags),
		.compat_ro_flags = cpu_to_le32(sb->compat_ro_flags),
		.incompat_flags = cpu_to_le32(sb->incompat_flags),
	};
	memcpy(d->uuid, sb->uuid, sizeof(d->uuid));
	thin_sb_pack_sm(&sb->data_sm, &d->data_sm);
	thin_sb_pack_sm(&sb->metadata_sm, &d->metadata_sm);
	block_seal(d, where, THIN_SB_SALT);
}

/* Hands up the first fault that leaves nothing to go on with. */
static int read_at(struct engine *e, uint64_t where, struct thin_sb *sb, struct fault *f)
{
	struct fault faults[THIN_SB_FAULTS];
	void *block = alloc_blocks(1);
	unsigned nr = 0;
	int r;

	if (!block)
		return -ENOMEM;
	r = engine_read(e, block, where, 1);
	if (!r)
		r = thin_sb_parse(sb, block, where, engine_nr_blocks(e), faults, &nr);
	for (unsigned i = 0; r == -EUCLEAN && i < nr; i++)
		if (is_fatal(&faults[i])) {
			*f = faults[i];
			break;
		}
	free(block);
	return r;
}

static int read_held(struct engine *e, const struct thin_sb *live, struct thin_sb *sb,
		     struct fault *f)
{
	int r;

	if (!live->held_root)
		return -ENODATA;
	if (live->held_root >= live->metadata_sm.nr_blocks)
		return fault(f, FAULT_PTR_RANGE, THIN_SB_WHERE, live->held_root,
			     live->metadata_sm.nr_blocks);
	r = read_at(e, live->held_root, sb, f);
	sb->data_sm = live->data_sm;
	sb->metadata_sm = live->metadata_sm;
	return r;
}

int thin_sb_read(struct engine *e, bool metadata_snap, struct thin_sb *sb, struct fault *f)
{
	unsigned tries = metadata_snap ? LIVE_TRIES : 1;
	struct thin_sb live;
	int r;

	do
		r = read_at(e, THIN_SB_WHERE, &live, f);
	while (r == -EUCLEAN && f->code == FAULT_BLOCK_CSUM && --tries);
	if (r)
		return r;
	if (metadata_snap)
		return read_held(e, &live, sb, f);
	*sb = live;
	return 0;
}
