/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pool_image.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "thin/sb.h"

void pool_image_init_large(struct pool_image *p, uint32_t nr_blocks)
{
	size_t size = (size_t)nr_blocks * META_BLOCK_SIZE;

	*p = (struct pool_image){ .nr_blocks = nr_blocks, .next = 1 };
	p->data = alloc_blocks(nr_blocks);
	if (!p->data)
		abort();
	memset(p->data, 0, size);
	if (engine_open_memory(&p->engine, p->data, size))
		abort();
}

void pool_image_init(struct pool_image *p)
{
	pool_image_init_large(p, POOL_IMAGE_BLOCKS);
}

void pool_image_exit(struct pool_image *p)
{
	engine_close(p->engine);
	free(p->data);
}

void pool_image_reseal(struct pool_image *p, uint32_t where)
{
	block_seal(pool_image_block(p, where), where, NODE_SALT);
}

static struct node_disk *make_node(struct pool_image *p, uint32_t flags, uint32_t nr,
				   uint32_t value_size)
{
	struct node_disk *d = pool_image_block(p, p->next++);

	if (p->next > p->nr_blocks)
		abort();
	d->header.flags = cpu_to_le32(flags);
	d->header.nr_entries = cpu_to_le32(nr);
	d->header.max_entries = cpu_to_le32(node_max_entries(value_size));
	d->header.value_size = cpu_to_le32(value_size);
	return d;
}

static void set(struct node_disk *d, uint32_t i, uint64_t key, uint64_t value)
{
	__le64 value_le = cpu_to_le64(value);

	d->keys[i] = cpu_to_le64(key);
	memcpy((char *)(d->keys + node_max_entries(8) + i), &value_le, sizeof(value_le));
}

uint32_t pool_image_leaf(struct pool_image *p, uint64_t thin, uint64_t data, uint32_t nr)
{
	struct node_disk *d = make_node(p, NODE_LEAF, nr, 8);

	for (uint32_t i = 0; i < nr; i++)
		set(d, i, thin + i, thin_mapping_pack(data + i, 0));
	pool_image_reseal(p, p->next - 1);
	return p->next - 1;
}

uint32_t pool_image_node(struct pool_image *p, const uint32_t *children, uint32_t nr)
{
	struct node_disk *d = make_node(p, NODE_INTERNAL, nr, 8);

	for (uint32_t i = 0; i < nr; i++) {
		const struct node_disk *child = pool_image_block(p, children[i]);

		set(d, i, le64_to_cpu(child->keys[0]), children[i]);
	}
	pool_image_reseal(p, p->next - 1);
	return p->next - 1;
}

void pool_image_device(struct pool_image *p, uint32_t dev_id, uint32_t root)
{
	p->ids[p->nr_devices] = dev_id;
	p->roots[p->nr_devices++] = root;
}

static struct thin_sb make_sb(const struct pool_image *p)
{
	return (struct thin_sb){
		.version = 2, .time = 1, .transaction_id = 5,
		.data_sm = { .nr_blocks = POOL_IMAGE_DATA },
		.metadata_sm = { .nr_blocks = p->nr_blocks },
		.mapping_root = p->top, .details_root = p->details,
		.data_block_size = 128, .metadata_block_size = META_BLOCK_SECTORS,
		.metadata_nr_blocks = p->nr_blocks,
	};
}

void pool_image_finish(struct pool_image *p)
{
	struct node_disk *top = make_node(p, NODE_LEAF, p->nr_devices, 8);
	struct node_disk *details = make_node(p, NODE_LEAF, p->nr_devices, 24);
	struct thin_sb sb;

	p->details = p->next - 1;
	p->top = p->details - 1;
	for (uint32_t i = 0; i < p->nr_devices; i++) {
		set(top, i, p->ids[i], p->roots[i]);
		details->keys[i] = cpu_to_le64(p->ids[i]);
	}
	pool_image_reseal(p, p->top);
	pool_image_reseal(p, p->details);
	sb = make_sb(p);
	thin_sb_pack(&sb, 0, pool_image_block(p, 0));
}

uint32_t pool_image_hold(struct pool_image *p)
{
	struct thin_sb sb = make_sb(p);
	uint32_t where = p->next++;

	sb.held_root = where;
	thin_sb_pack(&sb, 0, pool_image_block(p, 0));
	sb.held_root = 0;
	sb.data_sm = sb.metadata_sm = (struct sm_root){ 0 };
	thin_sb_pack(&sb, where, pool_image_block(p, where));
	return where;
}
