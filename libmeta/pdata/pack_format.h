/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pack_format - every byte of a file of packed metadata.
 *
 *	| header | chunk .. chunk |
 *	chunk: | length : 8 | that many bytes |
 *
 * A chunk is a zlib stream of records, each the number of a block (8 bytes)
 * and its recipe.  Only blocks whose checksum is that of a known kind may be
 * there: other programs refuse all else.  Blocks of zeroes are left out.
 *
 * Other programs inflate a chunk and never look at what is behind the end of
 * its stream.  That is where we put a note; its chunk inflates to nothing:
 *
 *	| length : 8 | zlib stream of no bytes : 8 | note header | body |
 *
 *	OPEN	first: a CLOSE will come; no body
 *	BLOCKS	body: a zlib stream of blocks that are of no known kind, each as
 *		its number (8 bytes) and 4096 bytes
 *	UNREAD	body: numbers of blocks that could not be read, 8 bytes each
 *	CLOSE	last: struct pack_close_disk, about all blocks in the file
 */
#ifndef PDATA_PACK_FORMAT_H
#define PDATA_PACK_FORMAT_H

#include <stddef.h>

#include "base/le.h"
#include "meta/format.h"

#define PACK_MAGIC	0xa537a0aa6309ef77ull
#define PACK_VERSION	3u

struct pack_header_disk {
	__le64 magic;
	__le64 version;
	__le64 block_size;
	__le64 nr_blocks;
};

#define PACK_EMPTY_STREAM	"\x78\x9c\x03\x00\x00\x00\x00\x01"
#define PACK_EMPTY_STREAM_LEN	8u
#define PACK_NOTE_MAGIC		0x8a6d1f52c7e9b340ull

enum pack_note_kind {
	PACK_NOTE_OPEN = 1,
	PACK_NOTE_BLOCKS = 2,
	PACK_NOTE_UNREAD = 3,
	PACK_NOTE_CLOSE = 4,
};

struct pack_note_disk {
	__u8 empty_stream[PACK_EMPTY_STREAM_LEN];
	__le64 magic;
	__le64 kind;
};

struct pack_close_disk {
	__le64 nr_stored;	/* blocks that are in the file */
	__le64 nr_unread;	/* blocks that could not be read */
	__le64 digest;		/* sum of pack_digest() of all that are stored */
	__le32 padding;
	__le32 crc;		/* CRC-32C of all of the file that is before it */
};

enum {
	PACK_RECORD_HEAD = 8,		/* the number before a block or recipe */
	PACK_CHUNK_BLOCKS = 1024,	/* of the device, in a chunk that we write */
	PACK_CHUNK_MAX = 32 << 20,	/* bytes of a chunk that we read */
};

/* So many blocks of a device at most: 1 TiB, far more than any pool uses. */
#define PACK_MAX_BLOCKS	(1ull << 28)

/*
 * What block @where, whose CRC-32C over all its bytes is @crc, adds to the
 * digest.  A sum does not care about the order, in which threads are never
 * sure; so each term is mixed well enough that no two make up for each other.
 */
static inline uint64_t pack_digest(uint64_t where, uint32_t crc)
{
	uint64_t v = (where + 1) * 0x9e3779b97f4a7c15ull ^ crc;

	v = (v ^ v >> 32) * 0xd6e8feb86659fd93ull;
	v = (v ^ v >> 32) * 0xd6e8feb86659fd93ull;
	return v ^ v >> 32;
}

/* What the checksum in it covers. */
#define PACK_CLOSE_CRC_AT	offsetof(struct pack_close_disk, crc)

_Static_assert(PACK_CLOSE_CRC_AT + 4 == sizeof(struct pack_close_disk), "pack crc");
_Static_assert(sizeof(struct pack_header_disk) == 32, "pack header");
_Static_assert(sizeof(struct pack_note_disk) == 24, "pack note");
_Static_assert(sizeof(struct pack_close_disk) == 32, "pack close");

#endif
