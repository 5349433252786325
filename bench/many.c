/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "many.h"

#include <stdlib.h>

#include "pool.h"
#include "tree.h"

enum {
	NR_DEVICES = 16,
	MAX_RUN = 4,		/* mappings */
	MAX_EXTENT = 32,	/* leaves of a device written in one go */
};

/* Stretches that are contiguous both in a device and in the data device. */
struct runs {
	uint8_t *lengths;	/* in the order of the devices */
	uint32_t *begins;	/* first data block of each */
	uint64_t nr;
};

/* How far the mappings of a device have come. */
struct writer {
	struct tree tree;
	uint64_t nr_mapped;
	uint64_t nr_left;
	uint64_t run;
	uint32_t in_run;
};

/* Cuts the thin addresses of all devices into runs that end with the device. */
static void cut(struct runs *runs, struct writer *writers, struct rnd *rnd)
{
	uint64_t left;
	uint32_t len;

	for (uint32_t d = 0; d < NR_DEVICES; d++) {
		writers[d].run = runs->nr;
		for (left = writers[d].nr_left; left; left -= len) {
			len = 1 + rnd_below(rnd, MAX_RUN);
			if (len > left)
				len = (uint32_t)left;
			runs->lengths[runs->nr++] = (uint8_t)len;
		}
	}
}

/*
 * Gives each run its place in the data device, all places in shuffled order.
 * A place has room for @spread times the run.
 */
static void scatter(struct runs *runs, struct rnd *rnd, uint32_t spread)
{
	uint32_t *order = image_calloc(runs->nr, sizeof(*order));
	uint32_t begin = 0;
	uint32_t other;

	for (uint32_t i = 0; i < runs->nr; i++) {
		other = rnd_below(rnd, i + 1ull);
		order[i] = order[other];
		order[other] = i;
	}
	for (uint32_t i = 0; i < runs->nr; i++) {
		runs->begins[order[i]] = begin;
		begin += runs->lengths[order[i]] * spread;
	}
	free(order);
}

static void write_mappings(struct writer *w, const struct runs *runs, uint64_t nr)
{
	uint16_t *data_counts = w->tree.im->data_counts;
	uint32_t data_block;
	__le64 mapping_le;

	if (nr > w->nr_left)
		nr = w->nr_left;
	w->nr_left -= nr;
	for (; nr; nr--) {
		data_block = runs->begins[w->run] + w->in_run;
		data_counts[data_block] = 1;
		mapping_le = __cpu_to_le64(thin_mapping_pack(data_block, 0));
		tree_push(&w->tree, w->nr_mapped++, &mapping_le);
		if (++w->in_run == runs->lengths[w->run]) {
			w->in_run = 0;
			w->run++;
		}
	}
}

/* Writes all devices, now a few leaves of the one and then of the next. */
static void write_devices(struct pool *p, struct writer *writers, const struct runs *runs,
			  uint64_t nr_mappings, uint32_t max_extent)
{
	struct rnd *rnd = &p->im->rnd;
	uint64_t done;
	uint32_t nr_leaves;

	do {
		done = 0;
		for (uint32_t d = 0; d < NR_DEVICES; d++) {
			nr_leaves = 1 + rnd_below(rnd, max_extent);
			write_mappings(&writers[d], runs,
				       (uint64_t)nr_leaves * node_max_entries(sizeof(__le64)));
			done += writers[d].nr_mapped;
		}
		maps_allocate(&p->maps, done, nr_mappings);
	} while (done < nr_mappings);
}

static void fill(struct image *im, uint64_t nr_mappings, uint32_t spread, uint32_t max_extent)
{
	struct writer writers[NR_DEVICES] = { 0 };
	struct runs runs = { .nr = 0 };
	struct pool p;

	pool_init(&p, im, NR_DEVICES, nr_mappings * spread);
	runs.lengths = image_calloc(nr_mappings, sizeof(*runs.lengths));
	for (uint32_t d = 0; d < NR_DEVICES; d++) {
		writers[d].nr_left = nr_mappings * (d + 1) / NR_DEVICES -
				     nr_mappings * d / NR_DEVICES;
		tree_init(&writers[d].tree, im, sizeof(__le64), writers[d].nr_left);
	}
	cut(&runs, writers, &im->rnd);
	runs.begins = image_calloc(runs.nr, sizeof(*runs.begins));
	scatter(&runs, &im->rnd, spread);
	write_devices(&p, writers, &runs, nr_mappings, max_extent);

	for (uint32_t d = 0; d < NR_DEVICES; d++)
		p.devices[d] = (struct pool_device) {
			.root = writers[d].tree.root,
			.nr_mapped = writers[d].nr_mapped,
			.transaction_id = d,
		};
	p.transaction_id = NR_DEVICES;
	pool_store(&p);
	free(runs.begins);
	free(runs.lengths);
}

void many_fill(struct image *im, uint64_t nr_mappings)
{
	fill(im, nr_mappings, 1, MAX_EXTENT);
}

void many_fill_half(struct image *im, uint64_t nr_mappings)
{
	fill(im, nr_mappings, 2, MAX_EXTENT);
}

void many_fill_mixed(struct image *im, uint64_t nr_mappings)
{
	fill(im, nr_mappings, 1, 1);
}
