/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words - rows of a name and what it says, one behind the other in one string.
 *
 * Tables of messages have no pointers, and the rest of them is bytes.  The last row is
 * found by going past all others, which is soon enough for what people read.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <string.h>

#define WORDS(name, text) name "\0" text "\0"

/* The string that @nr others are before. */
static inline const char *words_behind(const char *words, unsigned nr)
{
	while (nr--)
		words += strlen(words) + 1;
	return words;
}

/* The name of row @row of @words, and what it says. */
static inline const char *words_name(const char *words, unsigned row)
{
	return words_behind(words, 2 * row);
}

static inline const char *words_text(const char *words, unsigned row)
{
	return words_behind(words, 2 * row + 1);
}

#endif
