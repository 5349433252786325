/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * salvage - how much of a damaged pool comes back.
 *
 *	salvage CASES SEED IMAGE...
 *
 * Damages copies of each image, which must be sound, in all the ways that it
 * knows, and repairs them in memory.  For each way and number of blocks it
 * prints a line:
 *
 *	cases	how many there were
 *	back	of the mappings in leaves that were not hit, those that are back
 *	wrong	mappings that the pool did not have
 *	silent	those of them that no finding speaks of
 *	bad	repairs that failed, or whose result a check does not pass
 *
 * With SALVAGE_VERBOSE=1 it names every case that did not pass, and with
 * SALVAGE_CASE=WAY:BLOCKS:SEED it runs one of these alone, on one image.
 *
 * The last line says how many cases passed: nothing silent, nothing bad, and
 * everything back that the leaves had.  Status 0 if 99.9 per cent are back and
 * nothing is silent or bad.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "meta/thin_check.h"
#include "meta/thin_repair.h"
#include "pdata/node.h"
#include "thin/sb.h"

enum way {
	FLIP, SMEAR, SMEAR_SEALED, ZERO, STALE, STALE_SEALED, SWAP, SWAP_SEALED, NR_WAYS
};

static const char *const way_names[NR_WAYS] = {
	"one bit", "noise", "noise, sealed", "zeroes", "other block", "other block, sealed",
	"swapped", "swapped, sealed",
};

static const unsigned sizes[] = { 1, 4, 16, 64 };

enum { NR_SIZES = sizeof(sizes) / sizeof(*sizes) };

struct mapping {
	uint32_t dev_id;
	uint32_t leaf;
	uint64_t key;
	uint64_t value;
};

struct mappings {
	struct mapping *all;
	size_t nr, room;
};

struct image {
	const char *name;
	uint8_t *data;
	uint64_t nr_blocks;
	uint32_t *used;			/* blocks that make a difference */
	size_t nr_used;
	struct mappings truth;
	struct thin_sb sb;
};

struct score {
	uint64_t nr_cases, nr_good, nr_bad;
	uint64_t nr_intact, nr_back, nr_wrong, nr_silent;
};

static uint64_t seed;

static uint64_t rnd(uint64_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % below;
}

static void add(struct mappings *m, const struct mapping *one)
{
	if (m->nr == m->room) {
		m->room = m->room ? 2 * m->room : 4096;
		m->all = reallocarray(m->all, m->room, sizeof(*m->all));
		if (!m->all)
			err(2, "mappings");
	}
	m->all[m->nr++] = *one;
}

static uint8_t *block_at(uint8_t *data, uint64_t where)
{
	return data + where * META_BLOCK_SIZE;
}

/* ---- What is there before */

static void read_tree(struct image *im, uint64_t where, uint32_t dev_id, bool is_top)
{
	struct fault f;
	struct node n;

	if (node_parse(&n, block_at(im->data, where), where, sizeof(__le64), &f))
		errx(2, "%s: block %" PRIu64 " is damaged", im->name, where);
	for (uint32_t i = 0; i < n.nr_entries; i++) {
		uint64_t value = node_value64(&n, i);

		if (!n.leaf)
			read_tree(im, value, dev_id, is_top);
		else if (is_top)
			read_tree(im, value, (uint32_t)node_key(&n, i), false);
		else
			add(&im->truth, &(struct mapping){ dev_id, (uint32_t)where,
							   node_key(&n, i), value });
	}
}

static void read_image(struct image *im, const char *name)
{
	struct fault f[THIN_SB_FAULTS];
	FILE *from = fopen(name, "re");
	long size;
	unsigned nr;

	if (!from || fseek(from, 0, SEEK_END) || (size = ftell(from)) < 0)
		err(2, "%s", name);
	rewind(from);
	*im = (struct image){ .name = name, .nr_blocks = (uint64_t)size / META_BLOCK_SIZE };
	im->data = malloc((size_t)size);
	im->used = calloc(im->nr_blocks, sizeof(*im->used));
	if (!im->data || !im->used || fread(im->data, (size_t)size, 1, from) != 1)
		err(2, "%s", name);
	fclose(from);
	if (thin_sb_parse(&im->sb, im->data, 0, im->nr_blocks, f, &nr))
		errx(2, "%s: the superblock is damaged", name);
	read_tree(im, im->sb.mapping_root, 0, true);
	for (uint64_t where = 0; where < im->nr_blocks; where++) {
		enum block_kind kind = block_kind_of(block_at(im->data, where));

		if (kind != KIND_FREE && kind != KIND_ZERO)
			im->used[im->nr_used++] = (uint32_t)where;
	}
}

/* ---- Damage */

static void seal_as(uint8_t *block, uint64_t where, enum block_kind kind)
{
	static const uint32_t salts[NR_BLOCK_KINDS] = {
		[KIND_SB] = THIN_SB_SALT, [KIND_NODE] = NODE_SALT, [KIND_BITMAP] = BITMAP_SALT,
		[KIND_INDEX] = INDEX_SALT,
	};

	if (salts[kind])
		block_seal(block, where, salts[kind]);
}

static void smear(uint8_t *block)
{
	unsigned nr = 2 + (unsigned)rnd(64);

	for (unsigned i = 0; i < nr; i++)
		block[rnd(META_BLOCK_SIZE)] = (uint8_t)rnd(256);
}

static void swap(uint8_t *a, uint8_t *b)
{
	uint8_t was[META_BLOCK_SIZE];

	memcpy(was, a, sizeof(was));
	memcpy(a, b, sizeof(was));
	memcpy(b, was, sizeof(was));
}

static void hit(const struct image *im, uint8_t *data, enum way way, uint8_t *is_hit)
{
	uint32_t where = im->used[rnd(im->nr_used)], other = im->used[rnd(im->nr_used)];
	uint8_t *block = block_at(data, where), *source = block_at(data, other);
	enum block_kind kind = block_kind_of(block), others = block_kind_of(source);

	is_hit[where] = 1;
	if (getenv("SALVAGE_CASE"))
		printf("  block %u, other %u\n", where, other);
	if (way == SWAP || way == SWAP_SEALED)
		is_hit[other] = 1;
	if (way == FLIP)
		block[rnd(META_BLOCK_SIZE)] ^= (uint8_t)(1u << rnd(8));
	else if (way == SMEAR || way == SMEAR_SEALED)
		smear(block);
	else if (way == ZERO)
		memset(block, 0, META_BLOCK_SIZE);
	else if (way == STALE || way == STALE_SEALED)
		memmove(block, source, META_BLOCK_SIZE);
	else
		swap(block, source);
	if (way == SMEAR_SEALED)
		seal_as(block, where, kind);
	if (way == STALE_SEALED || way == SWAP_SEALED)
		seal_as(block, where, others);
	if (way == SWAP_SEALED)
		seal_as(source, other, kind);
}

/* ---- What is there afterwards */

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
			add(&r->mappings, &(struct mapping){
				r->dev_id, 0, runs[i].thin_begin + k,
				thin_mapping_pack(runs[i].data_begin + k, runs[i].time) });
	return 0;
}

static const struct thin_emit emit = { .device_begin = on_device, .runs = on_runs };

/* Does any finding say that this mapping is not what it was? */
static bool is_told(const struct thin_repair_report *rep, const struct mapping *m)
{
	for (size_t i = 0; i < rep->nr_findings; i++) {
		const struct thin_finding *f = &rep->findings[i];

		if (thin_finding_class(f) == THIN_NOTE)
			continue;
		if (f->dev_id == THIN_FINDING_NO_DEV) {
			if (f->code == THIN_FINDING_ROOTS || f->code == THIN_FINDING_ROOTS_FOUND ||
			    f->code == THIN_FINDING_SB_MOVED)
				return true;
			continue;
		}
		if (f->dev_id == m->dev_id && (f->begin == f->end ||
					       (f->begin <= m->key && m->key < f->end)))
			return true;
	}
	return false;
}

static int order(const struct mapping *a, const struct mapping *b)
{
	if (a->dev_id != b->dev_id)
		return a->dev_id < b->dev_id ? -1 : 1;
	return (a->key > b->key) - (a->key < b->key);
}

/* Both are in order.  True if all is back that can be, and the rest is told. */
static bool compare(const struct image *im, const struct mappings *now, const uint8_t *is_hit,
		    const struct thin_repair_report *rep, struct score *score)
{
	const struct mappings *was = &im->truth;
	uint64_t nr_missing = 0, nr_silent = 0;
	size_t k = 0;

	for (size_t i = 0; i < was->nr || k < now->nr;) {
		const struct mapping *a = i < was->nr ? &was->all[i] : NULL;
		const struct mapping *b = k < now->nr ? &now->all[k] : NULL;
		int o = !a ? 1 : !b ? -1 : order(a, b);
		bool same = !o && a->value >> THIN_TIME_BITS == b->value >> THIN_TIME_BITS;

		if (o <= 0 && !is_hit[a->leaf]) {
			score->nr_intact++;
			score->nr_back += same;
			nr_missing += !same;
			if (!same && getenv("SALVAGE_VERBOSE"))
				printf("  missing: device %u, thin block %" PRIu64 " of leaf %u\n",
				       a->dev_id, a->key, a->leaf);
		}
		if (o >= 0 && !same) {
			score->nr_wrong++;
			nr_silent += rep ? !is_told(rep, b) : 1;
			if (rep && !is_told(rep, b) && getenv("SALVAGE_VERBOSE"))
				printf("  silent: device %u, thin block %" PRIu64 "\n", b->dev_id,
				       b->key);
		}
		i += o <= 0;
		k += o >= 0;
	}
	score->nr_silent += nr_silent;
	return !nr_missing && !nr_silent;
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
	unsigned nr;
	uint64_t seed;
	int error;
	bool sound;
};

static void say_case(const struct image *im, enum way way, const uint8_t *is_hit,
		     const struct outcome *o)
{
	printf("  %s, %s, %u blocks, seed %" PRIu64 ": %s; hit:", im->name, way_names[way], o->nr,
	       o->seed, o->error ? strerror(-o->error) : o->sound ? "not all back" :
	       "not sound");
	for (uint64_t where = 0; where < im->nr_blocks; where++)
		if (is_hit[where])
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

static void run_case(const struct image *im, enum way way, unsigned nr, struct score *score)
{
	size_t size = im->nr_blocks * META_BLOCK_SIZE;
	struct result result = { .dev_id = 0 };
	struct thin_load_opts load = { .expand = true, .nr_threads = 1 };
	uint8_t *data = malloc(size), *is_hit = calloc(im->nr_blocks, 1);
	struct thin_salvage *s;
	struct engine *in;
	uint64_t first = seed;
	struct fault f;
	bool good, sound = false;
	int r;

	if (!data || !is_hit || engine_open_memory(&in, data, size))
		err(2, "case");
	memcpy(data, im->data, size);
	for (unsigned i = 0; i < nr; i++)
		hit(im, data, way, is_hit);
	s = repair(im, in, &r);
	if (s) {
		r = thin_salvage_load(s, &load, &emit, &result, &f);
		sound = !r && is_written_well(s, size);
	}
	good = compare(im, &result.mappings, is_hit, s ? thin_salvage_report(s) : NULL, score);
	score->nr_cases++;
	/* To refuse is right when nothing says which devices there were. */
	if (!sound && !(r == -ENODATA && !im->truth.nr))
		score->nr_bad++;
	if (good && sound)
		score->nr_good++;
	else if (getenv("SALVAGE_VERBOSE"))
		say_case(im, way, is_hit, &(struct outcome){ nr, first, r, sound });
	if (s && getenv("SALVAGE_CASE"))
		say_findings(thin_salvage_report(s));
	thin_salvage_free(s);
	engine_close(in);
	free(result.mappings.all);
	free(data);
	free(is_hit);
}

static void print_score(const char *what, const char *size, const struct score *s)
{
	double back = s->nr_intact ? 100.0 * (double)s->nr_back / (double)s->nr_intact : 100;

	printf("%-20s %3s blocks: %5" PRIu64 " cases, %8.4f %% back, %7" PRIu64 " wrong, %5"
	       PRIu64 " silent, %4" PRIu64 " bad\n", what, size, s->nr_cases, back, s->nr_wrong,
	       s->nr_silent, s->nr_bad);
}

static void sum_up(struct score *to, const struct score *s)
{
	to->nr_cases += s->nr_cases;
	to->nr_good += s->nr_good;
	to->nr_bad += s->nr_bad;
	to->nr_intact += s->nr_intact;
	to->nr_back += s->nr_back;
	to->nr_wrong += s->nr_wrong;
	to->nr_silent += s->nr_silent;
}

/* Ways count from 0. */
static bool run_alone(const struct image *im, struct score *score)
{
	const char *text = getenv("SALVAGE_CASE");
	unsigned way, nr;

	if (!text || sscanf(text, "%u:%u:%" SCNu64, &way, &nr, &seed) != 3 || way >= NR_WAYS)
		return false;
	run_case(im, (enum way)way, nr, score);
	print_score(way_names[way], "", score);
	return true;
}

int main(int argc, char **argv)
{
	unsigned nr_images = argc > 3 ? (unsigned)argc - 3 : 0;
	struct image *images = calloc(nr_images + 1, sizeof(*images));
	struct score all = { .nr_cases = 0 };
	unsigned nr_cases, one;

	if (!nr_images || !images)
		errx(2, "usage: salvage CASES SEED IMAGE...");
	for (unsigned i = 0; i < nr_images; i++)
		read_image(&images[i], argv[i + 3]);
	nr_cases = (unsigned)strtoul(argv[1], NULL, 10);
	seed = strtoull(argv[2], NULL, 10);
	one = (nr_cases + NR_WAYS * NR_SIZES - 1) / (NR_WAYS * NR_SIZES);
	if (run_alone(images, &all))
		return 0;
	for (unsigned way = 0; way < NR_WAYS; way++)
		for (unsigned size = 0; size < NR_SIZES; size++) {
			struct score score = { .nr_cases = 0 };
			char text[16];

			for (unsigned i = 0; i < one; i++)
				run_case(&images[rnd(nr_images)], (enum way)way, sizes[size],
					 &score);
			snprintf(text, sizeof(text), "%u", sizes[size]);
			print_score(way_names[way], text, &score);
			sum_up(&all, &score);
		}
	print_score("all", "", &all);
	for (unsigned i = 0; i < nr_images; i++) {
		free(images[i].data);
		free(images[i].used);
		free(images[i].truth.all);
	}
	free(images);
	printf("salvage: %" PRIu64 " passed, %" PRIu64 " failed\n", all.nr_good,
	       all.nr_cases - all.nr_good);
	return all.nr_bad || all.nr_silent || all.nr_back * 1000 < all.nr_intact * 999;
}
