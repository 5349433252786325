/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "meta/thin_pack.h"

static const char *const messages[] = {
#define THIN_PACK_ISSUE_MESSAGE(code, text) text,
	THIN_PACK_ISSUES(THIN_PACK_ISSUE_MESSAGE)
#undef THIN_PACK_ISSUE_MESSAGE
};

/* What @field, between braces, stands for. */
static void put_field(char *to, size_t room, const struct thin_pack_issue *i, const char *field)
{
	uint64_t v = strchr("c", field[0]) ? i->chunk :
		     strchr(field, '}')[-1] == 'f' ? i->found : i->wanted;

	snprintf(to, room, field[0] == 'x' ? "0x%" PRIx64 : "%" PRIu64, v);
}

char *thin_pack_issue_text(const struct thin_pack_issue *i, char text[THIN_PACK_ISSUE_TEXT_MAX])
{
	size_t len = 0;

	for (const char *s = messages[i->code]; *s && len < THIN_PACK_ISSUE_TEXT_MAX - 1; s++) {
		if (*s != '{') {
			text[len++] = *s;
			continue;
		}
		put_field(text + len, THIN_PACK_ISSUE_TEXT_MAX - len, i, s + 1);
		len += strlen(text + len);
		s = strchr(s, '}');
	}
	text[len] = '\0';
	return text;
}
