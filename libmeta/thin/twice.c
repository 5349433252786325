/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/twice.h"

#include <string.h>

#include "base/alloc.h"
#include "io/stream.h"

/* A mapping of a block that the device maps twice. */
struct hit {
	uint64_t data;
	uint64_t key;
	uint32_t leaf;
	uint32_t time;
	int32_t likely;			/* other leaves for it, less those against */
	bool is_made;			/* by us */
};

/* For so many mappings other leaves are asked, as each takes a look at all of them. */
#define MOST_ASKED 1024u

struct look {
	struct thin_salvage *s;
	uint64_t *wanted;		/* data blocks, sorted */
	size_t nr_wanted;
	struct hit *hits;
	size_t nr_hits, room_hits;
	size_t nr_asked;
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The one to be kept first. */
static int compare_hits(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->data != y->data)
		return x->data < y->data ? -1 : 1;
	if (x->is_made != y->is_made)
		return x->is_made ? 1 : -1;
	if (x->likely != y->likely)
		return x->likely > y->likely ? -1 : 1;
	if (x->time != y->time)
		return x->time > y->time ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

static int look_at_leaf(struct look *l, uint64_t where, const struct node *n)
{
	int r = 0;

	for (uint32_t i = 0; i < n->nr_entries && !r; i++) {
		uint64_t data = thin_mapping_block(node_value64(n, i));

		if (!bsearch(&data, l->wanted, l->nr_wanted, sizeof(data), compare))
			continue;
		r = salvage_room(&l->hits, &l->room_hits, l->nr_hits, sizeof(*l->hits));
		if (!r)
			l->hits[l->nr_hits++] = (struct hit){
				data, node_key(n, i), (uint32_t)where,
				thin_mapping_time(node_value64(n, i)), 0,
				bits_has(&l->s->overlay.has, where),
			};
	}
	return r;
}

static int descend(struct look *l, uint64_t where, unsigned level)
{
	struct node n;
	int r = level > SCAN_MAX_HEIGHT ? -EIO :
		salvage_read(l->s, where, sizeof(__le64), level, &n);

	if (r || n.leaf)
		return r ? r : look_at_leaf(l, where, &n);
	for (uint32_t i = 0; i < n.nr_entries && !r; i++)
		r = descend(l, node_value64(&n, i), level + 1);
	return r;
}

/* One thin block at one time is one data block, in each leaf that has it. */
static void ask_node(struct hit *hit, const struct node *n)
{
	int64_t i = node_find(n, hit->key);
	uint64_t value = i < 0 ? 0 : node_value64(n, (uint32_t)i);

	if (i < 0 || node_key(n, (uint32_t)i) != hit->key || thin_mapping_time(value) != hit->time)
		return;
	hit->likely += thin_mapping_block(value) == hit->data ? 1 : -1;
}

/* Asks the leaf @where, which may be of another device or of an older transaction. */
static int ask_leaf(struct look *l, uint64_t where, const struct scan_block *b)
{
	struct node n = { .nr_entries = 0 };
	int r = 0;

	for (size_t i = 0; i < l->nr_hits && !r; i++) {
		if (l->hits[i].key < b->first || l->hits[i].key > b->last ||
		    l->hits[i].leaf == where)
			continue;
		if (!n.nr_entries)
			r = salvage_read(l->s, where, sizeof(__le64), 0, &n);
		if (!r)
			ask_node(&l->hits[i], &n);
	}
	return r;
}

static int ask_leaves(struct look *l)
{
	int r = 0;

	if (l->nr_hits > MOST_ASKED - l->nr_asked)
		return 0;
	l->nr_asked += l->nr_hits;
	for (uint64_t where = 1; where < l->s->scan.nr_blocks && !r; where++) {
		const struct scan_block *b = scan_node(&l->s->scan, where, SCAN_MAPPINGS);

		if (b && !b->height && !bits_has(&l->s->overlay.has, where))
			r = ask_leaf(l, where, b);
	}
	return r;
}

static int drop(struct thin_salvage *s, const struct hit *hit)
{
	struct node_disk *d = overlay_edit(&s->overlay, hit->leaf);
	struct thin_finding f = {
		.code = THIN_FINDING_TWICE, .where = hit->leaf, .begin = hit->key, .nr = 1,
		.end = hit->key == UINT64_MAX ? UINT64_MAX : hit->key + 1, .found = hit->data,
	};
	uint32_t nr, max, i = 0;

	if (!d)
		return -ENOMEM;
	nr = le32_to_cpu(d->header.nr_entries);
	max = le32_to_cpu(d->header.max_entries);
	while (i < nr && le64_to_cpu(d->keys[i]) != hit->key)
		i++;
	if (i == nr)
		return 0;
	memmove(d->keys + i, d->keys + i + 1, (nr - i - 1) * sizeof(*d->keys));
	memmove(d->keys + max + i, d->keys + max + i + 1, (nr - i - 1) * sizeof(*d->keys));
	d->header.nr_entries = cpu_to_le32(nr - 1);
	block_seal(d, hit->leaf, NODE_SALT);
	return salvage_mark(s, hit->leaf, &f);
}

static int drop_for_device(struct look *l, const struct salvage_device *d)
{
	int r;

	l->nr_hits = 0;
	qsort(l->wanted, l->nr_wanted, sizeof(*l->wanted), compare);
	r = descend(l, d->root, 0);
	r = r ? r : ask_leaves(l);
	if (l->nr_hits)
		qsort(l->hits, l->nr_hits, sizeof(*l->hits), compare_hits);
	for (size_t i = 1; i < l->nr_hits && !r; i++)
		if (l->hits[i].data == l->hits[i - 1].data)
			r = drop(l->s, &l->hits[i]);
	return r;
}

int twice_drop(struct thin_salvage *s, const struct fault *faults, size_t nr)
{
	struct look l = { .s = s };
	int r = 0;

	l.wanted = alloc_array(nr, sizeof(*l.wanted));
	if (!l.wanted)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr_devices && !r; i++) {
		l.nr_wanted = 0;
		for (size_t k = 0; k < nr; k++)
			if (faults[k].code == FAULT_MAPPING_TWICE &&
			    faults[k].dev_id == s->devices[i].device.dev_id)
				l.wanted[l.nr_wanted++] = faults[k].found;
		if (l.nr_wanted)
			r = drop_for_device(&l, &s->devices[i]);
	}
	free(l.wanted);
	free(l.hits);
	return r;
}

static int mark_overclaimed(void *arg, unsigned worker, uint64_t where, const void *block,
			    int error)
{
	struct thin_salvage *s = arg;
	struct thin_finding f = { .code = THIN_FINDING_OVERCLAIMED, .where = where };
	struct fault ignored;
	struct node n;
	int r = 0;

	(void)worker;
	(void)error;
	if (!block || node_parse(&n, block, where, sizeof(__le64), &ignored))
		return 0;
	for (uint32_t i = 0; i < n.nr_entries; i++)
		f.nr += ledger_missing(&s->ledger.data,
				       thin_mapping_block(node_value64(&n, i))) < 0;
	/* If it is not what it seems to be, none of it is; its others may be nobody else's. */
	if (f.nr) {
		pthread_mutex_lock(&s->scan.lock);
		r = salvage_mark(s, where, &f);
		pthread_mutex_unlock(&s->scan.lock);
	}
	return r;
}

static bool has_overclaimed(struct thin_salvage *s)
{
	struct ledger_side *data = &s->ledger.data;
	uint64_t block = 0;

	if (!data->loaded)
		return false;
	while ((block = refs_next(&data->refs, block)) < data->refs.nr) {
		if (ledger_missing(data, block) < 0)
			return true;
		block++;
	}
	return false;
}

int twice_find_overclaimed(struct thin_salvage *s)
{
	struct stream stream = {
		.engine = &s->overlay.engine, .nr_threads = s->scan.nr_threads,
	};
	struct bits leaves;
	int r;

	if (!has_overclaimed(s))
		return 0;
	r = bits_init(&leaves, s->scan.nr_blocks);
	for (uint64_t where = 1; where < s->scan.nr_blocks && !r; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);

		if (b && !b->height && bits_has(&s->reached, where))
			bits_add(&leaves, where);
	}
	r = r ? r : stream_visit(&stream, &leaves, mark_overclaimed, s);
	bits_exit(&leaves);
	return r;
}

static int mark_overpointed(struct thin_salvage *s, uint64_t where)
{
	struct thin_finding f = {
		.code = THIN_FINDING_OVERPOINTED, .where = where,
		.nr = s->scan.blocks[where].nr_below,
	};

	return salvage_mark(s, where, &f);
}

int twice_find_overpointed(struct thin_salvage *s)
{
	struct thin_finding f = {
		.code = THIN_FINDING_UNPLACED, .dev_id = THIN_FINDING_NO_DEV,
	};
	int r = 0;

	if (!ledger_is_whole(&s->ledger.metadata) || s->all_older)
		return 0;
	for (uint64_t where = 1; where < s->scan.nr_blocks && !r; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);
		int64_t missing = b ? ledger_missing(&s->ledger.metadata, where) : 0;

		if (missing > 0 && !b->height && b->nr && !bits_has(&s->reached, where)) {
			f.found++;
			f.nr += b->nr;
		} else if (missing < 0 && bits_has(&s->reached, where) &&
			   !bits_has(&s->held, where)) {
			r = mark_overpointed(s, where);
		}
	}
	if (f.found)
		salvage_tell(s, &f);
	return r;
}
