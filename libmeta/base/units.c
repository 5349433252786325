/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

int units_parse_u64(const char *s, size_t len, uint64_t max, uint64_t *value)
{
	bool wrapped = false;
	uint64_t v = 0;

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(s[i] - '0');

		if (digit > 9)
			return -EINVAL;
		wrapped = wrapped || v > (UINT64_MAX - digit) / 10;
		v = v * 10 + digit;
	}
	if (wrapped || v > max)
		return -ERANGE;
	*value = v;
	return 0;
}

char *units_bytes(uint64_t bytes, char text[UNITS_TEXT_MAX])
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned unit = 0;
	uint64_t whole = bytes, tenths = 0;

	while (whole >= 1024 && unit < 6) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
		unit++;
	}
	if (tenths)
		snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 ".%" PRIu64 " %s", whole, tenths,
			 names[unit]);
	else
		snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 " %s", whole, names[unit]);
	return text;
}

char *units_rounded(uint64_t bytes, char text[UNITS_TEXT_MAX])
{
	static const char *const names[] = { "b", "KiB", "MiB", "GiB", "TiB", "PiB" };
	unsigned unit = 0;
	uint64_t whole;

	/* 2^64 bytes are 16384 PiB, which is as far as it goes. */
	while (bytes > 8192ull << 10 * unit && unit < 5)
		unit++;
	whole = bytes >> 10 * unit;
	if (unit && whole < 1024)
		whole += bytes >> (10 * unit - 1) & 1;
	snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 "%s", whole, names[unit]);
	return text;
}
