/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads any bytes as a stream, as they are and with the chain sealed again, and
 * holds what is accepted against what the reader promises.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/le.h"
#include "thin/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const struct wire_reader *r, const struct wire_record *rec,
			 uint64_t *position)
{
	uint64_t end = rec->position + rec->length;

	assert(rec->type > 0 && rec->type < THIN_STREAM_TYPES);
	assert(end >= rec->position && end <= r->header.device_size);
	if (rec->type == THIN_STREAM_HEADER) {
		*position = r->header.begin;
	} else if (rec->type >= THIN_STREAM_DATA && rec->type <= THIN_STREAM_SAME) {
		assert(rec->position == *position && rec->length);
		*position = end;
	}
	if (rec->type == THIN_STREAM_DATA) {
		assert(rec->length <= THIN_STREAM_DATA_MAX);
		assert(wire_csum(rec->content, rec->length) == rec->csum);
	}
	if (rec->type == THIN_STREAM_END)
		assert(*position == r->header.device_size);
}

static void read_all(const uint8_t *data, size_t size)
{
	int fd = memfd_create("stream", MFD_CLOEXEC), e;
	char text[WIRE_ISSUE_TEXT_MAX];
	struct wire_record rec;
	uint64_t position = 0;
	struct wire_reader r;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) ||
	    wire_reader_init(&r, fd))
		abort();
	do {
		e = wire_read(&r, &rec);
		if (!e)
			check_record(&r, &rec, &position);
	} while (!e && rec.type != THIN_STREAM_END && rec.type != THIN_STREAM_ABORT);
	if (e)
		assert(strlen(wire_issue_text(&r.issue, text)) < sizeof(text));
	wire_reader_exit(&r);
	close(fd);
}

/* The checksum of what a payload inflates to. */
static uint32_t content_csum(const struct thin_stream_record_disk *d, const uint8_t *payload,
			     uint32_t stored)
{
	static uint8_t content[THIN_STREAM_DATA_MAX];
	uLongf len = sizeof(content);

	if (!(le32_to_cpu(d->flags) & THIN_STREAM_DEFLATED))
		return wire_csum(payload, stored);
	return uncompress(content, &len, payload, stored) ? 0 : wire_csum(content, len);
}

static void reseal(uint8_t *data, size_t size)
{
	struct thin_stream_record_disk d;
	struct wire_chain c;

	wire_chain_init(&c);
	for (size_t at = 0; size - at >= sizeof(d);) {
		uint8_t *payload = data + at + sizeof(d);
		size_t left = size - at - sizeof(d);
		uint32_t stored;

		memcpy(&d, data + at, sizeof(d));
		stored = le32_to_cpu(d.stored) < left ? le32_to_cpu(d.stored) : (uint32_t)left;
		if (le32_to_cpu(d.type) == THIN_STREAM_END &&
		    stored >= sizeof(struct thin_stream_end_disk))
			digest_get(&c.digest, payload + offsetof(struct thin_stream_end_disk,
								 digest));
		d.payload_csum = cpu_to_le32(wire_csum(payload, stored));
		if (le32_to_cpu(d.type) == THIN_STREAM_DATA)
			d.content_csum = cpu_to_le32(content_csum(&d, payload, stored));
		wire_chain_seal(&c, &d);
		memcpy(data + at, &d, sizeof(d));
		at += sizeof(d) + stored;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	read_all(data, size);
	reseal(copy, size);
	read_all(copy, size);
	free(copy);
	return 0;
}
