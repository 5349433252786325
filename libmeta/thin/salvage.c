/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/salvage.h"

#include <string.h>

#include "base/alloc.h"
#include "base/workers.h"
#include "pdata/bitmap.h"
#include "thin/assemble.h"
#include "thin/finish.h"
#include "thin/mend.h"
#include "thin/override.h"
#include "thin/proof.h"
#include "thin/roots.h"
#include "thin/sb.h"
#include "thin/tour.h"
#include "thin/twice.h"

static bool is_number_free(const struct thin_salvage *s, uint64_t where)
{
	if (bits_has(&s->taken, where))
		return false;
	return where >= s->scan.nr_blocks || (where && !s->scan.blocks[where].families &&
	       !s->scan.blocks[where].inner && !bits_has(&s->overlay.has, where));
}

/* From behind the end of the device on, then whatever is no node. */
uint64_t salvage_number(struct thin_salvage *s)
{
	uint64_t nr = s->taken.nr;

	for (uint64_t i = 0; i < nr; i++, s->next_number++) {
		if (s->next_number >= nr)
			s->next_number = 1;
		if (is_number_free(s, s->next_number)) {
			bits_add(&s->taken, s->next_number);
			return s->next_number++;
		}
	}
	return 0;
}

void salvage_tell(struct thin_salvage *s, const struct thin_finding *f)
{
	findings_add(&s->findings, f);
}

static void tell_pool(struct thin_salvage *s, enum thin_finding_code code, uint64_t where,
		      uint64_t found, uint64_t wanted)
{
	struct thin_finding f = {
		.code = code, .dev_id = THIN_FINDING_NO_DEV, .where = where, .found = found,
		.wanted = wanted,
	};

	salvage_tell(s, &f);
}

int salvage_mark(struct thin_salvage *s, uint64_t where, const struct thin_finding *f)
{
	int r = salvage_room(&s->marks, &s->room_marks, s->nr_marks, sizeof(*s->marks));

	if (!r)
		s->marks[s->nr_marks++] = (struct mark){ where, *f };
	return r;
}

int salvage_read(struct thin_salvage *s, uint64_t where, uint32_t value_size, unsigned level,
		 struct node *n)
{
	struct fault f;
	int r;

	n->nr_entries = 0;
	if (!s->buffers[level])
		s->buffers[level] = alloc_blocks(1);
	if (!s->buffers[level])
		return -ENOMEM;
	r = engine_read(&s->overlay.engine, s->buffers[level], where, 1);
	if (r)
		return r;
	/* It was sound when it was scanned; a disk may have changed its mind. */
	return node_parse(n, s->buffers[level], where, value_size, &f) ? -EIO : 0;
}

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

/* Whether the superblock says what can be used, perhaps with one bit put right. */
static int read_sb(struct thin_salvage *s)
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
			tell_pool(s, THIN_FINDING_SB_MENDED, THIN_SB_WHERE, 0, 0);
	}
	free(block);
	return r;
}

/*
 * A superblock that has been written elsewhere, number and all: it differs from
 * a metadata snapshot's in that it has space maps.
 */
static int find_sb(struct thin_salvage *s)
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
		tell_pool(s, THIN_FINDING_SB_MOVED, where, 0, 0);
	}
	free(block);
	return 0;
}

/* The size of the data device has to be known before leaves are judged. */
static uint64_t limit_of_data(const struct thin_salvage *s)
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

static void tell_strays(struct thin_salvage *s)
{
	for (size_t i = 0; i < s->scan.nr_strays; i++) {
		const struct scan_stray *stray = &s->scan.strays[i];
		bool mended = stray->bit != OVERLAY_NO_BIT;

		if (!stray->home)
			tell_pool(s, THIN_FINDING_SB_MOVED, stray->place, 0, 0);
		else if (bits_has(&s->reached, stray->home))
			tell_pool(s, mended ? THIN_FINDING_BLOCK_MENDED : THIN_FINDING_BLOCK_MOVED,
				  stray->home, stray->place, 0);
	}
}

static int scan(struct thin_salvage *s)
{
	int r = read_sb(s);

	if (r)
		return r;
	s->scan.nr_data_blocks = limit_of_data(s);
	s->scan.nr_threads = s->opts.nr_threads;
	if (s->opts.progress) {
		s->opts.progress->total = engine_nr_blocks(s->overlay.below);
		s->scan.progress = &s->opts.progress->done;
	}
	r = scan_run(&s->scan, &s->overlay);
	/* It may have been mended or found elsewhere. */
	if (!r && !s->has_sb)
		r = read_sb(s);
	return r || s->has_sb ? r : find_sb(s);
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

static void describe_pool(struct thin_salvage *s)
{
	if (s->has_sb)
		s->pool = (struct thin_pool){
			.time = s->sb.time, .transaction_id = s->sb.transaction_id,
			.data_block_size = s->sb.data_block_size,
			.nr_data_blocks = s->sb.data_sm.nr_blocks,
		};
	s->pool.version = THIN_SB_VERSION;
	override_apply(&s->opts.overrides, &s->pool);
}

static int init(struct thin_salvage *s, struct engine *in, const struct thin_repair_opts *o)
{
	uint64_t nr = engine_nr_blocks(in);
	int r;

	s->opts = *o;
	if (!o->nr_threads)
		s->opts.nr_threads = workers_default();
	if (nr > META_MAX_BLOCKS)
		nr = META_MAX_BLOCKS;
	s->next_number = nr;
	/* Room for what is made anew: as much again, and some for the small ones. */
	nr += nr + 65536 + bitmap_count(o->overrides.nr_data_blocks) +
	      bitmap_count(o->spare.nr_data_blocks);
	if (nr > META_MAX_BLOCKS)
		nr = META_MAX_BLOCKS;
	r = overlay_init(&s->overlay, in, nr);
	r = r ? r : bits_init(&s->reached, nr);
	r = r ? r : bits_init(&s->held, nr);
	r = r ? r : bits_init(&s->open, nr);
	r = r ? r : bits_init(&s->taken, nr);
	s->hole_of = alloc_array(nr, sizeof(*s->hole_of));
	s->owners = alloc_array(nr, sizeof(*s->owners));
	return r || !s->hole_of || !s->owners ? -ENOMEM : 0;
}

static int run(struct thin_salvage *s)
{
	int r = scan(s);

	if (r)
		return r;
	if (!s->has_sb)
		use_spare(s);
	if (!s->has_sb && !s->opts.overrides.has_data_block_size)
		return -ENOKEY;
	describe_pool(s);
	if (!s->has_sb)
		tell_pool(s, THIN_FINDING_SB_LOST, THIN_SB_WHERE, 0, 0);
	r = assemble_run(s);
	/* Whose mappings are all out of reach is not told that there are none. */
	if (r == -ENODATA && s->scan.nr_behind > s->scan.nr_mappings / 16)
		r = -ERANGE;
	r = r ? r : finish_devices(s);
	r = r ? r : proof_run(s);
	r = r ? r : twice_find_overpointed(s);
	r = r ? r : tour_run(s);
	r = r ? r : roots_find_better(s);
	r = r ? r : finish_pool(s);
	if (r)
		return r;
	tell_strays(s);
	if (s->has_sb && (!ledger_is_whole(&s->ledger.metadata) ||
			  !ledger_is_whole(&s->ledger.data)))
		tell_pool(s, THIN_FINDING_COUNTS_LOST, THIN_SB_WHERE, 0, 0);
	findings_sort(&s->findings);
	finish_report(s);
	return s->findings.error;
}

int thin_salvage_new(struct engine *in, const struct thin_repair_opts *o,
		     struct thin_salvage **result)
{
	struct thin_salvage *s;
	int r;

	if (!override_is_legal(&o->overrides) || !override_is_legal(&o->spare) ||
	    o->has_mapping_root != o->has_details_root)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	r = init(s, in, o);
	r = r ? r : run(s);
	if (r)
		thin_salvage_free(s);
	else
		*result = s;
	return r;
}

void thin_salvage_free(struct thin_salvage *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < sizeof(s->buffers) / sizeof(*s->buffers); i++)
		free(s->buffers[i]);
	for (size_t i = 0; i < s->nr_holes; i++) {
		free(s->holes[i].pieces);
		free(s->holes[i].hints);
	}
	free(s->results);
	findings_exit(&s->findings);
	free(s->marks);
	free(s->owners);
	free(s->hole_of);
	free(s->holes);
	free(s->devices);
	bits_exit(&s->taken);
	bits_exit(&s->held);
	bits_exit(&s->open);
	bits_exit(&s->reached);
	ledger_exit(&s->ledger);
	refs_exit(&s->found);
	scan_exit(&s->scan);
	overlay_exit(&s->overlay);
	free(s);
}

int thin_roots_find(struct engine *in, const struct thin_repair_opts *o,
		    struct thin_roots **roots, size_t *nr)
{
	struct thin_salvage *s = calloc(1, sizeof(*s));
	int r = s ? init(s, in, o) : -ENOMEM;

	r = r ? r : scan(s);
	r = r ? r : roots_find(s, roots, nr);
	thin_salvage_free(s);
	return r;
}

const struct thin_repair_report *thin_salvage_report(const struct thin_salvage *s)
{
	return &s->report;
}
