/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	while (bytes >> 10 * unit > 8192 && unit < 5)
		unit++;
	whole = bytes >> 10 * unit;
	if (unit && whole < 1024)
		whole += bytes >> (10 * unit - 1) & 1;
	snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 "%s", whole, names[unit]);
	return text;
}

static const struct units_unit units[] = {
	{ 'b', "bytes", 1, 1 },
	{ 's', "sectors", 512, 1 },
	{ 'k', "kibibytes", 1024, 1 },
	{ 'm', "mebibytes", 1024, 2 },
	{ 'g', "gibibytes", 1024, 3 },
	{ 't', "tebibytes", 1024, 4 },
	{ 'p', "pebibytes", 1024, 5 },
	{ 'e', "exbibytes", 1024, 6 },
	{ 'z', "zebibytes", 1024, 7 },
	{ 'y', "yobibytes", 1024, 8 },
	{ 'K', "kilobytes", 1000, 1 },
	{ 'M', "megabytes", 1000, 2 },
	{ 'G', "gigabytes", 1000, 3 },
	{ 'T', "terabytes", 1000, 4 },
	{ 'P', "petabytes", 1000, 5 },
	{ 'E', "exabytes", 1000, 6 },
	{ 'Z', "zettabytes", 1000, 7 },
	{ 'Y', "yottabytes", 1000, 8 },
};

enum {
	NR_UNITS = sizeof(units) / sizeof(*units),
};

/* "KiB", "MiB"; and "kB", "MB". */
static bool is_symbol(const struct units_unit *u, const char *name)
{
	char capital = (char)(u->letter & ~0x20);

	if (u->base == 1024)
		return name[0] == capital && !strcmp(name + 1, "iB");
	return u->base == 1000 && !strcmp(name + 1, "B") &&
		name[0] == (capital == 'K' ? 'k' : capital);
}

const struct units_unit *units_find(const char *name)
{
	const struct units_unit *found = NULL;
	size_t len = strlen(name);

	for (unsigned i = 0; i < NR_UNITS && len; i++) {
		if (len == 1 ? *name == units[i].letter : is_symbol(&units[i], name))
			return &units[i];
		if (len == 1 || strncmp(units[i].word, name, len))
			continue;
		if (found)
			return NULL;
		found = &units[i];
	}
	return found;
}

int units_parse_size(const char *s, uint64_t plain, uint64_t *bytes)
{
	size_t digits = strspn(s, "0123456789");
	const struct units_unit *u = units_find(s + digits);
	bool fits = true;
	uint64_t v;
	int r = units_parse_u64(s, digits, UINT64_MAX, &v);

	if (r == -EINVAL || (s[digits] && !u))
		return -EINVAL;
	if (r)
		return r;
	if (!s[digits])
		fits = !__builtin_mul_overflow(v, plain, &v);
	for (uint32_t i = 0; fits && s[digits] && i < u->power; i++)
		fits = !__builtin_mul_overflow(v, (uint64_t)u->base, &v);
	if (!fits)
		return -ERANGE;
	*bytes = v;
	return 0;
}

/* With as many digits as it takes to tell it from any other number. */
static char *unrounded(double v, char text[UNITS_TEXT_MAX])
{
	for (int decimals = 3; decimals < UNITS_TEXT_MAX - 3; decimals++) {
		snprintf(text, UNITS_TEXT_MAX, "%.*f", decimals, v);
		if (strtod(text, NULL) == v)
			break;
	}
	return text;
}

char *units_in(uint64_t bytes, const struct units_unit *unit, char text[UNITS_TEXT_MAX])
{
	double size = 1;
	uint64_t v = bytes;
	bool whole = true;

	for (uint32_t i = 0; i < unit->power; i++) {
		whole = whole && v % unit->base == 0;
		v /= unit->base;
		size *= unit->base;
	}
	if (whole)
		snprintf(text, UNITS_TEXT_MAX, "%" PRIu64, v);
	else if ((double)bytes / size < 0.01)
		return unrounded((double)bytes / size, text);
	else
		snprintf(text, UNITS_TEXT_MAX, "%.2f", (double)bytes / size);
	return text;
}
