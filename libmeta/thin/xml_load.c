/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One device of a dump, told as if it was read from metadata. */
#include <errno.h>
#include <sys/stat.h>

#include "meta/format.h"
#include "meta/thin_restore.h"
#include "thin/judge.h"
#include "thin/override.h"
#include "thin/xml_parse.h"

struct telling {
	struct judge *judge;
	const struct thin_emit *emit;
	void *arg;
};

static int tell_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	const struct telling *t = arg;

	return t->emit->runs(t->arg, runs, nr);
}

/* Definitions do not nest. */
static int tell_ref(void *arg, uint64_t id)
{
	const struct telling *t = arg;
	const struct judge_section *s = &t->judge->defs[id - 1].section;

	return spool_read(&t->judge->spool, s->begin, s->end, t->emit, t->arg);
}

static int tell_device(struct judge *j, const struct judge_device *d, const struct thin_emit *emit,
		       void *arg)
{
	static const struct thin_emit content = { .runs = tell_runs, .ref = tell_ref };
	struct telling t = { j, emit, arg };
	int r = emit->device_begin ? emit->device_begin(arg, &d->device) : 0;

	if (!r && emit->runs)
		r = spool_read(&j->spool, d->section.begin, d->section.end, &content, &t);
	return r || !emit->device_end ? r : emit->device_end(arg);
}

static int tell(struct judge *j, uint32_t dev_id, const struct thin_emit *emit, void *arg)
{
	int r = emit->pool_begin ? emit->pool_begin(arg, &j->pool) : 0;

	for (size_t i = 0; i < j->nr_devices && !r; i++)
		if (j->devices[i].device.dev_id == dev_id)
			r = tell_device(j, &j->devices[i], emit, arg);
	return r || !emit->pool_end ? r : emit->pool_end(arg);
}

int thin_load_xml(int fd, uint32_t dev_id, const struct thin_restore_opts *o,
		  const struct thin_emit *emit, void *arg, struct thin_issue *issue)
{
	struct judge j;
	int r;

	if (!override_is_legal(&o->overrides))
		return -EINVAL;
	r = judge_init(&j, o, META_MAX_BLOCKS, issue);

	if (!r)
		r = xml_parse(fd, &j, NULL);
	if (!r)
		r = judge_end(&j);
	if (!r && judge_is_too_much(&j))
		r = -EFBIG;
	if (!r)
		r = tell(&j, dev_id, emit, arg);
	judge_exit(&j);
	return r;
}
