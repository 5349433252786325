/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/flag.h"

#include "base/le.h"
#include "thin/change.h"
#include "thin/leaks.h"
#include "thin/rebuild.h"

static int write_flag(void *arg, struct engine *to, struct thin_sb_disk *sb)
{
	(void)arg;
	(void)to;
	sb->flags &= cpu_to_le32(~(uint32_t)THIN_SB_NEEDS_CHECK);
	return 0;
}

int flag_clear(struct engine *e, struct thin_check_mending *how)
{
	const struct change flag = { .write = write_flag };

	return change_make(&flag, e, how);
}

int thin_check_mend(struct engine *e, struct thin_check_mending *how)
{
	how->undo_failed = how->unsound = false;
	how->trees = NULL;
	switch (how->what) {
	case THIN_MEND_LEAKS:
		return leaks_repair(e, how);
	case THIN_MEND_SPACE_MAPS:
		return rebuild_space_maps(e, how);
	default:
		return flag_clear(e, how);
	}
}
