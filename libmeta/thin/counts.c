/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/bitmap.h"
#include "pdata/lookup.h"

/* More than so many bitmaps are not tried in each place. */
#define MOST_TRIALS (1u << 16)

struct search {
	struct thin_salvage *s;
	struct refs *found;
	struct bitmap_disk *bitmap;
	uint64_t nr_blocks;		/* that the map is for */
	bool is_data;
	bool just_judging;		/* the best will do, whether it is the right one or not */
	uint64_t *where;		/* of each bitmap; 0: not known */
};

/* ---- What is pointed to */

/* What is not as high as its parent says leads nowhere; @height: SALVAGE_NONE for a root. */
static int follow(struct thin_salvage *s, uint64_t where, enum scan_family family,
		  uint32_t height, struct refs *found)
{
	const struct scan_block *b = scan_node(&s->scan, where, family);
	struct node n;
	bool first;
	int r;

	if (where >= found->nr)
		return 0;
	first = !refs_get(found, where);
	refs_add(found, where, 1);
	if (!b || !first || (height != SALVAGE_NONE && b->height != height) ||
	    (!b->height && family != SCAN_TOP))
		return 0;
	r = salvage_read(s, where, sizeof(__le64), b->height + (family == SCAN_TOP ?
			 SCAN_MAX_HEIGHT + 1 : 0), &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++)
		r = b->height ? follow(s, node_value64(&n, i), family, b->height - 1u, found) :
			follow(s, node_value64(&n, i), SCAN_MAPPINGS, SALVAGE_NONE, found);
	return r;
}

/* All trees that there are, the highest first, as each may be below something lost. */
static int follow_all(struct thin_salvage *s, struct refs *found)
{
	int r = 0;

	for (uint32_t height = SCAN_MAX_HEIGHT; height; height--)
		for (uint64_t where = 1; where < found->nr && !r; where++) {
			const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);

			if (b && b->height == height && !refs_get(found, where))
				r = follow(s, where, SCAN_MAPPINGS, height, found);
		}
	return r;
}

int counts_find_pointers(struct thin_salvage *s, uint64_t mapping_root, uint64_t details_root,
			 struct refs *found)
{
	int r;

	refs_add(found, THIN_SB_WHERE, 1);
	r = mapping_root ? follow(s, mapping_root, SCAN_TOP, SALVAGE_NONE, found) :
			   follow_all(s, found);
	if (details_root && !r)
		r = follow(s, details_root, SCAN_DETAILS, SALVAGE_NONE, found);
	return r ? r : refs_error(found);
}

/* ---- How a bitmap agrees with it */

static bool has_tail(const struct bitmap_disk *b, uint32_t nr)
{
	for (uint32_t i = nr; i < BITMAP_ENTRIES; i++)
		if (bitmap_get(b, i))
			return true;
	return false;
}

static struct counts_verdict judge(const struct search *c, uint64_t i, uint64_t where)
{
	const struct bitmap_disk *b = c->bitmap;
	uint32_t nr = bitmap_used(c->nr_blocks, i);
	uint64_t base = i * BITMAP_ENTRIES;
	struct counts_verdict v = { .nr_right = 0 };

	for (uint32_t k = 0; k < nr; k++) {
		unsigned stored = bitmap_get(b, k);
		int64_t found = base + k < c->found->nr ? refs_get(c->found, base + k) : 0;

		if (found > 0 && (stored == BITMAP_OVERFLOW || stored >= found))
			v.nr_right++;
		else if (found > 0)
			v.nr_wrong++;
		else
			v.nr_more += stored != 0;
	}
	/* It is in use itself, once. */
	if (!c->is_data && where / BITMAP_ENTRIES == i) {
		bool knows = bitmap_get(b, (uint32_t)(where % BITMAP_ENTRIES)) == 1;

		v.nr_right += knows;
		v.nr_wrong += knows ? 0 : 4;
	}
	return v;
}

static bool is_better(const struct counts_verdict *a, const struct counts_verdict *b)
{
	if (a->nr_wrong != b->nr_wrong)
		return a->nr_wrong < b->nr_wrong;
	if (a->nr_right != b->nr_right)
		return a->nr_right > b->nr_right;
	return a->nr_more < b->nr_more;
}

/* An older one is wrong about little, but about everything that matters. */
static bool is_credible(const struct search *c, const struct counts_verdict *v)
{
	if (!v->nr_right)
		return !v->nr_wrong && !v->nr_more;
	return c->just_judging ? 4 * v->nr_wrong <= v->nr_right : !v->nr_wrong;
}

static bool is_taken(const struct search *c, uint64_t where)
{
	const struct thin_salvage *s = c->s;
	const struct sm *sm = &s->ledger.metadata.sm;

	if (!c->is_data)
		return false;
	for (uint64_t i = 0; s->ledger.metadata.loaded && i < sm->nr_bitmaps; i++)
		if (sm->index[i].where == where)
			return true;
	return false;
}

static int read_bitmap(struct search *c, uint64_t where, bool *sound)
{
	struct fault f;
	int r = engine_read(&c->s->overlay.engine, c->bitmap, where, 1);

	*sound = !r && !bitmap_check(c->bitmap, where, &f);
	return r == -ENOMEM ? r : 0;
}

/* The best for place @i; what the index names stays if it is as good. */
static int find_bitmap(struct search *c, uint64_t i, struct counts_verdict *best)
{
	const struct bits *all = &c->s->scan.bitmaps;
	uint64_t named = c->where[i];
	bool sound = false;
	int r = named ? read_bitmap(c, named, &sound) : 0;

	c->where[i] = 0;
	*best = (struct counts_verdict){ .nr_wrong = UINT64_MAX };
	if (!r && sound) {
		*best = judge(c, i, named);
		c->where[i] = named;
	}
	if (sound && !best->nr_wrong)
		return 0;
	if (all->count > MOST_TRIALS / (bitmap_count(c->nr_blocks) + 1))
		return r;
	for (uint64_t where = bits_next(all, 0); where < all->nr && !r;
	     where = bits_next(all, where + 1)) {
		struct counts_verdict v;

		if (is_taken(c, where) || (c->is_data &&
		    ledger_knows(&c->s->ledger.metadata, where) &&
		    ledger_missing(&c->s->ledger.metadata, where) <= 0))
			continue;
		r = read_bitmap(c, where, &sound);
		if (r || !sound || has_tail(c->bitmap, bitmap_used(c->nr_blocks, i)))
			continue;
		v = judge(c, i, where);
		if (is_credible(c, &v) && is_better(&v, best)) {
			*best = v;
			c->where[i] = where;
		}
	}
	return r;
}

/* ---- The index */

static int read_metadata_index(struct search *c, const struct sm_root *root)
{
	struct index_disk *d = alloc_blocks(1);
	struct fault f;

	if (!d)
		return -ENOMEM;
	if (!engine_read(&c->s->overlay.engine, d, root->index_root, 1) &&
	    !index_check(d, root->index_root, &f))
		for (uint64_t i = 0; i < bitmap_count(root->nr_blocks); i++)
			c->where[i] = le64_to_cpu(d->entries[i].bitmap);
	free(d);
	return 0;
}

static int read_data_index(struct search *c, const struct sm_root *root)
{
	struct lookup l = {
		.engine = &c->s->overlay.engine, .root = root->index_root,
		.value_size = sizeof(struct index_entry_disk), .block = alloc_blocks(1),
	};
	struct index_entry_disk e;
	struct fault f;
	struct node n;
	uint32_t k;

	if (!l.block)
		return -ENOMEM;
	for (uint64_t i = 0; i < bitmap_count(root->nr_blocks); i++) {
		if (!root->index_root || lookup_find(&l, i, &n, &k, &f))
			continue;
		memcpy(&e, node_value(&n, k), sizeof(e));
		c->where[i] = le64_to_cpu(e.bitmap);
	}
	free(l.block);
	return 0;
}

static int make_metadata_index(const struct search *c, struct sm_root *root)
{
	uint64_t where = salvage_number(c->s);
	struct index_disk *d = where ? overlay_edit(&c->s->overlay, where) : NULL;

	if (!d)
		return where ? -ENOMEM : 0;
	memset(d, 0, META_BLOCK_SIZE);
	for (uint64_t i = 0; i < bitmap_count(root->nr_blocks); i++)
		d->entries[i].bitmap = cpu_to_le64(c->where[i]);
	block_seal(d, where, INDEX_SALT);
	root->index_root = where;
	return 0;
}

/* One leaf; larger maps, of more than 2.7 million blocks, do without. */
static int make_data_index(const struct search *c, struct sm_root *root)
{
	uint32_t max = node_max_entries(sizeof(struct index_entry_disk)), nr = 0;
	uint64_t where = bitmap_count(root->nr_blocks) <= max ? salvage_number(c->s) : 0;
	struct node_disk *d = where ? overlay_edit(&c->s->overlay, where) : NULL;

	if (!d)
		return where ? -ENOMEM : 0;
	memset(d, 0, META_BLOCK_SIZE);
	for (uint64_t i = 0; i < bitmap_count(root->nr_blocks); i++) {
		struct index_entry_disk e = { .bitmap = cpu_to_le64(c->where[i]) };

		if (!c->where[i])
			continue;
		d->keys[nr] = cpu_to_le64(i);
		memcpy((char *)(d->keys + max) + nr++ * sizeof(e), &e, sizeof(e));
	}
	d->header.flags = cpu_to_le32(NODE_LEAF);
	d->header.nr_entries = cpu_to_le32(nr);
	d->header.max_entries = cpu_to_le32(max);
	d->header.value_size = cpu_to_le32(sizeof(struct index_entry_disk));
	block_seal(d, where, NODE_SALT);
	root->index_root = where;
	return 0;
}

static void add_up(struct counts_verdict *to, const struct counts_verdict *v)
{
	if (v->nr_wrong == UINT64_MAX)
		return;
	to->nr_right += v->nr_right;
	to->nr_wrong += v->nr_wrong;
	to->nr_more += v->nr_more;
}

/* Finds all bitmaps; *@changed: some are not those that the index names. */
static int find_all(struct search *c, const struct sm_root *root, bool *changed,
		    struct counts_verdict *verdict)
{
	uint64_t nr = bitmap_count(c->nr_blocks);
	int r;

	*verdict = (struct counts_verdict){ .nr_right = 0 };
	*changed = false;
	c->where = alloc_array(nr, sizeof(*c->where));
	c->bitmap = alloc_blocks(1);
	if (!c->where || !c->bitmap)
		return -ENOMEM;
	r = !root ? 0 : c->is_data ? read_data_index(c, root) : read_metadata_index(c, root);
	for (uint64_t i = 0; i < nr && !r; i++) {
		uint64_t was = c->where[i];
		struct counts_verdict v;

		r = find_bitmap(c, i, &v);
		*changed = *changed || (c->where[i] && c->where[i] != was);
		add_up(verdict, &v);
	}
	return r;
}

int counts_mend(struct thin_salvage *s, struct refs *found, bool is_data, struct sm_root *root,
		struct counts_verdict *verdict)
{
	struct search c = {
		.s = s, .found = found, .nr_blocks = root->nr_blocks, .is_data = is_data,
	};
	bool changed;
	int r = find_all(&c, root, &changed, verdict);

	if (!r && changed)
		r = is_data ? make_data_index(&c, root) : make_metadata_index(&c, root);
	free(c.where);
	free(c.bitmap);
	return r;
}

int counts_judge(struct thin_salvage *s, struct refs *found, struct counts_verdict *verdict)
{
	struct search c = {
		.s = s, .found = found, .nr_blocks = s->scan.nr_blocks, .just_judging = true,
	};
	bool changed;
	int r = find_all(&c, NULL, &changed, verdict);

	free(c.where);
	free(c.bitmap);
	return r;
}
