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

/* No two trees have the same devices: one tree alone, and the rest by other evidence. */
static int choose_alone(struct thin_salvage *s)
{
	struct roots_trees r = { .s = s };
	const struct roots_tree *best = NULL;
	int error = roots_trees_add_all(&r);

	for (size_t i = 0; i < r.nr_tops; i++)
		if (r.tops[i].nr && (!best || r.tops[i].nr_sound > best->nr_sound ||
				     (r.tops[i].nr_sound == best->nr_sound &&
				      r.tops[i].time >= best->time)))
			best = &r.tops[i];
	s->mapping_root = best ? best->root : 0;
	for (size_t i = 0; i < r.nr_details && !s->mapping_root; i++)
		if (r.details[i].nr && (!best || r.details[i].time > best->time ||
					(r.details[i].time == best->time &&
					 r.details[i].transaction_id >= best->transaction_id)))
			best = &r.details[i];
	s->details_root = best && !s->mapping_root ? best->root : 0;
	roots_trees_exit(&r);
	return error || best ? error : -ENODATA;
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

/* Are both trees sound, but of other devices, as those of two transactions may be? */
static bool is_mismatch(struct thin_salvage *s, uint64_t mapping_root, uint64_t details_root)
{
	struct roots_trees r = { .s = s };
	bool read = !roots_trees_add(&r, mapping_root, SCAN_TOP) &&
		    !roots_trees_add(&r, details_root, SCAN_DETAILS);
	bool differ = read && r.nr_tops && r.nr_details &&
		      (r.tops->nr != r.details->nr || r.tops->hash != r.details->hash);

	roots_trees_exit(&r);
	return differ;
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

/* Of later than @than, which is not later than the superblock, and nothing of it missing. */
static bool is_later(const struct thin_salvage *s, const struct roots_tree *t, uint32_t than)
{
	return t->nr && t->nr_sound == t->nr && t->time > than &&
	       (!s->has_sb || t->time <= s->sb.time);
}

/*
 * Of the last snapshot one of the two trees may be left alone: then which
 * devices there were is known by it, and the pair would be from before that.
 */
static int prefer_later(struct thin_salvage *s, uint32_t time)
{
	struct roots_trees t = { .s = s };
	int r = roots_trees_add_all(&t);

	for (size_t i = 0; i < t.nr_tops && !r; i++) {
		if (!is_later(s, &t.tops[i], time))
			continue;
		time = t.tops[i].time;
		s->mapping_root = t.tops[i].root;
		s->details_root = 0;
	}
	for (size_t i = 0; i < t.nr_details && !r; i++) {
		if (!is_later(s, &t.details[i], time))
			continue;
		time = t.details[i].time;
		s->mapping_root = 0;
		s->details_root = t.details[i].root;
	}
	roots_trees_exit(&t);
	return r;
}

/* Both trees are lost, or there is no word of where they are. */
static int choose_found(struct thin_salvage *s)
{
	uint32_t time;
	int r = choose_newest(s, &time);

	if (r == -ENODATA)
		r = choose_alone(s);
	else if (!r)
		r = prefer_later(s, time);
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
	uint32_t time;
	int r;

	if (s->opts.has_mapping_root)
		return choose_named(s);
	has_top = is_of_use(s, top, SCAN_TOP, !has_details);
	has_details = is_of_use(s, details, SCAN_DETAILS, !has_top);
	if (!has_top && !has_details)
		return choose_found(s);
	s->mapping_root = has_top ? top : 0;
	s->details_root = has_details ? details : 0;
	/* Two sound trees with other devices are not of one transaction. */
	if (has_top && has_details && is_mismatch(s, top, details)) {
		r = choose_newest(s, &time);
		if (r == -ENODATA)
			return 0;
		s->all_older = s->mapping_root != top || s->details_root != details;
		if (!r && s->all_older)
			tell(s, THIN_FINDING_ROOTS);
		return r;
	}
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
