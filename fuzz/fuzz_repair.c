/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole pool with changes here and there is repaired.  Whatever comes out is
 * sound, is repaired again without a word, and the input is as it was.  The
 * pool is the one of the unit tests; the input is options, and a list of
 * changes to the pool:
 *
 *	| options : 1 | block : 1 | how : 1 | offset : 2 | bytes : 1 to 64 | ...
 *
 * options: bits of enum option.  block is one of enum pool_block, or, behind
 * those, any block by its number.  how: bits 0..5 the number of bytes less one,
 * bit 6 leaves the checksum as it is, bit 7 does one of enum special instead,
 * which have no bytes, and for which offset is another block.
 */
#define POOL_NR_BITMAPS	2u
#define POOL_NR_BLOCKS	64u
#include "../unit-tests/fixture.c"
#include "../unit-tests/fixture_pool.c"

#include <errno.h>

#include "base/crc32c.h"
#include "meta/thin_repair.h"

enum option {
	BLOCK_SIZE = 1,			/* is given */
	DATA_SIZE = 2,			/* is given */
	OLDEST = 4,			/* is repaired to, of what is found */
	SMALL = 8,			/* data size that cannot do */
};

enum special {
	CUT,				/* the device ends at the block */
	WIPE,
	COPY,				/* of another block, sealed for this place */
	SWAP,				/* with another block, as they are */
	NR_SPECIALS
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* So much the result may take, of what is shared for no good reason. */
#define RESULT_BLOCKS 4096u

static struct pool pool;
static struct disk result;
static uint8_t *clean;

static void init(void)
{
	size_t size;

	if (clean)
		return;
	pool_init(&pool);
	disk_init(&result, RESULT_BLOCKS);
	size = pool.disk.nr_blocks * META_BLOCK_SIZE;
	clean = must(malloc(size));
	memcpy(clean, pool.disk.data, size);
}

/* Seals a block as what another was. */
static void seal_as(uint64_t where, uint64_t as)
{
	static const uint32_t salts[] = { THIN_SB_SALT, NODE_SALT, BITMAP_SALT, INDEX_SALT };
	const uint8_t *was = clean + as * META_BLOCK_SIZE;
	uint32_t crc = crc32c(~0u, was + 4, META_BLOCK_SIZE - 4);

	for (unsigned i = 0; i < 4; i++)
		if (get32(was) == (crc ^ salts[i]))
			block_seal(disk_block(&pool.disk, where), where, salts[i]);
}

static uint64_t block_named(uint8_t name)
{
	return name < NR_POOL_BLOCKS ? pool.at[name] : name % POOL_NR_BLOCKS;
}

static void change_specially(enum special how, uint64_t where, uint64_t other)
{
	uint8_t *block = disk_block(&pool.disk, where), *from = disk_block(&pool.disk, other);
	uint8_t kept[META_BLOCK_SIZE];

	switch (how) {
	case CUT:
		pool.disk.engine.size = where * META_BLOCK_SIZE;
		break;
	case WIPE:
		memset(block, 0, META_BLOCK_SIZE);
		break;
	case COPY:
		memmove(block, from, META_BLOCK_SIZE);
		seal_as(where, other);
		break;
	case SWAP:
		memcpy(kept, block, META_BLOCK_SIZE);
		memmove(block, from, META_BLOCK_SIZE);
		memcpy(from, kept, META_BLOCK_SIZE);
		break;
	case NR_SPECIALS:
		break;
	}
}

/* One change; how many bytes of the input it took, 0 at the end. */
static size_t change(const uint8_t *data, size_t size)
{
	size_t offset, len;
	uint64_t where;

	if (size < 4 || (size < 5 && !(data[1] & 0x80)))
		return 0;
	where = block_named(data[0]);
	if (data[1] & 0x80) {
		change_specially(data[1] % NR_SPECIALS, where, block_named(data[2]));
		return 4;
	}
	offset = (data[2] | (size_t)data[3] << 8) % META_BLOCK_SIZE;
	len = (data[1] & 63) + 1u;
	len = len < size - 4 ? len : size - 4;
	len = len < META_BLOCK_SIZE - offset ? len : META_BLOCK_SIZE - offset;
	memcpy((uint8_t *)disk_block(&pool.disk, where) + offset, data + 4, len);
	if (!(data[1] & 0x40))
		seal_as(where, where);
	return 4 + len;
}

static void choose_oldest(struct thin_repair_opts *o)
{
	struct thin_roots *roots = NULL;
	size_t nr = 0;

	if (thin_roots_find(&pool.disk.engine, o, &roots, &nr))
		abort();
	if (nr) {
		o->has_mapping_root = o->has_details_root = true;
		o->mapping_root = roots[nr - 1].mapping_root;
		o->details_root = roots[nr - 1].details_root;
	}
	free(roots);
}

/* Is it an answer that was promised?  A superblock can say that the data device ends early. */
static bool is_answer(int r, const struct thin_repair_opts *o)
{
	return !r || r == -ENODATA || r == -ENOSPC || r == -ERANGE ||
	       (r == -ENOKEY && !o->overrides.has_data_block_size) ||
	       (r == -ENOENT && o->has_mapping_root);
}

static struct thin_check_report *check(struct disk *d)
{
	return check_disk(d, 1);
}

/* Nothing is to be said about what was repaired already. */
static void repair_again(uint64_t nr_mappings)
{
	const struct thin_repair_opts o = { .nr_threads = 1 };
	const struct thin_repair_report *rep;
	struct thin_salvage *s;

	if (thin_salvage_new(&result.engine, &o, &s))
		abort();
	rep = thin_salvage_report(s);
	if (rep->nr_findings || rep->nr_mappings != nr_mappings)
		abort();
	thin_salvage_free(s);
}

/* What was put together is written, and then is good. */
static void write_out(struct thin_salvage *s)
{
	const struct thin_repair_report *rep = thin_salvage_report(s);
	struct thin_check_report *good;
	struct fault f;
	int r = thin_salvage_write(s, NULL, &f);

	if (r || !rep->nr_needed)
		abort();
	if (rep->nr_needed > RESULT_BLOCKS)
		return;
	result.engine.size = rep->nr_needed * META_BLOCK_SIZE;
	if (thin_salvage_write(s, &result.engine, &f))
		abort();
	good = check(&result);
	if (!thin_check_is_good(good, false) || good->nr_mapped != rep->nr_mappings)
		abort();
	thin_check_free(good);
	repair_again(rep->nr_mappings);
}

/* A sound pool loses nothing.  What leaks in others may be taken for something lost. */
static void compare(const struct thin_repair_opts *o, const struct thin_repair_report *rep)
{
	struct thin_check_report *was = check(&pool.disk);

	if (thin_check_is_good(was, false) && !o->has_mapping_root &&
	    (rep->nr_mappings != was->nr_mapped || rep->nr_by_class[THIN_LOSS] ||
	     rep->nr_by_class[THIN_OLDER] || rep->nr_by_class[THIN_DOUBT]))
		abort();
	thin_check_free(was);
}

static void repair(unsigned options)
{
	struct thin_repair_opts o = {
		.overrides = {
			.has_data_block_size = options & BLOCK_SIZE,
			.has_nr_data_blocks = options & (DATA_SIZE | SMALL),
			.data_block_size = 128,
			.nr_data_blocks = options & SMALL ? 800 : POOL_NR_DATA,
		},
		.nr_threads = 1,
	};
	struct thin_salvage *s;
	int r;

	if (options & OLDEST)
		choose_oldest(&o);
	r = thin_salvage_new(&pool.disk.engine, &o, &s);
	if (!is_answer(r, &o))
		abort();
	if (r)
		return;
	compare(&o, thin_salvage_report(s));
	write_out(s);
	thin_salvage_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned options;
	size_t took;

	init();
	memcpy(pool.disk.data, clean, pool.disk.nr_blocks * META_BLOCK_SIZE);
	pool.disk.engine.size = pool.disk.nr_blocks * META_BLOCK_SIZE;
	if (!size)
		return 0;
	options = *data++;
	size--;
	while ((took = change(data, size))) {
		data += took;
		size -= took;
	}
	if (!pool.disk.engine.size)
		return 0;
	repair(options);
	if (pool.disk.nr_writes)
		abort();
	return 0;
}
