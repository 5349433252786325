/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "csum.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <meta/format.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#define POLYNOMIAL 0x82f63b78u	/* Castagnoli, reflected */

static uint32_t table[256];
static bool has_instruction;

#if defined(__x86_64__)

__attribute__((target("sse4.2")))
static uint32_t crc_instruction(uint32_t start, const uint8_t *p, size_t len)
{
	uint64_t crc = start;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		crc = _mm_crc32_u64(crc, word);
	}
	for (; len; len--, p++)
		crc = _mm_crc32_u8((uint32_t)crc, *p);
	return (uint32_t)crc;
}

static bool instruction_works(void)
{
	return __builtin_cpu_supports("sse4.2");
}

#else

static uint32_t crc_instruction(uint32_t start, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	return start;
}

static bool instruction_works(void)
{
	return false;
}

#endif

static uint32_t crc_table(uint32_t crc, const uint8_t *p, size_t len)
{
	for (; len; len--, p++)
		crc = table[(crc ^ *p) & 0xff] ^ crc >> 8;
	return crc;
}

void csum_init(void)
{
	uint32_t crc;

	for (uint32_t i = 0; i < 256; i++) {
		crc = i;
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[i] = crc;
	}
	has_instruction = instruction_works();
}

uint32_t csum_block(const void *block, uint32_t salt)
{
	/* The checksum covers all but itself, and is not inverted at the end. */
	const uint8_t *p = (const uint8_t *)block + sizeof(__le32);
	size_t len = META_BLOCK_SIZE - sizeof(__le32);

	if (has_instruction)
		return crc_instruction(UINT32_MAX, p, len) ^ salt;
	return crc_table(UINT32_MAX, p, len) ^ salt;
}
