/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block - what all metadata blocks have in common: checksum and place.
 *
 *	| checksum : 4 | by type : 4 | own block number : 8 | by type .. 4096 |
 *
 * The salt that goes into the checksum is what tells the types apart.
 */
#ifndef PDATA_BLOCK_H
#define PDATA_BLOCK_H

#include "base/fault.h"
#include "base/le.h"
#include "meta/format.h"

/*
 * Judges checksum and place of @block as read from @where.  0, or -EUCLEAN
 * with @f: BLOCK_CSUM, BLOCK_TYPE when it is sound as something else, or
 * BLOCK_WHERE.
 */
int block_check(const void *block, uint64_t where, uint32_t salt, struct fault *f);

/* Writes place and checksum into @block. */
void block_seal(void *block, uint64_t where, uint32_t salt);

/*
 * What @block is by its checksum: KIND_SB, KIND_NODE, KIND_BITMAP, KIND_INDEX,
 * KIND_ARRAY, KIND_ZERO if it is all zeroes, or KIND_FREE for none of them.
 */
enum block_kind block_kind_of(const void *block);

#endif
