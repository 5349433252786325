/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "base/le.h"
#include "thin/wire.h"

/* Small records wait here for others. */
#define BUFFER_SIZE 65536u

int wire_writer_init(struct wire_writer *w, int fd)
{
	*w = (struct wire_writer){ .fd = fd };
	wire_chain_init(&w->chain);
	w->buffer = malloc(BUFFER_SIZE);
	return w->buffer ? 0 : -ENOMEM;
}

void wire_writer_exit(struct wire_writer *w)
{
	free(w->buffer);
}

static int flush(struct wire_writer *w, const void *more, size_t len)
{
	struct iovec v[2] = {
		{ w->buffer, w->fill }, { (void *)(uintptr_t)more, len },
	};

	w->written += w->fill + len;
	w->fill = 0;
	return w->fd < 0 ? 0 : fdio_writev(w->fd, v, len ? 2 : 1);
}

static int add(struct wire_writer *w, const void *data, size_t len)
{
	int r = 0;

	if (len > BUFFER_SIZE - w->fill)
		r = flush(w, NULL, 0);
	if (r)
		return r;
	if (len > BUFFER_SIZE / 4)
		return flush(w, data, len);
	memcpy(w->buffer + w->fill, data, len);
	w->fill += len;
	return 0;
}

static int put(struct wire_writer *w, struct thin_stream_record_disk *d, const void *payload)
{
	uint32_t stored = le32_to_cpu(d->stored);
	int r;

	w->totals.bytes[le32_to_cpu(d->type)] += le64_to_cpu(d->length);
	w->totals.nr_records++;
	wire_chain_seal(&w->chain, d);
	r = add(w, d, sizeof(*d));
	return r || !stored ? r : add(w, payload, stored);
}

static int put_payload(struct wire_writer *w, enum thin_stream_type type, uint64_t position,
		       uint64_t length, const void *payload, uint32_t stored)
{
	struct thin_stream_record_disk d = {
		.type = cpu_to_le32(type), .position = cpu_to_le64(position),
		.length = cpu_to_le64(length), .stored = cpu_to_le32(stored),
		.payload_csum = cpu_to_le32(wire_csum(payload, stored)),
	};

	return put(w, &d, payload);
}

static int put_pending(struct wire_writer *w)
{
	struct thin_stream_record_disk d = {
		.type = cpu_to_le32(w->pending.type),
		.position = cpu_to_le64(w->pending.position),
		.length = cpu_to_le64(w->pending.length),
		.payload_csum = cpu_to_le32(~0u),
	};

	if (!w->pending.type)
		return 0;
	w->pending.type = 0;
	return put(w, &d, NULL);
}

int wire_put_header(struct wire_writer *w, const struct wire_header *h)
{
	struct thin_stream_header_disk d = {
		.version = cpu_to_le32(THIN_STREAM_VERSION), .flags = cpu_to_le32(h->flags),
		.to_dev = cpu_to_le32(h->to_dev), .from_dev = cpu_to_le32(h->from_dev),
		.device_size = cpu_to_le64(h->device_size), .begin = cpu_to_le64(h->begin),
		.data_bytes = cpu_to_le64(h->data_bytes),
		.data_block_size = cpu_to_le32(h->data_block_size),
		.pool_time = cpu_to_le32(h->pool_time),
		.transaction_id = cpu_to_le64(h->transaction_id),
		.created = cpu_to_le64(h->created),
	};

	memcpy(d.id, h->id, sizeof(d.id));
	memcpy(d.to, h->to, sizeof(d.to));
	memcpy(d.from, h->from, sizeof(d.from));
	memcpy(d.pool, h->pool, strnlen(h->pool, sizeof(d.pool) - 1));
	return put_payload(w, THIN_STREAM_HEADER, 0, 0, &d, sizeof(d));
}

int wire_put_proofs(struct wire_writer *w, uint64_t position, uint64_t length,
		    const __le32 *proofs)
{
	uint64_t nr = (length + THIN_STREAM_GRAIN - 1) / THIN_STREAM_GRAIN;
	int r = put_pending(w);

	return r ? r : put_payload(w, THIN_STREAM_PROOFS, position, length, proofs,
				   (uint32_t)(nr * sizeof(*proofs)));
}

int wire_put_data(struct wire_writer *w, const struct wire_data *data)
{
	struct thin_stream_record_disk d = {
		.type = cpu_to_le32(THIN_STREAM_DATA), .position = cpu_to_le64(data->position),
		.length = cpu_to_le64(data->length), .stored = cpu_to_le32(data->stored),
		.flags = cpu_to_le32(data->deflated ? THIN_STREAM_DEFLATED : 0),
		.content_csum = cpu_to_le32(data->csum),
		.payload_csum = cpu_to_le32(data->payload_csum),
	};
	int r = put_pending(w);

	return r ? r : put(w, &d, data->payload);
}

int wire_put_run(struct wire_writer *w, enum thin_stream_type type, uint64_t position,
		 uint64_t length)
{
	int r;

	if (w->pending.type == type && w->pending.position + w->pending.length == position) {
		w->pending.length += length;
		return 0;
	}
	r = put_pending(w);
	w->pending.type = type;
	w->pending.position = position;
	w->pending.length = length;
	return r;
}

int wire_put_end(struct wire_writer *w, uint64_t device_size)
{
	struct thin_stream_end_disk d = { .nr_records = 0 };
	int r = put_pending(w);

	if (r)
		return r;
	d.nr_records = cpu_to_le64(w->totals.nr_records);
	d.data_bytes = cpu_to_le64(w->totals.bytes[THIN_STREAM_DATA]);
	d.zero_bytes = cpu_to_le64(w->totals.bytes[THIN_STREAM_ZERO]);
	d.hole_bytes = cpu_to_le64(w->totals.bytes[THIN_STREAM_HOLE]);
	d.same_bytes = cpu_to_le64(w->totals.bytes[THIN_STREAM_SAME]);
	digest_get(&w->chain.digest, d.digest);
	r = put_payload(w, THIN_STREAM_END, device_size, 0, &d, sizeof(d));
	return r ? r : flush(w, NULL, 0);
}

int wire_put_abort(struct wire_writer *w)
{
	struct thin_stream_record_disk d = {
		.type = cpu_to_le32(THIN_STREAM_ABORT), .payload_csum = cpu_to_le32(~0u),
	};
	int r = put_pending(w);

	if (!r)
		r = put(w, &d, NULL);
	return r ? r : flush(w, NULL, 0);
}
