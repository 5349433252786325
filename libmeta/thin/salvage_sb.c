/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/salvage_sb.h"

#include <stdlib.h>

#include "pdata/bitmap.h"
#include "thin/mend.h"
#include "thin/override.h"
#include "thin/sb.h"

/* A device that was cut short has a superblock that is good enough. */
static bool is_sb(struct thin_salvage *s, void *block)
{
	uint64_t nr_blocks = engine_nr_blocks(s->overlay.below);
	struct fault faults[THIN_SB_FAULTS];
	unsigned nr;

	if (engine_read(&s->overlay.engine, block, THIN_SB_WHERE, 1))
		return false;
	if (!thin_sb_parse(&s->sb, block, THIN_SB_WHERE, nr_blocks, faults, &nr))
		return true;
	for (unsigned i = 0; i < nr; i++)
		if (fault_class(&faults[i]) == FAULT_FATAL &&
		    faults[i].code != FAULT_SB_DEVICE_SIZE)
			return false;
	s->sb.metadata_sm.nr_blocks = nr_blocks;
	return true;
}

int salvage_sb_read(struct thin_salvage *s)
{
	void *block = alloc_blocks(1);
	uint32_t bit;
	int r = 0;

	if (!block)
		return -ENOMEM;
	s->has_sb = is_sb(s, block);
	if (!s->has_sb && !bits_has(&s->overlay.has, THIN_SB_WHERE) &&
	    !engine_read(s->overlay.below, block, THIN_SB_WHERE, 1) &&
	    mend_find(block, THIN_SB_SALT, &bit)) {
		r = overlay_redirect(&s->overlay, THIN_SB_WHERE, THIN_SB_WHERE, bit);
		s->has_sb = !r && is_sb(s, block);
		if (s->has_sb)
			salvage_tell_pool(s, THIN_FINDING_SB_MENDED, THIN_SB_WHERE);
	}
	free(block);
	return r;
}

int salvage_sb_find(struct thin_salvage *s)
{
	void *block = alloc_blocks(1);
	struct fault faults[THIN_SB_FAULTS];
	unsigned nr;

	if (!block)
		return -ENOMEM;
	for (uint64_t where = bits_next(&s->scan.held, 0); where < s->scan.nr_blocks && !s->has_sb;
	     where = bits_next(&s->scan.held, where + 1)) {
		if (engine_read(&s->overlay.engine, block, where, 1) ||
		    thin_sb_parse(&s->sb, block, where, s->scan.nr_blocks, faults, &nr) ||
		    !s->sb.metadata_sm.nr_blocks || !s->sb.data_sm.nr_blocks)
			continue;
		s->has_sb = true;
		salvage_tell_pool(s, THIN_FINDING_SB_MOVED, where);
	}
	free(block);
	return 0;
}

uint64_t salvage_sb_limit(const struct thin_salvage *s)
{
	uint64_t nr = engine_nr_blocks(s->overlay.below);

	if (!s->has_sb && s->opts.overrides.has_nr_data_blocks)
		return s->opts.overrides.nr_data_blocks;
	if (!s->has_sb && s->opts.spare.has_nr_data_blocks)
		return s->opts.spare.nr_data_blocks;
	if (!s->has_sb)
		return (nr < META_MAX_BLOCKS ? nr : META_MAX_BLOCKS) * BITMAP_ENTRIES;
	if (s->opts.overrides.nr_data_blocks > s->sb.data_sm.nr_blocks)
		return s->opts.overrides.nr_data_blocks;
	return s->sb.data_sm.nr_blocks;
}

/* What is known from elsewhere. */
static void use_spare(struct thin_salvage *s)
{
	const struct thin_overrides *spare = &s->opts.spare;
	struct thin_overrides *o = &s->opts.overrides;

	if (spare->has_transaction_id && !o->has_transaction_id) {
		o->has_transaction_id = true;
		o->transaction_id = spare->transaction_id;
	}
	if (spare->has_data_block_size && !o->has_data_block_size) {
		o->has_data_block_size = true;
		o->data_block_size = spare->data_block_size;
	}
	if (spare->has_nr_data_blocks && !o->has_nr_data_blocks) {
		o->has_nr_data_blocks = true;
		o->nr_data_blocks = spare->nr_data_blocks;
	}
}

void salvage_sb_describe(struct thin_salvage *s)
{
	if (!s->has_sb)
		use_spare(s);
	if (s->has_sb)
		s->pool = (struct thin_pool){
			.time = s->sb.time, .transaction_id = s->sb.transaction_id,
			.data_block_size = s->sb.data_block_size,
			.nr_data_blocks = s->sb.data_sm.nr_blocks,
		};
	s->pool.version = THIN_SB_VERSION;
	override_apply(&s->opts.overrides, &s->pool);
}
