/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_rmap_text.h"

#include <stdio.h>

#include "tool.h"
#include "xml/decimal.h"

static uint64_t end_of(uint64_t begin, uint64_t length)
{
	return begin > UINT64_MAX - length ? UINT64_MAX : begin + length;
}

/* What stands around the numbers of a run. */
struct form {
	const char *data_begin, *data_end, *dev, *thin_begin, *thin_end, *last;
};

static const struct form plain = { "data ", "..", " -> thin(", ") ", "..", "\n" };
static const struct form json_form = {
	"    {\"data_begin\": ", ", \"data_end\": ", ", \"dev\": ", ", \"thin_begin\": ",
	", \"thin_end\": ", "}",
};

static char *put_run(char *to, const struct form *f, const struct thin_rmap_run *run)
{
	to = decimal_put(text_put(to, f->data_begin), run->data_begin);
	to = decimal_put(text_put(to, f->data_end), run->data_begin + run->length);
	to = decimal_put(text_put(to, f->dev), run->dev_id);
	to = decimal_put(text_put(to, f->thin_begin), run->thin_begin);
	to = decimal_put(text_put(to, f->thin_end), end_of(run->thin_begin, run->length));
	return text_put(to, f->last);
}

void thin_rmap_print(const struct thin_rmap_list *list, bool json)
{
	char line[256];

	if (json)
		fputs("{\n  \"ranges\": [", stdout);
	for (size_t i = 0; i < list->nr; i++) {
		const char *end = put_run(line, json ? &json_form : &plain, &list->runs[i]);

		if (json)
			fputs(i ? ",\n" : "\n", stdout);
		tool_print(line, (size_t)(end - line));
	}
	if (json)
		fputs(list->nr ? "\n  ]\n}\n" : "]\n}\n", stdout);
}
