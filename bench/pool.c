/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pool.h"

#include <stdlib.h>

#include "tree.h"

static uint64_t store_roots(struct pool *p)
{
	struct tree t;
	__le64 root_le;

	tree_init(&t, p->im, sizeof(root_le), p->nr_devices);
	for (uint32_t i = 0; i < p->nr_devices; i++) {
		root_le = __cpu_to_le64(p->devices[i].root);
		tree_push(&t, i, &root_le);
	}
	return t.root;
}

static uint64_t store_details(struct pool *p)
{
	const struct pool_device *dev;
	struct thin_details_disk d;
	struct tree t;

	tree_init(&t, p->im, sizeof(d), p->nr_devices);
	for (uint32_t i = 0; i < p->nr_devices; i++) {
		dev = &p->devices[i];
		d = (struct thin_details_disk) {
			.mapped_blocks = __cpu_to_le64(dev->nr_mapped),
			.transaction_id = __cpu_to_le64(dev->transaction_id),
			.creation_time = __cpu_to_le32(dev->creation_time),
			.snapshotted_time = __cpu_to_le32(dev->snapshotted_time),
		};
		tree_push(&t, i, &d);
	}
	return t.root;
}

void pool_init(struct pool *p, struct image *im, uint32_t nr_devices, uint64_t nr_data_blocks)
{
	*p = (struct pool) { .im = im, .nr_devices = nr_devices };
	p->devices = image_calloc(nr_devices, sizeof(*p->devices));
	image_set_data(im, nr_data_blocks);
	maps_init(&p->maps, im);
}

void pool_store(struct pool *p)
{
	struct thin_sb_disk *sb = image_block(p->im, THIN_SB_WHERE);

	sb->magic = __cpu_to_le64(THIN_SB_MAGIC);
	sb->version = __cpu_to_le32(THIN_SB_VERSION);
	sb->time = __cpu_to_le32(p->time);
	sb->transaction_id = __cpu_to_le64(p->transaction_id);
	sb->mapping_root = __cpu_to_le64(store_roots(p));
	sb->details_root = __cpu_to_le64(store_details(p));
	sb->data_block_size = __cpu_to_le32(THIN_DATA_BLOCK_MIN);
	sb->metadata_block_size = __cpu_to_le32(META_BLOCK_SECTORS);
	sb->metadata_nr_blocks = __cpu_to_le64(p->im->nr_blocks);
	maps_store(&p->maps, &sb->data_sm.root, &sb->metadata_sm.root);
	image_seal(p->im, THIN_SB_WHERE, THIN_SB_SALT);
	free(p->devices);
}
