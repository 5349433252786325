// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Volumes in the metadata: their details, and what their blocks are mapped to.
 *
 * A mapping is taken for shared if it is older than the last snapshot that the
 * volume took part in.  The time of a snapshot is a counter, kept in 24 bits
 * of each mapping; what does not fit is refused.
 *
 * The tree of a volume may be shared with snapshots, and the tree of roots with
 * the metadata snapshot.  Whoever writes must therefore make the path through
 * the tree of roots its own first: only then is the count of the volume's root
 * true.  dm_btree_insert() with two levels does so; unmap() does it by hand.
 *
 * Context: metadata.h.  What is not in it is called under ms_md.lock, or when nobody else
 * knows of the metadata.
 */
#include <linux/device-mapper.h>
#include <linux/slab.h>

#include "metadata_private.h"

/*
 * The trees tell us which values they copy and drop, and take no for no answer: what
 * could not be counted is remembered, and there will be no commit of it.
 */
static void note(struct ms_md *md, int r)
{
	if (!r || md->miscounted)
		return;
	DMERR("a reference could not be counted: %d", r);
	md->miscounted = r;
}

/* Values of mapping trees: data blocks, counted by the data space map. */

static void count_runs(struct ms_md *md, const __le64 *values, unsigned int nr,
		       int (*count)(struct dm_space_map *sm, dm_block_t begin, dm_block_t end))
{
	u64 begin = 0, end = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u64 block = thin_mapping_block(le64_to_cpu(values[i]));

		if (block != end) {
			if (begin != end)
				note(md, count(md->data_sm, begin, end));
			begin = block;
		}
		end = block + 1;
	}
	if (begin != end)
		note(md, count(md->data_sm, begin, end));
}

static void mappings_inc(void *md, const void *values, unsigned int nr)
{
	count_runs(md, values, nr, dm_sm_inc_blocks);
}

static void mappings_dec(void *md, const void *values, unsigned int nr)
{
	count_runs(md, values, nr, dm_sm_dec_blocks);
}

static u64 get_value(const void *value)
{
	__le64 aligned;

	memcpy(&aligned, value, sizeof(aligned));
	return le64_to_cpu(aligned);
}

static int mappings_equal(void *md, const void *value1, const void *value2)
{
	return thin_mapping_block(get_value(value1)) == thin_mapping_block(get_value(value2));
}

/* Values of the tree of roots: blocks of metadata that are roots themselves. */

static void roots_inc(void *context, const void *values, unsigned int nr)
{
	struct ms_md *md = context;
	const __le64 *root = values;

	for (; nr; nr--, root++)
		note(md, dm_sm_inc_block(md->metadata_sm, le64_to_cpu(*root)));
}

static void roots_dec(void *context, const void *values, unsigned int nr)
{
	struct ms_md *md = context;
	const __le64 *root = values;

	for (; nr; nr--, root++)
		note(md, dm_btree_del(&md->volume, le64_to_cpu(*root)));
}

static int roots_equal(void *context, const void *value1, const void *value2)
{
	return get_value(value1) == get_value(value2);
}

void ms_vol_init_trees(struct ms_md *md)
{
	struct dm_btree_info mappings = {
		.tm = md->tm,
		.levels = 2,
		.value_type = {
			.context = md,
			.size = sizeof(__le64),
			.inc = mappings_inc,
			.dec = mappings_dec,
			.equal = mappings_equal,
		},
	};

	md->mappings = mappings;
	md->quick_mappings = mappings;
	md->quick_mappings.tm = md->quick_tm;
	md->volume = mappings;
	md->volume.levels = 1;

	md->roots = (struct dm_btree_info) {
		.tm = md->tm,
		.levels = 1,
		.value_type = {
			.context = md,
			.size = sizeof(__le64),
			.inc = roots_inc,
			.dec = roots_dec,
			.equal = roots_equal,
		},
	};
	md->plain_roots = (struct dm_btree_info) {
		.tm = md->tm, .levels = 1, .value_type.size = sizeof(__le64),
	};
	md->details = (struct dm_btree_info) {
		.tm = md->tm, .levels = 1, .value_type.size = sizeof(struct thin_details_disk),
	};
}

static int get_root(struct ms_md *md, u32 id, u64 *root)
{
	u64 key = id;
	__le64 value;
	int r = dm_btree_lookup(&md->roots, md->mapping_root, &key, &value);

	*root = r ? 0 : le64_to_cpu(value);
	return r;
}

/* @how is md->roots, or md->plain_roots if the old value's count is no concern. */
static int put_root(struct ms_md *md, struct dm_btree_info *how, u32 id, u64 root)
{
	u64 key = id;
	__le64 value = cpu_to_le64(root);

	return dm_btree_insert(how, md->mapping_root, &key, &value, &md->mapping_root);
}

/* Volumes in memory. */

static struct ms_vol *find_open(struct ms_md *md, u32 id)
{
	struct ms_vol *vol;

	list_for_each_entry(vol, &md->volumes, list)
		if (vol->id == id)
			return vol;
	return NULL;
}

static int read_details(struct ms_md *md, u32 id, struct thin_details_disk *details)
{
	u64 key = id;

	return dm_btree_lookup(&md->details, md->details_root, &key, details);
}

static struct ms_vol *new_vol(struct ms_md *md, u32 id)
{
	struct ms_vol *vol = kzalloc(sizeof(*vol), GFP_NOIO);

	if (vol) {
		vol->md = md;
		vol->id = id;
		list_add(&vol->list, &md->volumes);
	}
	return vol;
}

/* A new one.  Whoever makes one commits: the tree knows all others. */
static int make_vol(struct ms_md *md, u32 id, struct ms_vol **vol)
{
	struct thin_details_disk details;
	int r;

	if (id > THIN_MAX_DEV_ID)
		return -EOVERFLOW;
	r = read_details(md, id, &details);
	if (!r)
		return -EEXIST;
	if (r != -ENODATA)
		return r;
	*vol = new_vol(md, id);
	return *vol ? 0 : -ENOMEM;
}

static void forget_vol(struct ms_vol *vol)
{
	list_del(&vol->list);
	kfree(vol);
}

static void parse_details(struct ms_vol *vol, const struct thin_details_disk *details)
{
	vol->nr_mapped = le64_to_cpu(details->mapped_blocks);
	vol->transaction_id = le64_to_cpu(details->transaction_id);
	vol->creation_time = le32_to_cpu(details->creation_time);
	vol->snapshotted_time = le32_to_cpu(details->snapshotted_time);
}

/* Opens without counting a user; ms_vol_forget_unused() forgets it again. */
static int get_vol(struct ms_md *md, u32 id, struct ms_vol **result)
{
	struct thin_details_disk details;
	struct ms_vol *vol = find_open(md, id);
	int r;

	if (!vol) {
		r = read_details(md, id, &details);
		if (r)
			return r;
		vol = new_vol(md, id);
		if (!vol)
			return -ENOMEM;
		parse_details(vol, &details);
	}
	*result = vol;
	return 0;
}

unsigned int ms_vol_forget_unused(struct ms_md *md)
{
	struct ms_vol *vol, *next;
	unsigned int nr_used = 0;

	list_for_each_entry_safe(vol, next, &md->volumes, list)
		if (vol->nr_users)
			nr_used++;
		else
			forget_vol(vol);
	return nr_used;
}

int ms_vol_write_details(struct ms_md *md)
{
	struct thin_details_disk details;
	struct ms_vol *vol;
	u64 key;
	int r;

	list_for_each_entry(vol, &md->volumes, list) {
		if (!vol->dirty)
			continue;
		key = vol->id;
		details.mapped_blocks = cpu_to_le64(vol->nr_mapped);
		details.transaction_id = cpu_to_le64(vol->transaction_id);
		details.creation_time = cpu_to_le32(vol->creation_time);
		details.snapshotted_time = cpu_to_le32(vol->snapshotted_time);
		r = dm_btree_insert(&md->details, md->details_root, &key, &details,
				    &md->details_root);
		if (r)
			return r;
	}
	return 0;
}

void ms_vol_note_commit(struct ms_md *md)
{
	struct ms_vol *vol;

	list_for_each_entry(vol, &md->volumes, list)
		vol->dirty = false;
	ms_vol_forget_unused(md);
}

void ms_vol_note_abort(struct ms_md *md)
{
	struct thin_details_disk details;
	struct ms_vol *vol;

	ms_vol_forget_unused(md);
	list_for_each_entry(vol, &md->volumes, list) {
		if (vol->dirty)
			WRITE_ONCE(vol->lost_changes, true);
		vol->dirty = false;
		if (!md->broken && !read_details(md, vol->id, &details))
			parse_details(vol, &details);
	}
}

static int open_vol(struct ms_md *md, u32 id, struct ms_vol **vol)
{
	int r = get_vol(md, id, vol);

	if (!r)
		(*vol)->nr_users++;
	return r;
}

int ms_vol_open(struct ms_md *md, u32 id, struct ms_vol **vol)
{
	return ms_md_locked(md, open_vol(md, id, vol));
}

void ms_vol_close(struct ms_vol *vol)
{
	struct ms_md *md = vol->md;

	down_write(&md->lock);
	if (!--vol->nr_users && !vol->dirty)
		forget_vol(vol);
	up_write(&md->lock);
}

/* Volumes come and go. */

/* @vol is new, and its tree is at @root. */
static int add_volume(struct ms_vol *vol, u64 root)
{
	struct ms_md *md = vol->md;

	vol->transaction_id = md->transaction_id;
	vol->creation_time = md->time;
	vol->snapshotted_time = md->time;
	vol->dirty = true;
	return put_root(md, &md->roots, vol->id, root);
}

static int create(struct ms_md *md, u32 id)
{
	struct ms_vol *vol;
	dm_block_t root;
	int r = make_vol(md, id, &vol);

	if (r)
		return r;
	md->changes++;
	r = dm_btree_empty(&md->volume, &root);
	return r ? r : add_volume(vol, root);
}

int ms_md_create(struct ms_md *md, u32 id)
{
	return ms_md_locked(md, create(md, id));
}

static int snapshot(struct ms_md *md, u32 id, u32 origin_id)
{
	struct ms_vol *vol, *origin;
	u64 root;
	int r;

	if (md->time >= THIN_MAX_TIME)
		return -EOVERFLOW;
	r = make_vol(md, id, &vol);
	if (r)
		return r;
	r = get_root(md, origin_id, &root);
	if (!r)
		r = get_vol(md, origin_id, &origin);
	if (r) {
		forget_vol(vol);
		return r;
	}
	md->changes++;
	r = dm_sm_inc_block(md->metadata_sm, root);
	if (r)
		return r;
	md->time++;
	vol->nr_mapped = origin->nr_mapped;
	r = add_volume(vol, root);
	if (r)
		return r;
	origin->snapshotted_time = md->time;
	origin->dirty = true;
	return 0;
}

int ms_md_snapshot(struct ms_md *md, u32 id, u32 origin)
{
	return ms_md_locked(md, snapshot(md, id, origin));
}

/* After a commit, which has forgotten volumes that nobody uses. */
static int delete(struct ms_md *md, u32 id)
{
	struct thin_details_disk details;
	u64 key = id;
	int r;

	if (find_open(md, id))
		return -EBUSY;
	r = read_details(md, id, &details);
	if (r)
		return r;
	md->changes++;
	r = dm_btree_remove(&md->details, md->details_root, &key, &md->details_root);
	return r ? r : dm_btree_remove(&md->roots, md->mapping_root, &key, &md->mapping_root);
}

int ms_md_delete(struct ms_md *md, u32 id)
{
	return ms_md_locked(md, delete(md, id));
}

/* Mappings. */

static void parse_mapping(struct ms_vol *vol, __le64 value, struct ms_mapping *m)
{
	u64 packed = le64_to_cpu(value);

	m->data = thin_mapping_block(packed);
	m->shared = thin_mapping_time(packed) < vol->snapshotted_time;
}

static int lookup(struct ms_vol *vol, struct dm_btree_info *info, u64 thin,
		  struct ms_mapping *result)
{
	struct ms_md *md = vol->md;
	u64 keys[2] = { vol->id, thin };
	__le64 value;
	int r = dm_btree_lookup(info, md->mapping_root, keys, &value);

	if (likely(!r))
		parse_mapping(vol, value, result);
	return r;
}

int ms_vol_lookup(struct ms_vol *vol, u64 thin, bool may_read, struct ms_mapping *result)
{
	struct ms_md *md = vol->md;

	return ms_md_locked_read(md, lookup(vol, may_read ? &md->mappings : &md->quick_mappings,
					    thin, result));
}

static int next_run(struct ms_vol *vol, u64 begin, u64 end, u64 max, struct ms_run *run)
{
	struct ms_md *md = vol->md;
	u64 keys[2] = { vol->id, begin };
	struct ms_mapping m;
	dm_block_t thin;
	__le64 value;
	int r;

	if (begin >= end)
		return -ENODATA;
	r = dm_btree_lookup_next(&md->mappings, md->mapping_root, keys, &thin, &value);
	if (!r && thin >= end)
		r = -ENODATA;
	if (r)
		return r;
	parse_mapping(vol, value, &m);
	*run = (struct ms_run) { .thin = thin, .data = m.data, .len = 1, .shared = m.shared };

	for (; thin + run->len < end && run->len < max; run->len++) {
		r = lookup(vol, &md->mappings, thin + run->len, &m);
		if (r && r != -ENODATA)
			return r;
		if (r || m.data != run->data + run->len || m.shared != run->shared)
			break;
	}
	return 0;
}

int ms_vol_next_run(struct ms_vol *vol, u64 begin, u64 end, u64 max, struct ms_run *run)
{
	return ms_md_locked_read(vol->md, next_run(vol, begin, end, max, run));
}

static int map(struct ms_vol *vol, u64 thin, u64 data)
{
	struct ms_md *md = vol->md;
	u64 keys[2] = { vol->id, thin };
	__le64 value = cpu_to_le64(thin_mapping_pack(data, md->time));
	int r, inserted;

	md->changes++;
	r = dm_btree_insert_notify(&md->mappings, md->mapping_root, keys, &value,
				   &md->mapping_root, &inserted);
	if (r)
		return r;
	vol->nr_mapped += inserted;
	WRITE_ONCE(vol->dirty, true);
	return 0;
}

int ms_vol_map(struct ms_vol *vol, u64 thin, u64 data)
{
	return ms_md_locked(vol->md, map(vol, thin, data));
}

/* Removes the first @max of what is in [begin, end) from the tree at *root, which may move. */
static int remove_leaves(struct ms_vol *vol, u64 begin, u64 end, u64 max, u64 *root)
{
	struct dm_btree_info *info = &vol->md->volume;
	unsigned int nr;
	__le64 value;
	u64 key;
	int r;

	while (begin < end && max) {
		r = dm_btree_lookup_next(info, *root, &begin, &key, &value);
		if (r == -ENODATA || (!r && key >= end))
			break;
		if (r)
			return r;
		begin = key;
		r = dm_btree_remove_leaves(info, *root, &key,
					   end - key > max ? key + max : end, root, &nr);
		if (r)
			return r;
		vol->nr_mapped -= nr;
		max -= nr;
		begin = max(key, begin + 1);
	}
	return 0;
}

static int unmap(struct ms_vol *vol, u64 begin, u64 end, u64 max)
{
	struct ms_md *md = vol->md;
	u64 root;
	int r = get_root(md, vol->id, &root);

	md->changes++;
	/* The same value again: nothing changes, but the path becomes ours. */
	if (!r)
		r = put_root(md, &md->roots, vol->id, root);
	if (!r)
		r = remove_leaves(vol, begin, end, max, &root);
	if (!r)
		r = put_root(md, &md->plain_roots, vol->id, root);
	if (!r)
		WRITE_ONCE(vol->dirty, true);
	return r;
}

int ms_vol_unmap(struct ms_vol *vol, u64 begin, u64 end, u64 max)
{
	return ms_md_locked(vol->md, unmap(vol, begin, end, max));
}

bool ms_vol_is_dirty(struct ms_vol *vol)
{
	bool dirty;

	down_read(&vol->md->lock);	/* not in the middle of a commit */
	dirty = vol->dirty;
	up_read(&vol->md->lock);
	return dirty;
}

bool ms_vol_lost_changes(struct ms_vol *vol)
{
	return READ_ONCE(vol->lost_changes);
}

u64 ms_vol_nr_mapped(struct ms_vol *vol)
{
	return READ_ONCE(vol->nr_mapped);
}

static int highest(struct ms_vol *vol, u64 *thin)
{
	struct ms_md *md = vol->md;
	u64 root;
	int r = get_root(md, vol->id, &root);

	if (r)
		return r;
	r = dm_btree_find_highest_key(&md->volume, root, thin);
	return r < 0 ? r : r ? 0 : -ENODATA;
}

int ms_vol_highest(struct ms_vol *vol, u64 *thin)
{
	return ms_md_locked_read(vol->md, highest(vol, thin));
}
