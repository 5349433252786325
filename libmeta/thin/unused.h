/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unused - what is inside the set of unused data blocks that meta/thin_trim.h promises. */
#ifndef THIN_UNUSED_H
#define THIN_UNUSED_H

#include "base/bits.h"
#include "meta/thin_trim.h"

struct thin_unused {
	struct bits used;		/* all others are unused */
	uint32_t data_block_size;	/* sectors */
};

#endif
