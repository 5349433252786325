/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/mend.h"

#include "base/crc32c.h"
#include "base/le.h"
#include "meta/format.h"

#define POLYNOMIAL 0x82f63b78u

/*
 * A wrong bit changes the checksum by what that bit alone, shifted through the
 * rest of the block, becomes.  So shift one bit until it looks like the change.
 */
bool mend_find(const void *block, uint32_t salt, uint32_t *bit)
{
	const struct block_header_disk *d = block;
	uint32_t sum = crc32c(~0u, (const char *)block + 4, META_BLOCK_SIZE - 4) ^ salt;
	uint32_t change = sum ^ le32_to_cpu(d->csum);
	uint32_t c = 1;

	if (change && !(change & (change - 1))) {
		*bit = (uint32_t)__builtin_ctz(change);
		return true;
	}
	for (uint32_t n = 1; change && n <= 8 * (META_BLOCK_SIZE - 4); n++) {
		uint32_t last = (n + 7) / 8;	/* bytes from the end */

		c = c >> 1 ^ (POLYNOMIAL & -(c & 1));
		if (c != change)
			continue;
		*bit = 8 * (META_BLOCK_SIZE - last) + 8 * last - n;
		return true;
	}
	return false;
}
