/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/census.h"

#include <string.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "thin/naming.h"
#include "thin/remains.h"

/* So many entries of older trees are looked at. */
#define MOST_OLDER (1u << 22)

static int add_root(struct census *c, uint64_t dev_id, uint64_t root, uint64_t leaf)
{
	int r = salvage_room(&c->roots, &c->room_roots, c->nr_roots, sizeof(*c->roots));

	if (!r)
		c->roots[c->nr_roots++] = (struct census_root){
			(uint32_t)dev_id, (uint32_t)leaf, root };
	return r;
}

static int add_details(struct census *c, uint64_t dev_id, const struct thin_details_disk *d)
{
	uint64_t mapped = le64_to_cpu(d->mapped_blocks);
	int r = salvage_room(&c->details, &c->room_details, c->nr_details, sizeof(*c->details));

	if (r)
		return r;
	c->details[c->nr_details++] = (struct salvage_device){
		.device = {
			.dev_id = (uint32_t)dev_id,
			.mapped_blocks = mapped,
			.transaction_id = le64_to_cpu(d->transaction_id),
			.creation_time = le32_to_cpu(d->creation_time),
			.snapshotted_time = le32_to_cpu(d->snapshotted_time),
		},
		/* The largest number is for what is not known. */
		.said = mapped - (mapped == UINT64_MAX), .has_details = true,
	};
	return 0;
}

static int add_leaf(struct census *c, uint64_t where, const struct node *n)
{
	int r = 0;

	for (uint32_t i = 0; i < n->nr_entries && !r; i++)
		r = n->value_size == sizeof(__le64) ?
			add_root(c, node_key(n, i), node_value64(n, i), where) :
			add_details(c, node_key(n, i), node_value(n, i));
	return r;
}

static uint32_t leaf_size(enum scan_family family)
{
	return family == SCAN_TOP ? sizeof(__le64) : sizeof(struct thin_details_disk);
}

/* What the descent has to know on every level. */
struct descent {
	struct thin_salvage *s;
	struct census *c;
	enum scan_family family;
	bool whole;
};

static const struct scan_block *usable(const struct descent *d, uint64_t where, unsigned height,
				       struct span span)
{
	const struct scan_block *b = scan_node(&d->s->scan, where, d->family);

	return b && b->height == height && b->nr && b->first >= span.low && b->last <= span.last ?
		b : NULL;
}

static int descend(struct descent *d, uint64_t where, struct span span)
{
	unsigned height = d->s->scan.blocks[where].height;
	struct node n;
	int r;

	if (!bits_add(&d->s->reached, where))
		return 0;
	r = salvage_read(d->s, where, leaf_size(d->family), height, &n);
	if (r || !height)
		return r ? r : add_leaf(d->c, where, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++) {
		struct span below = { node_key(&n, i), span.last };
		uint64_t child = node_value64(&n, i);

		if (i + 1 < n.nr_entries)
			below.last = node_key(&n, i + 1) - 1;
		ledger_take(&d->s->ledger.metadata, child);
		if (usable(d, child, height - 1, below))
			r = descend(d, child, below);
		else
			d->whole = false;
	}
	return r;
}

int census_read(struct thin_salvage *s, struct census *c, uint64_t root,
		enum scan_family family, bool *whole)
{
	struct descent d = { s, c, family, true };
	struct span all = { 0, THIN_MAX_DEV_ID };
	const struct scan_block *b = scan_node(&s->scan, root, family);
	int r;

	*whole = false;
	if (!b || (b->nr && b->last > THIN_MAX_DEV_ID))
		return 0;
	ledger_take(&s->ledger.metadata, root);
	r = descend(&d, root, all);
	*whole = d.whole;
	return r;
}

int census_read_older(struct thin_salvage *s, struct census *c, enum scan_family family)
{
	struct node n;
	int r = 0;

	for (uint64_t where = 1; where < s->scan.nr_blocks && !r; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, family);

		if (!b || b->height || bits_has(&s->reached, where))
			continue;
		if (c->nr_roots + c->nr_details > MOST_OLDER)
			break;
		r = salvage_read(s, where, leaf_size(family), 0, &n);
		r = r ? r : add_leaf(c, where, &n);
	}
	return r;
}

static int compare_roots(const void *a, const void *b)
{
	const struct census_root *x = a, *y = b;

	if (x->dev_id != y->dev_id)
		return x->dev_id < y->dev_id ? -1 : 1;
	return (x->leaf < y->leaf) - (x->leaf > y->leaf);
}

static int compare_details(const void *a, const void *b)
{
	const struct thin_device *x = &((const struct salvage_device *)a)->device;
	const struct thin_device *y = &((const struct salvage_device *)b)->device;

	if (x->dev_id != y->dev_id)
		return x->dev_id < y->dev_id ? -1 : 1;
	if (x->snapshotted_time != y->snapshotted_time)
		return x->snapshotted_time > y->snapshotted_time ? -1 : 1;
	if (x->transaction_id != y->transaction_id)
		return x->transaction_id > y->transaction_id ? -1 : 1;
	return (x->mapped_blocks < y->mapped_blocks) - (x->mapped_blocks > y->mapped_blocks);
}

void census_sort(struct census *c)
{
	if (c->nr_roots)
		qsort(c->roots, c->nr_roots, sizeof(*c->roots), compare_roots);
	if (c->nr_details)
		qsort(c->details, c->nr_details, sizeof(*c->details), compare_details);
}

void census_exit(struct census *c)
{
	free(c->roots);
	free(c->details);
}

size_t census_find_root(const struct census *c, uint32_t dev_id)
{
	size_t low = sorted_find(c->roots, dev_id, c->nr_roots, dev_id);

	return low < c->nr_roots && c->roots[low].dev_id == dev_id ? low : c->nr_roots;
}

const struct salvage_device *census_find_details(const struct census *c, uint32_t dev_id)
{
	size_t low = sorted_find(c->details, device.dev_id, c->nr_details, dev_id);

	return low < c->nr_details && c->details[low].device.dev_id == dev_id ?
		&c->details[low] : NULL;
}

static void tell(struct thin_salvage *s, enum thin_finding_code code, uint32_t dev_id)
{
	struct thin_finding f = { .code = code, .dev_id = dev_id };

	salvage_tell(s, &f);
}

struct salvage_device census_make_device(struct thin_salvage *s, const struct census *older,
					 const struct census_root *root,
					 const struct salvage_device *details)
{
	struct salvage_device d = { .device.dev_id = root->dev_id, .said = UINT64_MAX };
	const struct salvage_device *was;

	if (details) {
		d = *details;
	} else if ((was = census_find_details(older, root->dev_id))) {
		d = *was;
		d.said = UINT64_MAX;
		tell(s, THIN_FINDING_DETAILS_OLDER, root->dev_id);
	}
	d.root = root->root;
	d.has_root = true;
	return d;
}

static int add_device(struct thin_salvage *s, const struct salvage_device *d)
{
	int r = salvage_room(&s->devices, &s->room_devices, s->nr_devices, sizeof(*s->devices));

	if (!r)
		s->devices[s->nr_devices++] = *d;
	return r;
}

/* Both lists are sorted; an id that is twice in one of them counts once. */
static int join(struct thin_salvage *s, const struct census *now, const struct census *older)
{
	size_t i = 0, k = 0;
	int r = 0;

	while (!r && (i < now->nr_roots || k < now->nr_details)) {
		const struct census_root *root = i < now->nr_roots ? &now->roots[i] : NULL;
		const struct salvage_device *d = k < now->nr_details ? &now->details[k] : NULL;
		uint32_t id = !d || (root && root->dev_id <= d->device.dev_id) ?
			root->dev_id : d->device.dev_id;

		if (root && root->dev_id == id) {
			struct salvage_device made = census_make_device(s, older, root, d &&
				d->device.dev_id == id ? d : NULL);

			r = add_device(s, &made);
		} else if (s->tops_whole && !s->differing) {
			tell(s, THIN_FINDING_DEVICE_DROPPED, id);
		} else {
			r = add_device(s, d);
		}
		while (i < now->nr_roots && now->roots[i].dev_id == id)
			i++;
		while (k < now->nr_details && now->details[k].device.dev_id == id)
			k++;
	}
	return r;
}

/* Both trees have the same ids in the same order; one that no other entry has is this one's. */
static uint64_t id_by_place(const struct thin_salvage *s, const struct census *now,
			    const struct remains_entry *entries, uint32_t nr, uint32_t i)
{
	uint32_t at = entries[i].at, id;

	if (!s->details_whole || at >= now->nr_details)
		return UINT64_MAX;
	id = now->details[at].device.dev_id;
	for (uint32_t k = 0; k < nr; k++)
		if (entries[k].key == id)
			return UINT64_MAX;
	return id;
}

/* What is left of a lost leaf of the top-level tree, where devices have details. */
static int read_remains(struct thin_salvage *s, const struct census *now, struct census *older)
{
	struct remains_entry *entries;
	uint32_t nr;
	int r;

	if (s->mapping_root || !s->details_root || !s->has_sb)
		return 0;
	entries = alloc_array(REMAINS_MOST, sizeof(*entries));
	r = entries ? remains_read(s, s->sb.mapping_root, entries, &nr) : -ENOMEM;
	for (uint32_t i = 0; !r && i < nr; i++) {
		uint64_t id = entries[i].key;

		if (id > THIN_MAX_DEV_ID || !census_find_details(now, (uint32_t)id))
			id = id_by_place(s, now, entries, nr, i);
		/* Before all that is older. */
		if (id <= THIN_MAX_DEV_ID)
			r = add_root(older, id, entries[i].value, UINT32_MAX);
	}
	free(entries);
	return r;
}

int census_take(struct thin_salvage *s, struct census *older)
{
	struct census now = { .roots = NULL };
	int r;

	r = census_read(s, &now, s->mapping_root, SCAN_TOP, &s->tops_whole);
	r = r ? r : census_read(s, &now, s->details_root, SCAN_DETAILS, &s->details_whole);
	r = r ? r : census_read_older(s, older, SCAN_TOP);
	r = r ? r : census_read_older(s, older, SCAN_DETAILS);
	for (size_t i = 0; i < now.nr_roots; i++)
		ledger_take(&s->ledger.metadata, now.roots[i].root);
	census_sort(&now);
	r = r ? r : read_remains(s, &now, older);
	census_sort(older);
	if (s->tops_whole && s->details_whole && !naming_agrees(&now)) {
		naming_mend(s, &now, older);
		s->differing = !naming_agrees(&now);
	}
	r = r ? r : join(s, &now, older);
	census_exit(&now);
	return r;
}
