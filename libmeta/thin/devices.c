/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/devices.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "thin/forest_walk.h"
#include "thin/leaves.h"

/* The entries of one tree, up to its end or to damage. */
struct list {
	enum block_kind kind;
	uint32_t value_size;
	uint32_t *ids;
	char *values;
	size_t nr, room;
	bool damaged;
	struct fault fault;
};

static int make_room(struct list *l, size_t more)
{
	size_t room = 2 * l->room + more;
	void *p;

	if (l->nr + more <= l->room)
		return 0;
	p = alloc_resize(l->ids, room, sizeof(*l->ids));
	if (!p)
		return -ENOMEM;
	l->ids = p;
	p = alloc_resize(l->values, room, l->value_size);
	if (!p)
		return -ENOMEM;
	l->values = p;
	l->room = room;
	return 0;
}

static void end_with(struct list *l, const struct fault *f)
{
	l->damaged = true;
	l->fault = *f;
	l->fault.kind = l->kind;
}

static int add_leaf(struct list *l, uint64_t where, const struct node *n)
{
	struct fault f;
	int r = make_room(l, n->nr_entries);

	for (uint32_t i = 0; !r && i < n->nr_entries; i++) {
		if (node_key(n, i) > THIN_MAX_DEV_ID) {
			fault(&f, FAULT_DEV_ID, where, node_key(n, i), THIN_MAX_DEV_ID);
			end_with(l, &f);
			break;
		}
		l->ids[l->nr] = (uint32_t)node_key(n, i);
		memcpy(l->values + l->nr * l->value_size, node_value(n, i), l->value_size);
		l->nr++;
	}
	return r;
}

static int add_leaves(struct list *l, struct leaves *leaves)
{
	struct node n;
	struct fault f;
	int r = 0;

	leaves_read(leaves);
	for (unsigned i = 0; !r && !l->damaged && i < leaves->nr; i++) {
		r = leaves_judge(leaves, i, &n, &f);
		if (!r)
			r = add_leaf(l, leaves->forest->leaves[leaves->index[i]].block, &n);
		if (r == -EUCLEAN) {
			end_with(l, &f);
			r = 0;
		}
	}
	leaves->nr = 0;
	return r;
}

static int add_tree(struct list *l, const struct forest *f, struct forest_root root)
{
	struct leaves *leaves = malloc(sizeof(*leaves));
	struct forest_walk w;
	struct forest_step s;
	int r = leaves ? leaves_init(leaves, f) : -ENOMEM;

	forest_walk_init(&w, f, root);
	for (s = forest_walk_next(&w); !r && !l->damaged; s = forest_walk_next(&w)) {
		if (s.kind == FOREST_STEP_LEAF)
			leaves->index[leaves->nr++] = s.index;
		if (s.kind == FOREST_STEP_END || s.kind == FOREST_STEP_DAMAGE ||
		    leaves->nr == leaves->most)
			r = add_leaves(l, leaves);
		if (s.kind == FOREST_STEP_END)
			break;
		if (s.kind == FOREST_STEP_DAMAGE && !l->damaged)
			end_with(l, &f->faults[s.index]);
	}
	if (leaves)
		leaves_exit(leaves);
	free(leaves);
	return r;
}

static int load_list(struct list *l, struct engine *e, uint64_t nr_blocks, uint64_t root,
		     unsigned nr_threads)
{
	uint32_t block = (uint32_t)root;
	struct forest_root tree;
	struct forest f;
	int r;

	if (root >= nr_blocks) {
		struct fault fa;

		fault(&fa, FAULT_PTR_RANGE, THIN_SB_WHERE, root, nr_blocks);
		end_with(l, &fa);
		return 0;
	}
	forest_init(&f, e, nr_blocks, l->value_size);
	r = forest_load(&f, nr_threads, &block, 1, &tree);
	if (!r)
		r = add_tree(l, &f, tree);
	forest_exit(&f);
	return r;
}

static void unpack_details(struct thin_device *d, uint32_t dev_id, const void *value)
{
	struct thin_details_disk t;

	memcpy(&t, value, sizeof(t));
	*d = (struct thin_device){
		.dev_id = dev_id,
		.mapped_blocks = le64_to_cpu(t.mapped_blocks),
		.transaction_id = le64_to_cpu(t.transaction_id),
		.creation_time = le32_to_cpu(t.creation_time),
		.snapshotted_time = le32_to_cpu(t.snapshotted_time),
	};
}

static uint64_t id_at(const struct list *l, size_t i)
{
	return i < l->nr ? l->ids[i] : UINT64_MAX;
}

/* Number @i is not in both lists, or at least one of them has ended. */
static void judge_end(struct devices *d, const struct thin_sb *sb, const struct list *tops,
		      const struct list *details)
{
	uint64_t top = id_at(tops, d->nr), detail = id_at(details, d->nr);

	if (top == detail && !tops->damaged && !details->damaged)
		return;
	d->damaged = true;
	if (top >= detail && tops->damaged && d->nr == tops->nr)
		d->fault = tops->fault;
	else if (detail >= top && details->damaged && d->nr == details->nr)
		d->fault = details->fault;
	else if (top < detail)
		fault(&d->fault, FAULT_DEV_NO_DETAILS, sb->details_root, top, 0);
	else
		fault(&d->fault, FAULT_DEV_NO_MAPPINGS, sb->mapping_root, detail, 0);
}

static int merge(struct devices *d, const struct thin_sb *sb, const struct list *tops,
		 const struct list *details)
{
	uint64_t nr_blocks = sb->metadata_sm.nr_blocks;
	size_t most = tops->nr < details->nr ? tops->nr : details->nr;
	__le64 root_le;
	uint64_t root;

	d->devices = alloc_array(most, sizeof(*d->devices));
	d->roots = alloc_array(most, sizeof(*d->roots));
	if (!d->devices || !d->roots)
		return -ENOMEM;
	while (d->nr < most && tops->ids[d->nr] == details->ids[d->nr]) {
		memcpy(&root_le, tops->values + d->nr * sizeof(root_le), sizeof(root_le));
		root = le64_to_cpu(root_le);
		if (root >= nr_blocks) {
			d->damaged = true;
			fault(&d->fault, FAULT_PTR_RANGE, sb->mapping_root, root, nr_blocks);
			d->fault.dev_id = tops->ids[d->nr];
			d->fault.kind = KIND_TOP;
			return 0;
		}
		unpack_details(&d->devices[d->nr], tops->ids[d->nr],
			       details->values + d->nr * details->value_size);
		d->roots[d->nr++] = (uint32_t)root;
	}
	judge_end(d, sb, tops, details);
	return 0;
}

int devices_load(struct devices *d, struct engine *e, const struct thin_sb *sb,
		 unsigned nr_threads)
{
	struct list tops = { .kind = KIND_TOP, .value_size = sizeof(__le64) };
	struct list details = {
		.kind = KIND_DETAILS, .value_size = sizeof(struct thin_details_disk),
	};
	uint64_t nr_blocks = sb->metadata_sm.nr_blocks;
	int r;

	*d = (struct devices){ .nr = 0 };
	r = load_list(&tops, e, nr_blocks, sb->mapping_root, nr_threads);
	if (!r)
		r = load_list(&details, e, nr_blocks, sb->details_root, nr_threads);
	if (!r)
		r = merge(d, sb, &tops, &details);
	free(tops.ids);
	free(tops.values);
	free(details.ids);
	free(details.values);
	return r;
}

void devices_exit(struct devices *d)
{
	free(d->devices);
	free(d->roots);
}

static bool is_wanted(uint32_t dev_id, const uint64_t *ids, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (ids[i] == dev_id)
			return true;
	return false;
}

static bool is_listed(const struct devices *d, uint64_t id)
{
	for (size_t i = 0; i < d->nr; i++)
		if (d->devices[i].dev_id == id)
			return true;
	return false;
}

void devices_select(struct devices *d, const uint64_t *ids, size_t nr, bool *found)
{
	bool all = true;
	size_t kept = 0;

	for (size_t i = 0; i < d->nr; i++) {
		if (!is_wanted(d->devices[i].dev_id, ids, nr))
			continue;
		d->devices[kept] = d->devices[i];
		d->roots[kept++] = d->roots[i];
	}
	d->nr = kept;
	for (size_t i = 0; i < nr; i++) {
		bool listed = is_listed(d, ids[i]);

		all = all && listed;
		if (found)
			found[i] = listed;
	}
	if (all)
		d->damaged = false;
}
