/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/survey.h"

#include <errno.h>

#include "meta/thin_load.h"
#include "meta/thin_ls.h"

struct walker {
	survey_fn fn;
	void *arg;
	struct thin_pool *pool;		/* or NULL */
};

static int take_pool(void *arg, const struct thin_pool *pool)
{
	struct walker *w = arg;

	if (w->pool)
		*w->pool = *pool;
	return 0;
}

static int take_runs(void *arg, const struct thin_delta_run *runs, size_t nr)
{
	struct walker *w = arg;
	int r = 0;

	for (size_t i = 0; !r && i < nr; i++)
		r = w->fn(w->arg, &runs[i]);
	return r;
}

static int take_mappings(void *arg, const struct thin_run *runs, size_t nr)
{
	struct walker *w = arg;
	int r = 0;

	for (size_t i = 0; !r && i < nr; i++) {
		struct thin_delta_run run = {
			.kind = THIN_DELTA_RIGHT_ONLY, .thin_begin = runs[i].thin_begin,
			.length = runs[i].length, .right_data = runs[i].data_begin,
		};

		r = w->fn(w->arg, &run);
	}
	return r;
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int walk_base(const struct survey_source *s, const bool wanted[NR_THIN_DELTA_KINDS],
		     struct walker *w, struct fault *f)
{
	static const struct thin_delta_emit emit = {
		.begin = take_pool, .runs = take_runs, .end = nothing,
	};
	struct thin_delta_opts o = {
		.sides = { { false, s->base_id }, { false, s->dev_id } },
		.by_data = true, .metadata_snap = s->metadata_snap,
		.nr_threads = s->nr_threads,
	};

	for (int k = 0; k < NR_THIN_DELTA_KINDS; k++)
		o.wanted[k] = wanted[k];
	return thin_delta(s->engine, &o, &emit, w, f);
}

static int walk_all(const struct survey_source *s, struct walker *w, struct fault *f)
{
	static const struct thin_emit emit = { .pool_begin = take_pool, .runs = take_mappings };
	const uint64_t id = s->dev_id;
	bool found = false;
	struct thin_load_opts o = {
		.metadata_snap = s->metadata_snap, .expand = true, .dev_ids = &id,
		.nr_dev_ids = 1, .dev_found = &found, .nr_threads = s->nr_threads,
	};
	int r = thin_load(s->engine, &o, &emit, w, f);

	if (r || found)
		return r;
	*f = (struct fault){ .dev_id = s->dev_id };
	return -ENXIO;
}

static int walk(const struct survey_source *s, const bool wanted[NR_THIN_DELTA_KINDS],
		struct walker *w, struct fault *f)
{
	return s->has_base ? walk_base(s, wanted, w, f) : walk_all(s, w, f);
}

int survey_walk(const struct survey_source *s, const bool wanted[NR_THIN_DELTA_KINDS],
		survey_fn fn, void *arg, struct fault *f)
{
	struct walker w = { .fn = fn, .arg = arg };

	return walk(s, wanted, &w, f);
}

/* Runs come cut in many ways; what is digested is as long as it can be. */
struct mapped {
	struct survey_device *device;
	struct digest digest;
	uint64_t thin, data, length;
};

static void digest_run(struct mapped *m)
{
	if (!m->length)
		return;
	digest_add(&m->digest, m->thin);
	digest_add(&m->digest, m->data);
	digest_add(&m->digest, m->length);
}

static void add_run(struct mapped *m, uint64_t thin, uint64_t data, uint64_t length)
{
	m->device->nr_mapped += length;
	m->device->end = thin + length;
	if (m->length && m->thin + m->length == thin && m->data + m->length == data) {
		m->length += length;
		return;
	}
	digest_run(m);
	m->thin = thin;
	m->data = data;
	m->length = length;
}

struct taking {
	struct survey *survey;
	struct mapped device, base;
};

static int look_at(void *arg, const struct thin_delta_run *run)
{
	struct taking *t = arg;

	if (run->length > UINT64_MAX - run->thin_begin)
		return -EOVERFLOW;
	if (run->kind != THIN_DELTA_LEFT_ONLY)
		add_run(&t->device, run->thin_begin, run->right_data, run->length);
	if (run->kind != THIN_DELTA_RIGHT_ONLY)
		add_run(&t->base, run->thin_begin, run->left_data, run->length);
	if (run->kind == THIN_DELTA_SAME)
		t->survey->nr_same += run->length;
	return 0;
}

static void begin(struct mapped *m, struct survey_device *d, uint32_t data_block_size)
{
	m->device = d;
	digest_init(&m->digest);
	digest_add(&m->digest, data_block_size);
	digest_add(&m->digest, d->details.dev_id);
	digest_add(&m->digest, d->details.creation_time);
	digest_add(&m->digest, d->details.transaction_id);
}

static void end(struct mapped *m)
{
	digest_run(m);
	digest_get(&m->digest, m->device->identity);
}

static int find(const struct thin_ls_list *list, uint32_t id, struct survey_device *d,
		struct fault *f)
{
	for (size_t i = 0; i < list->nr; i++) {
		d->details = list->devices[i].details;
		if (d->details.dev_id == id)
			return 0;
	}
	*f = (struct fault){ .dev_id = id };
	return -ENXIO;
}

int survey_take(const struct survey_source *s, struct survey *result, struct fault *f)
{
	static const bool all[NR_THIN_DELTA_KINDS] = { true, true, true, true };
	struct thin_ls_opts o = {
		.depth = THIN_LS_DEVICES, .metadata_snap = s->metadata_snap,
		.nr_threads = s->nr_threads,
	};
	struct taking t = { .survey = result };
	struct walker w = { .fn = look_at, .arg = &t, .pool = &result->pool };
	struct thin_ls_list list;
	int r = thin_ls(s->engine, &o, &list, f);

	*result = (struct survey){ .nr_same = 0 };
	if (r)
		return r;
	r = find(&list, s->dev_id, &result->device, f);
	if (!r && s->has_base)
		r = find(&list, s->base_id, &result->base, f);
	begin(&t.device, &result->device, list.data_block_size);
	begin(&t.base, &result->base, list.data_block_size);
	thin_ls_free(&list);
	if (!r)
		r = walk(s, all, &w, f);
	end(&t.device);
	end(&t.base);
	return r;
}
