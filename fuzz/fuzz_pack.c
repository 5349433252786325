/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packed metadata: a file of any bytes; a chunk that inflates to any bytes; and
 * a block of any bytes, which must come back.
 *
 *	| what : 1 | bytes |
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "meta/thin_pack.h"
#include "pdata/block.h"
#include "pdata/pack_format.h"
#include "pdata/recipe.h"

#define NR_BLOCKS 32u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_all(int fd, const void *data, size_t len)
{
	if (write(fd, data, len) != (ssize_t)len)
		abort();
}

/* Whatever is said of it must fit together. */
static void look(int result, const struct thin_pack_issue *i, const struct thin_pack_report *rep)
{
	char text[THIN_PACK_ISSUE_TEXT_MAX];

	if (!result != !i->code || i->code >= NR_THIN_PACK_ISSUES)
		abort();
	if (strlen(thin_pack_issue_text(i, text)) >= sizeof(text) || strchr(text, '{'))
		abort();
	if (rep->nr_stored > rep->nr_blocks || rep->nr_unknown > rep->nr_stored)
		abort();
}

/* Twice: the second time what is sound of it. */
static void unpack(int fd, bool partial)
{
	static _Alignas(4096) uint8_t device[NR_BLOCKS * META_BLOCK_SIZE];
	struct thin_pack_opts o = { .nr_threads = 1, .partial = partial };
	struct thin_pack_report rep = { .nr_blocks = 0 };
	struct thin_unpacker *u = NULL;
	struct thin_pack_issue i;
	struct engine *e;
	int r;

	if (lseek(fd, 0, SEEK_SET) || engine_open_memory(&e, device, sizeof(device)))
		abort();
	r = thin_unpack_new(&u, fd, &i);
	if (!r && thin_unpack_nr_blocks(u) > NR_BLOCKS)
		r = thin_unpack(u, NULL, false, &o, &rep, &i);
	else if (!r)
		r = thin_unpack(u, e, false, &o, &rep, &i);
	look(r, &i, &rep);
	thin_unpack_free(u);
	engine_close(e);
}

/* A pack of one chunk, stored as it is. */
static void put_chunk(int fd, const uint8_t *data, size_t size)
{
	struct pack_header_disk h = {
		.magic = cpu_to_le64(PACK_MAGIC), .version = cpu_to_le64(PACK_VERSION),
		.block_size = cpu_to_le64(META_BLOCK_SIZE), .nr_blocks = cpu_to_le64(NR_BLOCKS),
	};
	uLongf len = compressBound(size);
	uint8_t *out = malloc(len);
	__le64 len_le;

	if (!out || compress2(out, &len, data, size, 0) != Z_OK)
		abort();
	len_le = cpu_to_le64(len);
	write_all(fd, &h, sizeof(h));
	write_all(fd, &len_le, sizeof(len_le));
	write_all(fd, out, len);
	free(out);
}

static void go_round(const uint8_t *data, size_t size, enum block_kind kind)
{
	static _Alignas(8) uint8_t block[META_BLOCK_SIZE], back[META_BLOCK_SIZE];
	static uint8_t recipe[RECIPE_MADE_MAX];
	size_t len, used;

	memset(block, 0, sizeof(block));
	memcpy(block, data, size < sizeof(block) ? size : sizeof(block));
	len = recipe_make(block, kind, recipe);
	if (len > sizeof(recipe) || recipe_follow(recipe, len, back, &used) || used != len ||
	    memcmp(block, back, sizeof(block)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (!size)
		return 0;
	if (data[0] % 4 >= 2) {
		go_round(data + 1, size - 1, data[0] % 4 == 2 ? KIND_NODE : KIND_BITMAP);
		return 0;
	}
	fd = memfd_create("pack", MFD_CLOEXEC);
	if (fd < 0)
		abort();
	if (data[0] % 4)
		put_chunk(fd, data + 1, size - 1);
	else
		write_all(fd, data + 1, size - 1);
	unpack(fd, false);
	unpack(fd, true);
	close(fd);
	return 0;
}
