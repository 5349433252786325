/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/height.h"

/* Children kept in memory for walk_count(): 16 MiB; others are read again. */
#define MAX_CHILDREN	(4u << 20)
#define NO_CHILDREN	UINT64_MAX

/* What a pointer says about the node it leads to. */
struct claim {
	uint64_t from;
	uint64_t to;
	unsigned height;
	struct walk_span span;
};

struct run {
	struct walk *walk;
	const struct walk_tree *tree;
	unsigned height;
};

static int init_sets(struct walk *w)
{
	int r = bits_init(&w->damaged, w->nr_blocks);

	r = r ? r : bits_init(&w->lost, w->nr_blocks);
	r = r ? r : bits_init(&w->roots, w->nr_blocks);
	for (unsigned i = 0; i < WALK_HEIGHTS && !r; i++)
		r = bits_init(&w->pending[i], w->nr_blocks);
	return r;
}

int walk_init(struct walk *w, struct engine *e, uint64_t nr_blocks, struct refs *refs,
	      struct fault_sink *sink)
{
	int r;

	*w = (struct walk){
		.engine = e, .stream = { .engine = e, .nr_threads = 1 }, .sink = sink,
		.refs = refs, .nr_blocks = nr_blocks,
	};
	w->uses = alloc_array(nr_blocks, sizeof(*w->uses));
	w->spans = alloc_array(nr_blocks, sizeof(*w->spans));
	r = w->uses && w->spans ? init_sets(w) : -ENOMEM;
	if (!r)
		r = -pthread_mutex_init(&w->lock, NULL);
	return r;
}

void walk_exit(struct walk *w)
{
	for (unsigned i = 0; i < WALK_HEIGHTS; i++) {
		bits_exit(&w->pending[i]);
		free(w->inners[i].nodes);
	}
	bits_exit(&w->damaged);
	bits_exit(&w->lost);
	bits_exit(&w->roots);
	free(w->uses);
	free(w->spans);
	free(w->children);
	pthread_mutex_destroy(&w->lock);
}

static void report(struct walk *w, const struct walk_span *span, enum block_kind kind,
		   struct fault *f)
{
	f->kind = kind;
	/* Pointers that contradict each other leave no key. */
	if (span->begin < span->end) {
		f->begin = span->begin;
		f->end = span->end;
	}
	if (kind == KIND_MAPPING) {
		f->dev_id = span->owner & OWNER_ID;
		f->shared = span->owner & OWNER_MANY;
	}
	fault_sink_add(w->sink, f);
}

/* Who reaches a node that both @a and @b reach. */
static uint32_t merged_owner(uint32_t a, uint32_t b)
{
	uint32_t id_a = a & OWNER_ID, id_b = b & OWNER_ID, id = id_a;
	uint32_t many = id_a != id_b && (a & b & OWNER_LIVE) ? OWNER_MANY : 0;

	/* A live device is named rather than one of the snapshot's. */
	if ((a ^ b) & OWNER_LIVE)
		id = a & OWNER_LIVE ? id_a : id_b;
	else if (id_b < id_a)
		id = id_b;
	return id | many | ((a | b) & ~(uint32_t)OWNER_ID);
}

/* With the lock held, or before threads run. */
static void note_damage(struct walk *w, uint64_t where)
{
	bits_add(&w->damaged, where);
	w->nr_damages++;
}

/* Two pointers lead to one node: what they say must both hold. */
static void merge(struct walk_span *s, const struct walk_span *with)
{
	if (with->begin > s->begin)
		__atomic_store_n(&s->begin, with->begin, __ATOMIC_RELAXED);
	if (with->end < s->end)
		__atomic_store_n(&s->end, with->end, __ATOMIC_RELAXED);
	if (with->least < s->least)
		__atomic_store_n(&s->least, with->least, __ATOMIC_RELAXED);
	__atomic_store_n(&s->owner, merged_owner(s->owner, with->owner), __ATOMIC_RELAXED);
}

/* The pointer must stay within the device and agree with those before it. */
static bool judge_claim(struct walk *w, const struct claim *c, enum block_kind kind, bool shareable)
{
	enum block_kind use = walk_kind(w, c->to);
	struct fault f;

	if (!c->to || c->to >= w->nr_blocks)
		fault(&f, c->to ? FAULT_PTR_RANGE : FAULT_PTR_TYPE, c->from,
		      c->to ? c->to : KIND_SB, c->to ? w->nr_blocks : kind);
	else if (use != KIND_FREE && (use != kind || !shareable))
		fault(&f, FAULT_PTR_TYPE, c->to, kind, use);
	else if (use == kind && w->uses[c->to] >> 4 != c->height)
		fault(&f, FAULT_PTR_HEIGHT, c->to, c->height, w->uses[c->to] >> 4);
	else
		return true;
	report(w, &c->span, kind, &f);
	return false;
}

/*
 * Says whether @c adds nothing to what is known of a node already; then only
 * its count is left to be taken off.  Without the lock: all that merge() does
 * goes one way, so what an older state allows the present one allows as well.
 */
static bool is_settled(const struct walk *w, const struct claim *c, enum block_kind kind)
{
	const struct walk_span *s = &w->spans[c->to];
	uint32_t owner = __atomic_load_n(&s->owner, __ATOMIC_RELAXED);

	if (__atomic_load_n(&w->uses[c->to], __ATOMIC_ACQUIRE) != (kind | c->height << 4))
		return false;
	return __atomic_load_n(&s->begin, __ATOMIC_RELAXED) >= c->span.begin &&
	       __atomic_load_n(&s->end, __ATOMIC_RELAXED) <= c->span.end &&
	       __atomic_load_n(&s->least, __ATOMIC_RELAXED) <= c->span.least &&
	       merged_owner(owner, c->span.owner) == owner;
}

/* With the lock held, or before threads run. */
static bool claim(struct walk *w, const struct claim *c, enum block_kind kind, bool shareable)
{
	struct walk_span *s;

	if (!judge_claim(w, c, kind, shareable))
		return false;
	if (w->refs)
		refs_add(w->refs, c->to, -1);
	if (w->uses[c->to]) {
		merge(&w->spans[c->to], &c->span);
		return true;
	}
	s = &w->spans[c->to];
	__atomic_store_n(&s->begin, c->span.begin, __ATOMIC_RELAXED);
	__atomic_store_n(&s->end, c->span.end, __ATOMIC_RELAXED);
	__atomic_store_n(&s->least, c->span.least, __ATOMIC_RELAXED);
	__atomic_store_n(&s->owner, c->span.owner, __ATOMIC_RELAXED);
	/* Only now may others look at the span without the lock. */
	__atomic_store_n(&w->uses[c->to], (uint8_t)(kind | c->height << 4), __ATOMIC_RELEASE);
	return true;
}

bool walk_claim(struct walk *w, uint64_t from, uint64_t to, enum block_kind kind)
{
	struct claim c = { .from = from, .to = to };
	bool good;

	pthread_mutex_lock(&w->lock);
	good = claim(w, &c, kind, false);
	pthread_mutex_unlock(&w->lock);
	return good;
}

static bool claim_node(struct walk *w, const struct claim *c, const struct walk_tree *tree)
{
	if (!claim(w, c, tree->kind, tree->shareable))
		return false;
	bits_add(&w->pending[c->height], c->to);
	return true;
}

/* No more than all blocks of a small device have. */
static uint64_t most_children(const struct walk *w)
{
	uint64_t all = w->nr_blocks * node_max_entries(sizeof(__le64));

	return all < MAX_CHILDREN ? all : MAX_CHILDREN;
}

/* Where the children of a node will be kept; NULL if there is no room. */
static uint32_t *keep_inner(struct walk *w, uint64_t where, unsigned height, uint32_t nr)
{
	struct walk_inners *in = &w->inners[height];
	struct walk_inner *inner;

	if (alloc_room(&in->nodes, &in->room, in->nr, 1, sizeof(*in->nodes))) {
		w->error = -ENOMEM;
		return NULL;
	}
	inner = &in->nodes[in->nr++];
	*inner = (struct walk_inner){ .where = (uint32_t)where, .nr = nr, .children = NO_CHILDREN };
	if (!w->children)
		w->children = alloc_array(most_children(w), sizeof(*w->children));
	if (!w->children || nr > most_children(w) - w->nr_children)
		return NULL;
	inner->children = w->nr_children;
	w->nr_children += nr;
	return w->children + inner->children;
}

/* Child @i of the node @where, as its parent has it. */
static struct claim child_claim(const struct run *run, const struct node *n, uint64_t where,
				uint32_t i)
{
	const struct walk_span *span = &run->walk->spans[where];

	return (struct claim){
		.from = where, .to = node_value64(n, i), .height = run->height - 1,
		.span = {
			.begin = node_key(n, i),
			.end = i + 1 < n->nr_entries ? node_key(n, i + 1) : span->end,
			.owner = span->owner, .least = span->least,
		},
	};
}

/*
 * Most children of a snapshot's nodes are known from others already and need
 * no lock.
 */
static bool claim_children(struct run *run, const struct node *n, uint64_t where)
{
	struct walk *w = run->walk;
	bool good = true;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		struct claim c = child_claim(run, n, where, i);

		if (run->tree->shareable && c.to && c.to < w->nr_blocks &&
		    is_settled(w, &c, run->tree->kind)) {
			if (w->refs)
				refs_add(w->refs, c.to, -1);
			continue;
		}
		pthread_mutex_lock(&w->lock);
		good &= claim_node(w, &c, run->tree);
		pthread_mutex_unlock(&w->lock);
	}
	return good;
}

static int do_inner(struct run *run, const struct node *n, uint64_t where)
{
	struct walk *w = run->walk;
	uint32_t *children = NULL;
	int r;

	if (run->tree->keep_inners) {
		pthread_mutex_lock(&w->lock);
		children = keep_inner(w, where, run->height, n->nr_entries);
		r = w->error;
		pthread_mutex_unlock(&w->lock);
		if (r)
			return r;
	}
	/* What is out of range is kept as 0, which is never a child. */
	for (uint32_t i = 0; children && i < n->nr_entries; i++) {
		uint64_t child = node_value64(n, i);

		children[i] = child < w->nr_blocks ? (uint32_t)child : 0;
	}
	if (claim_children(run, n, where))
		return 0;
	pthread_mutex_lock(&w->lock);
	note_damage(w, where);
	pthread_mutex_unlock(&w->lock);
	return 0;
}

/* What a node must be because of who points to it. */
static int judge_place(const struct run *run, const struct node *n, uint64_t where,
		       struct fault *f)
{
	const struct walk_span *span = &run->walk->spans[where];
	uint64_t first, last;

	if (n->leaf != (run->height == 0))
		return fault(f, FAULT_NODE_DEPTH, where, run->height,
			     run->height ? NODE_INTERNAL : NODE_LEAF);
	if (!n->nr_entries)
		return 0;
	first = node_key(n, 0);
	last = node_key(n, n->nr_entries - 1);
	if (first < span->begin)
		return fault(f, FAULT_NODE_KEY_LOW, where, first, span->begin);
	if (last >= span->end)
		return fault(f, FAULT_NODE_KEY_HIGH, where, last, span->end);
	return 0;
}

static void judge_manners(struct run *run, const struct node *n, const void *block,
			  uint64_t where)
{
	bool root = bits_has(&run->walk->roots, where);
	struct fault f[NODE_MANNERS];
	unsigned nr = node_check_manners(n, block, root, f);

	for (unsigned i = 0; i < nr; i++)
		report(run->walk, &run->walk->spans[where], run->tree->kind, &f[i]);
}

static int do_node(void *arg, unsigned worker, uint64_t where, const void *block, int error)
{
	struct run *run = arg;
	struct walk *w = run->walk;
	struct fault f;
	struct node n;
	int r;

	(void)worker;
	r = block ? node_parse(&n, block, where, run->tree->value_size, &f) :
		    fault(&f, FAULT_BLOCK_IO, where, (uint64_t)-error, 0);
	if (!r)
		r = judge_place(run, &n, where, &f);
	if (r) {
		pthread_mutex_lock(&w->lock);
		bits_add(&w->lost, where);
		note_damage(w, where);
		pthread_mutex_unlock(&w->lock);
		report(w, &w->spans[where], run->tree->kind, &f);
		return 0;
	}
	judge_manners(run, &n, block, where);
	if (run->height)
		return do_inner(run, &n, where);
	return run->tree->leaf(run->tree->arg, &n, where, &w->spans[where]);
}

static void claim_roots(struct walk *w, const struct walk_tree *tree,
			const struct walk_root *roots, uint64_t nr_roots)
{
	for (uint64_t i = 0; i < nr_roots; i++) {
		struct claim c = {
			.from = roots[i].from, .to = roots[i].where, .height = roots[i].height,
			.span = { .begin = 0, .end = UINT64_MAX, .owner = roots[i].owner,
				  .least = roots[i].least },
		};

		if (c.to < w->nr_blocks)
			bits_add(&w->roots, c.to);
		if (!claim_node(w, &c, tree))
			note_damage(w, c.from);
	}
}

static void forget_inners(struct walk *w)
{
	for (unsigned i = 0; i < WALK_HEIGHTS; i++)
		w->inners[i].nr = 0;
	w->nr_children = 0;
}

int walk_run(struct walk *w, const struct walk_tree *tree, struct walk_root *roots,
	     uint64_t nr_roots)
{
	struct run run = { .walk = w, .tree = tree };
	int r;

	forget_inners(w);
	r = height_find(w, tree, roots, nr_roots);
	if (r)
		return r;
	claim_roots(w, tree, roots, nr_roots);
	for (run.height = WALK_HEIGHTS; run.height-- && !r;) {
		r = stream_visit(&w->stream, &w->pending[run.height], do_node, &run);
		bits_clear(&w->pending[run.height]);
	}
	return r ? r : w->error;
}

/* For a node whose children were not kept. */
static int read_children(struct walk *w, const struct walk_tree *tree,
			 const struct walk_inner *inner, void *block, uint32_t *children)
{
	struct fault f;
	struct node n;
	int r = engine_read(w->engine, block, inner->where, 1);

	if (r)
		return r;
	r = node_parse(&n, block, inner->where, tree->value_size, &f);
	/* It was sound a moment ago. */
	if (r || n.leaf || n.nr_entries != inner->nr)
		return -EIO;
	for (uint32_t i = 0; i < n.nr_entries; i++) {
		uint64_t child = node_value64(&n, i);

		children[i] = child < w->nr_blocks ? (uint32_t)child : 0;
	}
	return 0;
}

static void count_inner(struct walk *w, const struct walk_tree *tree, unsigned height,
			const struct walk_inner *inner, const uint32_t *children)
{
	struct walk_span *span = &w->spans[inner->where];

	span->nr_entries = 0;
	for (uint32_t i = 0; i < inner->nr; i++) {
		bool good = walk_is(w, children[i], tree->kind, height - 1) &&
			    !bits_has(&w->lost, children[i]);

		if (good)
			span->nr_entries += w->spans[children[i]].nr_entries;
		if (!good || bits_has(&w->damaged, children[i]))
			bits_add(&w->damaged, inner->where);
	}
}

int walk_count(struct walk *w, const struct walk_tree *tree)
{
	uint32_t *children = NULL;
	void *block = NULL;
	int r = 0;

	for (unsigned height = 1; height < WALK_HEIGHTS; height++) {
		for (uint64_t i = 0; i < w->inners[height].nr && !r; i++) {
			const struct walk_inner *inner = &w->inners[height].nodes[i];

			if (inner->children != NO_CHILDREN) {
				count_inner(w, tree, height, inner, w->children + inner->children);
				continue;
			}
			if (!block)
				block = alloc_blocks(2);
			if (!block)
				return -ENOMEM;
			children = (void *)((char *)block + META_BLOCK_SIZE);
			r = read_children(w, tree, inner, block, children);
			if (!r)
				count_inner(w, tree, height, inner, children);
		}
	}
	free(block);
	return r;
}
