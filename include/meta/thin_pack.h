/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_pack - metadata as a small file, and back, block by block.
 *
 * Every block comes back as it was: damaged ones, and those that are in use no
 * longer, from which much can be saved.  Only blocks of zeroes are not stored.
 * The file is in the format of thin-provisioning-tools 1.x, version 3, which
 * can unpack all but the blocks that it knows no kind of; a checksum over the
 * whole is where it does not look.
 */
#ifndef META_THIN_PACK_H
#define META_THIN_PACK_H

#include "meta/thin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zeroes is a good choice. */
struct thin_pack_opts {
	unsigned nr_threads;		/* 0: as many as there are processors */
	bool partial;			/* unpack: go on behind what is damaged */
	struct progress *progress;	/* or NULL; packing counts blocks, unpacking bytes */
};

struct thin_pack_report {
	uint64_t nr_blocks;		/* of the device */
	uint64_t nr_stored;		/* that are in the pack */
	uint64_t nr_unknown;		/* of those: damaged, or no metadata at all */
	uint64_t nr_unread;		/* could not be read when packed: zeroes */
	uint64_t first_unread;		/* if there are any, the lowest */
	bool has_checksum;		/* over the whole; other programs write none */
};

/*
 * What can be wrong with a pack; {f} was found, {w} wanted, {x.} is the same in
 * hexadecimal, {c} is the number of the chunk, from 0 on.
 */
#define THIN_PACK_ISSUES(X) \
	X(NONE, "nothing is wrong") \
	X(HEADER, "has {f} bytes, wanted at least the {w} that a pack begins with") \
	X(MAGIC, "begins with {xf}, wanted {xw}; this is no packed metadata") \
	X(VERSION, "is of version {f}, wanted {w}") \
	X(BLOCK_SIZE, "has blocks of {f} bytes, wanted {w}") \
	X(NR_BLOCKS, "is of a device of {f} blocks, wanted at most {w}") \
	X(CHUNK_SHORT, "is cut short: chunk {c} has {f} bytes, wanted {w}") \
	X(CHUNK_LENGTH, "chunk {c} has {f} bytes, wanted at most {w}") \
	X(STREAM, "chunk {c} cannot be inflated: it is damaged") \
	X(TAIL, "chunk {c} has {f} bytes behind its end, wanted none") \
	X(RECORD, "chunk {c} ends within a record of {w} bytes, has {f}") \
	X(RECIPE, "chunk {c} does not say how to make block {f}") \
	X(BLOCK_RANGE, "chunk {c} has block {f}, wanted one below {w}") \
	X(BLOCK_TWICE, "chunk {c} has block {f}, which is there already") \
	X(BLOCK_KIND, "chunk {c} makes a block {f} whose checksum is wrong") \
	X(NOTE_KIND, "chunk {c} has a note of kind {f}, which is not known here") \
	X(NOTE_LENGTH, "chunk {c} has a note of {f} bytes, wanted {w}") \
	X(BEHIND, "chunk {c} is behind the end") \
	X(NO_CLOSE, "is cut short: ends behind {c} chunks, without its checksum") \
	X(CRC, "is damaged: has the checksum {xf} over the whole, wanted {xw}") \
	X(NR_STORED, "has {f} blocks, wanted {w}") \
	X(DIGEST, "has blocks with the checksum {xf} over all, wanted {xw}")

enum thin_pack_issue_code {
#define THIN_PACK_ISSUE_ENUM(code, text) THIN_PACK_##code,
	THIN_PACK_ISSUES(THIN_PACK_ISSUE_ENUM)
#undef THIN_PACK_ISSUE_ENUM
	NR_THIN_PACK_ISSUES
};

struct thin_pack_issue {
	enum thin_pack_issue_code code;
	uint64_t chunk;
	uint64_t found;
	uint64_t wanted;
};

#define THIN_PACK_ISSUE_TEXT_MAX 160

/* Puts @i into words, without a newline; returns @text. */
char *thin_pack_issue_text(const struct thin_pack_issue *i, char text[THIN_PACK_ISSUE_TEXT_MAX]);

/*
 * Packs what is on @e and writes it to @fd.  What cannot be read is counted in
 * @rep and marked in the pack.  The pack is the same for any number of threads.
 * 0; -EOVERFLOW for more than 1 TiB, which nothing is written of; -ENOMEM, or
 * what writing gave.
 */
int thin_pack(struct engine *e, int fd, const struct thin_pack_opts *o,
	      struct thin_pack_report *rep);

struct thin_unpacker;

/*
 * Reads how a pack begins.  @fd may be a pipe and must stay open.  0 and *@u,
 * which thin_unpack_free() takes; -EUCLEAN with @i; -ENOMEM, or what reading
 * gave.
 */
int thin_unpack_new(struct thin_unpacker **u, int fd, struct thin_pack_issue *i);
void thin_unpack_free(struct thin_unpacker *u);

/* How many blocks the device had, and what there is goes to has to have. */
uint64_t thin_unpack_nr_blocks(const struct thin_unpacker *u);

/*
 * Unpacks to @e, or only looks whether all is well if it is NULL; once.  With
 * @is_blank @e has nothing but zeroes.  Otherwise the superblock goes first,
 * and in any case it comes last, behind a flush: there is never one above
 * blocks that are not there.
 *
 * 0; -EUCLEAN with @i: what is on @e has no superblock, unless o->partial is
 * set, which leaves there everything that could be unpacked; -ENOMEM, or what
 * reading or writing gave.
 */
int thin_unpack(struct thin_unpacker *u, struct engine *e, bool is_blank,
		const struct thin_pack_opts *o, struct thin_pack_report *rep,
		struct thin_pack_issue *i);

#ifdef __cplusplus
}
#endif

#endif
