/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "io/zbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

enum {
	/* Recipes are short already: more effort takes long and saves little. */
	LEVEL = 4,
	FIRST_ROOM = 65536,
};

void zbuf_exit(struct zbuf *b)
{
	if (b->z)
		deflateEnd(b->z);
	free(b->z);
	free(b->data);
	*b = (struct zbuf){ .data = NULL };
}

static int grow(struct zbuf *b)
{
	size_t room = b->room ? b->room * 2 : FIRST_ROOM;
	uint8_t *data = realloc(b->data, room);

	if (!data)
		return -ENOMEM;
	b->data = data;
	b->room = room;
	return 0;
}

static int make_stream(struct zbuf *b)
{
	b->z = calloc(1, sizeof(*b->z));
	if (b->z && deflateInit(b->z, LEVEL) == Z_OK)
		return 0;
	free(b->z);
	b->z = NULL;
	return -ENOMEM;
}

int zbuf_begin(struct zbuf *b, size_t skip)
{
	if (b->z)
		deflateReset(b->z);
	else if (make_stream(b))
		return -ENOMEM;
	b->len = skip;
	return b->room < skip + 1 ? grow(b) : 0;
}

/* Lets zlib write into what room there is, and notes how much it was. */
static int deflate_some(struct zbuf *b, int flush)
{
	size_t room = b->room - b->len;
	int r;

	if (!room && grow(b))
		return Z_MEM_ERROR;
	room = b->room - b->len;
	b->z->next_out = b->data + b->len;
	b->z->avail_out = room < UINT32_MAX ? (unsigned)room : UINT32_MAX;
	room = b->z->avail_out;
	r = deflate(b->z, flush);
	b->len += room - b->z->avail_out;
	return r;
}

int zbuf_add(struct zbuf *b, const void *data, size_t len)
{
	b->z->next_in = (Bytef *)(uintptr_t)data;
	b->z->avail_in = (unsigned)len;
	while (b->z->avail_in)
		if (deflate_some(b, Z_NO_FLUSH) == Z_MEM_ERROR)
			return -ENOMEM;
	return 0;
}

int zbuf_end(struct zbuf *b)
{
	int r;

	b->z->avail_in = 0;
	do {
		r = deflate_some(b, Z_FINISH);
	} while (r == Z_OK || r == Z_BUF_ERROR);
	return r == Z_STREAM_END ? 0 : -ENOMEM;
}
