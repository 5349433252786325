/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/build.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/build_cache.h"
#include "pdata/node.h"

static uint32_t size_at(const struct build *b, unsigned level)
{
	return level ? (uint32_t)sizeof(__le64) : b->value_size;
}

static uint32_t max_at(const struct build *b, unsigned level)
{
	return node_max_entries(size_at(b, level));
}

static uint32_t min_at(const struct build *b, unsigned level)
{
	return max_at(b, level) / 3;
}

static char *values_of(const struct build *b, unsigned level, struct node_disk *node)
{
	return (char *)(node->keys + max_at(b, level));
}

int build_init(struct build *b, struct writer *w, uint32_t value_size)
{
	char *blocks = alloc_blocks(2 * BUILD_DEPTH + 1);

	*b = (struct build){ .writer = w, .value_size = value_size };
	if (!blocks)
		return -ENOMEM;
	memset(blocks, 0, (2 * BUILD_DEPTH + 1) * (size_t)META_BLOCK_SIZE);
	b->scratch = blocks;
	for (unsigned i = 0; i < 2 * BUILD_DEPTH; i++)
		b->levels[i / 2].nodes[i % 2] = (void *)(blocks + (i + 1) * META_BLOCK_SIZE);
	return 0;
}

void build_exit(struct build *b)
{
	build_cache_free(b->cache);
	free(b->scratch);
	b->cache = NULL;
	b->scratch = NULL;
}

int build_share_nodes(struct build *b)
{
	b->cache = build_cache_new();
	return b->cache ? 0 : -ENOMEM;
}

/* The header, and zeroes in place of what an earlier node left behind. */
static void dress(const struct build *b, unsigned level, struct node_disk *node, uint32_t nr)
{
	uint32_t size = size_at(b, level), max = max_at(b, level);
	char *values = values_of(b, level, node);

	node->header = (struct node_header_disk){
		.flags = cpu_to_le32(level ? NODE_INTERNAL : NODE_LEAF),
		.nr_entries = cpu_to_le32(nr), .max_entries = cpu_to_le32(max),
		.value_size = cpu_to_le32(size),
	};
	memset(node->keys + nr, 0, (max - nr) * sizeof(*node->keys));
	memset(values + (size_t)nr * size, 0, (size_t)(max - nr) * size);
}

static int write_node(struct build *b, unsigned level, const struct node_disk *node, uint32_t nr,
		      uint64_t *where)
{
	const __le64 *children = (const __le64 *)(node->keys + max_at(b, level));
	void *block;
	int r;

	r = writer_get(b->writer, NODE_SALT, &block, where);
	if (r)
		return r;
	if (!b->writer->dry)
		memcpy(block, node, META_BLOCK_SIZE);
	for (uint32_t i = 0; level && i < nr; i++)
		writer_ref(b->writer, le64_to_cpu(children[i]));
	return 0;
}

static int write_or_share(struct build *b, unsigned level, const struct node_disk *node,
			  uint32_t nr, uint64_t *where)
{
	int r;

	if (!level || !b->cache)
		return write_node(b, level, node, nr, where);
	r = build_cache_find(b->cache, b->writer, node, where);
	if (r != -ENODATA)
		return r;
	r = write_node(b, level, node, nr, where);
	return r ? r : build_cache_add(b->cache, node, *where);
}

static int put_node(struct build *b, unsigned level, unsigned which);

/* @nr entries have been put into the node that room_at() gave. */
static int added_at(struct build *b, unsigned level, uint32_t nr)
{
	struct build_level *l = &b->levels[level];
	struct node_disk *done = l->nodes[0];
	int r;

	if (l->nr[0] < max_at(b, level)) {
		l->nr[0] += nr;
		return 0;
	}
	l->nr[1] += nr;
	if (l->nr[1] < min_at(b, level))
		return 0;

	/* The second can stand without help from the first. */
	r = put_node(b, level, 0);
	l->nodes[0] = l->nodes[1];
	l->nodes[1] = done;
	l->nr[0] = l->nr[1];
	l->nr[1] = 0;
	return r;
}

static uint32_t room_at(struct build *b, unsigned level, __le64 **keys, char **values)
{
	struct build_level *l = &b->levels[level];
	unsigned which = l->nr[0] == max_at(b, level);
	uint32_t nr = l->nr[which];

	*keys = l->nodes[which]->keys + nr;
	*values = values_of(b, level, l->nodes[which]) + (size_t)nr * size_at(b, level);
	return (which ? min_at(b, level) : max_at(b, level)) - nr;
}

static int put_child(struct build *b, unsigned level, uint64_t key, uint64_t where)
{
	__le64 where_le = cpu_to_le64(where);
	__le64 *keys;
	char *values;

	assert(level < BUILD_DEPTH);
	room_at(b, level, &keys, &values);
	*keys = cpu_to_le64(key);
	memcpy(values, &where_le, sizeof(where_le));
	return added_at(b, level, 1);
}

static int put_leaf(struct build *b, const struct build_leaf *leaf)
{
	if (b->ops && b->ops->leaf)
		return b->ops->leaf(b->arg, leaf);
	b->is_after_leaf = true;
	return put_child(b, 1, leaf->key, leaf->where);
}

static int release_held(struct build *b)
{
	if (!b->is_held)
		return 0;
	b->is_held = false;
	return put_leaf(b, &b->held);
}

/* Writes a node and makes it a child of the level above. */
static int put_node(struct build *b, unsigned level, unsigned which)
{
	struct build_level *l = &b->levels[level];
	struct node_disk *node = l->nodes[which];
	struct build_leaf leaf = { .nr = l->nr[which] };
	int r = level ? 0 : release_held(b);

	if (r)
		return r;
	dress(b, level, node, leaf.nr);
	r = write_or_share(b, level, node, leaf.nr, &leaf.where);
	if (r)
		return r;
	l->nr_written++;
	leaf.key = le64_to_cpu(node->keys[0]);
	return level ? put_child(b, level + 1, leaf.key, leaf.where) : put_leaf(b, &leaf);
}

/* Gives the second node a fair share of what both have. */
static void even_out(struct build *b, unsigned level)
{
	struct build_level *l = &b->levels[level];
	uint32_t size = size_at(b, level);
	uint32_t keep = (l->nr[0] + l->nr[1] + 1) / 2, move = l->nr[0] - keep;
	struct node_disk *from = l->nodes[0], *to = l->nodes[1];
	char *values = values_of(b, level, to);

	memmove(to->keys + move, to->keys, l->nr[1] * sizeof(*to->keys));
	memcpy(to->keys, from->keys + keep, move * sizeof(*to->keys));
	memmove(values + (size_t)move * size, values, (size_t)l->nr[1] * size);
	memcpy(values, values_of(b, level, from) + (size_t)keep * size, (size_t)move * size);
	l->nr[0] = keep;
	l->nr[1] += move;
}

/* Writes what a level still has; afterwards it is as new. */
static int close_level(struct build *b, unsigned level)
{
	struct build_level *l = &b->levels[level];
	int r = 0;

	if (l->nr[1])
		even_out(b, level);
	if (l->nr[0])
		r = put_node(b, level, 0);
	if (!r && l->nr[1])
		r = put_node(b, level, 1);
	l->nr[0] = l->nr[1] = 0;
	l->nr_written = 0;
	return r;
}

static bool has_entries(const struct build *b)
{
	return b->levels[0].nr[0];
}

static bool is_small(const struct build *b, uint32_t nr)
{
	return nr < min_at(b, 0);
}

static int add_entries(struct build *b, const __le64 *from, const char *from_values, uint32_t nr)
{
	uint32_t size = b->value_size;
	__le64 *keys;
	char *values;
	int r = 0;

	while (nr && !r) {
		uint32_t n = room_at(b, 0, &keys, &values);

		if (n > nr)
			n = nr;
		memcpy(keys, from, n * sizeof(*keys));
		memcpy(values, from_values, (size_t)n * size);
		r = added_at(b, 0, n);
		from += n;
		from_values += (size_t)n * size;
		nr -= n;
	}
	return r;
}

/*
 * Reads a leaf back, to copy its entries.  A dry writer has not kept it; what
 * counts there is how many they are.
 */
static int read_leaf(struct build *b, const struct build_leaf *leaf, struct node_disk *node)
{
	const char *values = NULL;
	int r = 0;

	if (b->writer->dry) {
		memset(node, 0, META_BLOCK_SIZE);
		for (uint32_t i = 0; i < leaf->nr; i++)
			node->keys[i] = cpu_to_le64(leaf->key + i);
	} else {
		r = writer_read(b->writer, leaf->where, node);
		values = values_of(b, 0, node);
	}
	if (!r && b->ops && b->ops->copied)
		r = b->ops->copied(b->arg, values, leaf->nr);
	return r;
}

/* Adds the entries of a leaf in place of the leaf. */
static int copy_leaf(struct build *b, const struct build_leaf *leaf)
{
	struct node_disk *node = b->scratch;
	int r = read_leaf(b, leaf, node);

	return r ? r : add_entries(b, node->keys, values_of(b, 0, node), leaf->nr);
}

/* A held leaf that cannot stand beside others becomes entries. */
static int dissolve_small(struct build *b)
{
	if (!b->is_held || !is_small(b, b->held.nr))
		return 0;
	b->is_held = false;
	return copy_leaf(b, &b->held);
}

/* Puts copies of the held leaf's entries in front of the few there are. */
static int merge_held(struct build *b)
{
	struct build_level *l = &b->levels[0];
	struct node_disk *few = l->nodes[0], *node = l->nodes[1];
	uint32_t nr = l->nr[0], held = b->held.nr, size = b->value_size;
	int r = read_leaf(b, &b->held, node);

	b->is_held = false;
	l->nodes[0] = node;
	l->nodes[1] = few;
	l->nr[0] = held;
	l->nr[1] = nr;
	if (r || held + nr > max_at(b, 0))
		return r;
	memcpy(node->keys + held, few->keys, nr * sizeof(*few->keys));
	memcpy(values_of(b, 0, node) + (size_t)held * size, values_of(b, 0, few),
	       (size_t)nr * size);
	l->nr[0] += nr;
	l->nr[1] = 0;
	return 0;
}

static int close_entries(struct build *b)
{
	int r = 0;

	if (b->is_held && is_small(b, b->levels[0].nr[0]))
		r = merge_held(b);
	return r ? r : close_level(b, 0);
}

int build_room(struct build *b, __le64 **keys, void **values)
{
	int r = has_entries(b) ? 0 : dissolve_small(b);

	return r ? r : (int)room_at(b, 0, keys, (char **)values);
}

int build_added(struct build *b, uint32_t nr)
{
	return added_at(b, 0, nr);
}

int build_add(struct build *b, uint64_t key, const void *value)
{
	__le64 *keys;
	void *values;
	int room = build_room(b, &keys, &values);

	if (room < 0)
		return room;
	*keys = cpu_to_le64(key);
	memcpy(values, value, b->value_size);
	return build_added(b, 1);
}

int build_add_leaf(struct build *b, const struct build_leaf *leaf)
{
	bool is_first;
	int r = has_entries(b) ? 0 : dissolve_small(b);

	if (r)
		return r;
	is_first = !has_entries(b) && !b->is_held && !b->is_after_leaf;
	if (is_small(b, leaf->nr) && !is_first)
		return copy_leaf(b, leaf);
	/* Few entries with nothing before them need what follows. */
	if (has_entries(b) && is_small(b, b->levels[0].nr[0]) && !b->is_held)
		return copy_leaf(b, leaf);

	r = has_entries(b) ? close_entries(b) : release_held(b);
	b->held = *leaf;
	b->is_held = true;
	return r;
}

static int write_empty(struct build *b)
{
	return b->ops && b->ops->leaf ? 0 : put_node(b, 0, 0);
}

static int close_leaves(struct build *b)
{
	if (has_entries(b))
		return close_entries(b);
	if (b->is_held)
		return release_held(b);
	return b->is_after_leaf ? 0 : write_empty(b);
}

/* The only child that a level has, which needs no parent. */
static bool is_root(const struct build *b, unsigned level)
{
	const struct build_level *l = &b->levels[level];

	return !l->nr_written && l->nr[0] == 1;
}

int build_finish(struct build *b, uint64_t *root)
{
	unsigned level = 1;
	__le64 root_le;
	int r;

	r = close_leaves(b);
	b->is_after_leaf = false;
	if (r || (b->ops && b->ops->leaf))
		return r;
	for (; !r && !is_root(b, level); level++)
		r = close_level(b, level);
	if (r)
		return r;
	memcpy(&root_le, values_of(b, level, b->levels[level].nodes[0]), sizeof(root_le));
	b->levels[level].nr[0] = 0;
	*root = le64_to_cpu(root_le);
	return 0;
}
