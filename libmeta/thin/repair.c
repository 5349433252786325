/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meta/thin_repair.h"

#include <errno.h>
#include <stdlib.h>

#include "meta/format.h"
#include "thin/load.h"
#include "thin/sound.h"
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

/* What is stored, and with which counts of data blocks. */
struct storing {
	struct thin_salvage *s;
	struct ledger ledger;
	struct refs refs;
	struct thin_store_opts opts;
};

/* Of what is sound the counts are known; else mappings are counted on the way. */
static int storing_init(struct storing *t, struct thin_salvage *s, bool is_dry)
{
	*t = (struct storing){ .s = s, .opts.is_dry = is_dry };
	if (s->lengths) {
		t->opts.is_counted = true;
		t->opts.data_refs = &t->ledger.data.refs;
		return sound_load_counts(s, &t->ledger);
	}
	t->opts.data_refs = &t->refs;
	return refs_init(&t->refs, s->pool.nr_data_blocks);
}

static void storing_exit(struct storing *t)
{
	ledger_exit(&t->ledger);
	refs_exit(&t->refs);
}

static int load(const struct storing *t, struct thin_store *st, struct fault *f)
{
	struct thin_salvage *s = t->s;
	struct thin_load_opts o = {
		.nr_threads = s->opts.nr_threads, .progress = s->opts.progress,
	};

	if (o.progress)
		*o.progress = (struct progress){ 0, 0 };
	return load_lengths(&s->overlay.engine, &o, t->opts.is_dry ? s->lengths : NULL,
			    &thin_store_emit, st, f);
}

/* Once without writing, which tells how many blocks it takes, and once for good. */
static int store(struct thin_salvage *s, struct engine *out, bool is_dry, struct fault *f)
{
	struct thin_store st;
	struct storing t;
	int r = storing_init(&t, s, is_dry);

	if (!r) {
		r = thin_store_init(&st, out, &t.opts);
		r = r ? r : load(&t, &st, f);
		if (!r && is_dry)
			s->report.nr_needed = st.nr_needed;
		if (!r && !is_dry)
			r = thin_store_commit(&st);
		thin_store_exit(&st);
	}
	storing_exit(&t);
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
