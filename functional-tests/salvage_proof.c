/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "salvage_proof.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/le.h"
#include "meta/thin_check.h"
#include "pdata/node.h"

/* So many exchanges are tried. */
#define MOST_TRIALS 200u

struct proof {
	const struct image *im;
	uint8_t *lost;
	struct mappings *more;
	uint8_t *other;			/* the other pool */
	uint8_t *is_leaf;		/* by block: one that maps something */
	uint64_t nr_faults;		/* hints that a check gives of the pool itself */
	unsigned nr_trials;
};

/* What a check has to say of ->other; UINT64_MAX if it does not pass. */
static uint64_t check(struct proof *p)
{
	struct thin_check_opts opts = { .nr_threads = 1 };
	struct thin_check_report *rep;
	uint64_t nr_faults = UINT64_MAX;
	struct engine *e;

	if (engine_open_memory(&e, p->other, p->im->nr_blocks * META_BLOCK_SIZE))
		err(2, "proof");
	if (!thin_check(e, &opts, &rep)) {
		if (thin_check_is_good(rep, false))
			nr_faults = rep->nr_faults;
		thin_check_free(rep);
	}
	engine_close(e);
	return nr_faults;
}

static void note_differences(struct proof *p, const struct mappings *now)
{
	const struct mappings *was = &p->im->truth;

	for (size_t i = 0, k = 0; i < was->nr || k < now->nr;) {
		const struct mapping *a = i < was->nr ? &was->all[i] : NULL;
		const struct mapping *b = k < now->nr ? &now->all[k] : NULL;
		int o = !a ? 1 : !b ? -1 : mapping_order(a, b);

		if (o < 0 || (!o && a->value >> THIN_TIME_BITS != b->value >> THIN_TIME_BITS))
			p->lost[i] = 1;
		else if (o > 0)
			mappings_add(p->more, b);
		i += o <= 0;
		k += o >= 0;
	}
}

/* What is in ->other is as good as what was there, if a check passes it. */
static void judge(struct proof *p)
{
	struct mappings now = { .nr = 0 };

	p->nr_trials++;
	if (check(p) <= p->nr_faults && image_map(p->other, p->im, &now))
		note_differences(p, &now);
	free(now.all);
}

static bool parse(const struct proof *p, uint64_t where, struct node *n)
{
	struct fault f;

	return !node_parse(n, p->im->data + where * META_BLOCK_SIZE, where, sizeof(__le64), &f);
}

static void exchange_nodes(struct proof *p, uint64_t x, uint64_t y)
{
	const uint8_t *data = p->im->data;

	memcpy(block_at(p->other, x), data + y * META_BLOCK_SIZE, META_BLOCK_SIZE);
	memcpy(block_at(p->other, y), data + x * META_BLOCK_SIZE, META_BLOCK_SIZE);
	block_seal(block_at(p->other, x), x, NODE_SALT);
	block_seal(block_at(p->other, y), y, NODE_SALT);
	judge(p);
	memcpy(block_at(p->other, x), data + x * META_BLOCK_SIZE, META_BLOCK_SIZE);
	memcpy(block_at(p->other, y), data + y * META_BLOCK_SIZE, META_BLOCK_SIZE);
}

static void exchange_entries(struct proof *p, uint64_t where, uint32_t i, uint32_t k)
{
	struct node_disk *d = (void *)block_at(p->other, where);
	__le64 *values = d->keys + le32_to_cpu(d->header.max_entries);
	__le64 was_le = values[i];

	values[i] = values[k];
	values[k] = was_le;
	block_seal(d, where, NODE_SALT);
	judge(p);
	values[k] = values[i];
	values[i] = was_le;
	block_seal(d, where, NODE_SALT);
}

static bool is_node(const struct proof *p, uint64_t where, bool leaf, struct node *n)
{
	return parse(p, where, n) && n->nr_entries && n->leaf == leaf &&
	       (!leaf || p->is_leaf[where]);
}

static void try_nodes(struct proof *p, const uint8_t *is_hit, bool leaves)
{
	struct node x, y;

	for (uint64_t a = 1; a < p->im->nr_blocks; a++) {
		if (!is_hit[a] || !is_node(p, a, leaves, &x))
			continue;
		for (uint64_t b = a + 1; b < p->im->nr_blocks && p->nr_trials < MOST_TRIALS; b++)
			if (is_hit[b] && is_node(p, b, leaves, &y) &&
			    node_key(&x, 0) == node_key(&y, 0))
				exchange_nodes(p, a, b);
	}
}

static void try_entries(struct proof *p, const uint8_t *is_hit)
{
	uint64_t top = p->im->sb.mapping_root;
	struct node n;

	/* Larger pools have a tree there; leave it at that. */
	if (!is_hit[top] || !parse(p, top, &n) || !n.leaf)
		return;
	for (uint32_t i = 0; i < n.nr_entries; i++)
		for (uint32_t k = i + 1; k < n.nr_entries && p->nr_trials < MOST_TRIALS; k++)
			exchange_entries(p, top, i, k);
}

void proof_find(const struct image *im, const struct damage *d, uint8_t *lost,
		struct mappings *more, bool leaves)
{
	size_t size = im->nr_blocks * META_BLOCK_SIZE;
	struct proof p = {
		.im = im, .lost = lost, .more = more, .other = malloc(size),
		.is_leaf = calloc(im->nr_blocks, 1),
	};

	if (d->way == FLIP || d->way == SMEAR || d->way == SMEAR_SEALED || d->way == SWAP)
		goto out;
	if (!p.other || !p.is_leaf)
		err(2, "proof");
	memcpy(p.other, im->data, size);
	for (size_t i = 0; i < im->truth.nr; i++)
		p.is_leaf[im->truth.all[i].leaf] = 1;
	p.nr_faults = check(&p);
	try_entries(&p, d->is_hit);
	try_nodes(&p, d->is_hit, false);
	p.nr_trials = 0;
	if (leaves)
		try_nodes(&p, d->is_hit, true);
out:
	free(p.other);
	free(p.is_leaf);
}
