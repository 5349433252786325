/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/delta_batch.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/ls_pool.h"

/* The largest leaf: 252 runs of one block each. */
#define MAX_RUNS ((size_t)LEAVES_MAX * (META_BLOCK_SIZE / 16))

/* Goes through the entries of one side. */
struct cursor {
	struct delta_batch *batch;
	enum delta_who side;
	unsigned leaf;			/* the next one */
	struct node node;
	uint32_t entry;			/* the next one */
	bool any;			/* there is an entry: */
	bool both;			/* of a leaf that both sides have */
	bool dense;			/* of one without gaps, and data does not count */
	uint64_t key, data;
};

int delta_batch_init(struct delta_batch *b, const struct forest *f)
{
	int r = leaves_init(&b->piece.leaves, f);

	b->runs = alloc_array(MAX_RUNS, sizeof(*b->runs));
	return b->runs ? r : -ENOMEM;
}

void delta_batch_exit(struct delta_batch *b)
{
	leaves_exit(&b->piece.leaves);
	free(b->runs);
}

bool delta_batch_is_joined(const struct thin_delta_opts *o, const struct thin_delta_run *a,
			   const struct thin_delta_run *b)
{
	if (a->kind != b->kind || a->thin_begin + a->length != b->thin_begin)
		return false;
	if (!o->by_data)
		return true;
	return (a->kind == THIN_DELTA_RIGHT_ONLY || a->left_data + a->length == b->left_data) &&
		(a->kind == THIN_DELTA_LEFT_ONLY || a->right_data + a->length == b->right_data);
}

static int blame(struct cursor *c)
{
	struct delta_batch *b = c->batch;
	const struct thin_delta_side *side = &b->opts->sides[c->side];

	b->fault.kind = KIND_MAPPING;
	b->fault.shared = c->both;
	if (!side->is_root)
		b->fault.dev_id = (uint32_t)side->number;
	return -EUCLEAN;
}

/* Enters the next leaf of this side; false if there is none. */
static int next_leaf(struct cursor *c, bool *found)
{
	struct delta_piece *p = &c->batch->piece;
	struct fault *f = &c->batch->fault;
	uint32_t where;
	unsigned i;

	while (c->leaf < p->leaves.nr && p->who[c->leaf] != c->side &&
	       !(p->who[c->leaf] == DELTA_BOTH && c->side == DELTA_LEFT))
		c->leaf++;
	*found = c->leaf < p->leaves.nr;
	if (!*found)
		return 0;
	i = c->leaf++;
	c->both = p->who[i] == DELTA_BOTH;
	c->entry = 0;
	where = p->leaves.forest->leaves[p->leaves.index[i]].block;
	if (leaves_judge(&p->leaves, i, &c->node, f) ||
	    ls_pool_judge_data(&c->node, where, c->batch->nr_data_blocks, f))
		return blame(c);
	if (!c->node.nr_entries)
		return 0;
	c->dense = !c->batch->opts->by_data &&
		   node_key(&c->node, c->node.nr_entries - 1) - node_key(&c->node, 0) ==
			   c->node.nr_entries - 1;
	if (node_key(&c->node, 0) < p->begin)
		c->entry = (uint32_t)(node_find(&c->node, p->begin - 1) + 1);
	return 0;
}

/* Takes the next entry; only those of the piece. */
static inline int next(struct cursor *c)
{
	while (c->entry == c->node.nr_entries) {
		int r = next_leaf(c, &c->any);

		if (r || !c->any)
			return r;
	}
	c->key = node_key(&c->node, c->entry);
	c->data = thin_mapping_block(node_value64(&c->node, c->entry));
	c->entry++;
	c->any = c->key <= c->batch->piece.last;
	return 0;
}

static inline void add(struct delta_batch *b, const struct thin_delta_run *run)
{
	struct thin_delta_run *last = b->runs + b->nr_runs - 1;

	if (!b->opts->wanted[run->kind])
		return;
	if (b->nr_runs && delta_batch_is_joined(b->opts, last, run))
		last->length += run->length;
	else
		b->runs[b->nr_runs++] = *run;
}

/* Takes what comes before @other along if that is one run; how much it is together. */
static inline uint64_t take_dense(struct cursor *c, const struct cursor *other)
{
	uint64_t last = c->batch->piece.last, more;

	if (!c->dense)
		return 1;
	if (other->any && other->key - 1 < last)
		last = other->key - 1;
	more = c->node.nr_entries - c->entry;
	if (last - c->key < more)
		more = last - c->key;
	c->entry += (uint32_t)more;
	return more + 1;
}

static int add_one_sided(struct delta_batch *b, struct cursor *c, const struct cursor *other)
{
	struct thin_delta_run run = { .thin_begin = c->key, .length = take_dense(c, other) };

	if (c->side == DELTA_RIGHT) {
		run.kind = THIN_DELTA_RIGHT_ONLY;
		run.right_data = c->data;
	} else {
		run.kind = c->both ? THIN_DELTA_SAME : THIN_DELTA_LEFT_ONLY;
		run.left_data = c->data;
		run.right_data = c->both ? c->data : 0;
	}
	add(b, &run);
	return next(c);
}

static int add_pair(struct delta_batch *b, struct cursor *left, struct cursor *right)
{
	struct thin_delta_run run = {
		.kind = left->data == right->data ? THIN_DELTA_SAME : THIN_DELTA_DIFFERENT,
		.thin_begin = left->key, .length = 1,
		.left_data = left->data, .right_data = right->data,
	};
	int r = next(left);

	add(b, &run);
	return r ? r : next(right);
}

static int compare(struct delta_batch *b)
{
	struct cursor left = { .batch = b, .side = DELTA_LEFT };
	struct cursor right = { .batch = b, .side = DELTA_RIGHT };
	int r = next(&left);

	if (!r)
		r = next(&right);
	while (!r && (left.any || right.any)) {
		if (left.any && right.any && left.key == right.key)
			r = add_pair(b, &left, &right);
		else if (left.any && (!right.any || left.key < right.key))
			r = add_one_sided(b, &left, &right);
		else
			r = add_one_sided(b, &right, &left);
	}
	return r;
}

void delta_batch_fill(struct delta_batch *b)
{
	b->nr_runs = 0;
	leaves_read(&b->piece.leaves);
	b->result = compare(b);
}
