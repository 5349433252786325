/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/le.h"
#include "meta/format.h"
#include "thin/wire.h"

#define BUFFER_SIZE 65536u

int wire_reader_init(struct wire_reader *r, int fd)
{
	*r = (struct wire_reader){ .fd = fd };
	wire_chain_init(&r->chain);
	r->buffer = malloc(BUFFER_SIZE);
	r->payload = alloc_blocks(THIN_STREAM_DATA_MAX / META_BLOCK_SIZE);
	r->content = alloc_blocks(THIN_STREAM_DATA_MAX / META_BLOCK_SIZE);
	return r->buffer && r->payload && r->content ? 0 : -ENOMEM;
}

void wire_reader_exit(struct wire_reader *r)
{
	free(r->buffer);
	free(r->payload);
	free(r->content);
}

void wire_reader_rewind(struct wire_reader *r)
{
	struct wire_reader old = *r;

	*r = (struct wire_reader){
		.fd = old.fd, .buffer = old.buffer, .payload = old.payload,
		.content = old.content,
	};
	wire_chain_init(&r->chain);
}

static int issue(struct wire_reader *r, enum wire_issue_code code, uint64_t found,
		 uint64_t wanted)
{
	r->issue = (struct wire_issue){
		.code = code, .offset = r->record_offset, .found = found, .wanted = wanted,
	};
	return -EUCLEAN;
}

/* Takes @len bytes; what is large goes past the buffer. */
static int take(struct wire_reader *r, void *to, size_t len)
{
	while (len) {
		size_t n = r->fill < len ? r->fill : len;
		ssize_t got;

		memcpy(to, r->buffer + r->at, n);
		to = (char *)to + n;
		r->at += n;
		r->fill -= n;
		len -= n;
		r->offset += n;
		if (!len)
			return 0;
		if (len >= BUFFER_SIZE) {
			got = fdio_read_some(r->fd, to, len);
			if (got > 0) {
				to = (char *)to + got;
				len -= (size_t)got;
				r->offset += (uint64_t)got;
			}
		} else {
			r->at = 0;
			got = fdio_read_some(r->fd, r->buffer, BUFFER_SIZE);
			r->fill = got > 0 ? (size_t)got : 0;
		}
		if (got <= 0)
			return got ? (int)got : issue(r, WIRE_TRUNCATED, 0, 0);
	}
	return 0;
}

/* The head, as far as every type has it. */
static int read_head(struct wire_reader *r, struct thin_stream_record_disk *d)
{
	uint64_t sequence = r->chain.sequence;
	int e = take(r, d, sizeof(*d));

	if (e == -EUCLEAN && !r->has_header)
		return issue(r, WIRE_NO_STREAM, 0, 0);
	if (e)
		return e;
	if (le32_to_cpu(d->magic) != THIN_STREAM_MAGIC)
		return issue(r, r->has_header ? WIRE_MAGIC : WIRE_NO_STREAM,
			     le32_to_cpu(d->magic), THIN_STREAM_MAGIC);
	if (!wire_chain_is_next(&r->chain, d))
		return issue(r, WIRE_HEAD_CSUM, 0, 0);
	if (le64_to_cpu(d->sequence) != sequence)
		return issue(r, WIRE_SEQUENCE, le64_to_cpu(d->sequence), sequence);
	if (!le32_to_cpu(d->type) || le32_to_cpu(d->type) >= THIN_STREAM_TYPES)
		return issue(r, WIRE_TYPE, le32_to_cpu(d->type), 0);
	if (le32_to_cpu(d->unused) || le32_to_cpu(d->flags) & ~(uint32_t)THIN_STREAM_DEFLATED ||
	    (le32_to_cpu(d->type) != THIN_STREAM_DATA &&
	     (le32_to_cpu(d->flags) || le32_to_cpu(d->content_csum))))
		return issue(r, WIRE_UNUSED, 0, 0);
	return 0;
}

/* Whether a record of this type may be here. */
static bool is_in_place(const struct wire_reader *r, enum thin_stream_type type)
{
	bool incremental = r->header.flags & THIN_STREAM_INCREMENTAL;

	switch (type) {
	case THIN_STREAM_HEADER:
		return !r->has_header;
	case THIN_STREAM_PROOFS:
	case THIN_STREAM_ZERO_PROOF:
		return r->has_header && incremental && !r->in_body;
	case THIN_STREAM_SAME:
		return r->has_header && incremental;
	default:
		return r->has_header;
	}
}

/* Where a range begins and ends, of what begins at @least or exactly there. */
static int judge_range(struct wire_reader *r, const struct wire_record *rec, uint64_t least,
		       bool exactly, uint64_t most)
{
	uint64_t size = r->header.device_size, end;

	if (rec->position < least || (exactly && rec->position > least))
		return issue(r, WIRE_POSITION, rec->position, least);
	if (rec->position % THIN_STREAM_GRAIN)
		return issue(r, WIRE_GRAIN, rec->position, THIN_STREAM_GRAIN);
	if (rec->position >= size)
		return issue(r, WIRE_POSITION, rec->position, size);
	most = size - rec->position < most ? size - rec->position : most;
	if (!rec->length || rec->length > most)
		return issue(r, WIRE_LENGTH, rec->length, most);
	end = rec->position + rec->length;
	if (end != size && end % THIN_STREAM_GRAIN)
		return issue(r, WIRE_GRAIN, end, THIN_STREAM_GRAIN);
	return 0;
}

static int judge_place(struct wire_reader *r, const struct wire_record *rec)
{
	const uint64_t proofs_most = (uint64_t)THIN_STREAM_PROOFS_MAX * THIN_STREAM_GRAIN;

	switch (rec->type) {
	case THIN_STREAM_PROOFS:
		return judge_range(r, rec, r->proofs_end, false, proofs_most);
	case THIN_STREAM_ZERO_PROOF:
		return judge_range(r, rec, r->proofs_end, false, UINT64_MAX);
	case THIN_STREAM_DATA:
		return judge_range(r, rec, r->position, true, THIN_STREAM_DATA_MAX);
	case THIN_STREAM_ZERO:
	case THIN_STREAM_HOLE:
	case THIN_STREAM_SAME:
		return judge_range(r, rec, r->position, true, UINT64_MAX);
	case THIN_STREAM_END:
		if (r->position != r->header.device_size ||
		    rec->position != r->header.device_size)
			return issue(r, WIRE_POSITION, rec->position, r->position);
		break;
	default:
		if (rec->position)
			return issue(r, WIRE_POSITION, rec->position, 0);
	}
	return rec->length ? issue(r, WIRE_LENGTH, rec->length, 0) : 0;
}

static int judge_stored(struct wire_reader *r, const struct wire_record *rec, uint32_t stored,
			bool deflated)
{
	uint64_t wanted = 0;

	if (rec->type == THIN_STREAM_HEADER)
		wanted = sizeof(struct thin_stream_header_disk);
	else if (rec->type == THIN_STREAM_END)
		wanted = sizeof(struct thin_stream_end_disk);
	else if (rec->type == THIN_STREAM_PROOFS)
		wanted = (rec->length + THIN_STREAM_GRAIN - 1) / THIN_STREAM_GRAIN *
			sizeof(__le32);
	else if (rec->type == THIN_STREAM_DATA)
		wanted = rec->length;
	if (deflated ? stored && stored < wanted : stored == wanted)
		return 0;
	return issue(r, WIRE_STORED, stored, wanted);
}

static int inflate_content(struct wire_reader *r, const struct wire_record *rec, uint32_t stored)
{
	z_stream z = {
		.next_in = (void *)r->payload, .avail_in = stored,
		.next_out = (void *)r->content, .avail_out = (uInt)rec->length,
	};
	int e = inflateInit(&z);

	if (e != Z_OK)
		return -ENOMEM;
	e = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (e == Z_MEM_ERROR)
		return -ENOMEM;
	if (e != Z_STREAM_END || z.avail_in || z.avail_out)
		return issue(r, WIRE_DEFLATED, 0, 0);
	return 0;
}

static int read_payload(struct wire_reader *r, const struct thin_stream_record_disk *d,
			struct wire_record *rec)
{
	uint32_t stored = le32_to_cpu(d->stored);
	bool deflated = le32_to_cpu(d->flags) & THIN_STREAM_DEFLATED;
	int e = judge_stored(r, rec, stored, deflated);

	if (!e)
		e = take(r, r->payload, stored);
	if (e)
		return e;
	if (wire_csum(r->payload, stored) != le32_to_cpu(d->payload_csum))
		return issue(r, WIRE_PAYLOAD_CSUM, 0, 0);
	if (rec->type == THIN_STREAM_PROOFS)
		rec->proofs = (const void *)r->payload;
	if (rec->type != THIN_STREAM_DATA)
		return 0;
	rec->csum = le32_to_cpu(d->content_csum);
	rec->content = deflated ? r->content : r->payload;
	if (deflated)
		e = inflate_content(r, rec, stored);
	if (e)
		return e;
	if (deflated ? wire_csum(r->content, rec->length) != rec->csum :
		       d->content_csum != d->payload_csum)
		return issue(r, WIRE_CONTENT_CSUM, 0, 0);
	return 0;
}

static bool is_zero(const uint8_t id[DIGEST_SIZE])
{
	static const uint8_t zeroes[DIGEST_SIZE];

	return !memcmp(id, zeroes, DIGEST_SIZE);
}

static bool is_name(const char name[THIN_STREAM_NAME_MAX])
{
	size_t len = strnlen(name, THIN_STREAM_NAME_MAX);

	if (len == THIN_STREAM_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return true;
}

static int judge_header(struct wire_reader *r, const struct wire_header *h)
{
	bool incremental = h->flags & THIN_STREAM_INCREMENTAL;
	const uint32_t flags = THIN_STREAM_INCREMENTAL | THIN_STREAM_SIZE_GUESSED;

	if (h->flags & ~flags)
		return issue(r, WIRE_UNUSED, 0, 0);
	if (!incremental && (h->from_dev || !is_zero(h->from)))
		return issue(r, WIRE_UNUSED, 0, 0);
	if (h->to_dev > THIN_MAX_DEV_ID || h->from_dev > THIN_MAX_DEV_ID)
		return issue(r, WIRE_DEVICE, h->to_dev > h->from_dev ? h->to_dev : h->from_dev,
			     THIN_MAX_DEV_ID);
	if (h->device_size > THIN_STREAM_SIZE_MAX || h->device_size % META_SECTOR_SIZE)
		return issue(r, WIRE_SIZE, h->device_size, THIN_STREAM_SIZE_MAX);
	if (h->begin % THIN_STREAM_GRAIN && h->begin != h->device_size)
		return issue(r, WIRE_GRAIN, h->begin, THIN_STREAM_GRAIN);
	if (h->begin > h->device_size)
		return issue(r, WIRE_POSITION, h->begin, h->device_size);
	if (h->data_bytes > h->device_size)
		return issue(r, WIRE_TOTALS, h->data_bytes, h->device_size);
	if (!h->data_block_size || h->data_block_size % THIN_DATA_BLOCK_MIN ||
	    h->data_block_size > THIN_DATA_BLOCK_MAX)
		return issue(r, WIRE_BLOCK_SIZE, h->data_block_size, THIN_DATA_BLOCK_MIN);
	return is_name(h->pool) ? 0 : issue(r, WIRE_NAME, 0, 0);
}

static int take_header(struct wire_reader *r)
{
	const struct thin_stream_header_disk *d = (const void *)r->payload;
	struct wire_header h = {
		.flags = le32_to_cpu(d->flags), .to_dev = le32_to_cpu(d->to_dev),
		.from_dev = le32_to_cpu(d->from_dev),
		.device_size = le64_to_cpu(d->device_size), .begin = le64_to_cpu(d->begin),
		.data_bytes = le64_to_cpu(d->data_bytes),
		.data_block_size = le32_to_cpu(d->data_block_size),
		.pool_time = le32_to_cpu(d->pool_time),
		.transaction_id = le64_to_cpu(d->transaction_id),
		.created = le64_to_cpu(d->created),
	};
	int e;

	if (le32_to_cpu(d->version) != THIN_STREAM_VERSION)
		return issue(r, WIRE_VERSION, le32_to_cpu(d->version), THIN_STREAM_VERSION);
	memcpy(h.id, d->id, sizeof(h.id));
	memcpy(h.to, d->to, sizeof(h.to));
	memcpy(h.from, d->from, sizeof(h.from));
	memcpy(h.pool, d->pool, sizeof(h.pool));
	e = judge_header(r, &h);
	if (e)
		return e;
	r->header = h;
	r->has_header = true;
	r->position = h.begin;
	return 0;
}

static int judge_total(struct wire_reader *r, __le64 found, uint64_t wanted)
{
	return le64_to_cpu(found) == wanted ? 0 :
		issue(r, WIRE_TOTALS, le64_to_cpu(found), wanted);
}

/* @before is the digest of what came before the end. */
static int judge_end(struct wire_reader *r, const struct digest *before)
{
	const struct thin_stream_end_disk *d = (const void *)r->payload;
	const uint64_t *bytes = r->totals.bytes;
	uint8_t digest[DIGEST_SIZE];
	char behind;
	ssize_t n;

	if (judge_total(r, d->nr_records, r->totals.nr_records) ||
	    judge_total(r, d->data_bytes, bytes[THIN_STREAM_DATA]) ||
	    judge_total(r, d->zero_bytes, bytes[THIN_STREAM_ZERO]) ||
	    judge_total(r, d->hole_bytes, bytes[THIN_STREAM_HOLE]) ||
	    judge_total(r, d->same_bytes, bytes[THIN_STREAM_SAME]))
		return -EUCLEAN;
	digest_get(before, digest);
	if (memcmp(digest, d->digest, sizeof(digest)))
		return issue(r, WIRE_DIGEST, 0, 0);
	n = r->fill ? 1 : fdio_read_some(r->fd, &behind, 1);
	if (n)
		return n < 0 ? (int)n : issue(r, WIRE_BEHIND, 0, 0);
	return 0;
}

int wire_read(struct wire_reader *r, struct wire_record *rec)
{
	struct digest before = r->chain.digest;
	struct thin_stream_record_disk d;
	int e;

	r->record_offset = r->offset;
	e = read_head(r, &d);
	if (e)
		return e;
	*rec = (struct wire_record){
		.type = (enum thin_stream_type)le32_to_cpu(d.type),
		.position = le64_to_cpu(d.position), .length = le64_to_cpu(d.length),
	};
	if (!is_in_place(r, rec->type))
		return issue(r, WIRE_PLACE, rec->type, 0);
	e = judge_place(r, rec);
	if (!e)
		e = read_payload(r, &d, rec);
	if (!e && rec->type == THIN_STREAM_HEADER)
		e = take_header(r);
	if (!e && rec->type == THIN_STREAM_END)
		e = judge_end(r, &before);
	if (e)
		return e;
	if (rec->type == THIN_STREAM_PROOFS || rec->type == THIN_STREAM_ZERO_PROOF) {
		r->proofs_end = rec->position + rec->length;
	} else if (rec->type != THIN_STREAM_HEADER) {
		r->in_body = true;
		r->position += rec->length;
	}
	r->totals.bytes[rec->type] += rec->length;
	r->totals.nr_records++;
	return 0;
}
