/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/human.h"

#include "xml/decimal.h"

/* "name: value" on a line. */
static char *line(char *to, const char *name, uint64_t value)
{
	to = text_put(text_put(to, name), ": ");
	return text_put(decimal_put(to, value), "\n");
}

static char *item(char *to, uint64_t value)
{
	return decimal_put(text_put(to, ", "), value);
}

static char *pool_begin(char *to, const struct thin_pool *p)
{
	to = text_put(to, "begin superblock: \"\"");
	to = item(to, p->time);
	to = item(to, p->transaction_id);
	to = item(to, p->flags);
	to = item(to, p->version);
	to = item(to, p->data_block_size);
	to = item(to, p->nr_data_blocks);
	if (p->metadata_snap)
		to = item(to, p->metadata_snap);
	return text_put(to, "\n");
}

static char *pool_end(char *to)
{
	return text_put(to, "end superblock\n");
}

static char *def_begin(char *to, uint64_t id)
{
	return line(to, "def", id);
}

static char *device_begin(char *to, const struct thin_device *d)
{
	to = line(to, "device", d->dev_id);
	to = line(to, "mapped_blocks", d->mapped_blocks);
	to = line(to, "transaction", d->transaction_id);
	to = line(to, "creation time", d->creation_time);
	return line(to, "snap time", d->snapshotted_time);
}

/* Of a definition as well. */
static char *empty_line(char *to)
{
	return text_put(to, "\n");
}

static char *ref(char *to, uint64_t id)
{
	return line(text_put(to, "    "), "ref", id);
}

static char *range(char *to, uint64_t begin, uint64_t length)
{
	to = decimal_put(text_put(to, "("), begin);
	to = decimal_put(text_put(to, ".."), begin + length - 1);
	return text_put(to, ")");
}

static char *runs(char *to, const struct thin_run *r, size_t nr)
{
	for (; nr; nr--, r++) {
		to = range(text_put(to, "    "), r->thin_begin, r->length);
		to = range(text_put(to, " -> "), r->data_begin, r->length);
		to = text_put(item(to, r->time), "\n");
	}
	return to;
}

const struct dump_format human_format = {
	.pool_begin = pool_begin,
	.pool_end = pool_end,
	.def_begin = def_begin,
	.def_end = empty_line,
	.device_begin = device_begin,
	.device_end = empty_line,
	.ref = ref,
	.runs = runs,
};
