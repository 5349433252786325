/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xml_words.h"

#include <inttypes.h>
#include <stdio.h>

static void say(const struct tool *tool, const char *input, const struct thin_issue *i,
		const char *kind)
{
	char text[THIN_ISSUE_TEXT_MAX], where[4096];

	if (i->line)
		snprintf(where, sizeof(where), "%s:%" PRIu64, input, i->line);
	else
		snprintf(where, sizeof(where), "%s", input);
	tool_say(tool, where, "%s%s", kind, thin_issue_text(i, text));
}

void xml_words_say(const struct tool *tool, const char *input, const struct thin_issue *i)
{
	say(tool, input, i, "");
}

void xml_words_warn(const struct tool *tool, const char *input, const struct thin_issue *i)
{
	tool_progress_end();
	say(tool, input, i, "warning: ");
}
