/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/bitmap.h"

int bitmap_check(const void *block, uint64_t where, struct fault *f)
{
	return block_check(block, where, BITMAP_SALT, f);
}

int index_check(const void *block, uint64_t where, struct fault *f)
{
	return block_check(block, where, INDEX_SALT, f);
}
