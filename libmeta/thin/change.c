/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/block.h"
#include "thin/overlay.h"
#include "thin/undo.h"

static int read_sb(struct engine *e, struct thin_sb_disk *sb)
{
	struct fault f;
	int r = engine_read(e, sb, THIN_SB_WHERE, 1);

	return r ? r : block_check(sb, THIN_SB_WHERE, THIN_SB_SALT, &f);
}

/* What becomes of @sb when everything else has been written to the plan. */
static int write_blocks(const struct change *ch, struct plan *p, struct thin_sb_disk *sb)
{
	int r = read_sb(p->below, sb);

	r = r ? r : ch->write(ch->arg, &p->engine, sb);
	if (!r)
		block_seal(sb, THIN_SB_WHERE, THIN_SB_SALT);
	return r;
}

static int plan_all(const struct change *ch, struct plan *p, struct thin_sb_disk *sb)
{
	int r = write_blocks(ch, p, sb);

	return r ? r : engine_write(&p->engine, sb, THIN_SB_WHERE, 1);
}

/* How many blocks of the plan are no good; whoever made it knows them then. */
static int avoid_unreadable(const struct change *ch, struct plan *p, uint64_t *nr_bad)
{
	void *block = ch->avoid ? alloc_blocks(1) : NULL;
	int r = ch->avoid && !block ? -ENOMEM : 0;

	*nr_bad = 0;
	for (size_t i = 0; block && i < p->nr && !r; i++) {
		if (!p->blocks[i].where || !engine_read(p->below, block, p->blocks[i].where, 1))
			continue;
		r = ch->avoid(ch->arg, p->blocks[i].where);
		++*nr_bad;
	}
	free(block);
	return r;
}

static int plan_well(const struct change *ch, struct plan *p, struct thin_sb_disk *sb)
{
	uint64_t nr_bad;
	int r;

	do {
		p->nr = 0;
		r = plan_all(ch, p, sb);
		r = r ? r : avoid_unreadable(ch, p, &nr_bad);
	} while (!r && nr_bad);
	return r;
}

/* As the device will be with @sb. */
static int judge(const struct change *ch, struct engine *e, const struct thin_sb_disk *sb)
{
	struct overlay o;
	void *data;
	int r;

	if (!ch->judge)
		return 0;
	r = overlay_init(&o, e, engine_nr_blocks(e));
	data = r ? NULL : overlay_edit(&o, THIN_SB_WHERE);
	if (data) {
		memcpy(data, sb, sizeof(*sb));
		r = ch->judge(ch->arg, &o.engine);
	} else {
		r = -ENOMEM;
	}
	overlay_exit(&o);
	return r;
}

static int execute(const struct change *ch, struct plan *p, struct thin_sb_disk *sb)
{
	int r;

	plan_begin(p);
	r = write_blocks(ch, p, sb);
	if (!r && p->nr > 1)
		r = engine_flush(p->below);
	r = r ? r : judge(ch, p->below, sb);
	r = r ? r : engine_write(&p->engine, sb, THIN_SB_WHERE, 1);
	return r ? r : engine_flush(p->below);
}

/* 1: it would change. */
static int sb_changes(struct engine *e, const struct thin_sb_disk *sb)
{
	struct thin_sb_disk *old = alloc_blocks(1);
	int r = old ? read_sb(e, old) : -ENOMEM;

	r = r ? r : memcmp(old, sb, sizeof(*sb)) != 0;
	free(old);
	return r;
}

int change_make(const struct change *ch, struct engine *e, struct thin_check_mending *r)
{
	struct thin_sb_disk *sb = alloc_blocks(1);
	struct plan plan;
	int result, changes;

	if (!sb)
		return -ENOMEM;
	plan_init(&plan, e);
	result = plan_well(ch, &plan, sb);
	changes = result ? result : sb_changes(e, sb);
	if (changes < 0)
		result = changes;
	if (changes > 0 && r->undo) {
		bool of_device;

		result = undo_make(r->undo, &plan, &of_device);
		r->undo_failed = result && !of_device;
	}
	if (changes > 0 && !result)
		result = execute(ch, &plan, sb);
	plan_exit(&plan);
	free(sb);
	return result;
}
