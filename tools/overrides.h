/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overrides - the options --transaction-id, --data-block-size and --nr-data-blocks,
 * which several tools have.
 */
#ifndef TOOLS_OVERRIDES_H
#define TOOLS_OVERRIDES_H

#include "meta/thin_overrides.h"
#include "tool.h"

struct opt_overrides {
	struct opt_u64 transaction_id;
	struct opt_u64 data_block_size;	/* sectors */
	struct opt_u64 nr_data_blocks;
};

/* What no pool can have, in words; or NULL. */
const char *overrides_mistake(const struct opt_overrides *o);

/* As the library wants them; there has been no mistake. */
struct thin_overrides overrides_read(const struct opt_overrides *o);

#endif
