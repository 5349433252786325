/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "thin/human.h"
#include "thin/load.h"
#include "thin/xml_emit.h"

/* In front of a text there is room for the lead, which is known last. */
#define LEAD_ROOM ((size_t)2 * DUMP_RUN_MAX)

/* What one worker has to write. */
struct text {
	char *buffer;
	size_t size;
	char *end;
};

struct dump {
	const struct dump_format *format;
	int fd;
	struct text *texts;		/* one for each worker */
};

static int make_room(struct text *t, const struct load_batch *b)
{
	size_t want = LEAD_ROOM + (b->end - b->begin + 1) * DUMP_RUN_MAX +
		b->nr_events * DUMP_EVENT_MAX;

	if (want > t->size) {
		free(t->buffer);
		t->buffer = malloc(want);
		t->size = t->buffer ? want : 0;
	}
	t->end = t->buffer + LEAD_ROOM;
	return t->buffer ? 0 : -ENOMEM;
}

static char *put_event(const struct dump_format *f, char *to, const struct load_batch *b,
		       const struct load_event *event)
{
	switch (event->kind) {
	case SCRIPT_POOL_BEGIN:
		return f->pool_begin(to, b->pool);
	case SCRIPT_DEF_BEGIN:
		return f->def_begin(to, event->value);
	case SCRIPT_DEF_END:
		return f->def_end(to);
	case SCRIPT_DEVICE_BEGIN:
		return f->device_begin(to, &b->devices[event->value]);
	case SCRIPT_DEVICE_END:
		return f->device_end(to);
	case SCRIPT_REF:
		return f->ref(to, event->value);
	case SCRIPT_POOL_END:
		return f->pool_end(to);
	default:
		return to;
	}
}

static int prepare(void *arg, unsigned worker, const struct load_batch *b)
{
	const struct dump *d = arg;
	struct text *t = &d->texts[worker];
	size_t run = b->begin;
	int r = make_room(t, b);

	if (r)
		return r;
	for (size_t i = 0; i < b->nr_events; i++) {
		const struct load_event *event = &b->events[i];

		if (event->run > run) {
			t->end = d->format->runs(t->end, b->runs + run, event->run - run);
			run = event->run;
		}
		t->end = put_event(d->format, t->end, b, event);
	}
	t->end = d->format->runs(t->end, b->runs + run, b->end - run);
	return 0;
}

/* Puts the lead right before the text, so that one write does for both. */
static int commit(void *arg, unsigned worker, const struct load_batch *b)
{
	const struct dump *d = arg;
	struct text *t = &d->texts[worker];
	char lead[LEAD_ROOM];
	size_t len = (size_t)(d->format->runs(lead, b->lead, b->nr_lead) - lead);
	char *begin = t->buffer + LEAD_ROOM - len;
	int r;

	memcpy(begin, lead, len);
	r = fdio_write(d->fd, begin, (size_t)(t->end - begin));
	t->end = t->buffer + LEAD_ROOM;
	return r;
}

static const struct dump_format *const formats[] = {
	[THIN_DUMP_XML] = &xml_emit_format,
	[THIN_DUMP_HUMAN] = &human_format,
};

int thin_dump(struct engine *e, int fd, enum thin_dump_format format,
	      const struct thin_load_opts *o, struct fault *f)
{
	static const struct load_visitor visitor = { .prepare = prepare, .commit = commit };
	struct dump d = { .format = formats[format], .fd = fd };
	unsigned nr_threads = load_nr_threads(o);
	int r;

	d.texts = alloc_array(nr_threads, sizeof(*d.texts));
	if (!d.texts)
		return -ENOMEM;
	r = load_visit(e, o, &visitor, &d, f);
	for (unsigned i = 0; i < nr_threads; i++)
		free(d.texts[i].buffer);
	free(d.texts);
	return r;
}
