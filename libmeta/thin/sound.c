/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/sound.h"

#include "base/alloc.h"
#include "thin/check.h"
#include "thin/devices.h"
#include "thin/finish.h"
#include "thin/salvage_sb.h"

/* Is the result to be what the superblock says? */
static bool is_wanted(const struct thin_repair_opts *o)
{
	return !o->has_mapping_root && !o->overrides.has_transaction_id &&
	       !o->overrides.has_data_block_size && !o->overrides.has_nr_data_blocks;
}

/* Of a pool that maps nothing it is told what older trees have. */
static bool is_sound(const struct thin_check_report *rep)
{
	return rep->has_sb && rep->counted && thin_check_is_good(rep, false) &&
	       !rep->sb.held_root && rep->nr_mapped;
}

/* The same leaves may be read from the overlay, so there is room for all of its blocks. */
static int keep_lengths(struct thin_salvage *s, const struct walk *w)
{
	s->lengths = alloc_array(engine_nr_blocks(&s->overlay.engine), sizeof(*s->lengths));
	if (!s->lengths)
		return -ENOMEM;
	for (uint64_t where = 0; where < w->nr_blocks; where++)
		if (walk_is(w, where, KIND_MAPPING, 0))
			s->lengths[where] = (uint16_t)w->spans[where].nr_entries;
	return 0;
}

static int check(struct thin_salvage *s)
{
	struct thin_check_opts o = {
		.nr_threads = s->opts.nr_threads, .progress = s->opts.progress,
	};
	struct check c;
	int r = check_run(&c, s->overlay.below, &o);

	if (!r && is_sound(&c.report)) {
		s->sb = c.report.sb;
		r = keep_lengths(s, &c.walk);
	}
	/* What cannot be read may still be repaired. */
	r = r == -ENOMEM ? r : 0;
	check_release(&c);
	check_findings_exit(&c);
	return r;
}

static int take_devices(struct thin_salvage *s)
{
	struct devices d;
	int r = devices_load(&d, s->overlay.below, &s->sb, s->opts.nr_threads);

	/* It was sound when it was checked; a disk may have changed its mind. */
	if (!r && d.damaged)
		r = -EIO;
	if (!r)
		s->devices = alloc_array(d.nr, sizeof(*s->devices));
	if (!r && !s->devices)
		r = -ENOMEM;
	for (; !r && s->nr_devices < d.nr; s->nr_devices++)
		s->devices[s->nr_devices] = (struct salvage_device){
			.device = d.devices[s->nr_devices], .root = d.roots[s->nr_devices],
			.said = d.devices[s->nr_devices].mapped_blocks, .has_details = true,
			.has_root = true,
		};
	devices_exit(&d);
	return r;
}

int sound_take(struct thin_salvage *s)
{
	int r = is_wanted(&s->opts) ? check(s) : 0;

	if (r || !s->lengths) {
		if (s->opts.progress)
			*s->opts.progress = (struct progress){ 0, 0 };
		return r;
	}
	s->has_sb = true;
	s->mapping_root = s->sb.mapping_root;
	s->details_root = s->sb.details_root;
	salvage_sb_describe(s);
	r = take_devices(s);
	r = r ? r : finish_sb(s, s->mapping_root, s->details_root);
	if (!r)
		finish_report(s);
	return r;
}

int sound_load_counts(const struct thin_salvage *s, struct ledger *l)
{
	struct engine *e = s->overlay.below;
	int r = ledger_load(l, e, NULL, s->opts.nr_threads);

	return r ? r : ledger_load_data(l, &s->sb.data_sm);
}
