/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/naming.h"

/* Is entry @i the same in both, or is none there in both? */
static bool is_same(const struct census *now, size_t i)
{
	if (i >= now->nr_roots || i >= now->nr_details)
		return i >= now->nr_roots && i >= now->nr_details;
	return now->roots[i].dev_id == now->details[i].device.dev_id;
}

bool naming_agrees(const struct census *now)
{
	size_t i = 0;

	while (i < now->nr_roots && is_same(now, i))
		i++;
	return i == now->nr_roots && i == now->nr_details;
}

/*
 * Between others that are the same, so each has an id there that the other has nowhere; and
 * it maps as much as it should, or may have, for what is damaged.
 */
static bool is_one(const struct thin_salvage *s, const struct census *now, size_t i)
{
	const struct scan_block *b = scan_node(&s->scan, now->roots[i].root, SCAN_MAPPINGS);
	uint64_t said = now->details[i].said;

	if (b && (b->nr_below > said || (b->whole && b->nr_below < said)))
		return false;
	return !is_same(now, i) && is_same(now, i + 1) && (!i || is_same(now, i - 1));
}

/* Was device @dev_id made when @d was? */
static bool is_made_then(const struct census *older, uint32_t dev_id,
			 const struct salvage_device *d)
{
	const struct salvage_device *was = census_find_details(older, dev_id);

	return was && was->device.transaction_id == d->device.transaction_id &&
	       was->device.creation_time == d->device.creation_time;
}

/* Had it this root before?  Then it is the device that it says. */
static bool is_root(const struct census *older, const struct census_root *root)
{
	for (size_t i = census_find_root(older, root->dev_id);
	     i < older->nr_roots && older->roots[i].dev_id == root->dev_id; i++)
		if (older->roots[i].root == root->root)
			return true;
	return false;
}

/* The id for both of them; of two that nothing speaks for, the smaller one. */
static uint32_t choose(const struct census *older, const struct census_root *root,
		       const struct salvage_device *d)
{
	uint32_t id = d->device.dev_id;

	if (is_made_then(older, root->dev_id, d))
		return root->dev_id;
	return root->dev_id < id && !is_made_then(older, id, d) ? root->dev_id : id;
}

static void name(struct thin_salvage *s, struct census_root *root, struct salvage_device *d,
		 uint32_t id)
{
	struct thin_finding f = {
		.code = THIN_FINDING_DEVICE_NAMED, .dev_id = id,
		.found = id == root->dev_id ? d->device.dev_id : root->dev_id,
	};

	root->dev_id = d->device.dev_id = id;
	salvage_tell(s, &f);
}

void naming_mend(struct thin_salvage *s, struct census *now, const struct census *older)
{
	for (size_t i = 0; i < now->nr_roots && i < now->nr_details; i++) {
		struct census_root *root = &now->roots[i];
		struct salvage_device *d = &now->details[i];

		if (is_one(s, now, i) && (is_made_then(older, root->dev_id, d) ||
					  !is_root(older, root)))
			name(s, root, d, choose(older, root, d));
	}
}
