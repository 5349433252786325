/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words - a name and what it says, one behind the other in a string.
 *
 * Tables of messages have one pointer for each row, and the rest of it in bytes.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <string.h>

#define WORDS(name, text) name "\0" text

/* What is behind the name. */
static inline const char *words_text(const char *words)
{
	return words + strlen(words) + 1;
}

#endif
