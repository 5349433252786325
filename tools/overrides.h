/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overrides - the options --transaction-id, --data-block-size and --nr-data-blocks,
 * which several tools have.
 */
#ifndef TOOLS_OVERRIDES_H
#define TOOLS_OVERRIDES_H

#include "meta/format.h"
#include "meta/thin_overrides.h"
#include "tool.h"

struct opt_overrides {
	struct opt_u64 transaction_id;
	struct opt_u64 data_block_size;	/* sectors */
	struct opt_u64 nr_data_blocks;
};

/* Both of them only as a pool can have them. */
#define OPT_DATA_BLOCK_SIZE(letter, name, value, help) \
	OPT_NUMBER(letter, name, value, "<sectors>", help, THIN_DATA_BLOCK_MAX, THIN_DATA_BLOCK_MIN)
#define OPT_NR_DATA_BLOCKS(letter, name, value, help) \
	OPT_NUMBER(letter, name, value, "<number>", help, THIN_MAX_DATA_BLOCKS - 1, 0)

/* As the library wants them. */
struct thin_overrides overrides_read(const struct opt_overrides *o);

#endif
