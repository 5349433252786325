/* SPDX-License-Identifier: GPL-2.0-or-later */
/* units - decimal numbers, strictly; sizes in words. */
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

#endif
