/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire - streams of thin_send, record by record: see meta/thin_stream.h for the
 * bytes.
 *
 * The reader judges all of it before it hands anything out: each record is
 * unchanged, in its place, of this stream and legal there.  What is allocated
 * does not depend on the stream.
 */
#ifndef THIN_WIRE_H
#define THIN_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "meta/thin_stream.h"

/* The header in the order of this machine. */
struct wire_header {
	uint32_t flags;
	uint8_t id[DIGEST_SIZE];
	uint8_t to[DIGEST_SIZE];
	uint8_t from[DIGEST_SIZE];
	uint32_t to_dev;
	uint32_t from_dev;
	uint64_t device_size;
	uint64_t begin;
	uint64_t data_bytes;
	uint32_t data_block_size;
	uint32_t pool_time;
	uint64_t transaction_id;
	uint64_t created;
	char pool[THIN_STREAM_NAME_MAX];
};

struct wire_record {
	enum thin_stream_type type;
	uint64_t position, length;
	uint32_t csum;			/* of content */
	/* Both stay good until the next call. */
	const void *content;		/* of data; aligned to pages */
	const __le32 *proofs;		/* one for each grain */
};

/* Bytes of the device in records of each type. */
struct wire_totals {
	uint64_t bytes[THIN_STREAM_TYPES];
	uint64_t nr_records;
};

/*
 * What is wrong with a stream.  In a message {f} and {w} are the numbers found
 * and wanted.
 */
#define WIRE_ISSUES(X) \
	X(NO_STREAM, "is no stream of thin_send") \
	X(TRUNCATED, "ends in the middle; what follows is missing") \
	X(MAGIC, "found {f} where a record begins, wanted {w}; bytes are lost or changed") \
	X(HEAD_CSUM, "wrong checksum: bytes were changed, or the record is not the next one " \
	  "of this stream") \
	X(PAYLOAD_CSUM, "wrong checksum of the payload: bytes were changed") \
	X(CONTENT_CSUM, "wrong checksum of the content") \
	X(DEFLATED, "found compressed content that is damaged") \
	X(SEQUENCE, "is record {f}, wanted {w}") \
	X(TYPE, "found a record of type {f}, wanted one of those known") \
	X(UNUSED, "found flags or fields in use that are not known") \
	X(PLACE, "found a record of type {f} where none may be") \
	X(POSITION, "found position {f}, wanted {w}") \
	X(GRAIN, "found position {f}, wanted a multiple of {w}") \
	X(LENGTH, "found {f} bytes, wanted 1 to {w}") \
	X(STORED, "found {f} bytes of payload, wanted {w}") \
	X(TOTALS, "the end counts {f} bytes, wanted {w}") \
	X(DIGEST, "the end has another digest than the records before it") \
	X(BEHIND, "found bytes behind the end, wanted none") \
	X(VERSION, "is a stream of version {f}, wanted {w}; a later thin_send made it") \
	X(SIZE, "found a device of {f} bytes, wanted whole sectors and at most {w}") \
	X(BLOCK_SIZE, "found data blocks of {f} sectors, wanted a multiple of {w}") \
	X(DEVICE, "found device id {f}, wanted at most {w}") \
	X(NAME, "found a name that does not end, or has odd characters")

enum wire_issue_code {
#define WIRE_ISSUE_ENUM(code, text) WIRE_##code,
	WIRE_ISSUES(WIRE_ISSUE_ENUM)
#undef WIRE_ISSUE_ENUM
	NR_WIRE_ISSUES
};

struct wire_issue {
	enum wire_issue_code code;
	uint64_t offset;		/* of the record in the stream, bytes */
	uint64_t found, wanted;
};

/* Enough for every issue in words. */
#define WIRE_ISSUE_TEXT_MAX 256

/* Puts @i into words, without newline; returns @text. */
char *wire_issue_text(const struct wire_issue *i, char text[WIRE_ISSUE_TEXT_MAX]);

/* What makes the chain: a record's place in it. */
struct wire_chain {
	uint32_t csum;
	struct digest digest;
	uint64_t sequence;
};

/* Begins; seals head @d, whose other fields are there; or judges the seal. */
void wire_chain_init(struct wire_chain *c);
void wire_chain_seal(struct wire_chain *c, struct thin_stream_record_disk *d);
bool wire_chain_is_next(struct wire_chain *c, const struct thin_stream_record_disk *d);

/* Checksums of a stream begin like this. */
uint32_t wire_csum(const void *data, size_t len);

/* ---- Reading */

struct wire_reader {
	int fd;
	char *buffer;			/* read and not taken: @fill bytes at @at */
	size_t at, fill;
	char *payload;
	char *content;
	uint64_t offset;		/* of the next byte to be taken */
	uint64_t record_offset;
	struct wire_chain chain;
	bool has_header, in_body, ended;
	struct wire_header header;	/* once has_header */
	uint64_t proofs_end;
	uint64_t position;		/* where the body is */
	struct wire_totals totals;
	struct wire_issue issue;
};

/* Reads @fd, which stays the caller's.  0 or -ENOMEM; wire_reader_exit() is due. */
int wire_reader_init(struct wire_reader *r, int fd);
void wire_reader_exit(struct wire_reader *r);

/* Begins again: @fd has been set back to the beginning of the stream. */
void wire_reader_rewind(struct wire_reader *r);

/*
 * Reads the next record; the first is the header, which is then in r->header.
 * After the end or an abort there are no more calls.  0, -EUCLEAN with
 * r->issue, or what reading gave.
 */
int wire_read(struct wire_reader *r, struct wire_record *record);

/* ---- Writing */

struct wire_writer {
	int fd;				/* -1: only counts */
	char *buffer;
	size_t fill;
	uint64_t written;		/* bytes */
	struct wire_chain chain;
	struct wire_totals totals;
	struct {			/* without payload, may go on */
		enum thin_stream_type type;	/* 0: nothing */
		uint64_t position, length;
	} pending;
};

/* A piece of a device, ready to be sent. */
struct wire_data {
	uint64_t position, length;
	uint32_t csum;			/* of the content */
	const void *payload;
	uint32_t stored;
	uint32_t payload_csum;
	bool deflated;
};

/* Writes to @fd, which stays the caller's.  0 or -ENOMEM; wire_writer_exit() is due. */
int wire_writer_init(struct wire_writer *w, int fd);
void wire_writer_exit(struct wire_writer *w);

/*
 * Each adds to the stream.  wire_put_run() is for what has no payload; what
 * goes on where the one before has ended becomes one record with it.
 * wire_put_end() and wire_put_abort() also send everything that waits.  0, or
 * what writing gave.
 */
int wire_put_header(struct wire_writer *w, const struct wire_header *h);
int wire_put_proofs(struct wire_writer *w, uint64_t position, uint64_t length,
		    const __le32 *proofs);
int wire_put_data(struct wire_writer *w, const struct wire_data *d);
int wire_put_run(struct wire_writer *w, enum thin_stream_type type, uint64_t position,
		 uint64_t length);
int wire_put_end(struct wire_writer *w, uint64_t device_size);
int wire_put_abort(struct wire_writer *w);

#endif
