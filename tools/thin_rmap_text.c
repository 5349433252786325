/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_rmap_text.h"

#include <stdio.h>

#include "tool.h"
#include "xml/decimal.h"

static uint64_t end_of(uint64_t begin, uint64_t length)
{
	return begin > UINT64_MAX - length ? UINT64_MAX : begin + length;
}

static char *put_run(char *to, const struct thin_rmap_run *run)
{
	to = decimal_put(text_put(to, "data "), run->data_begin);
	to = decimal_put(text_put(to, ".."), run->data_begin + run->length);
	to = decimal_put(text_put(to, " -> thin("), run->dev_id);
	to = decimal_put(text_put(to, ") "), run->thin_begin);
	to = decimal_put(text_put(to, ".."), end_of(run->thin_begin, run->length));
	return text_put(to, "\n");
}

static char *put_json_run(char *to, const struct thin_rmap_run *run)
{
	to = decimal_put(text_put(to, "    {\"data_begin\": "), run->data_begin);
	to = decimal_put(text_put(to, ", \"data_end\": "), run->data_begin + run->length);
	to = decimal_put(text_put(to, ", \"dev\": "), run->dev_id);
	to = decimal_put(text_put(to, ", \"thin_begin\": "), run->thin_begin);
	to = decimal_put(text_put(to, ", \"thin_end\": "), end_of(run->thin_begin, run->length));
	return text_put(to, "}");
}

void thin_rmap_print(const struct thin_rmap_list *list, bool json)
{
	char line[256];

	if (json)
		fputs("{\n  \"ranges\": [", stdout);
	for (size_t i = 0; i < list->nr; i++) {
		const char *end = json ? put_json_run(line, &list->runs[i]) :
					    put_run(line, &list->runs[i]);

		if (json)
			fputs(i ? ",\n" : "\n", stdout);
		tool_print(line, (size_t)(end - line));
	}
	if (json)
		fputs(list->nr ? "\n  ]\n}\n" : "]\n}\n", stdout);
}
