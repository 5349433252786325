/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/xml_write.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fdio.h"
#include "thin/xml_emit.h"

enum {
	SIZE = 1 << 20,
	RUNS = 1024,		/* at once: their text fits */
};

_Static_assert(RUNS * DUMP_RUN_MAX <= SIZE, "room for runs");

int xml_write_init(struct xml_write *w, int fd)
{
	*w = (struct xml_write){ .fd = fd, .buffer = malloc(SIZE) };
	return w->buffer ? 0 : -ENOMEM;
}

void xml_write_exit(struct xml_write *w)
{
	free(w->buffer);
}

static int write_out(struct xml_write *w)
{
	size_t len = w->used;

	w->used = 0;
	return fdio_write(w->fd, w->buffer, len);
}

/* Where @len bytes may go. */
static int make_room(struct xml_write *w, size_t len, char **to)
{
	int r = w->used + len > SIZE ? write_out(w) : 0;

	*to = w->buffer + w->used;
	return r;
}

static void wrote(struct xml_write *w, const char *end)
{
	w->used = (size_t)(end - w->buffer);
}

static int pool_begin(void *arg, const struct thin_pool *pool)
{
	char *to;
	int r = make_room(arg, DUMP_EVENT_MAX, &to);

	if (!r)
		wrote(arg, xml_emit_format.pool_begin(to, pool));
	return r;
}

static int pool_end(void *arg)
{
	char *to;
	int r = make_room(arg, DUMP_EVENT_MAX, &to);

	if (!r)
		wrote(arg, xml_emit_format.pool_end(to));
	return r ? r : write_out(arg);
}

static int def_begin(void *arg, uint64_t id)
{
	char *to;
	int r = make_room(arg, DUMP_EVENT_MAX, &to);

	if (!r)
		wrote(arg, xml_emit_format.def_begin(to, id));
	return r;
}

static int def_end(void *arg)
{
	char *to;
	int r = make_room(arg, DUMP_EVENT_MAX, &to);

	if (!r)
		wrote(arg, xml_emit_format.def_end(to));
	return r;
}

static int device_begin(void *arg, const struct thin_device *device)
{
	char *to;
	int r = make_room(arg, DUMP_EVENT_MAX, &to);

	if (!r)
		wrote(arg, xml_emit_format.device_begin(to, device));
	return r;
}

static int device_end(void *arg)
{
	char *to;
	int r = make_room(arg, DUMP_EVENT_MAX, &to);

	if (!r)
		wrote(arg, xml_emit_format.device_end(to));
	return r;
}

static int ref(void *arg, uint64_t id)
{
	char *to;
	int r = make_room(arg, DUMP_EVENT_MAX, &to);

	if (!r)
		wrote(arg, xml_emit_format.ref(to, id));
	return r;
}

static int runs(void *arg, const struct thin_run *run, size_t nr)
{
	int r = 0;

	while (nr && !r) {
		size_t here = nr < RUNS ? nr : RUNS;
		char *to;

		r = make_room(arg, here * DUMP_RUN_MAX, &to);
		if (!r)
			wrote(arg, xml_emit_format.runs(to, run, here));
		run += here;
		nr -= here;
	}
	return r;
}

const struct thin_emit xml_write_emit = {
	.pool_begin = pool_begin,
	.def_begin = def_begin,
	.def_end = def_end,
	.device_begin = device_begin,
	.device_end = device_end,
	.ref = ref,
	.runs = runs,
	.pool_end = pool_end,
};
