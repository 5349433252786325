/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_restore.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/format.h"
#include "thin/judge.h"
#include "thin/override.h"
#include "thin/store.h"
#include "thin/xml_parse.h"

static uint64_t room_on(const struct engine *e)
{
	uint64_t nr = engine_nr_blocks(e);

	return nr < META_MAX_BLOCKS ? nr : META_MAX_BLOCKS;
}

static int too_small(struct thin_restore_report *rep, const struct engine *out, uint64_t needed,
		     bool is_least)
{
	rep->nr_needed = needed;
	rep->nr_found = room_on(out);
	rep->is_least = is_least;
	return -ENOSPC;
}

/* Finds out how many blocks it takes, by doing all but the writing. */
static int rehearse(struct engine *out, struct judge *j, struct thin_restore_report *rep)
{
	struct thin_store_opts opts = {
		.data_refs = &j->data_refs, .is_counted = true, .is_dry = true,
	};
	struct thin_store s;
	int r;

	r = thin_store_init(&s, out, &opts);
	if (!r)
		r = judge_replay(j, &thin_store_emit, &s);
	if (!r && s.nr_needed > room_on(out))
		r = too_small(rep, out, s.nr_needed, false);
	thin_store_exit(&s);
	return r;
}

static int perform(struct engine *out, struct judge *j, struct thin_restore_report *rep)
{
	struct thin_store_opts opts = { .data_refs = &j->data_refs, .is_counted = true };
	struct thin_store s;
	int r;

	r = thin_store_init(&s, out, &opts);
	if (!r)
		r = judge_replay(j, &thin_store_emit, &s);
	if (!r)
		r = thin_store_commit(&s);
	if (!r) {
		rep->nr_devices = j->nr_devices;
		rep->nr_mappings = j->nr_entries;
		rep->nr_blocks = s.sb.metadata_sm.nr_allocated;
	}
	thin_store_exit(&s);
	return r;
}

/* Unknown for a pipe. */
static void set_total(struct progress *p, int fd)
{
	struct stat st;

	if (p && !fstat(fd, &st) && S_ISREG(st.st_mode))
		__atomic_store_n(&p->total, (uint64_t)st.st_size, __ATOMIC_RELAXED);
}

static int judge_all(struct judge *j, int fd, const struct thin_restore_opts *o)
{
	int r;

	set_total(o->progress, fd);
	r = xml_parse(fd, j, o->progress ? &o->progress->done : NULL);
	return r ? r : judge_end(j);
}

int thin_restore(struct engine *out, int xml_fd, const struct thin_restore_opts *o,
		 struct thin_restore_report *rep)
{
	struct judge j;
	int r;

	memset(rep, 0, sizeof(*rep));
	if (!override_is_legal(&o->overrides))
		return -EINVAL;
	r = judge_init(&j, o, room_on(out), &rep->issue);
	if (!r)
		r = judge_all(&j, xml_fd, o);
	rep->is_input = r && r != -ENOMEM;
	if (r == -ENOSPC || (!r && judge_is_too_much(&j)))
		r = too_small(rep, out, judge_least(&j), true);
	if (!r)
		r = rehearse(out, &j, rep);
	if (!r)
		r = perform(out, &j, rep);
	judge_exit(&j);
	return r;
}
