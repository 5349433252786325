/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/graft.h"

#include <string.h>

#include "base/alloc.h"
#include "thin/trees.h"

/* What a node has at most. */
#define MOST_PIECES 252u

struct graft {
	struct thin_salvage *s;
	const struct census *older;
	uint32_t *nodes;		/* that may be missed, by first key */
	size_t nr_nodes;
	struct bits below;		/* nodes that another one of them points to */
	struct bits kin;		/* children of a device's older roots */
	uint32_t *choice;		/* among nodes, for one hole */
};

static const struct scan_block *mapping_node(const struct thin_salvage *s, uint64_t where)
{
	return scan_node(&s->scan, where, SCAN_MAPPINGS);
}

/* qsort() has no argument for it. */
static _Thread_local const struct graft *sorting;

static int compare_keys(const void *a, const void *b)
{
	const struct scan_block *blocks = sorting->s->scan.blocks;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (blocks[x].first != blocks[y].first)
		return blocks[x].first < blocks[y].first ? -1 : 1;
	return (x > y) - (x < y);
}

/* The best first: known to be the device's, then the latest, then the largest. */
static int compare_worth(const void *a, const void *b)
{
	const struct scan_block *blocks = sorting->s->scan.blocks;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct scan_block *bx = &blocks[x], *by = &blocks[y];
	bool kx = bits_has(&sorting->kin, x), ky = bits_has(&sorting->kin, y);

	if (kx != ky)
		return kx ? -1 : 1;
	if (bx->time != by->time)
		return bx->time > by->time ? -1 : 1;
	if (bx->nr_below != by->nr_below)
		return bx->nr_below > by->nr_below ? -1 : 1;
	return (x < y) - (x > y);
}

static void sort(const struct graft *g, uint32_t *nodes, size_t nr,
		 int (*compare)(const void *a, const void *b))
{
	sorting = g;
	if (nr)
		qsort(nodes, nr, sizeof(*nodes), compare);
}

static int gather(struct graft *g)
{
	struct thin_salvage *s = g->s;
	size_t room = 0;

	for (uint64_t where = 1; where < s->scan.nr_blocks; where++) {
		const struct scan_block *b = mapping_node(s, where);

		if (!b || !b->nr || !salvage_is_missed(s, where))
			continue;
		if (salvage_room(&g->nodes, &room, g->nr_nodes, sizeof(*g->nodes)))
			return -ENOMEM;
		g->nodes[g->nr_nodes++] = (uint32_t)where;
	}
	sort(g, g->nodes, g->nr_nodes, compare_keys);
	g->choice = alloc_array(g->nr_nodes, sizeof(*g->choice));
	return g->choice ? 0 : -ENOMEM;
}

/* Adds the children of an inner node to @set. */
static int add_children(struct graft *g, uint64_t where, struct bits *set)
{
	struct node n;
	int r = salvage_read(g->s, where, sizeof(__le64), 0, &n);

	if (r || n.leaf)
		return r;
	for (uint32_t i = 0; i < n.nr_entries; i++)
		if (node_value64(&n, i) < set->nr)
			bits_add(set, node_value64(&n, i));
	return 0;
}

static int find_below(struct graft *g)
{
	int r = 0;

	for (size_t i = 0; i < g->nr_nodes && !r; i++)
		if (g->s->scan.blocks[g->nodes[i]].height)
			r = add_children(g, g->nodes[i], &g->below);
	return r;
}

/* What the older roots of device @dev_id point to is likely to be its own. */
static int find_kin(struct graft *g, uint32_t dev_id)
{
	const struct census *c = g->older;
	int r = 0;

	bits_clear(&g->kin);
	for (size_t i = census_find_root(c, dev_id);
	     i < c->nr_roots && c->roots[i].dev_id == dev_id && !r; i++) {
		const struct scan_block *b = mapping_node(g->s, c->roots[i].root);

		if (b && b->height)
			r = add_children(g, c->roots[i].root, &g->kin);
	}
	return r;
}

/* How many of a node's children are of the kin. */
static uint32_t count_kin(struct graft *g, uint32_t where)
{
	struct node n;
	uint32_t nr = 0;

	if (!g->kin.count || !g->s->scan.blocks[where].height ||
	    salvage_read(g->s, where, sizeof(__le64), 0, &n))
		return 0;
	for (uint32_t i = 0; i < n.nr_entries; i++)
		nr += bits_has(&g->kin, node_value64(&n, i));
	return nr;
}

static bool is_free_root(struct graft *g, uint32_t where)
{
	return salvage_is_missed(g->s, where) && !bits_has(&g->below, where);
}

/* A root that an older tree names, and that something still points to. */
static uint64_t find_named(struct graft *g, uint32_t dev_id)
{
	const struct census *c = g->older;

	for (size_t i = census_find_root(c, dev_id);
	     i < c->nr_roots && c->roots[i].dev_id == dev_id; i++)
		if (mapping_node(g->s, c->roots[i].root) &&
		    ledger_missing(&g->s->ledger.metadata, c->roots[i].root) > 0)
			return c->roots[i].root;
	return 0;
}

/* A tree that has as many mappings as it should, or children that were the device's. */
static uint64_t find_similar(struct graft *g, const struct salvage_device *d)
{
	uint32_t best = 0, most = 0;

	for (size_t i = 0; i < g->nr_nodes; i++) {
		const struct scan_block *b = mapping_node(g->s, g->nodes[i]);
		uint32_t score;

		if (!b || !is_free_root(g, g->nodes[i]))
			continue;
		score = 2 * count_kin(g, g->nodes[i]);
		if (d->said && d->said == b->nr_below && b->whole)
			score += 1000;
		/* A snapshot that nobody has written to. */
		if (score && b->time < d->device.creation_time)
			score += 500;
		if (score && (score > most || (score == most &&
					       b->time >= g->s->scan.blocks[best].time))) {
			most = score;
			best = g->nodes[i];
		}
	}
	return best;
}

static uint64_t find_older(struct graft *g, uint32_t dev_id)
{
	const struct census *c = g->older;
	uint64_t best = 0;

	for (size_t i = census_find_root(c, dev_id);
	     i < c->nr_roots && c->roots[i].dev_id == dev_id; i++) {
		const struct scan_block *b = mapping_node(g->s, c->roots[i].root);

		if (!b || bits_has(&g->s->reached, c->roots[i].root))
			continue;
		if (!best || b->time > g->s->scan.blocks[best].time ||
		    (b->time == g->s->scan.blocks[best].time &&
		     b->nr_below > g->s->scan.blocks[best].nr_below))
			best = c->roots[i].root;
	}
	return best;
}

static void tell_root(struct thin_salvage *s, enum thin_finding_code code,
		      const struct salvage_device *d)
{
	struct thin_finding f = { .code = code, .dev_id = d->device.dev_id, .where = d->root };

	salvage_tell(s, &f);
}

/* A device that no sound tree gives a root. */
static int graft_root(struct graft *g, uint32_t index)
{
	struct salvage_device *d = &g->s->devices[index];
	int r = find_kin(g, d->device.dev_id);

	if (r)
		return r;
	d->root = find_named(g, d->device.dev_id);
	if (!d->root && d->said)
		d->root = find_similar(g, d);
	if (d->root) {
		ledger_take(&g->s->ledger.metadata, d->root);
		tell_root(g->s, THIN_FINDING_DEVICE_FOUND, d);
	}
	return trees_reach_device(g->s, index);
}

static int compare_devices(const void *a, const void *b)
{
	const struct salvage_device *devices = sorting->s->devices;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (devices[x].device.creation_time != devices[y].device.creation_time)
		return devices[x].device.creation_time > devices[y].device.creation_time ? -1 : 1;
	return (x < y) - (x > y);
}

/*
 * The youngest device first: an older tree may say that what is a snapshot's
 * now was its origin's, which has another root since it was written to.
 */
static int graft_roots(struct graft *g)
{
	struct thin_salvage *s = g->s;
	uint32_t *order = alloc_array(s->nr_devices, sizeof(*order));
	size_t nr = 0;
	int r = order ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < s->nr_devices && !r; i++)
		if (!s->devices[i].has_root)
			order[nr++] = i;
	sort(g, order, nr, compare_devices);
	for (size_t i = 0; i < nr && !r; i++)
		r = graft_root(g, order[i]);
	free(order);
	return r;
}

/* May node @where be below hole @h? */
static bool is_piece(struct graft *g, const struct hole *h, uint32_t where)
{
	const struct scan_block *b = mapping_node(g->s, where);

	return b && b->height + 1u == h->height && b->first >= h->span.low &&
	       b->top <= h->span.last && salvage_is_missed(g->s, where) &&
	       !(h->device != SALVAGE_NONE && bits_has(&g->below, where));
}

/* Puts @where among the pieces, unless one of them has some of its keys. */
static bool add_piece(struct graft *g, struct hole *h, uint32_t where)
{
	const struct scan_block *blocks = g->s->scan.blocks, *b = &blocks[where];
	uint32_t i = h->nr_pieces;

	if (h->nr_pieces == MOST_PIECES)
		return false;
	while (i && blocks[h->pieces[i - 1]].first > b->first)
		i--;
	if ((i && blocks[h->pieces[i - 1]].top >= b->first) ||
	    (i < h->nr_pieces && blocks[h->pieces[i]].first <= b->top))
		return false;
	memmove(h->pieces + i + 1, h->pieces + i, (h->nr_pieces - i) * sizeof(*h->pieces));
	h->pieces[i] = where;
	h->nr_pieces++;
	return true;
}

/* How high a lost root was: as high as the highest of its kin, or of all. */
static uint32_t guess_height(struct graft *g, uint64_t most)
{
	const struct scan_block *blocks = g->s->scan.blocks;
	uint32_t height[2] = { 0, 0 };

	for (size_t i = 0; i < g->nr_nodes; i++) {
		uint32_t where = g->nodes[i];
		bool kin = bits_has(&g->kin, where);

		if (!is_free_root(g, where) || blocks[where].nr_below > most)
			continue;
		if (blocks[where].height + 1u > height[kin])
			height[kin] = blocks[where].height + 1u;
	}
	return height[1] ? height[1] : height[0];
}

/* At most so many mappings are missing from the tree of a lost root. */
static uint64_t most_of(const struct graft *g, const struct hole *h)
{
	if (h->device == SALVAGE_NONE)
		return UINT64_MAX;
	return g->s->devices[h->device].said;
}

static size_t choose(struct graft *g, const struct hole *h, uint64_t most)
{
	size_t nr = 0;

	for (size_t i = 0; i < g->nr_nodes; i++)
		if (is_piece(g, h, g->nodes[i]) &&
		    g->s->scan.blocks[g->nodes[i]].nr_below <= most)
			g->choice[nr++] = g->nodes[i];
	sort(g, g->choice, nr, compare_worth);
	return nr;
}

static int reach_pieces(struct thin_salvage *s, size_t index)
{
	uint32_t *pieces = s->holes[index].pieces;
	uint32_t nr = s->holes[index].nr_pieces;
	struct span span = s->holes[index].span;
	int r = 0;

	for (uint32_t i = 0; i < nr && !r; i++) {
		const struct scan_block *b = &s->scan.blocks[pieces[i]];
		struct span below = { b->first, i + 1 < nr ?
			s->scan.blocks[pieces[i + 1]].first - 1 : span.last };
		struct thin_finding f = {
			.code = THIN_FINDING_ATTACHED, .where = pieces[i], .nr = b->nr_below,
			.begin = b->first, .end = b->top == UINT64_MAX ? b->top : b->top + 1,
		};

		ledger_take(&s->ledger.metadata, pieces[i]);
		r = salvage_mark(s, pieces[i], &f);
		r = r ? r : trees_reach(s, pieces[i], below);
	}
	return r;
}

/* The whole tree of an older transaction is better than none. */
static int use_older_root(struct graft *g, size_t index)
{
	struct salvage_device *d = &g->s->devices[g->s->holes[index].device];
	uint64_t root = d->said ? find_older(g, d->device.dev_id) : 0;
	struct span all = { 0, UINT64_MAX };
	int r;

	if (!root)
		return 0;
	for (size_t i = 0; i < g->s->nr_devices; i++)
		if (&g->s->devices[i] != d && g->s->devices[i].root == d->root)
			return 0;
	d->root = root;
	g->s->holes[index].device = SALVAGE_NONE;
	g->s->holes[index].height = SALVAGE_NONE;
	tell_root(g->s, THIN_FINDING_DEVICE_OLDER, d);
	g->s->older = true;
	r = trees_reach(g->s, root, all);
	g->s->older = false;
	return r;
}

static int fill_hole(struct graft *g, size_t index)
{
	struct hole *h = &g->s->holes[index];
	uint64_t most = most_of(g, h);
	size_t nr;
	int r = 0;

	h->searched = true;
	bits_clear(&g->kin);
	if (h->device != SALVAGE_NONE) {
		r = find_kin(g, g->s->devices[h->device].device.dev_id);
		h->height = guess_height(g, most);
	}
	if (r)
		return r;
	nr = h->height ? choose(g, h, most) : 0;
	if (nr) {
		h->pieces = alloc_array(MOST_PIECES + 1, sizeof(*h->pieces));
		if (!h->pieces)
			return -ENOMEM;
	}
	for (size_t i = 0; i < nr; i++)
		if (g->s->scan.blocks[g->choice[i]].nr_below <= most &&
		    add_piece(g, h, g->choice[i]))
			most -= most == UINT64_MAX ? 0 :
				g->s->scan.blocks[g->choice[i]].nr_below;
	if (!h->nr_pieces) {
		h->height = h->device != SALVAGE_NONE ? 0 : h->height;
		return h->device != SALVAGE_NONE ? use_older_root(g, index) : 0;
	}
	return reach_pieces(g->s, index);
}

/* The highest of the holes that were not looked at; roots, whose keys say less, last. */
static size_t next_hole(const struct thin_salvage *s)
{
	size_t best = s->nr_holes;

	for (size_t i = 0; i < s->nr_holes; i++) {
		const struct hole *h = &s->holes[i];

		if (h->searched || !h->height)
			continue;
		if (best == s->nr_holes || (s->holes[best].height == SALVAGE_NONE &&
					    h->height != SALVAGE_NONE) ||
		    (h->height != SALVAGE_NONE && h->height > s->holes[best].height))
			best = i;
	}
	return best;
}

int graft_all(struct thin_salvage *s, const struct census *older)
{
	struct graft g = { .s = s, .older = older };
	size_t i;
	int r;

	r = bits_init(&g.below, s->scan.nr_blocks);
	r = r ? r : bits_init(&g.kin, s->scan.nr_blocks);
	r = r ? r : gather(&g);
	r = r ? r : find_below(&g);
	r = r ? r : graft_roots(&g);
	while (!r && (i = next_hole(s)) < s->nr_holes)
		r = fill_hole(&g, i);
	bits_exit(&g.below);
	bits_exit(&g.kin);
	free(g.nodes);
	free(g.choice);
	return r;
}
