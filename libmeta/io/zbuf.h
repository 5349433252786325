/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zbuf - bytes that are deflated, in the zlib format, into memory that grows.
 *
 * What comes out is the same for the same bytes, however they are divided up.
 */
#ifndef IO_ZBUF_H
#define IO_ZBUF_H

#include <stddef.h>
#include <stdint.h>

struct z_stream_s;

struct zbuf {
	struct z_stream_s *z;
	uint8_t *data;
	size_t len;
	size_t room;
};

/* All zeroes is an empty one.  Frees what it holds. */
void zbuf_exit(struct zbuf *b);

/* Begins anew, behind @skip bytes for the caller to fill.  0 or -ENOMEM. */
int zbuf_begin(struct zbuf *b, size_t skip);

/* Adds @len bytes.  0 or -ENOMEM. */
int zbuf_add(struct zbuf *b, const void *data, size_t len);

/* Now data and len have all of it.  0 or -ENOMEM. */
int zbuf_end(struct zbuf *b);

#endif
