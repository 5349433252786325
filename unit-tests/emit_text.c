/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emit_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static int __attribute__((format(printf, 2, 3)))
add(void *arg, const char *format, ...)
{
	struct emit_text *t = arg;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->text + t->len, sizeof(t->text) - t->len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(t->text) - t->len)
		return -ENOSPC;
	t->len += (size_t)n;
	return 0;
}

static int pool_begin(void *arg, const struct thin_pool *pool)
{
	(void)pool;
	return add(arg, "pool");
}

static int def_begin(void *arg, uint64_t id)
{
	return add(arg, " def %" PRIu64 ":", id);
}

static int device_begin(void *arg, const struct thin_device *d)
{
	return add(arg, " dev %" PRIu32 ":", d->dev_id);
}

static int end(void *arg)
{
	return add(arg, " end");
}

static int ref(void *arg, uint64_t id)
{
	return add(arg, " ref %" PRIu64, id);
}

static int runs(void *arg, const struct thin_run *r, size_t nr)
{
	struct emit_text *t = arg;
	int error = 0;

	for (; !error && nr; nr--, r++) {
		t->latest = r->time > t->latest ? r->time : t->latest;
		error = add(arg, " %" PRIu64 "+%" PRIu64 ">%" PRIu64, r->thin_begin, r->length,
			    r->data_begin);
	}
	return error;
}

const struct thin_emit emit_text = {
	.pool_begin = pool_begin,
	.def_begin = def_begin,
	.def_end = end,
	.device_begin = device_begin,
	.device_end = end,
	.ref = ref,
	.runs = runs,
	.pool_end = end,
};
