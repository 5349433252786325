/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/crc32c.h"
#include "fixture.h"
#include "meta/thin_pack.h"
#include "pdata/pack_format.h"

/* A pack in memory. */
struct pack {
	uint8_t *data;
	size_t len;
	struct thin_pack_report rep;
};

static int open_pack(const struct pack *p)
{
	int fd = memfd_create("pack", MFD_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(pwrite(fd, p->data, p->len, 0), (ssize_t)p->len);
	return fd;
}

static struct pack pack(struct disk *d, unsigned nr_threads)
{
	struct thin_pack_opts o = { .nr_threads = nr_threads };
	int fd = memfd_create("pack", MFD_CLOEXEC);
	struct pack p = { .data = NULL };

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(thin_pack(&d->engine, fd, &o, &p.rep), 0);
	p.len = (size_t)lseek(fd, 0, SEEK_CUR);
	p.data = malloc(p.len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p.data);
	CU_ASSERT_EQUAL_FATAL(pread(fd, p.data, p.len, 0), (ssize_t)p.len);
	close(fd);
	return p;
}

struct unpacked {
	int result;
	struct thin_pack_issue issue;
	struct thin_pack_report rep;
};

/* To @d, or only checked if it is NULL. */
static struct unpacked unpack(const struct pack *p, struct disk *d, struct thin_pack_opts o)
{
	struct unpacked u = { .result = 0 };
	struct thin_unpacker *unpack = NULL;
	int fd = open_pack(p);

	u.result = thin_unpack_new(&unpack, fd, &u.issue);
	if (!u.result)
		u.result = thin_unpack(unpack, d ? &d->engine : NULL, false, &o, &u.rep, &u.issue);
	thin_unpack_free(unpack);
	close(fd);
	return u;
}

/* A pool with damage, what is no metadata, and leftovers. */
static void make_pool(struct pool *p)
{
	uint8_t *noise;

	pool_init(p);
	((uint8_t *)disk_block(&p->disk, p->at[POOL_DEV0_LEAF]))[100] ^= 1;
	((uint8_t *)disk_block(&p->disk, p->at[POOL_DATA_BITMAP]))[0] ^= 1;
	noise = disk_block(&p->disk, p->disk.nr_blocks - 1);
	for (unsigned i = 0; i < META_BLOCK_SIZE; i++)
		noise[i] = (uint8_t)(i * i >> 4);
}

static uint64_t nr_not_zero(const struct disk *d)
{
	static const uint8_t zero[META_BLOCK_SIZE];
	uint64_t nr = 0;

	for (uint64_t i = 0; i < d->nr_blocks; i++)
		nr += memcmp(disk_block(d, i), zero, sizeof(zero)) != 0;
	return nr;
}

static void gives_a_damaged_pool_back(void)
{
	struct unpacked u;
	struct disk back;
	struct pack packed;
	struct pool p;

	make_pool(&p);
	packed = pack(&p.disk, 1);
	CU_ASSERT_EQUAL(packed.rep.nr_blocks, p.disk.nr_blocks);
	CU_ASSERT_EQUAL(packed.rep.nr_stored, nr_not_zero(&p.disk));
	CU_ASSERT_EQUAL(packed.rep.nr_unknown, 3);
	CU_ASSERT_EQUAL(packed.rep.nr_unread, 0);

	/* Over old contents, all of which go. */
	for (unsigned threads = 1; threads <= 4; threads += 3) {
		disk_init(&back, p.disk.nr_blocks + 1);
		memset(back.data, 0x5a, back.nr_blocks * META_BLOCK_SIZE);
		u = unpack(&packed, &back, (struct thin_pack_opts){ .nr_threads = threads });
		CHECK_IN(threads, u.result == 0);
		CHECK_IN(threads, u.rep.has_checksum);
		CHECK_IN(threads, u.rep.nr_stored == packed.rep.nr_stored);
		CHECK_IN(threads, u.rep.nr_unknown == 3);
		CHECK_IN(threads, !memcmp(back.data, p.disk.data,
					  p.disk.nr_blocks * META_BLOCK_SIZE));
		CHECK_IN(threads, back.data[p.disk.nr_blocks * META_BLOCK_SIZE] == 0x5a);
		disk_exit(&back);
	}
	free(packed.data);
	pool_exit(&p);
}

static void is_the_same_with_threads(void)
{
	struct pack one, other;
	struct disk d;

	disk_init(&d, 5 * PACK_CHUNK_BLOCKS + 7);
	for (uint64_t i = 0; i < d.nr_blocks; i += 3) {
		put64((uint8_t *)disk_block(&d, i) + 8, i);
		put64((uint8_t *)disk_block(&d, i) + 16, i * i);
		if (i % 5)
			reseal(disk_block(&d, i), BITMAP_SALT);
	}
	one = pack(&d, 1);
	for (unsigned threads = 2; threads < 9; threads++) {
		other = pack(&d, threads);
		CHECK_IN(threads, other.len == one.len && !memcmp(other.data, one.data, one.len));
		free(other.data);
	}
	free(one.data);
	disk_exit(&d);
}

static void notes_what_cannot_be_read(void)
{
	struct pack packed;
	struct unpacked u;
	struct disk back;
	struct pool p;

	pool_init(&p);
	bits_add(&p.disk.unreadable, p.at[POOL_TOP_ROOT]);
	bits_add(&p.disk.unreadable, p.disk.nr_blocks - 1);
	packed = pack(&p.disk, 2);
	CU_ASSERT_EQUAL(packed.rep.nr_unread, 2);
	CU_ASSERT_EQUAL(packed.rep.first_unread, p.at[POOL_TOP_ROOT]);

	disk_init(&back, p.disk.nr_blocks);
	u = unpack(&packed, &back, (struct thin_pack_opts){ .nr_threads = 1 });
	CU_ASSERT_EQUAL(u.result, 0);
	CU_ASSERT_EQUAL(u.rep.nr_unread, 2);
	CU_ASSERT_EQUAL(u.rep.first_unread, p.at[POOL_TOP_ROOT]);
	memset(disk_block(&p.disk, p.at[POOL_TOP_ROOT]), 0, META_BLOCK_SIZE);
	CU_ASSERT_EQUAL(memcmp(back.data, p.disk.data, p.disk.nr_blocks * META_BLOCK_SIZE), 0);
	disk_exit(&back);
	free(packed.data);
	pool_exit(&p);
}

/* A power failure never leaves a superblock above what is not there. */
static void writes_the_superblock_last(void)
{
	struct pack packed;
	struct unpacked u;
	uint64_t nr_writes;
	struct disk back;
	struct pool p;

	make_pool(&p);
	packed = pack(&p.disk, 1);
	disk_init(&back, p.disk.nr_blocks);
	u = unpack(&packed, &back, (struct thin_pack_opts){ .nr_threads = 1 });
	CU_ASSERT_EQUAL(u.result, 0);
	nr_writes = back.nr_writes;
	CU_ASSERT_TRUE(nr_writes > 2);
	for (uint64_t most = 0; most < nr_writes; most++) {
		memcpy(back.data, p.disk.data, back.nr_blocks * META_BLOCK_SIZE);
		memset(disk_block(&back, 1), 0x5a, META_BLOCK_SIZE);
		back.nr_writes = 0;
		back.most_writes = most;
		unpack(&packed, &back, (struct thin_pack_opts){ .nr_threads = 1 });
		CHECK_IN(most, most == 0 || !get32(back.data));
	}
	disk_exit(&back);
	free(packed.data);
	pool_exit(&p);
}

static void sees_every_changed_byte(void)
{
	struct pack packed;
	struct pool p;

	make_pool(&p);
	packed = pack(&p.disk, 1);
	for (size_t i = 0; i < packed.len; i++) {
		struct unpacked u;

		packed.data[i] ^= 0x10;
		u = unpack(&packed, NULL, (struct thin_pack_opts){ .nr_threads = 1 });
		CHECK_IN(i, u.result == -EUCLEAN && u.issue.code);
		packed.data[i] ^= 0x10;
	}
	free(packed.data);
	pool_exit(&p);
}

static void sees_where_it_is_cut_short(void)
{
	struct pack packed;
	struct pool p;
	size_t len;

	make_pool(&p);
	packed = pack(&p.disk, 1);
	len = packed.len;
	for (packed.len = 0; packed.len < len; packed.len++) {
		struct unpacked u = unpack(&packed, NULL,
					   (struct thin_pack_opts){ .nr_threads = 1 });

		/* A header alone is a pack of others, of nothing but zeroes. */
		CHECK_IN(packed.len, packed.len == 32 ? !u.result : u.result == -EUCLEAN);
	}
	free(packed.data);
	pool_exit(&p);
}

static void unpacks_what_is_sound(void)
{
	struct thin_pack_opts o = { .nr_threads = 1, .partial = true };
	struct pack packed;
	struct unpacked u;
	struct disk d, back;

	disk_init(&d, 3 * PACK_CHUNK_BLOCKS);
	for (uint64_t i = 0; i < d.nr_blocks; i++) {
		put64((uint8_t *)disk_block(&d, i) + 8, i);
		put64((uint8_t *)disk_block(&d, i) + 2000, i * 0x9e3779b97f4a7c15ull);
		reseal(disk_block(&d, i), NODE_SALT);
	}
	packed = pack(&d, 1);
	packed.data[packed.len / 2] ^= 0xff;
	disk_init(&back, d.nr_blocks);
	u = unpack(&packed, &back, o);
	CU_ASSERT_EQUAL(u.result, -EUCLEAN);
	CU_ASSERT_TRUE(u.rep.nr_stored >= 2 * PACK_CHUNK_BLOCKS);
	CU_ASSERT_TRUE(u.rep.nr_stored < 3 * PACK_CHUNK_BLOCKS);
	for (uint64_t i = 0; i < d.nr_blocks; i++)
		if (i < PACK_CHUNK_BLOCKS || i >= 2 * PACK_CHUNK_BLOCKS)
			CHECK_IN(i, !memcmp(disk_block(&d, i), disk_block(&back, i),
					    META_BLOCK_SIZE));
	disk_exit(&back);
	disk_exit(&d);
	free(packed.data);
}

/* Puts packs together by hand, for those that no program writes. */

static void put(struct pack *p, const void *data, size_t len)
{
	p->data = realloc(p->data, p->len + len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->data);
	memcpy(p->data + p->len, data, len);
	p->len += len;
}

static struct pack begin(uint64_t magic, uint64_t version, uint64_t block_size, uint64_t nr)
{
	struct pack_header_disk h = { cpu_to_le64(magic), cpu_to_le64(version),
				      cpu_to_le64(block_size), cpu_to_le64(nr) };
	struct pack p = { .data = NULL };

	put(&p, &h, sizeof(h));
	return p;
}

static void put_stream(struct pack *p, const void *data, size_t len)
{
	static uint8_t out[65536];
	uLongf out_len = sizeof(out);
	__le64 len_le;

	CU_ASSERT_EQUAL_FATAL(compress(out, &out_len, data, len), Z_OK);
	len_le = cpu_to_le64(out_len);
	put(p, &len_le, sizeof(len_le));
	put(p, out, out_len);
}

/* A record of a sealed block of zeroes. */
static size_t make_record(uint8_t *to, uint64_t where)
{
	static uint8_t block[META_BLOCK_SIZE];

	memset(block, 0, sizeof(block));
	put64(block + 8, where);
	reseal(block, NODE_SALT);
	put64(to, where);
	memcpy(to + 8, "\xa1\x10", 2);
	memcpy(to + 10, block, 16);
	memcpy(to + 26, "\x01\x00\x61\xfd", 4);
	return 30;
}

static void expect_issue(struct pack p, enum thin_pack_issue_code code, uint64_t found)
{
	struct unpacked u = unpack(&p, NULL, (struct thin_pack_opts){ .nr_threads = 1 });
	char text[THIN_PACK_ISSUE_TEXT_MAX];

	CHECK_IN(code, u.result == (code ? -EUCLEAN : 0));
	CHECK_IN(code, u.issue.code == code);
	CHECK_IN(code, u.issue.found == found);
	CHECK_IN(code, !strchr(thin_pack_issue_text(&u.issue, text), '{'));
	free(p.data);
}

static void refuses_what_is_no_pack(void)
{
	static const uint64_t most = 1ull << 28;
	struct pack p = { .data = NULL };

	put(&p, "\x77\xef", 2);
	expect_issue(p, THIN_PACK_HEADER, 2);
	expect_issue(begin(PACK_MAGIC + 1, 3, 4096, 8), THIN_PACK_MAGIC, PACK_MAGIC + 1);
	expect_issue(begin(PACK_MAGIC, 2, 4096, 8), THIN_PACK_VERSION, 2);
	expect_issue(begin(PACK_MAGIC, 3, 512, 8), THIN_PACK_BLOCK_SIZE, 512);
	expect_issue(begin(PACK_MAGIC, 3, 4096, most + 1), THIN_PACK_NR_BLOCKS, most + 1);
	expect_issue(begin(PACK_MAGIC, 3, 4096, most), THIN_PACK_NONE, 0);
	expect_issue(begin(PACK_MAGIC, 3, 4096, 0), THIN_PACK_NONE, 0);
}

static void refuses_chunks_that_cannot_be(void)
{
	struct pack p = begin(PACK_MAGIC, 3, 4096, 8);

	put(&p, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	expect_issue(p, THIN_PACK_CHUNK_LENGTH, UINT64_MAX);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put(&p, "\x01\x00\x00\x02\x00\x00\x00\x00", 8);
	expect_issue(p, THIN_PACK_CHUNK_LENGTH, PACK_CHUNK_MAX + 1);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put(&p, "\x00\x00\x00\x02\x00\x00\x00\x00" "ab", 10);
	expect_issue(p, THIN_PACK_CHUNK_SHORT, 2);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put(&p, "\x01\x00", 2);
	expect_issue(p, THIN_PACK_CHUNK_SHORT, 2);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put(&p, "\x02\x00\x00\x00\x00\x00\x00\x00zz", 10);
	expect_issue(p, THIN_PACK_STREAM, 0);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put(&p, "\x09\x00\x00\x00\x00\x00\x00\x00" PACK_EMPTY_STREAM "x", 17);
	expect_issue(p, THIN_PACK_TAIL, 1);
}

static void refuses_records_that_cannot_be(void)
{
	uint8_t records[128];
	struct pack p = begin(PACK_MAGIC, 3, 4096, 8);
	size_t len = make_record(records, 7);

	put_stream(&p, records, len);
	expect_issue(p, THIN_PACK_NONE, 0);
	p = begin(PACK_MAGIC, 3, 4096, 7);
	put_stream(&p, records, len);
	expect_issue(p, THIN_PACK_BLOCK_RANGE, 7);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_stream(&p, records, len);
	put_stream(&p, records, len);
	expect_issue(p, THIN_PACK_BLOCK_TWICE, 7);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_stream(&p, records, 5);
	expect_issue(p, THIN_PACK_RECORD, 5);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_stream(&p, records, len - 1);
	expect_issue(p, THIN_PACK_RECIPE, 7);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	records[10] ^= 1;
	put_stream(&p, records, len);
	expect_issue(p, THIN_PACK_BLOCK_KIND, 7);
}

static void put_note(struct pack *p, uint64_t kind, const void *body, size_t len)
{
	struct pack_note_disk note = { .magic = cpu_to_le64(PACK_NOTE_MAGIC),
				       .kind = cpu_to_le64(kind) };
	__le64 len_le = cpu_to_le64(sizeof(note) + len);

	memcpy(note.empty_stream, PACK_EMPTY_STREAM, PACK_EMPTY_STREAM_LEN);
	put(p, &len_le, sizeof(len_le));
	put(p, &note, sizeof(note));
	put(p, body, len);
}

/* With a good checksum. */
static void put_close(struct pack *p, uint64_t nr_stored, uint64_t digest)
{
	struct pack_close_disk end = { .nr_stored = cpu_to_le64(nr_stored),
				       .digest = cpu_to_le64(digest) };

	put_note(p, PACK_NOTE_CLOSE, &end, sizeof(end));
	put32(p->data + p->len - 4, crc32c(~0u, p->data, p->len - 4));
}

static void refuses_notes_that_cannot_be(void)
{
	static const uint8_t zeroes[32];
	uint8_t where[8];
	struct pack p = begin(PACK_MAGIC, 3, 4096, 8);

	put_note(&p, PACK_NOTE_OPEN, zeroes, 0);
	put_close(&p, 0, 0);
	expect_issue(p, THIN_PACK_NONE, 0);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_note(&p, 99, zeroes, 0);
	expect_issue(p, THIN_PACK_NOTE_KIND, 99);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_note(&p, PACK_NOTE_OPEN, zeroes, 1);
	expect_issue(p, THIN_PACK_NOTE_LENGTH, 1);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_note(&p, PACK_NOTE_CLOSE, zeroes, 31);
	expect_issue(p, THIN_PACK_NOTE_LENGTH, 31);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_note(&p, PACK_NOTE_OPEN, zeroes, 0);
	expect_issue(p, THIN_PACK_NO_CLOSE, 0);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_close(&p, 0, 0);
	put_note(&p, PACK_NOTE_OPEN, zeroes, 0);
	expect_issue(p, THIN_PACK_BEHIND, 0);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_note(&p, PACK_NOTE_UNREAD, zeroes, 7);
	expect_issue(p, THIN_PACK_NOTE_LENGTH, 7);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put64(where, 8);
	put_note(&p, PACK_NOTE_UNREAD, where, 8);
	expect_issue(p, THIN_PACK_BLOCK_RANGE, 8);
}

static void sees_what_the_closing_note_misses(void)
{
	static uint8_t block[META_BLOCK_SIZE];
	uint8_t records[64];
	size_t len = make_record(records, 0);
	struct pack p = begin(PACK_MAGIC, 3, 4096, 8);
	uint64_t digest;

	memcpy(block, records + 10, 16);
	digest = pack_digest(0, crc32c(~0u, block, sizeof(block)));
	put_close(&p, 1, digest);
	expect_issue(p, THIN_PACK_NR_STORED, 0);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_stream(&p, records, len);
	put_close(&p, 1, digest + 1);
	expect_issue(p, THIN_PACK_DIGEST, digest);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_stream(&p, records, len);
	put_close(&p, 1, digest);
	put32(p.data + p.len - 4, 0x12345678);
	expect_issue(p, THIN_PACK_CRC, 0x12345678);
	p = begin(PACK_MAGIC, 3, 4096, 8);
	put_stream(&p, records, len);
	put_close(&p, 1, digest);
	expect_issue(p, THIN_PACK_NONE, 0);
}

static void refuses_a_device_that_is_too_small(void)
{
	struct pack p = begin(PACK_MAGIC, 3, 4096, 9);
	struct unpacked u;
	struct disk d;

	disk_init(&d, 8);
	u = unpack(&p, &d, (struct thin_pack_opts){ .nr_threads = 1 });
	CU_ASSERT_EQUAL(u.result, -ENOSPC);
	CU_ASSERT_EQUAL(d.nr_writes, 0);
	disk_exit(&d);
	free(p.data);
}

void test_pack_suite(void);

void test_pack_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "gives a damaged pool back", gives_a_damaged_pool_back },
		{ "is the same with any number of threads", is_the_same_with_threads },
		{ "notes what cannot be read", notes_what_cannot_be_read },
		{ "writes the superblock last", writes_the_superblock_last },
		{ "sees every changed byte", sees_every_changed_byte },
		{ "sees where it is cut short", sees_where_it_is_cut_short },
		{ "unpacks what is sound of a damaged pack", unpacks_what_is_sound },
		{ "refuses what is no pack", refuses_what_is_no_pack },
		{ "refuses chunks that cannot be", refuses_chunks_that_cannot_be },
		{ "refuses records that cannot be", refuses_records_that_cannot_be },
		{ "refuses notes that cannot be", refuses_notes_that_cannot_be },
		{ "sees what the closing note misses", sees_what_the_closing_note_misses },
		{ "refuses a device that is too small", refuses_a_device_that_is_too_small },
		CU_TEST_INFO_NULL,
	};

	add_suite("pack", tests);
}
