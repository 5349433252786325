/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/engine.h"

struct engine_mem {
	struct engine engine;
	uint8_t *data;
};

static int mem_read(struct engine *e, void *data, size_t len, uint64_t offset)
{
	memcpy(data, ((struct engine_mem *)e)->data + offset, len);
	return 0;
}

static int mem_write(struct engine *e, const void *data, size_t len, uint64_t offset)
{
	memcpy(((struct engine_mem *)e)->data + offset, data, len);
	return 0;
}

static int mem_flush(struct engine *e)
{
	(void)e;
	return 0;
}

static int mem_close(struct engine *e)
{
	free(e);
	return 0;
}

static const struct engine_ops mem_ops = {
	.read = mem_read,
	.write = mem_write,
	.flush = mem_flush,
	.close = mem_close,
};

int engine_open_memory(struct engine **e, void *data, uint64_t size)
{
	struct engine_mem *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->engine = (struct engine){ .ops = &mem_ops, .size = size };
	m->data = data;
	*e = &m->engine;
	return 0;
}
