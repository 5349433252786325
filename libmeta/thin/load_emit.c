/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What programs see of the reader: all calls made while a batch is committed. */
#include "thin/load.h"

struct caller {
	const struct thin_emit *emit;
	void *arg;
};

static int call_runs(const struct caller *c, const struct thin_run *runs, size_t nr)
{
	return nr && c->emit->runs ? c->emit->runs(c->arg, runs, nr) : 0;
}

static int call_event(const struct caller *c, const struct load_batch *b,
		      const struct load_event *event)
{
	const struct thin_emit *e = c->emit;

	switch (event->kind) {
	case SCRIPT_POOL_BEGIN:
		return e->pool_begin ? e->pool_begin(c->arg, b->pool) : 0;
	case SCRIPT_DEF_BEGIN:
		return e->def_begin ? e->def_begin(c->arg, event->value) : 0;
	case SCRIPT_DEF_END:
		return e->def_end ? e->def_end(c->arg) : 0;
	case SCRIPT_DEVICE_BEGIN:
		return e->device_begin ?
			e->device_begin(c->arg, &b->devices[event->value]) : 0;
	case SCRIPT_DEVICE_END:
		return e->device_end ? e->device_end(c->arg) : 0;
	case SCRIPT_REF:
		return e->ref ? e->ref(c->arg, event->value) : 0;
	case SCRIPT_POOL_END:
		return e->pool_end ? e->pool_end(c->arg) : 0;
	default:
		return 0;
	}
}

static int commit(void *arg, unsigned worker, const struct load_batch *b)
{
	const struct caller *c = arg;
	size_t run = b->begin;
	int r = call_runs(c, b->lead, b->nr_lead);

	(void)worker;
	for (size_t i = 0; !r && i < b->nr_events; i++) {
		const struct load_event *event = &b->events[i];

		if (event->run > run) {
			r = call_runs(c, b->runs + run, event->run - run);
			run = event->run;
		}
		if (!r)
			r = call_event(c, b, event);
	}
	return r ? r : call_runs(c, b->runs + run, b->end - run);
}

int load_lengths(struct engine *e, const struct thin_load_opts *o, const uint16_t *lengths,
		 const struct thin_emit *emit, void *arg, struct fault *f)
{
	const struct load_visitor visitor = { .commit = commit, .lengths = lengths };
	struct caller c = { emit, arg };

	return load_visit(e, o, &visitor, &c, f);
}

int thin_load(struct engine *e, const struct thin_load_opts *o, const struct thin_emit *emit,
	      void *arg, struct fault *f)
{
	return load_lengths(e, o, NULL, emit, arg, f);
}
