/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole pool with changes here and there, checked, read, repaired, and dumped
 * and restored.  The
 * pool is the one of the unit tests; the input is a list of changes to it:
 *
 *	| block : 1 | how : 1 | offset : 2 | bytes : 1 to 64 | ...
 *
 * block is one of enum pool_block, or, behind those, any block by its number.
 * how: bits 0..5 the number of bytes less one, bit 6 leaves the checksum as it
 * is, bit 7 cuts the device off at this block instead.
 */
#define POOL_NR_BITMAPS	2u
#define POOL_NR_BLOCKS	64u
#include "../unit-tests/fixture.c"
#include "../unit-tests/fixture_pool.c"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "meta/thin_dump.h"
#include "meta/thin_load.h"
#include "meta/thin_restore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pool pool;
static uint8_t *clean;

static void init_pool(void)
{
	size_t size;

	if (clean)
		return;
	pool_init(&pool);
	size = pool.disk.nr_blocks * META_BLOCK_SIZE;
	clean = must(malloc(size));
	memcpy(clean, pool.disk.data, size);
}

/* Seals a block as what it was. */
static void seal_again(uint64_t where)
{
	static const uint32_t salts[] = { THIN_SB_SALT, NODE_SALT, BITMAP_SALT, INDEX_SALT };
	const uint8_t *was = clean + where * META_BLOCK_SIZE;
	uint32_t crc = crc32c(~0u, was + 4, META_BLOCK_SIZE - 4);

	for (unsigned i = 0; i < 4; i++)
		if (get32(was) == (crc ^ salts[i]))
			reseal(disk_block(&pool.disk, where), salts[i]);
}

/* One change; how many bytes of the input it took, 0 at the end. */
static size_t change(const uint8_t *data, size_t size)
{
	uint64_t where;
	size_t offset, len;

	if (size < 5)
		return 0;
	where = data[0] < NR_POOL_BLOCKS ? pool.at[data[0]] :
					    data[0] % POOL_NR_BLOCKS;
	if (data[1] & 0x80) {
		pool.disk.engine.size = where * META_BLOCK_SIZE;
		return 4;
	}
	offset = (data[2] | (size_t)data[3] << 8) % META_BLOCK_SIZE;
	len = (data[1] & 63) + 1u;
	len = len < size - 4 ? len : size - 4;
	len = len < META_BLOCK_SIZE - offset ? len : META_BLOCK_SIZE - offset;
	memcpy((uint8_t *)disk_block(&pool.disk, where) + offset, data + 4, len);
	if (!(data[1] & 0x40))
		seal_again(where);
	return 4 + len;
}

static int count_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	uint64_t *nr_mapped = arg;

	for (size_t i = 0; i < nr; i++)
		*nr_mapped += runs[i].length;
	return 0;
}

/* How many mappings there are; aborts if a good pool cannot be read. */
static uint64_t load(bool good)
{
	const struct thin_emit emit = { .runs = count_runs };
	const struct thin_load_opts o = { .expand = true, .nr_threads = 1 };
	uint64_t nr = 0;
	struct fault f;
	int r = thin_load(&pool.disk.engine, &o, &emit, &nr, &f);

	if (good && r)
		abort();
	return nr;
}

/* Twice the pool: what was shared for no good reason is written out. */
static uint8_t copy[2 * POOL_NR_BLOCKS * META_BLOCK_SIZE]
	__attribute__((aligned(META_BLOCK_SIZE)));

/* A dump is either whole or no XML; whatever restores is sound. */
static void restore(int fd, bool good, uint64_t nr_mapped)
{
	struct thin_restore_opts o = { .spool_dir = NULL };
	struct thin_check_opts check = { .nr_threads = 1 };
	struct thin_restore_report report;
	struct thin_check_report *rep;
	struct engine *e;
	int r;

	must(!engine_open_memory(&e, copy, sizeof(copy)) ? e : NULL);
	r = thin_restore(e, fd, &o, &report);
	if (good && r)
		abort();
	if (!r) {
		must(!thin_check(e, &check, &rep) ? rep : NULL);
		if (good && (!thin_check_is_good(rep, false) || rep->nr_mapped != nr_mapped))
			abort();
		thin_check_free(rep);
	}
	engine_close(e);
}

static void dump_and_restore(bool good, uint64_t nr_mapped)
{
	const struct thin_load_opts o = { .nr_threads = 1 };
	int fd = memfd_create("dump", MFD_CLOEXEC);
	struct fault f;
	int r;

	if (fd < 0)
		abort();
	r = thin_dump(&pool.disk.engine, fd, THIN_DUMP_XML, &o, &f);
	if (good && r)
		abort();
	if (lseek(fd, 0, SEEK_SET))
		abort();
	restore(fd, !r && good, nr_mapped);
	close(fd);
}

static void try_pool(void)
{
	struct thin_check_report *rep = check_disk(&pool.disk, 1);
	bool good = thin_check_is_good(rep, true);
	bool leaks = rep->nr_by_class[FAULT_LEAK];
	uint64_t nr = rep->nr_mapped;

	thin_check_free(rep);
	if (load(good) != nr && good)
		abort();
	dump_and_restore(good, nr);
	if (!good || !leaks || repair_in_place(&pool.disk.engine, THIN_MEND_LEAKS, 1))
		return;
	rep = check_disk(&pool.disk, 1);
	if (!thin_check_is_good(rep, false) || rep->nr_mapped != nr)
		abort();
	thin_check_free(rep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t took;

	init_pool();
	memcpy(pool.disk.data, clean, pool.disk.nr_blocks * META_BLOCK_SIZE);
	pool.disk.engine.size = pool.disk.nr_blocks * META_BLOCK_SIZE;
	while ((took = change(data, size))) {
		data += took;
		size -= took;
	}
	try_pool();
	return 0;
}
