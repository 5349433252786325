/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options_value.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

int options_argument(enum opt_kind kind)
{
	switch (kind) {
	case OPT_KIND_END:
	case OPT_KIND_FLAG:
		return no_argument;
	case OPT_KIND_MAYBE_U64:
	case OPT_KIND_MAYBE_WORD:
		return optional_argument;
	case OPT_KIND_U64:
	case OPT_KIND_LIST:
	case OPT_KIND_STRING:
	case OPT_KIND_WORD:
	case OPT_KIND_STRINGS:
		break;
	}
	return required_argument;
}

static int read_number(const struct tool *tool, const struct opt *o, const char *s, uint64_t *v)
{
	char wanted[80];

	if (!units_parse_u64(s, strlen(s), o->max, v) && (!o->step || (*v && !(*v % o->step))))
		return 0;
	if (o->step)
		snprintf(wanted, sizeof(wanted), "a multiple of %u, at most %" PRIu64,
			 o->step, o->max);
	else
		snprintf(wanted, sizeof(wanted), "a number, at most %" PRIu64, o->max);
	return tool_mistaken_value(tool, o->name, s, wanted);
}

static int add_to_list(struct opt_list *list, uint64_t v)
{
	uint64_t *values = reallocarray(list->values, list->nr + 1, sizeof(*values));

	if (!values)
		return -ENOMEM;
	values[list->nr++] = v;
	list->values = values;
	return 0;
}

static int add_to_strings(struct opt_strings *list, const char *s)
{
	const char **values = reallocarray(list->values, list->nr + 1, sizeof(*values));

	if (!values)
		return -ENOMEM;
	values[list->nr++] = s;
	list->values = values;
	return 0;
}

bool options_has_word(const char *words, const char *word)
{
	size_t len;

	do {
		len = strcspn(words, " <|>");
		if (len == strlen(word) && !memcmp(words, word, len))
			return true;
		words += len;
	} while (*words++);
	return false;
}

bool options_takes_name(const struct opt *o)
{
	return o->arg && (options_has_word(o->arg, "file") || options_has_word(o->arg, "device"));
}

static int mistaken_word(const struct tool *tool, const struct opt *o, const char *found,
			 const char *or_else)
{
	char wanted[80];

	snprintf(wanted, sizeof(wanted), "%sone of %s", or_else, o->known);
	return tool_mistaken_value(tool, o->name, found, wanted);
}

/* @arg is what is attached, or NULL; -m=7 is understood as well as -m7. */
static int take_optional(const struct tool *tool, const struct opt *o, const char *arg)
{
	struct opt_word *word = o->value;
	struct opt_u64 *number = o->value;

	if (arg)
		arg += *arg == '=';
	if (o->kind == OPT_KIND_MAYBE_U64) {
		number->set = true;
		number->has_value |= arg != NULL;
		return arg ? read_number(tool, o, arg, &number->value) : 0;
	}
	word->nr++;
	word->word = arg;
	if (!arg || options_has_word(o->arg, arg))
		return 0;
	return mistaken_word(tool, o, arg, "nothing or ");
}

/* A name of nothing is a variable of a script that has no value. */
static int judge_string(const struct tool *tool, const struct opt *o, const char *arg)
{
	if (o->kind == OPT_KIND_WORD && !options_has_word(o->known, arg))
		return mistaken_word(tool, o, arg, "");
	return *arg || !options_takes_name(o) ? 0 :
		tool_mistaken_value(tool, o->name, arg, o->arg);
}

int options_take(const struct tool *tool, const struct opt *o, const char *arg)
{
	struct opt_u64 *number = o->value;
	uint64_t v = 0;

	switch (o->kind) {
	case OPT_KIND_END:
		break;
	case OPT_KIND_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_KIND_STRING:
	case OPT_KIND_WORD:
		*(const char **)o->value = arg;
		return judge_string(tool, o, arg);
	case OPT_KIND_STRINGS:
		return add_to_strings(o->value, arg);
	case OPT_KIND_LIST:
		if (read_number(tool, o, arg, &v))
			return -EINVAL;
		return add_to_list(o->value, v);
	case OPT_KIND_MAYBE_U64:
	case OPT_KIND_MAYBE_WORD:
		return take_optional(tool, o, arg);
	case OPT_KIND_U64:
		number->set = true;
		number->has_value = true;
		return read_number(tool, o, arg, &number->value);
	}
	return 0;
}

bool options_is_value(const struct opt *o, const char *s)
{
	uint64_t v;

	return o->kind == OPT_KIND_MAYBE_WORD ? options_has_word(o->arg, s) :
						!units_parse_u64(s, strlen(s), UINT64_MAX, &v);
}

void options_take_apart(const struct tool *tool, const struct opt *o, const char *s)
{
	if (o->kind == OPT_KIND_MAYBE_WORD) {
		((struct opt_word *)o->value)->word = s;
	} else {
		take_optional(tool, o, s);
		((struct opt_u64 *)o->value)->apart = true;
	}
}
