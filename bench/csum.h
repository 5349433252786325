/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * csum - the checksum of metadata blocks, written apart from the library's so
 * that images made here also judge the library.
 */
#ifndef BENCH_CSUM_H
#define BENCH_CSUM_H

#include <stdint.h>

/* Makes the tables and picks the version; call once, before csum_block(). */
void csum_init(void);

/* The checksum of the block at @block, which is of the type of @salt. */
uint32_t csum_block(const void *block, uint32_t salt);

#endif
