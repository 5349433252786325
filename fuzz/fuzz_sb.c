/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Superblocks of any bytes, sealed so that all of them are judged. */
#include <stdlib.h>
#include <string.h>

#include "thin/sb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(struct thin_sb_disk *d, uint64_t where)
{
	struct fault f[THIN_SB_FAULTS];
	unsigned nr = 0;
	struct thin_sb_disk packed, again;
	struct thin_sb sb;

	block_seal(d, where, THIN_SB_SALT);
	if (thin_sb_parse(&sb, d, where, 100000, f, &nr))
		return;
	/* What was good stays what it is. */
	thin_sb_pack(&sb, where, &packed);
	if (thin_sb_parse(&sb, &packed, where, 100000, f, &nr))
		abort();
	thin_sb_pack(&sb, where, &again);
	if (memcmp(&packed, &again, sizeof(packed)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct thin_sb_disk d = { .csum = 0 };

	memcpy(&d, data, size < sizeof(d) ? size : sizeof(d));
	parse(&d, THIN_SB_WHERE);
	parse(&d, 77);
	return 0;
}
