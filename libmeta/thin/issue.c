/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/issue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"

enum severity { ERROR, WARNING };

static const char words[] =
#define ISSUE_RULE(code, severity, text) WORDS(#code, text)
	THIN_ISSUES(ISSUE_RULE)
#undef ISSUE_RULE
;

static const uint8_t severities[] = {
#define ISSUE_RULE(code, severity, text) severity,
	THIN_ISSUES(ISSUE_RULE)
#undef ISSUE_RULE
};

bool thin_issue_is_warning(enum thin_issue_code code)
{
	return severities[code] == WARNING;
}

const char *thin_issue_name(enum thin_issue_code code)
{
	return words_name(words, code);
}

/* Control characters could play tricks on a terminal. */
static void set_name(char to[THIN_ISSUE_NAME_MAX], const char *from, size_t len)
{
	size_t n = len < THIN_ISSUE_NAME_MAX - 1 ? len : THIN_ISSUE_NAME_MAX - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[n] = '\0';
}

int thin_issue_set(struct thin_issue *i, enum thin_issue_code code, const char *element,
		   const char *attribute, uint64_t found, uint64_t wanted)
{
	*i = (struct thin_issue){ .code = code, .found = found, .wanted = wanted };
	if (element)
		set_name(i->element, element, strlen(element));
	if (attribute)
		set_name(i->attribute, attribute, strlen(attribute));
	return -EUCLEAN;
}

void thin_issue_set_text(struct thin_issue *i, const char *text, size_t len)
{
	set_name(i->text, text, len);
}

struct writing {
	char *to;
	size_t len;
};

static void put(struct writing *w, const char *s)
{
	size_t room = THIN_ISSUE_TEXT_MAX - 1 - w->len, len = strlen(s);

	if (len > room)
		len = room;
	memcpy(w->to + w->len, s, len);
	w->len += len;
	w->to[w->len] = '\0';
}

static void put_value(struct writing *w, const struct thin_issue *i, char which)
{
	char number[24];

	if (which == 't') {
		put(w, i->text);
		return;
	}
	snprintf(number, sizeof(number), "%" PRIu64, which == 'f' ? i->found : i->wanted);
	put(w, number);
}

char *thin_issue_text(const struct thin_issue *i, char text[THIN_ISSUE_TEXT_MAX])
{
	struct writing w = { .to = text };
	char one[2] = "";

	text[0] = '\0';
	if (i->element[0]) {
		put(&w, "element ");
		put(&w, i->element);
	}
	if (i->attribute[0]) {
		put(&w, i->element[0] ? " attribute " : "attribute ");
		put(&w, i->attribute);
	}
	if (w.len)
		put(&w, ": ");
	for (const char *m = words_text(words, i->code); *m; m++) {
		if (m[0] == '{' && m[1] && m[2] == '}') {
			put_value(&w, i, m[1]);
			m += 2;
			continue;
		}
		one[0] = *m;
		put(&w, one);
	}
	return text;
}
