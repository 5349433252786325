/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/crc32c.h"

#include <stdbool.h>
#include <string.h>

#define POLY 0x82f63b78u	/* Castagnoli, bits reversed */

typedef uint32_t (*crc_fn)(uint32_t crc, const void *data, size_t len);

/* table[k][b]: what byte b does to the checksum from k bytes before the end. */
static uint32_t table[8][256];

static void make_table(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLY : 0);
		table[0][b] = crc;
	}
	for (uint32_t b = 0; b < 256; b++)
		for (int k = 1; k < 8; k++)
			table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
}

static uint32_t crc_table(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len >= 8; len -= 8, p += 8) {
		uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 |
				      (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);

		crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
		      table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
		      table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
	}
	while (len--)
		crc = crc >> 8 ^ table[0][(crc ^ *p++) & 0xff];
	return crc;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/*
 * The crc32 instruction has a latency of three cycles and a throughput of one,
 * so three strands run side by side.  Afterwards the checksums of the first
 * two are carried over the bytes that followed: a multiplication by a power of
 * x modulo the polynomial.
 */
#define STRAND 1360u		/* bytes; 3 * 1360 = 4080 of a block's 4092 */

static uint64_t over_one, over_two;	/* carry over one, two strands */

/* x^n modulo the polynomial, reflected. */
static uint32_t power_of_x(uint64_t n)
{
	uint32_t v = 0x80000000u;

	while (n--)
		v = v >> 1 ^ (v & 1 ? POLY : 0);
	return v;
}

static void make_carries(void)
{
	/* 32 for the crc32 that reduces the product, 1 for reflection. */
	over_one = power_of_x(8 * STRAND - 33);
	over_two = power_of_x(16 * STRAND - 33);
}

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

__attribute__((target("sse4.2,pclmul")))
static uint32_t carry(uint64_t crc, uint64_t power)
{
	__m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)crc),
					       _mm_cvtsi64_si128((long long)power), 0);

	return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul")))
static uint32_t crc_sse42(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t a = crc;

	for (; len >= 3 * STRAND; len -= 3 * STRAND, p += 3 * STRAND) {
		uint64_t b = 0, c = 0;

		for (size_t i = 0; i < STRAND; i += 8) {
			a = _mm_crc32_u64(a, load64(p + i));
			b = _mm_crc32_u64(b, load64(p + STRAND + i));
			c = _mm_crc32_u64(c, load64(p + 2 * STRAND + i));
		}
		a = carry(a, over_two) ^ carry(b, over_one) ^ c;
	}
	for (; len >= 8; len -= 8, p += 8)
		a = _mm_crc32_u64(a, load64(p));
	crc = (uint32_t)a;
	while (len--)
		crc = _mm_crc32_u8(crc, *p++);
	return crc;
}

static bool has_fast(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & bit_SSE4_2 && c & bit_PCLMUL;
}

#define FAST { "sse4.2", crc_sse42 }

#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <sys/auxv.h>

#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif

static void make_carries(void)
{
}

__attribute__((target("+crc")))
static uint32_t crc_armv8(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t v;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&v, p, sizeof(v));
		crc = __crc32cd(crc, v);
	}
	while (len--)
		crc = __crc32cb(crc, *p++);
	return crc;
}

static bool has_fast(void)
{
	return getauxval(AT_HWCAP) & HWCAP_CRC32;
}

#define FAST { "armv8", crc_armv8 }

#else

static void make_carries(void)
{
}

static bool has_fast(void)
{
	return false;
}

#define FAST { "table", crc_table }

#endif

static const struct crc32c_version portable = { "table", crc_table };
static const struct crc32c_version fast = FAST;
static crc_fn chosen = crc_table;

__attribute__((constructor)) static void choose(void)
{
	make_table();
	make_carries();
	if (has_fast())
		chosen = fast.function;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	return chosen(crc, data, len);
}

const struct crc32c_version *crc32c_version(unsigned n)
{
	if (n == 0)
		return &portable;
	return n == 1 && has_fast() ? &fast : NULL;
}
