/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/xml_lane.h"

#include <string.h>

#include "meta/format.h"

enum {
	BLANKS_MAX = 16,
	DIGITS_MAX = 19,	/* always fit into 64 bits */
};

/* All of these are inlined into code without a call. */
static inline bool eat(const char **p, const char *s, size_t len)
{
	if (memcmp(*p, s, len))
		return false;
	*p += len;
	return true;
}

#define EAT(p, s) eat(p, s, sizeof(s) - 1)

static inline bool eat_number(const char **p, uint64_t *value)
{
	const char *s = *p;
	uint64_t v = 0;
	unsigned digit;

	while ((digit = (unsigned)(unsigned char)*s - '0') <= 9) {
		v = v * 10 + digit;
		if (++s - *p > DIGITS_MAX)
			return false;
	}
	*value = v;
	digit = s != *p;
	*p = s;
	return digit;
}

static inline bool eat_time(const char **p, struct thin_run *run)
{
	uint64_t time;

	if (!EAT(p, "\" time=\"") || !eat_number(p, &time) || time > THIN_MAX_TIME)
		return false;
	run->time = (uint32_t)time;
	return EAT(p, "\"/>\n");
}

static inline bool eat_single(const char **p, struct thin_run *run)
{
	run->length = 1;
	return EAT(p, "<single_mapping origin_block=\"") && eat_number(p, &run->thin_begin) &&
	       EAT(p, "\" data_block=\"") && eat_number(p, &run->data_begin) &&
	       eat_time(p, run);
}

static inline bool eat_range(const char **p, struct thin_run *run)
{
	return EAT(p, "<range_mapping origin_begin=\"") && eat_number(p, &run->thin_begin) &&
	       EAT(p, "\" data_begin=\"") && eat_number(p, &run->data_begin) &&
	       EAT(p, "\" length=\"") && eat_number(p, &run->length) && eat_time(p, run);
}

static inline bool eat_ref(const char **p, struct xml_lane_line *line)
{
	uint64_t unused;

	if (!EAT(p, "<ref name=\""))
		return false;
	line->name = *p;
	if (!eat_number(p, &unused))
		return false;
	line->len_name = (size_t)(*p - line->name);
	return EAT(p, "\"/>\n");
}

enum xml_lane_kind xml_lane_parse(const char *p, struct xml_lane_line *line,
				  const char **next)
{
	enum xml_lane_kind kind = XML_LANE_NONE;
	const char *begin = p;

	while (*p == ' ' && p - begin < BLANKS_MAX)
		p++;
	if (p[0] != '<')
		return XML_LANE_NONE;
	if (p[1] == 'r' && p[2] == 'a' && eat_range(&p, &line->run))
		kind = XML_LANE_RANGE;
	else if (p[1] == 'r' && p[2] == 'e' && eat_ref(&p, line))
		kind = XML_LANE_REF;
	else if (p[1] == 's' && eat_single(&p, &line->run))
		kind = XML_LANE_SINGLE;
	*next = p;
	return kind;
}
