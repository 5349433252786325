/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "salvage_score.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/thin_check.h"
#include "salvage_proof.h"

struct result {
	struct mappings mappings;
	uint32_t dev_id;
};

static int on_device(void *arg, const struct thin_device *d)
{
	((struct result *)arg)->dev_id = d->dev_id;
	return 0;
}

static int on_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct result *r = arg;

	for (size_t i = 0; i < nr; i++)
		for (uint64_t k = 0; k < runs[i].length; k++)
			mappings_add(&r->mappings, &(struct mapping){
				r->dev_id, 0, runs[i].thin_begin + k,
				thin_mapping_pack(runs[i].data_begin + k, runs[i].time) });
	return 0;
}

static const struct thin_emit emit = { .device_begin = on_device, .runs = on_runs };

static bool has_device(const struct thin_repair_report *rep, uint32_t dev_id)
{
	for (size_t i = 0; i < rep->nr_devices; i++)
		if (rep->devices[i].device.dev_id == dev_id)
			return true;
	return false;
}

/* Does a finding that names no device tell of all of @m's? */
static bool is_of_all(const struct thin_repair_report *rep, const struct thin_finding *f,
		      const struct mapping *m)
{
	return f->code == THIN_FINDING_ROOTS || f->code == THIN_FINDING_ROOTS_FOUND ||
	       f->code == THIN_FINDING_SB_MOVED || f->code == THIN_FINDING_EMPTIED ||
	       (f->code == THIN_FINDING_DEVICES && !has_device(rep, m->dev_id));
}

/* Does any finding say that this mapping is not what it was? */
static bool is_told(const struct thin_repair_report *rep, const struct mapping *m)
{
	for (size_t i = 0; i < rep->nr_findings; i++) {
		const struct thin_finding *f = &rep->findings[i];

		if (thin_finding_class(f) == THIN_NOTE)
			continue;
		if (f->dev_id == THIN_FINDING_NO_DEV) {
			if (is_of_all(rep, f, m))
				return true;
			continue;
		}
		if (f->dev_id == m->dev_id && (f->begin == f->end ||
					       (f->begin <= m->key && m->key < f->end)))
			return true;
	}
	return false;
}

struct comparison {
	const struct thin_repair_report *rep;	/* or NULL, which tells nothing */
	uint64_t nr_missing, nr_untold, nr_silent;
	uint8_t *missing;		/* of the truth, in leaves not hit; */
	uint8_t *untold;		/* of all of it, gone or something else; */
	uint8_t *silent;		/* and what is something else instead; */
	struct mappings made;		/* silent where there was nothing */
	struct mapping last;		/* of what is missing, */
	uint64_t nr_alike;		/* and how many of its device and leaf there were */
};

static void say_missing(struct comparison *c)
{
	if (c->nr_alike && getenv("SALVAGE_VERBOSE"))
		printf("  missing: device %u, %" PRIu64 " thin blocks of leaf %u\n",
		       c->last.dev_id, c->nr_alike, c->last.leaf);
	c->nr_alike = 0;
}

static void note_missing(struct comparison *c, const struct mapping *m, size_t i)
{
	if (m->dev_id != c->last.dev_id || m->leaf != c->last.leaf)
		say_missing(c);
	c->last = *m;
	c->nr_alike++;
	c->nr_missing++;
	c->missing[i] = 1;
}

/* Gone, or another one: somebody should have said so. */
static void note_untold(struct comparison *c, const struct mapping *m, size_t i)
{
	if (c->rep && is_told(c->rep, m))
		return;
	c->nr_untold++;
	c->untold[i] = 1;
	if (c->rep && getenv("SALVAGE_VERBOSE"))
		printf("  untold: device %u, thin block %" PRIu64 " of leaf %u\n", m->dev_id,
		       m->key, m->leaf);
}

/* @i: what it was; or nothing was there. */
static void note_wrong(struct comparison *c, const struct mapping *m, size_t i)
{
	if (c->rep && is_told(c->rep, m))
		return;
	c->nr_silent++;
	if (i != SIZE_MAX)
		c->silent[i] = 1;
	else
		mappings_add(&c->made, m);
	if (c->rep && getenv("SALVAGE_VERBOSE"))
		printf("  silent: device %u, thin block %" PRIu64 "\n", m->dev_id, m->key);
}

/* How many of @made are in @more. */
static uint64_t count_made(const struct mappings *made, const struct mappings *more)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < made->nr; i++)
		for (size_t k = 0; k < more->nr; k++)
			if (!mapping_order(&made->all[i], &more->all[k]) &&
			    made->all[i].value == more->all[k].value) {
				nr++;
				break;
			}
	return nr;
}

/* Of what is missing or wrong, some may be beyond anybody. */
static uint64_t judge_rest(struct comparison *c, const struct image *im, const struct damage *d,
			   struct score *score)
{
	uint8_t *lost = calloc(im->truth.nr + 1, 1);
	struct mappings more = { .nr = 0 };
	uint64_t nr_lost = 0, nr_hidden;

	if (!lost)
		err(2, "proof");
	if (c->nr_missing || c->nr_untold || c->nr_silent)
		proof_find(im, d, lost, &more, c->nr_untold || c->nr_silent);
	nr_hidden = count_made(&c->made, &more);
	for (size_t i = 0; i < im->truth.nr; i++) {
		nr_lost += lost[i] && c->missing[i];
		c->nr_untold -= lost[i] && c->untold[i];
		nr_hidden += lost[i] && c->silent[i];
	}
	free(lost);
	free(more.all);
	c->nr_silent -= nr_hidden;
	score->nr_hidden += nr_hidden;
	score->nr_lost += nr_lost;
	score->nr_untold += c->nr_untold;
	score->nr_silent += c->nr_silent;
	if (getenv("SALVAGE_VERBOSE") && (c->nr_missing || c->nr_untold || c->nr_silent))
		printf("  %" PRIu64 " missing, %" PRIu64 " of them lost; %" PRIu64 " untold, %"
		       PRIu64 " silent\n", c->nr_missing, nr_lost, c->nr_untold, c->nr_silent);
	return nr_lost;
}

/* One that the pool had. */
static void compare_one(struct comparison *c, const struct mapping *was, size_t i, bool same,
			bool is_hit, struct score *score)
{
	if (!same)
		note_untold(c, was, i);
	if (is_hit)
		return;
	score->nr_intact++;
	score->nr_back += same;
	if (!same)
		note_missing(c, was, i);
}

/* Both are in order.  True if all is back that can be, and the rest is told. */
static bool compare(const struct image *im, const struct mappings *now, const struct damage *d,
		    const struct thin_repair_report *rep, struct score *score)
{
	const struct mappings *was = &im->truth;
	struct comparison c = {
		.rep = rep, .missing = calloc(was->nr + 1, 1), .untold = calloc(was->nr + 1, 1),
		.silent = calloc(was->nr + 1, 1),
	};
	uint64_t nr_lost;
	size_t k = 0;

	if (!c.missing || !c.untold || !c.silent)
		err(2, "compare");
	for (size_t i = 0; i < was->nr || k < now->nr;) {
		const struct mapping *a = i < was->nr ? &was->all[i] : NULL;
		const struct mapping *b = k < now->nr ? &now->all[k] : NULL;
		int o = !a ? 1 : !b ? -1 : mapping_order(a, b);
		bool same = !o && a->value >> THIN_TIME_BITS == b->value >> THIN_TIME_BITS;

		if (o <= 0)
			compare_one(&c, a, i, same, d->is_hit[a->leaf], score);
		if (o >= 0 && !same) {
			score->nr_wrong++;
			note_wrong(&c, b, o ? SIZE_MAX : i);
		}
		i += o <= 0;
		k += o >= 0;
	}
	say_missing(&c);
	nr_lost = judge_rest(&c, im, d, score);
	free(c.missing);
	free(c.untold);
	free(c.silent);
	free(c.made.all);
	return c.nr_missing == nr_lost && !c.nr_untold && !c.nr_silent;
}

/* Writes what was saved to memory; a check has to pass. */
static bool is_written_well(struct thin_salvage *s, uint64_t size)
{
	struct thin_check_opts opts = { .nr_threads = 1 };
	struct thin_check_report *rep;
	struct engine *out;
	struct fault f;
	bool good = false;
	void *data;
	int r;

	if (thin_salvage_write(s, NULL, &f))
		return false;
	if (size < thin_salvage_report(s)->nr_needed * META_BLOCK_SIZE)
		size = thin_salvage_report(s)->nr_needed * META_BLOCK_SIZE;
	data = calloc(1, size);
	if (!data || engine_open_memory(&out, data, size))
		err(2, "output");
	r = thin_salvage_write(s, out, &f);
	if (!r && !thin_check(out, &opts, &rep)) {
		good = thin_check_is_good(rep, false);
		for (size_t i = 0; i < rep->nr_faults && !good; i++) {
			char text[FAULT_TEXT_MAX];

			printf("  check: %s\n", fault_text(&rep->faults[i], text));
		}
		thin_check_free(rep);
	} else {
		printf("  write: %s\n", strerror(-r));
	}
	engine_close(out);
	free(data);
	return good;
}

static struct thin_salvage *repair(const struct image *im, struct engine *in, int *r)
{
	struct thin_repair_opts o = { .nr_threads = 1 };
	struct thin_salvage *s = NULL;

	*r = thin_salvage_new(in, &o, &s);
	if (*r == -ENOKEY) {
		o.overrides.has_data_block_size = o.overrides.has_nr_data_blocks = true;
		o.overrides.data_block_size = im->sb.data_block_size;
		o.overrides.nr_data_blocks = im->sb.data_sm.nr_blocks;
		*r = thin_salvage_new(in, &o, &s);
	}
	return s;
}

struct outcome {
	uint64_t seed;
	int error;
	bool sound;
};

static void say_case(const struct image *im, const struct damage *d, const struct outcome *o)
{
	printf("  %s, %s, %u blocks, seed %" PRIu64 ": %s; hit:", im->name, way_names[d->way],
	       d->nr, o->seed, o->error ? strerror(-o->error) : o->sound ? "not all back" :
	       "not sound");
	for (uint64_t where = 0; where < im->nr_blocks; where++)
		if (d->is_hit[where])
			printf(" %" PRIu64, where);
	putchar('\n');
}

static void say_findings(const struct thin_repair_report *rep)
{
	char text[THIN_FINDING_TEXT_MAX];

	for (size_t i = 0; i < rep->nr_findings; i++) {
		const struct thin_finding *f = &rep->findings[i];

		printf("  device %" PRId64 ": %" PRIu64 " to %" PRIu64 ": %s\n",
		       f->dev_id == THIN_FINDING_NO_DEV ? -1 : (int64_t)f->dev_id, f->begin, f->end,
		       thin_finding_text(f, text));
	}
}

void score_repair(struct score *score, const struct image *im, const struct damage *d,
		  uint64_t first_seed)
{
	struct thin_load_opts load = { .expand = true, .nr_threads = 1 };
	size_t size = im->nr_blocks * META_BLOCK_SIZE;
	struct result result = { .dev_id = 0 };
	bool good, sound = false;
	struct thin_salvage *s;
	uint64_t nr_untold;
	struct engine *in;
	struct fault f;
	int r;

	if (engine_open_memory(&in, d->data, size))
		err(2, "case");
	s = repair(im, in, &r);
	if (s) {
		r = thin_salvage_load(s, &load, &emit, &result, &f);
		sound = !r && is_written_well(s, size);
	}
	nr_untold = score->nr_untold;
	good = compare(im, &result.mappings, d, s ? thin_salvage_report(s) : NULL, score);
	/* What refuses has said that nothing is back. */
	if (!s)
		score->nr_untold = nr_untold;
	score->nr_cases++;
	/* To refuse is right when nothing says which devices there were. */
	if (!sound && !(r == -ENODATA && !im->truth.nr))
		score->nr_bad++;
	if (good && sound)
		score->nr_good++;
	else if (getenv("SALVAGE_VERBOSE"))
		say_case(im, d, &(struct outcome){ first_seed, r, sound });
	if (s && getenv("SALVAGE_CASE"))
		say_findings(thin_salvage_report(s));
	thin_salvage_free(s);
	engine_close(in);
	free(result.mappings.all);
}

void score_file(struct score *score, const struct image *im, const struct damage *d,
		const char *name)
{
	struct thin_load_opts load = { .expand = true, .nr_threads = 1 };
	struct result result = { .dev_id = 0 };
	struct engine *in;
	struct fault f;
	int r = name ? engine_open(&in, name, ENGINE_READ) : -ENOENT;

	if (!r) {
		r = thin_load(in, &load, &emit, &result, &f);
		engine_close(in);
	}
	if (r)
		result.mappings.nr = 0;
	compare(im, &result.mappings, d, NULL, score);
	score->nr_cases++;
	score->nr_bad += r != 0;
	free(result.mappings.all);
}

double score_back(const struct score *s)
{
	uint64_t nr = s->nr_intact - s->nr_lost;

	return nr ? 100.0 * (double)s->nr_back / (double)nr : 100;
}

void score_print(const char *what, const char *size, const struct score *s)
{
	printf("%-20s %3s blocks: %5" PRIu64 " cases, %8.4f %% back, %7" PRIu64 " lost, %7" PRIu64
	       " wrong, %4" PRIu64 " hidden, %4" PRIu64 " untold, %4" PRIu64 " silent, %4" PRIu64
	       " bad\n", what, size, s->nr_cases, score_back(s), s->nr_lost, s->nr_wrong,
	       s->nr_hidden, s->nr_untold, s->nr_silent, s->nr_bad);
}

void score_add(struct score *to, const struct score *s)
{
	to->nr_cases += s->nr_cases;
	to->nr_good += s->nr_good;
	to->nr_bad += s->nr_bad;
	to->nr_intact += s->nr_intact;
	to->nr_back += s->nr_back;
	to->nr_lost += s->nr_lost;
	to->nr_wrong += s->nr_wrong;
	to->nr_hidden += s->nr_hidden;
	to->nr_untold += s->nr_untold;
	to->nr_silent += s->nr_silent;
}
