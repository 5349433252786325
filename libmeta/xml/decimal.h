/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decimal - text and numbers put one behind the other, without bounds checks:
 * the caller knows how long its words are and that a number has at most
 * DECIMAL_MAX digits.
 */
#ifndef XML_DECIMAL_H
#define XML_DECIMAL_H

#include <stdint.h>
#include <string.h>

#define DECIMAL_MAX 20u

/* "00" to "99". */
extern const char decimal_pairs[201];

/*
 * What is given constants has to be inlined where they are: then a few stores
 * are left of it, and else a call and a strlen() for each word.
 */
#define TEXT_INLINE static inline __attribute__((always_inline))

/* Puts @s, without its end; returns what is behind. */
TEXT_INLINE char *text_put(char *to, const char *s)
{
	size_t len = strlen(s);

	memcpy(to, s, len);
	return to + len;
}

/* More than eight digits. */
char *decimal_put_long(char *to, uint64_t v);

/* Eight digits, the leading zeroes among them. */
static inline void decimal_put_8(char *to, uint32_t v)
{
	uint32_t high = v / 10000, low = v % 10000;

	memcpy(to, decimal_pairs + high / 100 * 2, 2);
	memcpy(to + 2, decimal_pairs + high % 100 * 2, 2);
	memcpy(to + 4, decimal_pairs + low / 100 * 2, 2);
	memcpy(to + 6, decimal_pairs + low % 100 * 2, 2);
}

/*
 * Puts @v in decimal; returns what is behind.  May write up to eight bytes
 * more than it needs.
 */
static inline char *decimal_put(char *to, uint64_t v)
{
	char digits[16];
	unsigned skip;

	if (v < 10) {
		*to = (char)('0' + v);
		return to + 1;
	}
	if (v >= 100000000)
		return decimal_put_long(to, v);
	decimal_put_8(digits, (uint32_t)v);
	skip = 6u - (v >= 100) - (v >= 1000) - (v >= 10000) - (v >= 100000) - (v >= 1000000) -
		(v >= 10000000);
	memcpy(to, digits + skip, 8);
	return to + 8 - skip;
}

#endif
