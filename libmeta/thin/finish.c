/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/finish.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "pdata/build.h"
#include "thin/sb.h"

static void tell(struct thin_salvage *s, enum thin_finding_code code, uint32_t dev_id,
		 uint64_t found, uint64_t wanted)
{
	struct thin_finding f = {
		.code = code, .dev_id = dev_id, .found = found, .wanted = wanted,
	};

	salvage_tell(s, &f);
}

/* The latest time that anything in the result has; what no mapping can have is none. */
static uint32_t latest_time(const struct thin_salvage *s)
{
	uint32_t time = s->pool.time <= THIN_MAX_TIME ? s->pool.time : 0;

	if (s->older_time > time)
		time = s->older_time;
	for (uint64_t where = 1; where < s->scan.nr_blocks; where++) {
		const struct scan_block *b = scan_node(&s->scan, where, SCAN_MAPPINGS);

		if (b && !b->height && b->time > time && bits_has(&s->reached, where))
			time = b->time;
	}
	for (size_t i = 0; i < s->nr_devices; i++) {
		const struct thin_device *d = &s->devices[i].device;

		if (d->snapshotted_time > time && d->snapshotted_time <= THIN_MAX_TIME)
			time = d->snapshotted_time;
		if (d->creation_time > time && d->creation_time <= THIN_MAX_TIME)
			time = d->creation_time;
	}
	return time;
}

static void make_details(struct thin_salvage *s, struct salvage_device *d, uint32_t time)
{
	d->device.transaction_id = s->pool.transaction_id ? s->pool.transaction_id - 1 : 0;
	d->device.creation_time = d->device.snapshotted_time = time;
	tell(s, THIN_FINDING_DETAILS_MADE, d->device.dev_id, 0, time);
}

/* All of it shared, as far as the kernel knows: it will copy before it writes. */
static void fit_times(struct thin_salvage *s, struct salvage_device *d, uint32_t time)
{
	struct thin_device *dev = &d->device;

	if (d->said == UINT64_MAX)
		dev->snapshotted_time = time;
	if (dev->creation_time <= dev->snapshotted_time && dev->snapshotted_time <= time)
		return;
	tell(s, THIN_FINDING_DETAILS_TIMES, dev->dev_id, 0, 0);
	if (dev->creation_time > time)
		dev->creation_time = time;
	if (dev->snapshotted_time < dev->creation_time || dev->snapshotted_time > time)
		dev->snapshotted_time = time;
}

static void guess_transaction(struct thin_salvage *s)
{
	uint64_t id = 0;

	for (size_t i = 0; i < s->nr_devices; i++)
		if (s->devices[i].has_details && s->devices[i].device.transaction_id + 1 > id)
			id = s->devices[i].device.transaction_id + 1;
	s->pool.transaction_id = id;
	tell(s, THIN_FINDING_TRANSACTION, THIN_FINDING_NO_DEV, id, 0);
}

/* One of them may be sound and yet an older one. */
static void tell_devices(struct thin_salvage *s)
{
	if (s->has_sb && !s->all_older && (s->differing || !s->tops_whole || !s->details_whole))
		tell(s, THIN_FINDING_DEVICES, THIN_FINDING_NO_DEV, s->sb.mapping_root,
		     s->sb.details_root);
}

static int compare_devices(const void *a, const void *b)
{
	const struct salvage_device *x = a, *y = b;

	return (x->device.dev_id > y->device.dev_id) - (x->device.dev_id < y->device.dev_id);
}

/* Some were found last; and of those without a root nothing is there, or missing. */
static void tidy_devices(struct thin_salvage *s)
{
	size_t to = 0;

	for (size_t i = 0; i < s->nr_devices; i++)
		if (s->devices[i].root)
			s->devices[to++] = s->devices[i];
	s->nr_devices = to;
	if (to)
		qsort(s->devices, to, sizeof(*s->devices), compare_devices);
}

int finish_devices(struct thin_salvage *s)
{
	uint32_t time = latest_time(s);
	bool guessed = false;

	tidy_devices(s);
	tell_devices(s);
	if (!s->has_sb && !s->opts.overrides.has_transaction_id)
		guess_transaction(s);
	for (size_t i = 0; i < s->nr_devices; i++)
		guessed = guessed || s->devices[i].said == UINT64_MAX;
	if (guessed && time < THIN_MAX_TIME)
		time++;
	if (s->has_sb && time != s->pool.time)
		tell(s, THIN_FINDING_TIME, THIN_FINDING_NO_DEV, s->pool.time, time);
	s->pool.time = time;
	for (size_t i = 0; i < s->nr_devices; i++) {
		if (!s->devices[i].has_details)
			make_details(s, &s->devices[i], time);
		else
			fit_times(s, &s->devices[i], time);
	}
	return 0;
}

static int build_trees(struct thin_salvage *s, struct writer *w, uint64_t *mapping_root,
		       uint64_t *details_root)
{
	struct build tops, details;
	int r = build_init(&tops, w, sizeof(__le64));
	int r2 = build_init(&details, w, sizeof(struct thin_details_disk));

	r = r ? r : r2;
	for (size_t i = 0; i < s->nr_devices && !r; i++) {
		const struct thin_device *d = &s->devices[i].device;
		__le64 root_le = cpu_to_le64(s->devices[i].root);

		r = build_add(&tops, d->dev_id, &root_le);
	}
	r = r ? r : build_finish(&tops, mapping_root);
	for (size_t i = 0; i < s->nr_devices && !r; i++) {
		const struct thin_device *d = &s->devices[i].device;
		struct thin_details_disk disk = {
			.mapped_blocks = cpu_to_le64(d->mapped_blocks),
			.transaction_id = cpu_to_le64(d->transaction_id),
			.creation_time = cpu_to_le32(d->creation_time),
			.snapshotted_time = cpu_to_le32(d->snapshotted_time),
		};

		r = build_add(&details, d->dev_id, &disk);
	}
	r = r ? r : build_finish(&details, details_root);
	build_exit(&tops);
	build_exit(&details);
	return r;
}

static int write_trees(struct thin_salvage *s, uint64_t *mapping_root, uint64_t *details_root)
{
	uint64_t nr = engine_nr_blocks(&s->overlay.engine);
	struct refs refs;
	struct writer w;
	int r;

	for (uint64_t where = 0; where < nr; where++)
		if (bits_has(&s->reached, where))
			bits_add(&s->taken, where);
	r = refs_init(&refs, nr);
	if (r)
		return r;
	r = writer_init(&w, &s->overlay.engine, &refs, 1, false);
	w.busy = &s->taken;
	r = r ? r : build_trees(s, &w, mapping_root, details_root);
	r = r ? r : writer_finish(&w);
	writer_exit(&w);
	refs_exit(&refs);
	return r;
}

/* Without a superblock the data device ends behind what is mapped. */
static int size_data(struct thin_salvage *s)
{
	/* Few mappings behind the end are damage, many a mistake of who asks. */
	if (!s->has_sb && s->opts.overrides.has_nr_data_blocks)
		return s->scan.nr_behind > s->scan.nr_mappings / 16 ? -ERANGE : 0;
	if (s->opts.overrides.has_nr_data_blocks)
		return s->nr_mapped_to > s->pool.nr_data_blocks ? -ERANGE : 0;
	if (s->has_sb && s->nr_mapped_to <= s->pool.nr_data_blocks)
		return 0;
	s->pool.nr_data_blocks = s->nr_mapped_to;
	tell(s, THIN_FINDING_NR_DATA_BLOCKS, THIN_FINDING_NO_DEV, s->nr_mapped_to, 0);
	return 0;
}

int finish_sb(struct thin_salvage *s, uint64_t mapping_root, uint64_t details_root)
{
	uint64_t nr = engine_nr_blocks(&s->overlay.engine);
	const struct thin_sb sb = {
		.version = THIN_SB_VERSION, .time = s->pool.time,
		.transaction_id = s->pool.transaction_id,
		.data_block_size = s->pool.data_block_size,
		.data_sm.nr_blocks = s->pool.nr_data_blocks, .metadata_sm.nr_blocks = nr,
		.metadata_block_size = META_BLOCK_SECTORS, .metadata_nr_blocks = nr,
		.mapping_root = mapping_root, .details_root = details_root,
	};
	void *block = overlay_edit(&s->overlay, THIN_SB_WHERE);

	if (!block)
		return -ENOMEM;
	thin_sb_pack(&sb, THIN_SB_WHERE, block);
	s->results = alloc_array(s->nr_devices, sizeof(*s->results));
	return s->results ? 0 : -ENOMEM;
}

int finish_pool(struct thin_salvage *s)
{
	uint64_t mapping_root, details_root;
	int r = size_data(s);

	r = r ? r : write_trees(s, &mapping_root, &details_root);
	return r ? r : finish_sb(s, mapping_root, details_root);
}

void finish_report(struct thin_salvage *s)
{
	struct thin_repair_report *rep = &s->report;

	for (size_t i = 0; i < s->nr_devices; i++) {
		s->results[i].device = s->devices[i].device;
		s->results[i].mapped_before = s->devices[i].said;
		rep->nr_mappings += s->devices[i].device.mapped_blocks;
	}
	rep->pool = s->pool;
	rep->mapping_root = s->mapping_root;
	rep->details_root = s->details_root;
	rep->devices = s->results;
	rep->nr_devices = s->nr_devices;
	rep->findings = s->findings.all;
	rep->nr_findings = s->findings.nr;
	for (unsigned i = 0; i < NR_THIN_FINDING_CLASSES; i++)
		rep->nr_by_class[i] = s->findings.nr_by_class[i];
}
