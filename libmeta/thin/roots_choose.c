/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "meta/thin_repair.h"
#include "thin/roots_when.h"

uint64_t thin_roots_devices(const uint32_t *ids, size_t nr)
{
	uint64_t devices = 0;

	for (size_t i = 0; i < nr; i++)
		devices = roots_when_add_device(devices, ids[i]);
	return devices;
}

struct chooser {
	const struct thin_roots *roots;
	size_t nr;
	const struct thin_roots_wish *wish;
	bool made_in_same;		/* see find_custom() */
};

/* Is it from a superblock? */
static bool is_known(const struct thin_roots *p)
{
	return p->current || p->held;
}

static bool may_be(const struct thin_roots *p, const struct thin_roots_wish *w)
{
	if (w->transaction_id < p->transaction_min || w->transaction_id > p->transaction_max)
		return false;
	if (w->has_devices && p->devices != w->devices)
		return false;
	return p->nr_devices || is_known(p);
}

static bool is_whole(const struct thin_roots *p)
{
	return p->nr_whole == p->nr_devices;
}

/*
 * lvm2 makes devices in a transaction and then begins the next one, so what it
 * calls transaction N has none that was made in N.  Others raise the number
 * first.  What superblocks say tells which of them is at work here.
 */
static void find_custom(struct chooser *c)
{
	for (size_t i = 0; i < c->nr; i++) {
		const struct thin_roots *p = &c->roots[i];

		if (is_known(p) && p->nr_devices && p->transaction_id >= p->transaction_min)
			c->made_in_same = true;
	}
}

/* Is there a pair with the same devices that is known to be of a later transaction? */
static bool is_of_later(const struct chooser *c, const struct thin_roots *p)
{
	for (size_t i = 0; i < c->nr; i++) {
		const struct thin_roots *other = &c->roots[i];

		if (is_known(other) && other->transaction_min > c->wish->transaction_id &&
		    other->devices == p->devices)
			return true;
	}
	return false;
}

static unsigned rank(const struct chooser *c, const struct thin_roots *p)
{
	bool is_custom = c->made_in_same || p->transaction_id < c->wish->transaction_id;

	return (is_known(p) ? 8u : 0) | (c->wish->has_devices || !is_of_later(c, p) ? 4u : 0) |
	       (is_whole(p) ? 2u : 0) | (is_custom ? 1u : 0);
}

int thin_roots_choose(const struct thin_roots *roots, size_t nr, const struct thin_roots_wish *w,
		      struct thin_roots_choice *choice)
{
	struct chooser c = { .roots = roots, .nr = nr, .wish = w };
	unsigned best = 0;

	*choice = (struct thin_roots_choice){ .nr = 0 };
	find_custom(&c);
	for (size_t i = 0; i < nr; i++) {
		unsigned value;

		if (!may_be(&roots[i], w))
			continue;
		value = rank(&c, &roots[i]);
		if (!choice->nr++ || value > best) {
			best = value;
			choice->index = i;
		}
	}
	if (!choice->nr)
		return -ENOENT;
	choice->known = is_known(&roots[choice->index]);
	choice->whole = is_whole(&roots[choice->index]);
	return 0;
}
