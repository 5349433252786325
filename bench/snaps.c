/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snaps.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "tree.h"

enum {
	MANY_SNAPS = 208,
	FEW_SNAPS = 8,
	PART = 50,		/* one mapping of this many is rewritten: 2 % */
	MEAN_CLUSTER = 131,	/* mappings rewritten together; makes 448 of 512 MiB */
	MAX_ORIGIN_RUN = 512,	/* mappings of the origin that lie together */
	MAX_DELAY = 3,		/* snapshots taken until a write, at most */
};

/* Consecutive thin blocks written together to consecutive data blocks. */
struct cluster {
	uint64_t begin;
	uint64_t end;
	uint64_t data_begin;
	uint32_t time;
};

/* What is written to one snapshot, in the order of thin blocks, and a cursor. */
struct rewrite {
	struct image *im;
	struct cluster *clusters;
	uint32_t nr_snaps;
	uint64_t nr;
	uint64_t next;		/* clusters before it end below what comes */
};

static int compare_clusters(const void *a, const void *b)
{
	const struct cluster *ca = a;
	const struct cluster *cb = b;

	if (ca->begin != cb->begin)
		return ca->begin < cb->begin ? -1 : 1;
	return (ca->end > cb->end) - (ca->end < cb->end);
}

/* Draws the clusters of the snapshot of @time, whose data starts at @data. */
static uint64_t draw(struct rewrite *rw, uint64_t nr_mappings, uint32_t time, uint64_t data)
{
	struct rnd *rnd = &rw->im->rnd;
	struct cluster *c;
	uint64_t limit;

	for (uint64_t i = 0; i < rw->nr; i++) {
		c = &rw->clusters[i];
		c->begin = rnd_below(rnd, nr_mappings);
		c->end = c->begin + MEAN_CLUSTER / 2 + rnd_below(rnd, MEAN_CLUSTER + 1);
	}
	qsort(rw->clusters, rw->nr, sizeof(*rw->clusters), compare_clusters);

	for (uint64_t i = 0; i < rw->nr; i++) {
		c = &rw->clusters[i];
		limit = i + 1 < rw->nr ? c[1].begin : nr_mappings;
		if (c->end > limit)
			c->end = limit;
		c->time = time + rnd_below(rnd, MAX_DELAY + 1);
		if (c->time > rw->nr_snaps)
			c->time = rw->nr_snaps;
		c->data_begin = data;
		data += c->end - c->begin;
	}
	rw->next = 0;
	return data;
}

/* Whether a thin block of [@begin, @end) is written; ranges come in order. */
static bool touches(struct rewrite *rw, uint64_t begin, uint64_t end)
{
	while (rw->next < rw->nr && rw->clusters[rw->next].end <= begin)
		rw->next++;

	/* A cluster that the next one cut to nothing touches nothing. */
	for (uint64_t i = rw->next; i < rw->nr && rw->clusters[i].begin < end; i++)
		if (rw->clusters[i].begin < rw->clusters[i].end)
			return true;
	return false;
}

static void rewrite_leaf(struct rewrite *rw, struct node_disk *n)
{
	uint32_t nr = __le32_to_cpu(n->header.nr_entries);
	uint64_t key, data_block;
	const struct cluster *c;
	__le64 *value;

	for (uint32_t i = 0; i < nr; i++) {
		key = __le64_to_cpu(n->keys[i]);
		value = tree_value(n, i);
		data_block = thin_mapping_block(__le64_to_cpu(*value));
		if (touches(rw, key, key + 1)) {
			c = &rw->clusters[rw->next];
			data_block = c->data_begin + (key - c->begin);
			*value = __cpu_to_le64(thin_mapping_pack(data_block, c->time));
		}
		rw->im->data_counts[data_block]++;
	}
}

/*
 * What becomes of @where, a node of the origin for [@begin, @end), in the
 * snapshot: itself, counted once more, or a copy that shares what it can.
 */
static uint64_t rewrite_node(struct rewrite *rw, uint64_t where, uint64_t begin, uint64_t end)
{
	struct node_disk *n;
	uint64_t copy, child_begin, child_end;
	uint32_t nr;
	__le64 *value;

	if (!touches(rw, begin, end)) {
		rw->im->counts[where]++;
		return where;
	}

	copy = image_alloc(rw->im);
	n = image_block(rw->im, copy);
	memcpy(n, image_block(rw->im, where), META_BLOCK_SIZE);
	nr = __le32_to_cpu(n->header.nr_entries);
	if (__le32_to_cpu(n->header.flags) == NODE_LEAF)
		rewrite_leaf(rw, n);
	else
		for (uint32_t i = 0; i < nr; i++) {
			value = tree_value(n, i);
			child_begin = __le64_to_cpu(n->keys[i]);
			child_end = i + 1 < nr ? __le64_to_cpu(n->keys[i + 1]) : end;
			*value = __cpu_to_le64(rewrite_node(rw, __le64_to_cpu(*value),
							    child_begin, child_end));
		}
	image_seal(rw->im, copy, NODE_SALT);
	return copy;
}

/* Writes the origin, in runs that take turns from both ends of its data. */
static uint64_t write_origin(struct image *im, uint64_t nr_mappings)
{
	uint64_t low = 0, high = nr_mappings;
	uint64_t run, data_block;
	struct tree t;
	__le64 mapping_le;

	tree_init(&t, im, sizeof(mapping_le), nr_mappings);
	for (uint64_t key = 0, left; key < nr_mappings; ) {
		left = nr_mappings - key;
		run = 1 + rnd_below(&im->rnd, MAX_ORIGIN_RUN);
		if (run > left)
			run = left;
		if (rnd_below(&im->rnd, 2)) {
			high -= run;
			data_block = high;
		} else {
			data_block = low;
			low += run;
		}
		for (; run; run--, key++, data_block++) {
			im->data_counts[data_block] = 1;
			mapping_le = __cpu_to_le64(thin_mapping_pack(data_block, 0));
			tree_push(&t, key, &mapping_le);
		}
	}
	return t.root;
}

static void fill(struct image *im, uint64_t nr_mappings, uint32_t nr_snaps)
{
	uint64_t nr_rewritten = nr_mappings / PART;
	struct rewrite rw = {
		.im = im, .nr_snaps = nr_snaps, .nr = nr_rewritten / MEAN_CLUSTER,
	};
	uint64_t data = nr_mappings;
	struct pool p;

	/* Clusters are drawn short or long, so leave the data device some air. */
	pool_init(&p, im, 1 + nr_snaps, nr_mappings + nr_snaps * (nr_rewritten + nr_rewritten / 8));
	rw.clusters = image_calloc(rw.nr, sizeof(*rw.clusters));

	p.devices[0] = (struct pool_device) {
		.root = write_origin(im, nr_mappings),
		.nr_mapped = nr_mappings,
		.snapshotted_time = nr_snaps,
	};
	for (uint32_t time = 1; time <= nr_snaps; time++) {
		data = draw(&rw, nr_mappings, time, data);
		p.devices[time] = (struct pool_device) {
			.root = rewrite_node(&rw, p.devices[0].root, 0, nr_mappings),
			.nr_mapped = nr_mappings,
			.transaction_id = time,
			.creation_time = time,
			.snapshotted_time = time,
		};
		maps_allocate(&p.maps, time, nr_snaps);
	}
	p.time = nr_snaps;
	p.transaction_id = nr_snaps + 1;
	pool_store(&p);
	free(rw.clusters);
}

void snaps_fill(struct image *im, uint64_t nr_mappings)
{
	fill(im, nr_mappings, MANY_SNAPS);
}

void snaps_fill_few(struct image *im, uint64_t nr_mappings)
{
	fill(im, nr_mappings, FEW_SNAPS);
}
