/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/adopt.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "thin/era.h"
#include "thin/fit.h"
#include "thin/trees.h"

struct child {
	uint32_t root;
	uint32_t time;
};

/* The order in which devices were made, as far as can be told. */
static int compare(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->root > y->root) - (x->root < y->root);
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
		children[(*nr)++] = (struct child){ root, era.known ? era.first : 0 };
	}
	return r;
}

static int adopt(struct thin_salvage *s, uint32_t root)
{
	uint32_t id = (uint32_t)s->nr_devices;
	struct thin_finding f = {
		.code = THIN_FINDING_DEVICE_UNKNOWN, .dev_id = id, .where = root,
	};
	int r = salvage_room(&s->devices, &s->room_devices, s->nr_devices, sizeof(*s->devices));

	if (r)
		return r;
	s->devices[s->nr_devices++] = (struct salvage_device){
		.device.dev_id = id, .said = UINT64_MAX, .root = root, .has_root = true,
	};
	salvage_tell(s, &f);
	ledger_take(&s->ledger.metadata, root);
	return trees_reach_device(s, id);
}

int adopt_trees(struct orphans *o)
{
	struct child *children = alloc_array(o->nr_nodes, sizeof(*children));
	size_t nr = 0;
	int r = children ? find(o, children, &nr) : -ENOMEM;

	if (nr)
		qsort(children, nr, sizeof(*children), compare);
	/* What one of them has taken is not another's. */
	for (size_t i = 0; i < nr && !r && i <= THIN_MAX_DEV_ID; i++)
		if (salvage_is_missed(o->s, children[i].root))
			r = adopt(o->s, children[i].root);
	free(children);
	return r;
}
