/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mend - finds the one bit of a block that is wrong.
 *
 * CRC-32C tells all pairs of bits of a block apart, so if inverting one bit
 * makes the checksum right, no other bit does, and no two wrong bits look like
 * one.  Of blocks that are wrong in many places one in 131072 seems to be so;
 * whoever asks has to judge the rest of the block as well.
 */
#ifndef THIN_MEND_H
#define THIN_MEND_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets *@bit to the bit of @block, from the low end of its first byte on,
 * that makes the checksum with @salt right.  False if no single one does.
 */
bool mend_find(const void *block, uint32_t salt, uint32_t *bit);

#endif
