/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive_thin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dm.h"
#include "meta/format.h"

static void look_at_pool(struct receive_target *t, struct dm *dm, const char *params)
{
	struct dm_target pool;
	struct dm_device d;
	uint64_t sectors;
	dev_t dev;

	if (!dm_parse_number(params, &dev) || dm_find_number(dm, dev, &d) ||
	    dm_table(dm, &d, false, &pool) || strcmp(pool.type, "thin-pool"))
		return;
	if (sscanf(pool.params, "%*s %*s %" SCNu64, &sectors) != 1)
		return;
	t->thin_block = sectors * META_SECTOR_SIZE;
	t->pad = strstr(pool.params, " skip_block_zeroing");
}

void receive_thin_look(struct receive_target *t, dev_t dev)
{
	struct dm_device d;
	struct dm_target target;
	uint64_t mapped, highest;
	struct dm dm;
	int r = dm_init(&dm);

	if (!r)
		r = dm_find_number(&dm, dev, &d);
	if (!r)
		r = dm_table(&dm, &d, false, &target);
	if (!r && target.nr == 1 && !strcmp(target.type, "thin")) {
		const char *origin = strchr(target.params, ' ');

		/* Behind "POOL ID" there may be an external origin. */
		if (origin && !strchr(origin + 1, ' '))
			look_at_pool(t, &dm, target.params);
	}
	if (t->thin_block && !dm_table(&dm, &d, true, &target)) {
		if (sscanf(target.params, "%" SCNu64 " %" SCNu64, &mapped, &highest) == 2)
			t->zero_from = (highest + 1) * META_SECTOR_SIZE;
		else if (!strncmp(target.params, "0 -", 3))
			t->zero_from = 0;
	}
	dm_exit(&dm);
}
