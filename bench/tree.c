/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"

#include <string.h>

static uint64_t level_nr_nodes(uint32_t value_size, uint64_t nr_entries)
{
	uint32_t max = node_max_entries(value_size);

	/* An empty tree is an empty leaf. */
	return nr_entries ? (nr_entries + max - 1) / max : 1;
}

/* Entries of the next node when @nr_left are still to be placed. */
static uint32_t quota(uint32_t value_size, uint64_t nr_left)
{
	uint32_t max = node_max_entries(value_size);

	if (nr_left <= max)
		return (uint32_t)nr_left;
	if (nr_left < max + max / 3)
		return (uint32_t)(nr_left + 1) / 2;
	return max;
}

static uint32_t level_value_size(const struct tree *t, uint32_t level)
{
	return level ? sizeof(__le64) : t->value_size;
}

static void begin_node(struct tree *t, uint32_t level)
{
	struct tree_level *l = &t->levels[level];
	uint32_t value_size = level_value_size(t, level);

	l->where = image_alloc(t->im);
	l->node = image_block(t->im, l->where);
	l->nr = 0;
	l->quota = quota(value_size, l->nr_left);
	l->node->header = (struct node_header_disk) {
		.flags = __cpu_to_le32(level ? NODE_INTERNAL : NODE_LEAF),
		.nr_entries = __cpu_to_le32(l->quota),
		.max_entries = __cpu_to_le32(node_max_entries(value_size)),
		.value_size = __cpu_to_le32(value_size),
	};
}

static void push(struct tree *t, uint32_t level, uint64_t key, const void *value);

static void end_node(struct tree *t, uint32_t level)
{
	struct tree_level *l = &t->levels[level];
	__le64 where_le = __cpu_to_le64(l->where);

	image_seal(t->im, l->where, NODE_SALT);
	l->nr_left -= l->quota;
	if (level + 1 == t->nr_levels)
		t->root = l->where;
	else
		push(t, level + 1, __le64_to_cpu(l->node->keys[0]), &where_le);
	l->node = NULL;
}

static void push(struct tree *t, uint32_t level, uint64_t key, const void *value)
{
	struct tree_level *l = &t->levels[level];

	if (!l->node)
		begin_node(t, level);
	l->node->keys[l->nr] = __cpu_to_le64(key);
	memcpy(tree_value(l->node, l->nr), value, level_value_size(t, level));
	if (++l->nr == l->quota)
		end_node(t, level);
}

void tree_init(struct tree *t, struct image *im, uint32_t value_size, uint64_t nr_entries)
{
	uint64_t nr = nr_entries;

	*t = (struct tree) { .im = im, .value_size = value_size };
	do {
		t->levels[t->nr_levels].nr_left = nr;
		nr = level_nr_nodes(level_value_size(t, t->nr_levels), nr);
		t->nr_levels++;
	} while (nr > 1);

	if (!nr_entries) {
		begin_node(t, 0);
		end_node(t, 0);
	}
}

void tree_push(struct tree *t, uint64_t key, const void *value)
{
	push(t, 0, key, value);
}

uint64_t tree_nr_nodes(uint32_t value_size, uint64_t nr_entries)
{
	uint64_t nr = level_nr_nodes(value_size, nr_entries);
	uint64_t sum = nr;

	while (nr > 1) {
		nr = level_nr_nodes(sizeof(__le64), nr);
		sum += nr;
	}
	return sum;
}
