/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "thin/roots.h"
#include "thin/roots_trees.h"

static void tell(struct thin_salvage *s, enum thin_finding_code code)
{
	struct thin_finding f = {
		.code = code, .dev_id = THIN_FINDING_NO_DEV, .found = s->mapping_root,
		.wanted = s->details_root,
	};

	salvage_tell(s, &f);
}

/* An empty pool is never the answer to damage, nor are empty devices if others are not. */
static int choose_newest(struct thin_salvage *s, uint32_t *time)
{
	struct thin_roots *pairs;
	size_t nr, i = 0;
	int r = roots_find(s, &pairs, &nr);

	if (r)
		return r;
	while (i < nr && !pairs[i].nr_mapped)
		i++;
	for (i = i < nr ? i : 0; i < nr && !pairs[i].nr_devices; i++)
		;
	if (i < nr) {
		s->mapping_root = pairs[i].mapping_root;
		s->details_root = pairs[i].details_root;
		*time = pairs[i].time;
	}
	free(pairs);
	return i < nr ? 0 : -ENODATA;
}

static int choose_named(struct thin_salvage *s)
{
	const struct thin_repair_opts *o = &s->opts;

	if (!scan_node(&s->scan, o->mapping_root, SCAN_TOP) ||
	    !scan_node(&s->scan, o->details_root, SCAN_DETAILS))
		return -ENOENT;
	s->mapping_root = o->mapping_root;
	s->details_root = o->details_root;
	s->all_older = !s->has_sb || s->mapping_root != s->sb.mapping_root ||
		       s->details_root != s->sb.details_root;
	if (s->all_older)
		tell(s, THIN_FINDING_ROOTS);
	return 0;
}

/*
 * Takes the best of @nr trees: of those of mappings the one with the most devices, of
 * others the latest; or if there is a pair, the latest of those that are later than its
 * @time, but not later than the superblock, and of which nothing is missing.
 */
static void find_best(const struct thin_salvage *s, const struct roots_tree *t, size_t nr,
		      const uint32_t *time, bool is_top, struct roots_tree *best)
{
	uint64_t most = 0;

	for (; nr--; t++) {
		uint64_t rank = time ? t->time : is_top ? t->nr_sound << 32 | t->time :
				(uint64_t)t->time << 32 | (uint32_t)t->transaction_id;

		if (time && (t->nr_sound < t->nr || t->time <= *time ||
			     (s->has_sb && t->time > s->sb.time)))
			continue;
		if (t->nr && (rank > most || (rank == most && !time))) {
			most = rank;
			*best = *t;
		}
	}
}

/*
 * If no two trees have the same devices: the best of each kind, and the rest by other
 * evidence.  One that lacks most of what the other has is a part of a tree.  And of
 * the last snapshot one of the two may be left alone: then which devices there were
 * is known by it, and the pair, whose @time that is, would be from before that.
 */
static int choose_alone(struct thin_salvage *s, const uint32_t *time)
{
	struct roots_trees r = { .s = s };
	struct roots_tree top = { .root = 0 }, details = { .root = 0 };
	int error = roots_trees_add_all(&r);

	find_best(s, r.tops, r.nr_tops, time, true, &top);
	find_best(s, r.details, r.nr_details, time, false, &details);
	roots_trees_exit(&r);
	if (!top.nr && !details.nr)
		return error || time ? error : -ENODATA;
	s->mapping_root = details.nr / 2 > top.nr_sound ? 0 : top.root;
	s->details_root = top.nr_sound / 2 > details.nr ? 0 : details.root;
	return error;
}

/* Both trees are lost, or there is no word of where they are. */
static int choose_found(struct thin_salvage *s)
{
	uint32_t time = 0;
	int r = choose_newest(s, &time);

	if (!r || r == -ENODATA)
		r = choose_alone(s, r ? NULL : &time);
	s->all_older = true;
	if (!r)
		tell(s, s->has_sb ? THIN_FINDING_ROOTS : THIN_FINDING_ROOTS_FOUND);
	return r;
}

/* A tree without devices says nothing when the other one is lost. */
static bool is_of_use(const struct thin_salvage *s, uint64_t root, enum scan_family family,
		      bool alone)
{
	const struct scan_block *b = scan_node(&s->scan, root, family);

	return b && (b->nr || !alone);
}

int roots_choose(struct thin_salvage *s)
{
	uint64_t top = s->has_sb ? s->sb.mapping_root : 0;
	uint64_t details = s->has_sb ? s->sb.details_root : 0;
	bool has_top = scan_node(&s->scan, top, SCAN_TOP);
	bool has_details = scan_node(&s->scan, details, SCAN_DETAILS);

	if (s->opts.has_mapping_root)
		return choose_named(s);
	has_top = is_of_use(s, top, SCAN_TOP, !has_details);
	has_details = is_of_use(s, details, SCAN_DETAILS, !has_top);
	if (!has_top && !has_details)
		return choose_found(s);
	s->mapping_root = has_top ? top : 0;
	s->details_root = has_details ? details : 0;
	return 0;
}

/* The best of what is there besides: all that it names has to be there. */
static size_t find_whole(const struct thin_roots *pairs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (pairs[i].nr_mapped && pairs[i].nr_whole == pairs[i].nr_devices)
			return i;
	for (size_t i = 0; i < nr; i++)
		if (pairs[i].nr_mapped)
			return i;
	return nr;
}

int roots_find_better(struct thin_salvage *s)
{
	struct thin_finding f = {
		.code = THIN_FINDING_EMPTIED, .dev_id = THIN_FINDING_NO_DEV,
	};
	struct thin_roots *pairs;
	size_t nr, i;
	int r;

	for (i = 0; i < s->nr_devices; i++)
		if (s->devices[i].device.mapped_blocks)
			return 0;
	if (!s->has_sb || s->opts.has_mapping_root)
		return 0;
	r = roots_find(s, &pairs, &nr);
	if (r)
		return r;
	i = find_whole(pairs, nr);
	if (i < nr) {
		f.found = i;
		f.nr = pairs[i].nr_mapped;
		f.wanted = pairs[i].nr_devices;
		salvage_tell(s, &f);
	}
	free(pairs);
	return 0;
}
