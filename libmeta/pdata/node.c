/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/node.h"

/*
 * The room must be what the formula says.  Less is legal, as old tools wrote
 * it, when it is a multiple of three: values start where it says.
 */
static bool is_legal_max(uint32_t max, uint32_t formula)
{
	return max == formula || (max && max < formula && max % 3 == 0);
}

static int check_keys(const struct node *n, uint64_t where, struct fault *f)
{
	uint32_t descents = 0;

	/* Without a branch per key, as nearly all nodes are sound. */
	for (uint32_t i = 1; i < n->nr_entries; i++)
		descents += node_key(n, i) <= node_key(n, i - 1);
	if (!descents)
		return 0;
	for (uint32_t i = 1; i < n->nr_entries; i++)
		if (node_key(n, i) <= node_key(n, i - 1))
			return fault(f, FAULT_NODE_KEY_ORDER, where, node_key(n, i),
				     node_key(n, i - 1));
	return 0;
}

int node_parse(struct node *n, const void *block, uint64_t where, uint32_t leaf_value_size,
	       struct fault *f)
{
	const struct node_disk *d = block;
	uint32_t flags = le32_to_cpu(d->header.flags);
	uint32_t nr = le32_to_cpu(d->header.nr_entries);
	uint32_t max = le32_to_cpu(d->header.max_entries);
	uint32_t size = le32_to_cpu(d->header.value_size);
	uint32_t want = flags == NODE_LEAF ? leaf_value_size : (uint32_t)sizeof(__le64);
	int r;

	r = block_check(block, where, NODE_SALT, f);
	if (r)
		return r;
	if (flags != NODE_LEAF && flags != NODE_INTERNAL)
		return fault(f, FAULT_NODE_FLAGS, where, flags, NODE_LEAF);
	if (size != want)
		return fault(f, FAULT_NODE_VALUE_SIZE, where, size, want);
	if (!is_legal_max(max, node_max_entries(want)))
		return fault(f, FAULT_NODE_MAX_ENTRIES, where, max, node_max_entries(want));
	if (nr > max)
		return fault(f, FAULT_NODE_NR_ENTRIES, where, nr, max);
	if (flags == NODE_INTERNAL && !nr)
		return fault(f, FAULT_NODE_EMPTY, where, nr, 1);

	*n = (struct node){
		.keys = d->keys, .values = (const uint8_t *)(d->keys + max), .nr_entries = nr,
		.max_entries = max, .value_size = size, .leaf = flags == NODE_LEAF,
	};
	return check_keys(n, where, f);
}

unsigned node_check_manners(const struct node *n, const void *block, bool root,
			    struct fault f[NODE_MANNERS])
{
	const struct node_disk *d = block;
	uint64_t where = le64_to_cpu(d->header.where);
	uint32_t formula = node_max_entries(n->value_size);
	uint32_t least = n->max_entries / 3;
	unsigned nr = 0;

	if (!root && n->nr_entries < least)
		fault(&f[nr++], FAULT_NODE_UNDERFULL, where, n->nr_entries, least);
	if (n->max_entries != formula)
		fault(&f[nr++], FAULT_NODE_MAX_SMALL, where, n->max_entries, formula);
	if (d->header.padding)
		fault(&f[nr++], FAULT_NODE_PADDING, where, le32_to_cpu(d->header.padding), 0);
	return nr;
}

int node_find(const struct node *n, uint64_t key)
{
	uint32_t low = 0, high = n->nr_entries;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (node_key(n, mid) <= key)
			low = mid + 1;
		else
			high = mid;
	}
	return (int)low - 1;
}
