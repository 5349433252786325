/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/adopt.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sorted.h"
#include "thin/era.h"
#include "thin/fit.h"
#include "thin/remains.h"
#include "thin/trees.h"

struct child {
	uint32_t root;
	uint32_t time;
	uint32_t id;
	bool named;			/* by what is left of the top-level tree */
};

struct names {
	struct remains_entry all[REMAINS_MOST];
	uint32_t nr;
};

/* The order in which devices were made, as far as can be told. */
static int compare(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->root > y->root) - (x->root < y->root);
}

static int compare_ids(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int is_current(struct thin_salvage *s, uint32_t root, bool *current)
{
	enum fit fit;
	int r;

	*current = ledger_missing(&s->ledger.metadata, root) > 0;
	if (*current || ledger_knows(&s->ledger.metadata, root))
		return 0;
	r = fit_judge(s, root, &fit);
	*current = fit == FIT_GOOD;
	return r;
}

static int find(struct orphans *o, struct child *children, size_t *nr)
{
	int r = 0;

	for (size_t i = 0; i < o->nr_nodes && !r; i++) {
		uint32_t root = o->nodes[i];
		struct era era;
		bool current;

		if (!orphans_is_root(o, root))
			continue;
		r = is_current(o->s, root, &current);
		if (r || !current)
			continue;
		r = era_find(o->s, root, &o->shared, &era);
		children[(*nr)++] = (struct child){ root, era.known ? era.first : 0, 0, false };
	}
	return r;
}

/* Is it the id of one of the first @nr names? */
static bool is_named(const struct names *n, uint32_t nr, uint64_t id)
{
	for (uint32_t i = 0; i < nr; i++)
		if (n->all[i].key == id)
			return true;
	return false;
}

static void use_name(const struct names *n, uint32_t which, struct child *children, size_t nr)
{
	const struct remains_entry *e = &n->all[which];

	if (e->key > THIN_MAX_DEV_ID || is_named(n, which, e->key))
		return;
	for (size_t i = 0; i < nr; i++)
		if (children[i].root == e->value && !children[i].named) {
			children[i].id = (uint32_t)e->key;
			children[i].named = true;
		}
}

/* Gives all an id: the one that a lost leaf has for it, or one that it has for nobody. */
static int name_all(struct thin_salvage *s, struct child *children, size_t nr)
{
	struct names *n = calloc(1, sizeof(*n));
	uint32_t next = 0;
	int r = !n ? -ENOMEM : !s->has_sb ? 0 :
		remains_read(s, s->sb.mapping_root, n->all, &n->nr);

	for (uint32_t i = 0; !r && i < n->nr; i++)
		use_name(n, i, children, nr);
	for (size_t i = 0; i < nr && !r; i++) {
		if (children[i].named)
			continue;
		while (is_named(n, n->nr, next))
			next++;
		children[i].id = next++;
	}
	free(n);
	return r;
}

static int adopt(struct orphans *o, const struct child *c)
{
	static const struct census none;
	const struct census_root root = { .dev_id = c->id, .root = c->root };
	struct thin_salvage *s = o->s;
	struct thin_finding f = {
		.code = c->named ? THIN_FINDING_DEVICE_FOUND : THIN_FINDING_DEVICE_UNKNOWN,
		.dev_id = c->id, .where = c->root,
	};
	int r = salvage_room(&s->devices, &s->room_devices, s->nr_devices, sizeof(*s->devices));

	if (r)
		return r;
	s->devices[s->nr_devices++] = census_make_device(s, c->named ? o->older : &none, &root,
							 NULL);
	salvage_tell(s, &f);
	ledger_take(&s->ledger.metadata, c->root);
	return trees_reach_device(s, (uint32_t)s->nr_devices - 1);
}

/* May entry @i of older lists name a tree?  Only if there was a device of that id. */
static bool may_name(const struct orphans *o, size_t i)
{
	const struct census_root *root = &o->older->roots[i];
	const struct thin_salvage *s = o->s;
	size_t at = sorted_find(s->devices, device.dev_id, s->nr_devices, root->dev_id);

	return (at == s->nr_devices || s->devices[at].device.dev_id != root->dev_id) &&
	       census_find_details(o->older, root->dev_id) &&
	       orphans_node(s, root->root) && orphans_is_root(o, (uint32_t)root->root) &&
	       ledger_missing(&o->s->ledger.metadata, root->root) > 0;
}

int adopt_named(struct orphans *o)
{
	const struct census_root *roots = o->older->roots;
	uint32_t *best = alloc_array(o->s->scan.nr_blocks, sizeof(*best));
	struct child *children = alloc_array(o->older->nr_roots, sizeof(*children));
	size_t nr = 0;
	int r = best && children ? 0 : -ENOMEM;

	/* Of several that name a tree, the one that was written last. */
	for (size_t i = 0; i < o->older->nr_roots && !r; i++)
		if (may_name(o, i) && best[roots[i].root] < roots[i].leaf)
			best[roots[i].root] = roots[i].leaf;
	for (size_t i = 0; i < o->older->nr_roots && !r; i++)
		if (may_name(o, i) && best[roots[i].root] == roots[i].leaf &&
		    (!nr || children[nr - 1].id != roots[i].dev_id))
			children[nr++] = (struct child){
				(uint32_t)roots[i].root, 0, roots[i].dev_id, true };
	for (size_t i = 0; i < nr && !r; i++)
		if (salvage_is_missed(o->s, children[i].root))
			r = adopt(o, &children[i]);
	free(best);
	free(children);
	return r;
}

int adopt_trees(struct orphans *o)
{
	struct child *children = alloc_array(o->nr_nodes, sizeof(*children));
	size_t nr = 0;
	int r = children ? find(o, children, &nr) : -ENOMEM;

	if (nr)
		qsort(children, nr, sizeof(*children), compare);
	r = r ? r : name_all(o->s, children, nr);
	if (nr)
		qsort(children, nr, sizeof(*children), compare_ids);
	/* What one of them has taken is not another's. */
	for (size_t i = 0; i < nr && !r && children[i].id <= THIN_MAX_DEV_ID; i++)
		if (salvage_is_missed(o->s, children[i].root))
			r = adopt(o, &children[i]);
	free(children);
	return r;
}
