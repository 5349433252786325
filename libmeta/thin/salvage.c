/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/salvage.h"

#include <string.h>

#include "base/alloc.h"
#include "base/workers.h"
#include "pdata/bitmap.h"
#include "thin/assemble.h"
#include "thin/finish.h"
#include "thin/override.h"
#include "thin/proof.h"
#include "thin/replaced.h"
#include "thin/roots.h"
#include "thin/salvage_sb.h"
#include "thin/sound.h"
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

/* What is behind the last key of an open one is missing there, and nowhere else. */
uint64_t salvage_piece_last(const struct thin_salvage *s, const struct hole *h, size_t i)
{
	if (!bits_has(&s->open, h->pieces[i]))
		return s->scan.blocks[h->pieces[i]].top;
	return i + 1 < h->nr_pieces ? s->scan.blocks[h->pieces[i + 1]].first - 1 : h->span.last;
}

void salvage_tell(struct thin_salvage *s, const struct thin_finding *f)
{
	findings_add(&s->findings, f);
}

void salvage_tell_pool(struct thin_salvage *s, enum thin_finding_code code, uint64_t where)
{
	struct thin_finding f = {
		.code = code, .dev_id = THIN_FINDING_NO_DEV, .where = where,
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

static void tell_stray(struct thin_salvage *s, const struct scan_stray *stray)
{
	struct thin_finding f = {
		.code = stray->bit != OVERLAY_NO_BIT ? THIN_FINDING_BLOCK_MENDED :
						       THIN_FINDING_BLOCK_MOVED,
		.dev_id = THIN_FINDING_NO_DEV, .where = stray->home, .found = stray->place,
	};

	salvage_tell(s, &f);
}

static void tell_strays(struct thin_salvage *s)
{
	for (size_t i = 0; i < s->scan.nr_strays; i++) {
		const struct scan_stray *stray = &s->scan.strays[i];

		if (!stray->home)
			salvage_tell_pool(s, THIN_FINDING_SB_MOVED, stray->place);
		else if (bits_has(&s->reached, stray->home))
			tell_stray(s, stray);
	}
}

static int scan(struct thin_salvage *s)
{
	int r = salvage_sb_read(s);

	if (r)
		return r;
	s->scan.nr_data_blocks = salvage_sb_limit(s);
	s->scan.nr_threads = s->opts.nr_threads;
	if (s->opts.progress) {
		s->opts.progress->total = engine_nr_blocks(s->overlay.below);
		s->scan.progress = &s->opts.progress->done;
	}
	r = scan_run(&s->scan, &s->overlay);
	/* It may have been mended or found elsewhere. */
	if (!r && !s->has_sb)
		r = salvage_sb_read(s);
	return r || s->has_sb ? r : salvage_sb_find(s);
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
	int r = sound_take(s);

	if (r || s->lengths)
		return r;
	r = scan(s);
	if (r)
		return r;
	salvage_sb_describe(s);
	if (!s->has_sb && !s->opts.overrides.has_data_block_size)
		return -ENOKEY;
	if (!s->has_sb)
		salvage_tell_pool(s, THIN_FINDING_SB_LOST, THIN_SB_WHERE);
	r = assemble_run(s);
	/* Whose mappings are all out of reach is not told that there are none. */
	if (r == -ENODATA && s->scan.nr_behind > s->scan.nr_mappings / 16)
		r = -ERANGE;
	r = r ? r : finish_devices(s);
	r = r ? r : proof_run(s);
	r = r ? r : twice_find_overpointed(s);
	r = r ? r : replaced_find(s);
	r = r ? r : tour_run(s);
	r = r ? r : roots_find_better(s);
	r = r ? r : finish_pool(s);
	if (r)
		return r;
	tell_strays(s);
	if (s->has_sb && (!ledger_is_whole(&s->ledger.metadata) ||
			  !ledger_is_whole(&s->ledger.data)))
		salvage_tell_pool(s, THIN_FINDING_COUNTS_LOST, THIN_SB_WHERE);
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
	free(s->lengths);
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
