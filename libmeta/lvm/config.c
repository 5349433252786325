/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lvm/config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/units.h"

struct reader {
	const char *at, *end;
	const struct lvm_config_ops *ops;
	void *arg;
	struct lvm_config_error *error;
	uint64_t line;
	unsigned depth;
};

static int wrong(struct reader *r, enum lvm_config_problem problem)
{
	r->error->problem = problem;
	return -EUCLEAN;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* To the next thing that is no blank and no comment; is there one? */
static bool skip(struct reader *r)
{
	for (; r->at < r->end; r->at++) {
		if (*r->at == '\n')
			r->line++;
		else if (*r->at == '#')
			while (r->at + 1 < r->end && r->at[1] != '\n')
				r->at++;
		else if (!is_blank(*r->at))
			break;
	}
	r->error->line = r->line;
	return r->at < r->end;
}

/* Is the next thing @c?  Steps over it. */
static bool take(struct reader *r, char c)
{
	if (!skip(r) || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool is_bare(char c)
{
	return c && !is_blank(c) && !strchr("#={}[],\"'", c);
}

static struct lvm_config_text take_bare(struct reader *r)
{
	struct lvm_config_text t = { .begin = r->at };

	while (r->at < r->end && is_bare(*r->at))
		r->at++;
	t.len = (size_t)(r->at - t.begin);
	return t;
}

/* The mark that it begins with has been seen. */
static int take_string(struct reader *r, struct lvm_config_text *t)
{
	char mark = *r->at++;

	t->begin = r->at;
	for (; r->at < r->end && *r->at != mark; r->at++) {
		if (*r->at == '\n')
			return wrong(r, LVM_CONFIG_STRING);
		if (!*r->at)
			return wrong(r, LVM_CONFIG_BYTE);
		if (mark == '"' && *r->at == '\\' && r->at + 1 < r->end && r->at[1] != '\n')
			r->at++;
	}
	t->len = (size_t)(r->at - t->begin);
	if (r->at == r->end)
		return wrong(r, LVM_CONFIG_STRING);
	r->at++;
	return 0;
}

static bool is_quoted(const struct reader *r)
{
	return *r->at == '"' || *r->at == '\'';
}

/* What is neither string nor list: a number, or a word or fraction that nobody asks for. */
static int take_number(struct reader *r, struct lvm_config_text name, bool tell)
{
	struct lvm_config_text t = take_bare(r);
	uint64_t value;
	int error;

	if (!t.len)
		return wrong(r, LVM_CONFIG_VALUE);
	error = units_parse_u64(t.begin, t.len, UINT64_MAX, &value);
	if (error == -ERANGE)
		return wrong(r, LVM_CONFIG_NUMBER);
	return error || !tell ? 0 : r->ops->number(r->arg, r->depth, name, value);
}

static int take_list(struct reader *r)
{
	struct lvm_config_text t = { .len = 0 };
	int error = 0;

	r->at++;
	if (take(r, ']'))
		return 0;
	do {
		if (!skip(r))
			return wrong(r, LVM_CONFIG_LIST);
		error = is_quoted(r) ? take_string(r, &t) : take_number(r, t, false);
	} while (!error && take(r, ','));
	if (!error && !take(r, ']'))
		return wrong(r, LVM_CONFIG_LIST);
	return error;
}

static int take_value(struct reader *r, struct lvm_config_text name)
{
	struct lvm_config_text t;
	int error;

	if (!skip(r))
		return wrong(r, LVM_CONFIG_VALUE);
	if (*r->at == '[')
		return take_list(r);
	if (!is_quoted(r))
		return take_number(r, name, true);
	error = take_string(r, &t);
	return error || !t.len ? error : r->ops->string(r->arg, r->depth, name, t);
}

static int take_section(struct reader *r, struct lvm_config_text name)
{
	if (r->depth == LVM_CONFIG_MAX_DEPTH)
		return wrong(r, LVM_CONFIG_DEPTH);
	return r->ops->section(r->arg, r->depth++, name);
}

static int take_entry(struct reader *r)
{
	struct lvm_config_text name;
	char first = *r->at;
	int error = 0;

	if (take(r, '}')) {
		if (!r->depth)
			return wrong(r, LVM_CONFIG_END);
		return r->ops->section_end(r->arg, --r->depth);
	}
	if (is_quoted(r))
		error = take_string(r, &name);
	else
		name = take_bare(r);
	if (error || !name.len)
		return error ? error : wrong(r, first ? LVM_CONFIG_NAME : LVM_CONFIG_BYTE);
	if (take(r, '{'))
		return take_section(r, name);
	return take(r, '=') ? take_value(r, name) : wrong(r, LVM_CONFIG_SIGN);
}

int lvm_config_read(const char *text, size_t len, const struct lvm_config_ops *ops, void *arg,
		    struct lvm_config_error *e)
{
	struct reader r = {
		.at = text, .end = text + len, .ops = ops, .arg = arg, .error = e, .line = 1,
	};
	int error = 0;

	*e = (struct lvm_config_error){ .line = 1 };
	while (!error && skip(&r))
		error = take_entry(&r);
	if (!error && r.depth)
		error = wrong(&r, LVM_CONFIG_END);
	return error;
}

const char *lvm_config_problem_text(enum lvm_config_problem problem)
{
	static const char *const texts[] = {
		[LVM_CONFIG_NAME] = "wanted a name",
		[LVM_CONFIG_SIGN] = "a name without a value, wanted = or { behind it",
		[LVM_CONFIG_VALUE] = "wanted a value behind =",
		[LVM_CONFIG_NUMBER] = "the number is too large",
		[LVM_CONFIG_STRING] = "text that does not end in its line, wanted a quotation mark",
		[LVM_CONFIG_LIST] = "a list that does not end, wanted , or ]",
		[LVM_CONFIG_END] = "{ and } do not match",
		[LVM_CONFIG_DEPTH] = "more than 16 sections in each other",
		[LVM_CONFIG_BYTE] = "a byte of zero, wanted text",
	};

	return texts[problem];
}
