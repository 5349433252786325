/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "salvage_parts.h"
#include "thin/exchange.h"
#include "thin/keys.h"
#include "thin/remains.h"
#include "thin/room.h"
#include "thin/trees.h"
#include "unit.h"

static const struct span everything = { 0, UINT64_MAX };

/* Two nodes above two leaves each, and a root above them. */
struct two {
	uint32_t leaves[4];
	uint32_t nodes[2];
	uint32_t root;
};

static void make(struct pool_image *i, struct two *t)
{
	pool_image_init(i);
	for (uint32_t n = 0; n < 4; n++)
		t->leaves[n] = pool_image_leaf(i, 100 * n, 1000 * n + 1000, 100);
	t->nodes[0] = pool_image_node(i, t->leaves, 2);
	t->nodes[1] = pool_image_node(i, t->leaves + 2, 2);
	t->root = pool_image_node(i, t->nodes, 2);
	pool_image_device(i, 1, t->root);
	pool_image_finish(i);
}

static void set_key(struct pool_image *i, uint32_t where, uint32_t at, uint64_t key)
{
	struct node_disk *d = pool_image_block(i, where);

	d->keys[at] = cpu_to_le64(key);
	pool_image_reseal(i, where);
}

/* A sound node, number and all, in the place of another. */
static void exchange(struct pool_image *i, uint32_t a, uint32_t b)
{
	char was[META_BLOCK_SIZE];

	memcpy(was, pool_image_block(i, a), sizeof(was));
	memcpy(pool_image_block(i, a), pool_image_block(i, b), sizeof(was));
	memcpy(pool_image_block(i, b), was, sizeof(was));
	block_seal(pool_image_block(i, a), a, NODE_SALT);
	block_seal(pool_image_block(i, b), b, NODE_SALT);
}

static bool mend(struct salvage_parts *p, uint32_t where)
{
	bool mended = false;
	struct node n;

	CU_ASSERT_EQUAL_FATAL(salvage_read(&p->s, where, sizeof(__le64), 0, &n), 0);
	CU_ASSERT_EQUAL(keys_mend(&p->s, where, &n, everything, &mended), 0);
	return mended;
}

/* Mends it, once, to these two keys. */
static void mends_to(struct salvage_parts *p, uint32_t where, uint64_t first, uint64_t second)
{
	struct node n;

	CU_ASSERT(mend(p, where));
	CU_ASSERT_EQUAL_FATAL(salvage_read(&p->s, where, sizeof(__le64), 0, &n), 0);
	CU_ASSERT(node_key(&n, 0) == first && node_key(&n, 1) == second);
	CU_ASSERT_FALSE(mend(p, where));
}

static void key_too_large(void)
{
	struct salvage_parts p;
	struct two t;

	make(&p.image, &t);
	set_key(&p.image, t.nodes[0], 1, 150);
	set_key(&p.image, t.root, 1, 1ull << 40);
	salvage_parts_init(&p);
	mends_to(&p, t.nodes[0], 0, 100);
	mends_to(&p, t.root, 0, 200);
	CU_ASSERT_EQUAL(p.s.nr_marks, 2);
	CU_ASSERT_EQUAL(p.s.marks[0].finding.code, THIN_FINDING_KEY_MENDED);
	CU_ASSERT_EQUAL(p.s.marks[0].finding.wanted, 100);
	salvage_parts_exit(&p);
}

static void key_too_small(void)
{
	struct salvage_parts p;
	struct two t;

	make(&p.image, &t);
	set_key(&p.image, t.nodes[1], 1, 250);
	salvage_parts_init(&p);
	mends_to(&p, t.nodes[1], 200, 300);
	CU_ASSERT_FALSE(mend(&p, t.nodes[0]));
	salvage_parts_exit(&p);
}

/* What is wrong is the child: it is none of those places. */
static void key_right(void)
{
	struct salvage_parts p;
	struct two t;

	make(&p.image, &t);
	exchange(&p.image, t.leaves[1], t.leaves[2]);
	salvage_parts_init(&p);
	CU_ASSERT_FALSE(mend(&p, t.nodes[0]));
	CU_ASSERT_FALSE(mend(&p, t.nodes[1]));
	CU_ASSERT_EQUAL(p.s.nr_marks, 0);
	salvage_parts_exit(&p);
}

/* The hole that the first node has left, after it was looked for what was there. */
static const struct hole *look_for(struct salvage_parts *p, const struct two *t)
{
	const struct census older = { .nr_roots = 0 };
	const struct hole *h = NULL;
	struct orphans o;

	p->s.next_number = 100;
	CU_ASSERT_EQUAL_FATAL(trees_reach(&p->s, t->root, everything), 0);
	CU_ASSERT_EQUAL_FATAL(orphans_init(&o, &p->s, &older), 0);
	/* What is not just above the leaves is not looked for yet. */
	CU_ASSERT_EQUAL(exchange_find_hints(&o, 1), 0);
	for (size_t i = 0; i < p->s.nr_holes; i++)
		if (p->s.holes[i].was == t->nodes[0])
			h = &p->s.holes[i];
	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	CU_ASSERT_EQUAL(h->nr_hints, 0);
	CU_ASSERT_EQUAL(exchange_find_hints(&o, 0), 0);
	orphans_exit(&o);
	return h;
}

/* A node and a leaf of the other node have changed places. */
static void finds_node(void)
{
	const struct hole *h;
	struct salvage_parts p;
	struct two t;

	make(&p.image, &t);
	exchange(&p.image, t.nodes[0], t.leaves[3]);
	salvage_parts_init(&p);
	h = look_for(&p, &t);
	CU_ASSERT_EQUAL(h->nr_hints, 2);
	CU_ASSERT(remains_has_hint(h, t.leaves[0]) && remains_has_hint(h, t.leaves[1]));
	salvage_parts_exit(&p);
}

/* The node is where nothing is in use, and all of its children are missed, or all but one. */
static const struct hole *look_for_free(struct salvage_parts *p, bool all_missed)
{
	uint8_t counts[POOL_IMAGE_BLOCKS] = { 0 };
	struct two t;

	make(&p->image, &t);
	exchange(&p->image, t.nodes[0], 99);
	memset(pool_image_block(&p->image, t.nodes[0]), 0, META_BLOCK_SIZE);
	for (unsigned i = 0; i < 4; i++)
		counts[t.leaves[i]] = i || all_missed;
	counts[t.nodes[0]] = counts[t.nodes[1]] = counts[t.root] = 1;
	salvage_parts_init(p);
	salvage_parts_count(p, counts);
	return look_for(p, &t);
}

static void finds_free_node(void)
{
	struct salvage_parts p;

	CU_ASSERT_EQUAL(look_for_free(&p, true)->nr_hints, 2);
	salvage_parts_exit(&p);
}

/* What has a child that is not in use is of an older transaction. */
static void finds_no_older_node(void)
{
	struct salvage_parts p;

	CU_ASSERT_EQUAL(look_for_free(&p, false)->nr_hints, 0);
	salvage_parts_exit(&p);
}

/* What a copy has covered is nowhere. */
static void finds_nothing(void)
{
	struct salvage_parts p;
	struct two t;

	make(&p.image, &t);
	memcpy(pool_image_block(&p.image, t.nodes[0]), pool_image_block(&p.image, t.leaves[3]),
	       META_BLOCK_SIZE);
	block_seal(pool_image_block(&p.image, t.nodes[0]), t.nodes[0], NODE_SALT);
	salvage_parts_init(&p);
	CU_ASSERT_EQUAL(look_for(&p, &t)->nr_hints, 0);
	CU_ASSERT_EQUAL(p.s.nr_holes, 1);
	salvage_parts_exit(&p);
}

/* Children of other keys than the lost node's are another's. */
static void names_within_span(void)
{
	struct hole h = { .height = 1, .span = { 150, 1000 } };
	struct salvage_parts p;
	struct two t;

	make(&p.image, &t);
	h.was = t.nodes[0];
	salvage_parts_init(&p);
	CU_ASSERT_EQUAL(remains_find_hints(&p.s, &h), 0);
	CU_ASSERT_EQUAL(h.nr_hints, 0);
	h.span.low = 100;
	CU_ASSERT_EQUAL(remains_find_hints(&p.s, &h), 0);
	CU_ASSERT_EQUAL(h.nr_hints, 1);
	CU_ASSERT(remains_has_hint(&h, t.leaves[1]));
	free(h.hints);
	salvage_parts_exit(&p);
}

/* The key of the middle one of three is wrong, and so is a byte of the number. */
static void names_by_neighbours(void)
{
	struct hole h = { .height = 1, .span = everything };
	uint32_t leaves[3];
	struct salvage_parts p;
	struct node_disk *d;

	pool_image_init(&p.image);
	for (uint32_t n = 0; n < 3; n++)
		leaves[n] = pool_image_leaf(&p.image, 100 * n, 1000 * n + 1000, 100);
	h.was = pool_image_node(&p.image, leaves, 3);
	pool_image_device(&p.image, 1, (uint32_t)h.was);
	pool_image_finish(&p.image);
	d = pool_image_block(&p.image, (uint32_t)h.was);
	d->keys[1] = cpu_to_le64(7);
	d->header.where = cpu_to_le64(h.was | 0x4400u);
	salvage_parts_init(&p);
	CU_ASSERT_EQUAL(remains_find_hints(&p.s, &h), 0);
	CU_ASSERT_EQUAL(h.nr_hints, 3);
	CU_ASSERT(remains_has_hint(&h, leaves[1]));
	free(h.hints);
	salvage_parts_exit(&p);
}

static void has_room(void)
{
	struct salvage_parts p;
	struct room room;
	uint64_t most;
	struct two t;

	make(&p.image, &t);
	memset(pool_image_block(&p.image, t.leaves[2]), 0, META_BLOCK_SIZE);
	salvage_parts_init(&p);
	/* Between two keys there is room for as many as there are keys. */
	room = (struct room){ .s = &p.s };
	CU_ASSERT_EQUAL(room_find(&room, t.root, &most), 0);
	CU_ASSERT_EQUAL(most, 400);
	CU_ASSERT_EQUAL(room_find(&room, t.nodes[0], &most), 0);
	CU_ASSERT_EQUAL(most, 200);
	/* Of so many trees nobody counts it. */
	room.nr_read = UINT32_MAX;
	CU_ASSERT_EQUAL(room_find(&room, t.root, &most), 0);
	CU_ASSERT_EQUAL(most, ROOM_UNKNOWN);
	CU_ASSERT_EQUAL(room_of(0, everything), 252);
	CU_ASSERT_EQUAL(room_of(1, everything), 252 * 252);
	CU_ASSERT_EQUAL(room_of(1, (struct span){ 10, 19 }), 10);
	CU_ASSERT_EQUAL(room_of(SALVAGE_NONE, everything), UINT32_MAX);
	salvage_parts_exit(&p);
}

void test_exchange_suite(void);
void test_exchange_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "puts right a key behind its child's", key_too_large },
		{ "puts right a key among those of the child before", key_too_small },
		{ "leaves keys alone if children are wrong", key_right },
		{ "finds a node that has changed places with a leaf", finds_node },
		{ "finds a node that is where nothing was in use", finds_free_node },
		{ "takes no node of an older transaction for it", finds_no_older_node },
		{ "finds nothing where a copy has covered it", finds_nothing },
		{ "names no children of other keys", names_within_span },
		{ "names a child by its neighbours", names_by_neighbours },
		{ "says how much a damaged tree had room for", has_room },
		CU_TEST_INFO_NULL,
	};

	add_suite("exchange", tests);
}
