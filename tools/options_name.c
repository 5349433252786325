/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options_name.h"

#include <stdio.h>
#include <string.h>

#include "options_value.h"

/* Of those that begin with @begin, the one that is meant; NULL if that is clear without. */
static const char *find_meant(const struct tool *tool, const struct option *longs,
			      const char *begin, size_t len)
{
	const char *meant = NULL;
	unsigned nr = 0, nr_meant = 0;

	for (; longs->name; longs++) {
		if (strncmp(longs->name, begin, len))
			continue;
		if (!longs->name[len])
			return NULL;
		nr++;
		if (!options_has_word(tool->meant, longs->name))
			continue;
		nr_meant++;
		meant = longs->name;
	}
	return nr > 1 && nr_meant == 1 ? meant : NULL;
}

char *options_complete(const struct tool *tool, const struct option *longs, char *word)
{
	const char *meant;
	char *full;
	size_t len;

	if (!tool->meant || !word || strncmp(word, "--", 2))
		return word;
	len = strcspn(word + 2, "=");
	meant = len ? find_meant(tool, longs, word + 2, len) : NULL;
	if (!meant)
		return word;
	return asprintf(&full, "--%s%s", meant, word + 2 + len) < 0 ? NULL : full;
}
