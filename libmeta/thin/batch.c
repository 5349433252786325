/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/batch.h"

#include <stdlib.h>

#include "base/alloc.h"

/* The largest leaf: 252 runs of one block each. */
#define MAX_RUNS ((size_t)LEAVES_MAX * (META_BLOCK_SIZE / 16))

int batch_init(struct batch *b, struct shelf *shelf)
{
	int r = leaves_init(&b->leaves, shelf->forest);

	b->shelf = shelf;
	b->runs = alloc_array(MAX_RUNS, sizeof(*b->runs));
	return b->runs ? r : -ENOMEM;
}

void batch_exit(struct batch *b)
{
	leaves_exit(&b->leaves);
	free(b->runs);
}

bool batch_take(struct batch *b, struct script *s)
{
	struct leaves *l = &b->leaves;
	struct script_step *step = b->steps;

	b->dev_id = script_device(s);
	l->nr = 0;
	b->nr_leaves = 0;
	while (b->nr_leaves < l->most && b->nr_leaves < b->shelf->left &&
	       step < b->steps + BATCH_STEPS && script_next(s, step)) {
		if (step->kind == SCRIPT_LEAF) {
			b->nr_leaves++;
			if (!shelf_has(b->shelf, step->value))
				l->index[l->nr++] = step->value;
		}
		step++;
	}
	b->nr_steps = (size_t)(step - b->steps);
	return b->nr_steps;
}

/* Where the runs begin that no event is behind. */
static size_t open_runs(const struct batch *b)
{
	return b->nr_events ? b->events[b->nr_events - 1].run : 0;
}

/* Only the first run of a leaf can go on from the one before. */
static void add_first_run(struct batch *b, const struct thin_run *run)
{
	struct thin_run *last = &b->runs[b->nr_runs] - 1;

	if (b->nr_runs > open_runs(b) && batch_is_joined(last, run))
		last->length += run->length;
	else
		b->runs[b->nr_runs++] = *run;
}

/* Adds the first @nr entries of a leaf. */
static void decode(struct batch *b, const struct node *n, uint32_t nr)
{
	const uint64_t next_block = thin_mapping_pack(1, 0);
	uint32_t begin, end;

	for (begin = 0; begin < nr; begin = end) {
		uint64_t key = node_key(n, begin), value = node_value64(n, begin);
		struct thin_run run = {
			.thin_begin = key, .data_begin = thin_mapping_block(value),
			.time = thin_mapping_time(value),
		};

		/* Block and time are in one word, so one comparison does for both. */
		for (end = begin + 1; end < nr; end++)
			if (node_key(n, end) != ++key ||
			    node_value64(n, end) != (value += next_block))
				break;
		run.length = end - begin;
		if (begin)
			b->runs[b->nr_runs++] = run;
		else
			add_first_run(b, &run);
	}
}

/* The first entry that is mapped behind the end of the data device. */
static uint32_t find_stray(const struct node *n, uint64_t nr_data_blocks)
{
	uint32_t strays = 0, i = 0;

	for (uint32_t k = 0; k < n->nr_entries; k++)
		strays += thin_mapping_block(node_value64(n, k)) >= nr_data_blocks;
	if (!strays)
		return n->nr_entries;
	while (thin_mapping_block(node_value64(n, i)) < nr_data_blocks)
		i++;
	return i;
}

static int add_leaf(struct batch *b, unsigned i, uint64_t nr_data_blocks)
{
	const struct forest *f = b->leaves.forest;
	struct node n;
	uint32_t sound;
	int r = leaves_judge(&b->leaves, i, &n, &b->fault);

	if (r)
		return r;
	sound = find_stray(&n, nr_data_blocks);
	decode(b, &n, sound);
	if (sound == n.nr_entries)
		return 0;
	fault(&b->fault, FAULT_MAPPING_BLOCK, f->leaves[b->leaves.index[i]].block,
	      thin_mapping_block(node_value64(&n, sound)), nr_data_blocks);
	b->fault.begin = node_key(&n, sound);
	b->fault.end = b->fault.begin == UINT64_MAX ? UINT64_MAX : b->fault.begin + 1;
	return -EUCLEAN;
}

static int add_shelved(void *arg, const struct thin_run *runs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		add_first_run(arg, &runs[i]);
	return 0;
}

static const struct thin_emit to_batch = { .runs = add_shelved };

/* Nobody asks where, so the least key that it can have will do. */
static void add_length(struct batch *b, unsigned i, const uint16_t *lengths)
{
	const struct forest_leaf *leaf = &b->leaves.forest->leaves[b->leaves.index[i]];

	if (lengths[leaf->block])
		b->runs[b->nr_runs++] = (struct thin_run){
			.thin_begin = leaf->bounds.low, .length = lengths[leaf->block],
		};
}

static void add_event(struct batch *b, struct script_step step)
{
	b->events[b->nr_events++] = (struct load_event){ step.kind, step.value, b->nr_runs };
}

/* Faults tell the device that they were met in; follow where the script is. */
static void note_device(struct batch *b, const struct batch_source *s, struct script_step step)
{
	const struct segments *g = s->segments;

	if (step.kind == SCRIPT_DEVICE_BEGIN)
		b->dev_id = s->devices->devices[step.value].dev_id;
	if (step.kind == SCRIPT_DEF_BEGIN)
		b->dev_id = s->devices->devices[g->all[g->by_id[step.value - 1]].user].dev_id;
}

static int follow(struct batch *b, const struct batch_source *s, struct script_step step,
		  unsigned *leaf)
{
	int r;

	switch (step.kind) {
	case SCRIPT_LEAF:
		if (s->lengths) {
			add_length(b, (*leaf)++, s->lengths);
			return 0;
		}
		r = shelf_has(b->shelf, step.value) ?
			shelf_read(b->shelf, step.value, &to_batch, b) :
			add_leaf(b, (*leaf)++, s->nr_data_blocks);
		break;
	case SCRIPT_DAMAGE:
		b->fault = s->forest->faults[step.value];
		r = -EUCLEAN;
		break;
	case SCRIPT_NO_DEVICES:
		b->fault = s->devices->fault;
		return -EUCLEAN;
	default:
		note_device(b, s, step);
		add_event(b, step);
		return 0;
	}
	if (r) {
		b->fault.dev_id = b->dev_id;
		b->fault.kind = KIND_MAPPING;
	}
	return r;
}

void batch_fill(struct batch *b, const struct batch_source *s)
{
	unsigned leaf = 0;

	b->nr_runs = 0;
	b->nr_events = 0;
	b->result = 0;
	if (!s->lengths)
		leaves_read(&b->leaves);
	for (size_t i = 0; i < b->nr_steps && !b->result; i++)
		b->result = follow(b, s, b->steps[i], &leaf);
}

struct thin_run *batch_head(const struct batch *b)
{
	size_t before = b->nr_events ? b->events[0].run : b->nr_runs;

	return before ? b->runs : NULL;
}

struct thin_run *batch_tail(const struct batch *b)
{
	return b->nr_runs > open_runs(b) ? &b->runs[b->nr_runs - 1] : NULL;
}
