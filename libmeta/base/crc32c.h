/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crc32c - the checksum of metadata blocks.
 *
 * CRC-32C (Castagnoli, reflected), as the kernel's crc32c(): the caller gives
 * the start value and the result is not inverted.
 *
 * There is a version for processors with SSE4.2 and carry-less multiplication,
 * one for ARMv8 with CRC instructions and a portable one.  crc32c() takes the
 * best one that this machine has; the choice is made before main() starts.
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of @len bytes that come after others, whose checksum is @crc. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

/* Version @n by name and function, for tests; NULL behind the last one. */
struct crc32c_version {
	const char *name;
	uint32_t (*function)(uint32_t crc, const void *data, size_t len);
};

/* 0 is the portable one. */
const struct crc32c_version *crc32c_version(unsigned n);

#endif
