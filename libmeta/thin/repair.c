/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_repair.h"

#include <errno.h>
#include <stdlib.h>

#include "meta/format.h"
#include "thin/roots.h"
#include "thin/store.h"

static uint64_t room_on(const struct engine *e)
{
	uint64_t nr = engine_nr_blocks(e);

	return nr < META_MAX_BLOCKS ? nr : META_MAX_BLOCKS;
}

int thin_salvage_load(struct thin_salvage *s, const struct thin_load_opts *o,
		      const struct thin_emit *emit, void *arg, struct fault *f)
{
	return thin_load(&s->overlay.engine, o, emit, arg, f);
}

int thin_salvage_dump(struct thin_salvage *s, int fd, enum thin_dump_format format,
		      const struct thin_load_opts *o, struct fault *f)
{
	return thin_dump(&s->overlay.engine, fd, format, o, f);
}

/* Once without writing, which tells how many blocks it takes, and once for good. */
static int store(struct thin_salvage *s, struct engine *out, bool is_dry, struct fault *f)
{
	struct thin_load_opts load = {
		.nr_threads = s->opts.nr_threads, .progress = s->opts.progress,
	};
	struct refs data_refs;
	struct thin_store_opts opts = { .data_refs = &data_refs, .is_dry = is_dry };
	struct thin_store st;
	int r;

	if (load.progress)
		*load.progress = (struct progress){ 0, 0 };
	r = refs_init(&data_refs, s->pool.nr_data_blocks);
	if (r)
		return r;
	r = thin_store_init(&st, out, &opts);
	r = r ? r : thin_load(&s->overlay.engine, &load, &thin_store_emit, &st, f);
	if (!r && is_dry)
		s->report.nr_needed = st.nr_needed;
	if (!r && !is_dry)
		r = thin_store_commit(&st);
	thin_store_exit(&st);
	refs_exit(&data_refs);
	return r;
}

int thin_salvage_write(struct thin_salvage *s, struct engine *out, struct fault *f)
{
	int r = store(s, out ? out : s->overlay.below, true, f);

	if (r || !out)
		return r;
	s->report.nr_found = room_on(out);
	if (s->report.nr_needed > s->report.nr_found)
		return -ENOSPC;
	return store(s, out, false, f);
}
