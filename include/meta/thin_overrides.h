/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_overrides - numbers of a pool that take the place of those that its
 * superblock has, on a device or in XML, because the caller knows better.
 *
 * Reading, repairing and restoring take them.  Sizes have to be such that a pool
 * can have them, or the call that takes them gives -EINVAL.
 */
#ifndef META_THIN_OVERRIDES_H
#define META_THIN_OVERRIDES_H

#include <stdbool.h>
#include <stdint.h>

/* All zeroes: nothing is overridden. */
struct thin_overrides {
	bool has_transaction_id;
	bool has_data_block_size;
	bool has_nr_data_blocks;
	uint64_t transaction_id;
	uint32_t data_block_size;	/* sectors */
	uint64_t nr_data_blocks;	/* at least what is mapped */
};

#endif
