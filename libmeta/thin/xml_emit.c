/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/xml_emit.h"

#include "xml/xml_out.h"

/* The longest run that there is but for its numbers. */
#define RANGE "    <range_mapping origin_begin=\"\" data_begin=\"\" length=\"\" time=\"\"/>\n"

_Static_assert(sizeof(RANGE) + 4 * DECIMAL_MAX + XML_SLACK <= DUMP_RUN_MAX, "room for a run");

static char *pool_begin(char *to, const struct thin_pool *p)
{
	to = xml_begin(to, 0, "superblock");
	to = xml_attr_empty(to, "uuid");
	to = xml_attr_u64(to, "time", p->time);
	to = xml_attr_u64(to, "transaction", p->transaction_id);
	to = xml_attr_u64(to, "flags", p->flags);
	to = xml_attr_u64(to, "version", p->version);
	to = xml_attr_u64(to, "data_block_size", p->data_block_size);
	to = xml_attr_u64(to, "nr_data_blocks", p->nr_data_blocks);
	return xml_content(to);
}

static char *pool_end(char *to)
{
	return xml_end(to, 0, "superblock");
}

static char *def_begin(char *to, uint64_t id)
{
	return xml_content(xml_attr_u64(xml_begin(to, 1, "def"), "name", id));
}

static char *def_end(char *to)
{
	return xml_end(to, 1, "def");
}

static char *device_begin(char *to, const struct thin_device *d)
{
	to = xml_begin(to, 1, "device");
	to = xml_attr_u64(to, "dev_id", d->dev_id);
	to = xml_attr_u64(to, "mapped_blocks", d->mapped_blocks);
	to = xml_attr_u64(to, "transaction", d->transaction_id);
	to = xml_attr_u64(to, "creation_time", d->creation_time);
	to = xml_attr_u64(to, "snap_time", d->snapshotted_time);
	return xml_content(to);
}

static char *device_end(char *to)
{
	return xml_end(to, 1, "device");
}

static char *ref(char *to, uint64_t id)
{
	return xml_empty(xml_attr_u64(xml_begin(to, 2, "ref"), "name", id));
}

static inline char *single(char *to, const struct thin_run *r)
{
	to = xml_begin(to, 2, "single_mapping");
	to = xml_attr_u64(to, "origin_block", r->thin_begin);
	to = xml_attr_u64(to, "data_block", r->data_begin);
	to = xml_attr_u64(to, "time", r->time);
	return xml_empty(to);
}

static inline char *range(char *to, const struct thin_run *r)
{
	to = xml_begin(to, 2, "range_mapping");
	to = xml_attr_u64(to, "origin_begin", r->thin_begin);
	to = xml_attr_u64(to, "data_begin", r->data_begin);
	to = xml_attr_u64(to, "length", r->length);
	to = xml_attr_u64(to, "time", r->time);
	return xml_empty(to);
}

static char *runs(char *to, const struct thin_run *r, size_t nr)
{
	for (; nr; nr--, r++)
		to = r->length == 1 ? single(to, r) : range(to, r);
	return to;
}

const struct dump_format xml_emit_format = {
	.pool_begin = pool_begin,
	.pool_end = pool_end,
	.def_begin = def_begin,
	.def_end = def_end,
	.device_begin = device_begin,
	.device_end = device_end,
	.ref = ref,
	.runs = runs,
};
