/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "salvage_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/bitmap.h"

static void need(bool good)
{
	if (!good)
		abort();
}

void salvage_parts_init(struct salvage_parts *p)
{
	struct thin_salvage *s = &p->s;

	memset(s, 0, sizeof(*s));
	need(!overlay_init(&s->overlay, p->image.engine, POOL_IMAGE_BLOCKS));
	s->scan.nr_data_blocks = POOL_IMAGE_DATA;
	s->scan.nr_threads = 1;
	need(!scan_run(&s->scan, &s->overlay));
	need(!bits_init(&s->reached, POOL_IMAGE_BLOCKS));
	need(!bits_init(&s->held, POOL_IMAGE_BLOCKS));
	need(!bits_init(&s->open, POOL_IMAGE_BLOCKS));
	need(!bits_init(&s->taken, POOL_IMAGE_BLOCKS));
	s->hole_of = alloc_array(POOL_IMAGE_BLOCKS, sizeof(*s->hole_of));
	s->owners = alloc_array(POOL_IMAGE_BLOCKS, sizeof(*s->owners));
	need(s->hole_of && s->owners);
	s->next_number = 1;
}

void salvage_parts_exit(struct salvage_parts *p)
{
	struct thin_salvage *s = &p->s;

	for (size_t i = 0; i < sizeof(s->buffers) / sizeof(*s->buffers); i++)
		free(s->buffers[i]);
	for (size_t i = 0; i < s->nr_holes; i++) {
		free(s->holes[i].pieces);
		free(s->holes[i].hints);
	}
	free(s->holes);
	free(s->devices);
	free(s->marks);
	free(s->hole_of);
	free(s->owners);
	bits_exit(&s->reached);
	bits_exit(&s->held);
	bits_exit(&s->open);
	bits_exit(&s->taken);
	refs_exit(&s->found);
	ledger_exit(&s->ledger);
	findings_exit(&s->findings);
	scan_exit(&s->scan);
	overlay_exit(&s->overlay);
	pool_image_exit(&p->image);
}

void salvage_parts_count(struct salvage_parts *p, const uint8_t *counts)
{
	struct pool_image *image = &p->image;
	uint32_t bitmap = image->next++, index = image->next++;
	struct bitmap_disk *b = pool_image_block(image, bitmap);
	struct index_disk *d = pool_image_block(image, index);
	const struct sm_root root = { .nr_blocks = POOL_IMAGE_BLOCKS, .index_root = index };

	for (uint32_t i = 0; i < POOL_IMAGE_BLOCKS; i++)
		bitmap_set(b, i, counts[i]);
	block_seal(b, bitmap, BITMAP_SALT);
	d->entries[0].bitmap = cpu_to_le64(bitmap);
	block_seal(d, index, INDEX_SALT);
	need(!ledger_load(&p->s.ledger, &p->s.overlay.engine, &root, 1));
}
