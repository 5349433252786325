/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "fixture.h"
#include "pdata/lookup.h"
#include "pdata/walk.h"

#define NR 300u
#define MOST_ROOTS 8u

/* A walk over mapping trees, and what it met. */
static struct {
	struct disk disk;
	struct walk walk;
	struct fault_sink sink;
	struct refs refs;
	struct walk_root roots[MOST_ROOTS];
	uint64_t nr_roots;
	uint8_t visits[NR];
	uint64_t nr_entries, last;
	bool in_order;
} s;

static int on_leaf(void *arg, const struct node *n, uint64_t where, const struct walk_span *span)
{
	(void)arg;
	(void)span;
	s.walk.spans[where].nr_entries = n->nr_entries;
	s.in_order = s.in_order && where > s.last;
	s.last = where;
	s.visits[where]++;
	s.nr_entries += n->nr_entries;
	return 0;
}

static const struct walk_tree tree = {
	.kind = KIND_MAPPING, .value_size = 8, .shareable = true, .keep_inners = true,
	.leaf = on_leaf,
};

static void open_walk(void)
{
	memset(&s, 0, sizeof(s));
	disk_init(&s.disk, NR);
	disk_new(&s.disk);
	s.in_order = true;
	if (fault_sink_init(&s.sink, 1000) || refs_init(&s.refs, NR) ||
	    walk_init(&s.walk, &s.disk.engine, NR, &s.refs, &s.sink))
		CU_FAIL_FATAL("no memory");
}

static void close_walk(void)
{
	walk_exit(&s.walk);
	refs_exit(&s.refs);
	fault_sink_exit(&s.sink);
	disk_exit(&s.disk);
}

static void add_root(uint64_t where, uint32_t dev)
{
	s.roots[s.nr_roots++] = (struct walk_root){
		.where = where, .owner = dev | OWNER_LIVE, .least = dev,
	};
}

static void run(void)
{
	CU_ASSERT_EQUAL(walk_run(&s.walk, &tree, s.roots, s.nr_roots), 0);
	CU_ASSERT_EQUAL(walk_count(&s.walk, &tree), 0);
	fault_sink_sort(&s.sink);
}

static bool has_fault(enum fault_code code, uint64_t where)
{
	for (size_t i = 0; i < s.sink.nr; i++)
		if (s.sink.faults[i].code == code && s.sink.faults[i].where == where)
			return true;
	return false;
}

/* A sealed node of room for @max entries: pairs of key and value. */
static uint64_t make_node(uint32_t flags, uint32_t max, unsigned nr, const uint64_t pairs[][2])
{
	uint64_t where = disk_new(&s.disk);
	void *block = disk_block(&s.disk, where);

	node_make(block, flags, 8);
	put32((uint8_t *)block + 20, max);
	for (unsigned i = 0; i < nr; i++)
		node_put64(block, pairs[i][0], pairs[i][1]);
	block_seal(block, where, NODE_SALT);
	return where;
}

#define LEAF(key) make_node(NODE_LEAF, 3, 1, (const uint64_t [][2]){ { key, 9 } })
#define INNER(...) make_node(NODE_INTERNAL, 3, \
	sizeof((const uint64_t [][2]){ __VA_ARGS__ }) / 16, (const uint64_t [][2]){ __VA_ARGS__ })

/* Small nodes are only worth a hint. */
static bool has_hints_only(void)
{
	for (size_t i = 0; i < s.sink.nr; i++)
		if (s.sink.faults[i].code != FAULT_NODE_MAX_SMALL)
			return false;
	return true;
}

static uint64_t make_tree(uint64_t nr)
{
	static uint64_t values[30000];
	const struct tree_spec spec = {
		.value_size = 8, .per_leaf = 200, .nr = nr, .values = values,
	};

	return tree_make(&s.disk, &spec);
}

static void visits_each_leaf_once_in_disk_order(void)
{
	uint64_t root;

	open_walk();
	root = make_tree(20000);
	add_root(root, 1);
	run();
	CU_ASSERT_EQUAL(s.sink.nr, 0);
	CU_ASSERT_EQUAL(s.nr_entries, 20000);
	CU_ASSERT_TRUE(s.in_order);
	CU_ASSERT_EQUAL(s.roots[0].height, 1);
	CU_ASSERT_EQUAL(s.walk.spans[root].nr_entries, 20000);
	for (uint64_t b = root; b < s.disk.next; b++) {
		CHECK_IN(b, refs_get(&s.refs, b) == -1);
		CHECK_IN(b, s.visits[b] == (b != root));
		CHECK_IN(b, walk_is(&s.walk, b, KIND_MAPPING, b == root));
	}
	CU_ASSERT_EQUAL(refs_get(&s.refs, 0), 0);
	close_walk();
}

static void an_empty_tree_is_a_leaf(void)
{
	open_walk();
	add_root(make_tree(0), 1);
	run();
	CU_ASSERT_EQUAL(s.sink.nr, 0);
	CU_ASSERT_EQUAL(s.nr_entries, 0);
	CU_ASSERT_EQUAL(s.walk.spans[s.roots[0].where].nr_entries, 0);
	close_walk();
}

/* Trees of different heights share a leaf; each pointer is one count. */
static void shared_nodes_are_visited_once(void)
{
	uint64_t a, b, inner, tall, low;

	open_walk();
	a = LEAF(5);
	b = LEAF(50);
	inner = INNER({ 0, a }, { 40, b });
	tall = INNER({ 0, inner });
	low = INNER({ 0, a }, { 30, b });
	add_root(tall, 7);
	add_root(low, 3);
	add_root(b, 9);
	add_root(tall, 7);
	run();
	CU_ASSERT_TRUE(has_hints_only());
	CU_ASSERT_EQUAL(s.roots[0].height, 2);
	CU_ASSERT_EQUAL(s.roots[1].height, 1);
	CU_ASSERT_EQUAL(s.roots[2].height, 0);
	CU_ASSERT_TRUE(s.visits[a] == 1 && s.visits[b] == 1);
	CU_ASSERT_EQUAL(refs_get(&s.refs, a), -2);
	CU_ASSERT_EQUAL(refs_get(&s.refs, b), -3);
	CU_ASSERT_EQUAL(refs_get(&s.refs, inner), -1);
	CU_ASSERT_EQUAL(refs_get(&s.refs, tall), -2);
	/* What all pointers agree on. */
	CU_ASSERT_EQUAL(s.walk.spans[a].end, 30);
	CU_ASSERT_EQUAL(s.walk.spans[b].end, UINT64_MAX);
	CU_ASSERT_EQUAL(s.walk.spans[b].least, 3);
	CU_ASSERT_EQUAL(s.walk.spans[b].owner, 3 | OWNER_LIVE | OWNER_MANY);
	CU_ASSERT_EQUAL(s.walk.spans[inner].owner, 7 | OWNER_LIVE);
	CU_ASSERT_EQUAL(s.walk.spans[tall].nr_entries, 2);
	CU_ASSERT_EQUAL(s.walk.spans[low].nr_entries, 2);
	close_walk();
}

/* One pointer may allow what another does not. */
static void all_pointers_must_hold(void)
{
	uint64_t a, b;

	open_walk();
	a = LEAF(35);
	b = LEAF(50);
	add_root(INNER({ 30, a }, { 40, b }), 1);
	add_root(INNER({ 0, a }, { 36, b }), 2);
	add_root(INNER({ 36, a }, { 45, b }), 3);
	run();
	CU_ASSERT_TRUE(has_fault(FAULT_NODE_KEY_LOW, a));
	CU_ASSERT_EQUAL(s.visits[a], 0);
	CU_ASSERT_EQUAL(s.visits[b], 1);
	CU_ASSERT_TRUE(bits_has(&s.walk.lost, a));
	for (unsigned i = 0; i < 3; i++)
		CHECK_IN(i, bits_has(&s.walk.damaged, s.roots[i].where));
	close_walk();
}

static void loops_end(void)
{
	uint64_t a, loop;

	for (unsigned first = 0; first < 2; first++) {
		open_walk();
		a = LEAF(first ? 50 : 5);
		loop = s.disk.next;
		if (first)
			INNER({ 0, loop }, { 40, a });
		else
			INNER({ 0, a }, { 40, loop });
		add_root(loop, 1);
		run();
		CHECK_IN(first, has_fault(FAULT_PTR_HEIGHT, loop));
		CHECK_IN(first, s.visits[a] == 1);
		CHECK_IN(first, bits_has(&s.walk.damaged, loop));
		close_walk();
	}
}

static void a_loop_without_a_leaf_ends(void)
{
	uint64_t one;

	open_walk();
	one = s.disk.next;
	INNER({ 0, one + 1 });
	INNER({ 0, one });
	add_root(one, 1);
	add_root(one + 1, 2);
	run();
	CU_ASSERT_FALSE(has_hints_only());
	CU_ASSERT_EQUAL(s.nr_entries, 0);
	close_walk();
}

/* As tall as can be, and one more. */
static void trees_may_be_only_so_tall(void)
{
	for (unsigned height = WALK_HEIGHTS - 1; height <= WALK_HEIGHTS; height++) {
		uint64_t leaf, where;

		open_walk();
		leaf = where = LEAF(1);
		for (unsigned i = 0; i < height; i++)
			where = INNER({ 0, where });
		add_root(where, 1);
		run();
		CHECK_IN(height, has_hints_only() == (height < WALK_HEIGHTS));
		CHECK_IN(height, s.visits[leaf] == (height < WALK_HEIGHTS));
		close_walk();
	}
}

static void uneven_leaves_are_damage(void)
{
	uint64_t a, b, inner;

	open_walk();
	a = LEAF(1);
	b = LEAF(50);
	inner = INNER({ 0, a });
	add_root(INNER({ 0, inner }, { 40, b }), 1);
	run();
	CU_ASSERT_TRUE(has_fault(FAULT_NODE_DEPTH, b));
	CU_ASSERT_EQUAL(s.visits[a], 1);
	CU_ASSERT_EQUAL(s.visits[b], 0);
	close_walk();
}

/* The first path down may be the one that is damaged. */
static void finds_the_height_around_damage(void)
{
	uint64_t bad, good, inner;

	open_walk();
	bad = LEAF(1);
	good = LEAF(50);
	inner = INNER({ 0, bad }, { 40, good });
	add_root(INNER({ 0, inner }), 1);
	*(uint8_t *)disk_block(&s.disk, bad) ^= 1;
	run();
	CU_ASSERT_EQUAL(s.roots[0].height, 2);
	CU_ASSERT_TRUE(has_fault(FAULT_BLOCK_CSUM, bad));
	CU_ASSERT_EQUAL(s.visits[good], 1);
	CU_ASSERT_FALSE(bits_has(&s.walk.damaged, good));
	CU_ASSERT_TRUE(bits_has(&s.walk.damaged, inner) &&
		       bits_has(&s.walk.damaged, s.roots[0].where));
	CU_ASSERT_EQUAL(s.walk.spans[inner].nr_entries, 1);
	close_walk();
}

static void bad_roots_are_told(void)
{
	open_walk();
	add_root(0, 1);
	add_root(NR, 2);
	add_root(UINT64_MAX, 3);
	add_root(NR - 1, 4);
	bits_add(&s.disk.unreadable, NR - 2);
	add_root(NR - 2, 5);
	run();
	CU_ASSERT_TRUE(has_fault(FAULT_PTR_TYPE, 0));
	CU_ASSERT_TRUE(has_fault(FAULT_PTR_RANGE, 0));
	CU_ASSERT_TRUE(has_fault(FAULT_BLOCK_TYPE, NR - 1));
	CU_ASSERT_TRUE(has_fault(FAULT_BLOCK_IO, NR - 2));
	CU_ASSERT_EQUAL(s.sink.nr, 5);
	close_walk();
}

static void one_use_for_each_block(void)
{
	uint64_t leaf;

	open_walk();
	leaf = LEAF(1);
	CU_ASSERT_TRUE(walk_claim(&s.walk, 0, leaf, KIND_BITMAP));
	CU_ASSERT_FALSE(walk_claim(&s.walk, 0, leaf, KIND_BITMAP));
	CU_ASSERT_FALSE(walk_claim(&s.walk, 0, NR, KIND_BITMAP));
	CU_ASSERT_FALSE(walk_claim(&s.walk, 0, 0, KIND_BITMAP));
	add_root(leaf, 1);
	run();
	CU_ASSERT_EQUAL(s.nr_entries, 0);
	CU_ASSERT_TRUE(has_fault(FAULT_PTR_TYPE, leaf));
	CU_ASSERT_EQUAL(refs_get(&s.refs, leaf), -1);
	close_walk();
}

static int fail_leaf(void *arg, const struct node *n, uint64_t where, const struct walk_span *span)
{
	(void)arg;
	(void)n;
	(void)where;
	(void)span;
	return -ECANCELED;
}

static void an_error_of_the_caller_ends_it(void)
{
	struct walk_tree failing = tree;

	failing.leaf = fail_leaf;
	open_walk();
	add_root(make_tree(1000), 1);
	CU_ASSERT_EQUAL(walk_run(&s.walk, &failing, s.roots, 1), -ECANCELED);
	close_walk();
}

static void finds_single_entries(void)
{
	static _Alignas(4096) uint8_t block[META_BLOCK_SIZE];
	struct lookup l = { .value_size = 8, .block = block };
	struct fault f;
	struct node n;
	uint32_t i;

	open_walk();
	l.engine = &s.disk.engine;
	l.root = make_tree(20000);
	for (uint64_t key = 0; key < 20000; key += 17)
		CHECK_IN(key, !lookup_find(&l, key, &n, &i, &f) && node_key(&n, i) == key);
	CU_ASSERT_EQUAL(lookup_find(&l, 20000, &n, &i, &f), -ENODATA);
	*(uint8_t *)disk_block(&s.disk, l.root + 1) ^= 1;
	CU_ASSERT_EQUAL(lookup_find(&l, 0, &n, &i, &f), -EUCLEAN);
	CU_ASSERT_EQUAL(lookup_find(&l, 19999, &n, &i, &f), 0);
	l.root = make_tree(0);
	CU_ASSERT_EQUAL(lookup_find(&l, 0, &n, &i, &f), -ENODATA);
	l.root = s.disk.next;
	INNER({ 0, l.root });
	CU_ASSERT_EQUAL(lookup_find(&l, 0, &n, &i, &f), -EUCLEAN);
	l.root = NR;
	CU_ASSERT_EQUAL(lookup_find(&l, 0, &n, &i, &f), -EIO);
	close_walk();
}

void test_walk_suite(void);
void test_walk_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "visits each leaf once, in the order of the disk",
		  visits_each_leaf_once_in_disk_order },
		{ "an empty tree is a leaf", an_empty_tree_is_a_leaf },
		{ "shared nodes are visited once", shared_nodes_are_visited_once },
		{ "all pointers to a node must hold", all_pointers_must_hold },
		{ "loops end", loops_end },
		{ "a loop without a leaf ends", a_loop_without_a_leaf_ends },
		{ "trees may be only so tall", trees_may_be_only_so_tall },
		{ "uneven leaves are damage", uneven_leaves_are_damage },
		{ "finds the height around damage", finds_the_height_around_damage },
		{ "bad roots are told", bad_roots_are_told },
		{ "each block has one use", one_use_for_each_block },
		{ "an error of the caller ends it", an_error_of_the_caller_ends_it },
		{ "finds single entries", finds_single_entries },
		CU_TEST_INFO_NULL,
	};

	add_suite("walk", tests);
}
