/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_rmap_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

static bool parse_region(const char *s, struct thin_rmap_region *region)
{
	const char *dots = strstr(s, "..");

	if (!dots || units_parse_u64(s, (size_t)(dots - s), UINT64_MAX, &region->begin) ||
	    units_parse_u64(dots + 2, strlen(dots + 2), UINT64_MAX, &region->end))
		return false;
	return region->begin < region->end;
}

int thin_rmap_request_read(struct thin_rmap_request *q)
{
	if (!q->words.nr)
		return tool_mistake(&thin_rmap_tool, "missing option: --region <begin>..<end>");
	q->regions = calloc(q->words.nr, sizeof(*q->regions));
	if (!q->regions) {
		tool_say(&thin_rmap_tool, NULL, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	for (; q->nr_regions < q->words.nr; q->nr_regions++) {
		const char *word = q->words.values[q->nr_regions];

		if (parse_region(word, &q->regions[q->nr_regions]))
			continue;
		return tool_mistaken_value(&thin_rmap_tool, "region", word,
					   "two numbers B..E, and E above B");
	}
	return 0;
}

void thin_rmap_request_exit(struct thin_rmap_request *q)
{
	free(q->words.values);
	free(q->regions);
}
