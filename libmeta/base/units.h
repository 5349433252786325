/* SPDX-License-Identifier: GPL-2.0-or-later */
/* units - decimal numbers, strictly; sizes in words, and units that they are read in. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a plain decimal number of @len characters: digits only, no sign, no
 * blanks, no more than @max.  0, -EINVAL if it is no number, -ERANGE if it is
 * larger than @max.
 */
int units_parse_u64(const char *s, size_t len, uint64_t max, uint64_t *value);

#define UNITS_TEXT_MAX 32

/* @bytes with a binary unit and one decimal at most: "1.5 GiB"; returns @text. */
char *units_bytes(uint64_t bytes, char text[UNITS_TEXT_MAX]);

/*
 * @bytes as a whole number of a binary unit, the smallest that keeps it at 8192
 * or below: "8192KiB", "9MiB", "0b"; returns @text.  Rounded below 1024, and
 * from there on cut off, as scripts know it.
 */
char *units_rounded(uint64_t bytes, char text[UNITS_TEXT_MAX]);

/* What sizes may be given and told in. */
struct units_unit {
	char letter;		/* small: powers of 1024, capital: of 1000; b, s */
	const char *word;	/* "mebibytes", "sectors" */
	uint32_t base;		/* bytes are base to the power of this: */
	uint32_t power;
};

/*
 * The unit that @name names: its letter, its word, which may be cut short as
 * long as one word begins like this, or a symbol such as KiB, kB, MB.  NULL if
 * there is none.
 */
const struct units_unit *units_find(const char *name);

/*
 * Reads a plain decimal number and a unit without a blank between them; without
 * a unit the number counts @plain bytes.  0, -EINVAL if it is no size, -ERANGE
 * if it has more than 64 bits.
 */
int units_parse_size(const char *s, uint64_t plain, uint64_t *bytes);

/*
 * @bytes as a number of @unit: a whole one, or with two decimals; below 0.01
 * with all that it has.  Returns @text.
 */
char *units_in(uint64_t bytes, const struct units_unit *unit, char text[UNITS_TEXT_MAX]);

#endif
