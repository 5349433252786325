/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract.h"

#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "meta/format.h"

static const struct tool *const tool = &thin_extract_tool;

static bool parse_size(const char *word, size_t len, uint64_t *bytes)
{
	char copy[64];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, word, len);
	copy[len] = '\0';
	return !units_parse_size(copy, META_SECTOR_SIZE, bytes) && *bytes <= INT64_MAX &&
		*bytes % META_SECTOR_SIZE == 0;
}

static int read_sizes(struct extract_request *q)
{
	const char *dots = q->range_word ? strstr(q->range_word, "..") : NULL;

	q->has_size = q->size_word;
	q->has_range = q->range_word;
	if (q->has_size && !parse_size(q->size_word, strlen(q->size_word), &q->size))
		return tool_mistaken_value(tool, "size", q->size_word, "whole sectors, or a size "
					   "with a unit, as 20g, below 8 EiB");
	if (q->has_range &&
	    (!dots || !parse_size(q->range_word, (size_t)(dots - q->range_word), &q->begin) ||
	     !parse_size(dots + 2, strlen(dots + 2), &q->end) || q->begin > q->end))
		return tool_mistaken_value(tool, "range", q->range_word, "BEGIN..END, each whole "
					   "sectors or a size below 8 EiB, END not less");
	if (q->has_size && q->has_range)
		return tool_mistake(tool, "--size and --range do not go together");
	return 0;
}

int extract_request_read(struct extract_request *q)
{
	const char *inputs[] = { q->metadata, q->data, q->origin };

	if (!q->metadata)
		return tool_mistake(tool, "missing option: --metadata-dev {device|file}");
	if (!q->dev_id.set)
		return tool_mistake(tool, "missing option: --dev-id <id>");
	if (!q->data && !q->dry_run)
		return tool_mistake(tool, "missing option: --data-dev {device|file}, or --dry-run");
	if (!q->output && !q->dry_run)
		return tool_mistake(tool, "missing option: -o {device|file}, or --dry-run");
	if (q->repair && q->metadata_snap.set)
		return tool_mistake(tool, "--repair and --metadata-snap do not go together");
	for (size_t i = 0; i < 3; i++)
		if (tool_is_taken(tool, q->output, inputs[i], "an input"))
			return -EINVAL;
	return read_sizes(q);
}
