/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a command line by a tool's table of options.
 *
 * getopt_long() does the splitting, so that long names may be cut short and
 * operands may stand anywhere, as in the tools that these replace.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "options_list.h"
#include "options_name.h"
#include "tool.h"

enum {
	MAX_OPTS = 40,
	MAX_SHORT = 3 * MAX_OPTS + 4,
	LONG_BASE = 0x100,	/* getopt's value for entry i is this + i */
};

static bool opt_help, opt_version, opt_verbose;
static const char *opt_engine;

/* What every tool understands. */
static const struct opt common[] = {
	OPT_FLAG('h', "help", &opt_help, "say this"),
	OPT_FLAG('V', "version", &opt_version, "print the version"),
	OPT_FLAG('v', "verbose", &opt_verbose, NULL),
	OPT_STRING(0, "io-engine", &opt_engine, "<engine>", NULL),
	OPT_END
};

struct parser {
	const struct tool *tool;
	const struct opt *all[MAX_OPTS];
	unsigned nr;
	struct option longs[MAX_OPTS + 1];
	char shorts[MAX_SHORT];
	char **operands;
	unsigned nr_operands;
	const struct opt *wants;	/* what came just before and may have a value */
};

static int argument_of(enum opt_kind kind)
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
	case OPT_KIND_STRINGS:
		break;
	}
	return required_argument;
}

/* A tool may have a use of its own for what others only accept. */
static bool is_known(const struct parser *p, const struct opt *o)
{
	for (unsigned i = 0; i < p->nr; i++)
		if (p->all[i]->letter == o->letter && !strcmp(p->all[i]->name, o->name))
			return true;
	return false;
}

static void add_opts(struct parser *p, const struct opt *opts)
{
	char *s = p->shorts + strlen(p->shorts);

	for (; opts->kind != OPT_KIND_END && p->nr < MAX_OPTS; opts++) {
		int argument = argument_of(opts->kind);

		if (is_known(p, opts))
			continue;
		p->longs[p->nr] = (struct option){
			.name = opts->name, .has_arg = argument, .val = LONG_BASE + (int)p->nr,
		};
		if (opts->letter) {
			*s++ = (char)opts->letter;
			for (int i = 0; i < argument; i++)
				*s++ = ':';
		}
		p->all[p->nr++] = opts;
	}
	*s = '\0';
}

static const struct opt *find_opt(const struct parser *p, int c)
{
	if (c >= LONG_BASE)
		return p->all[c - LONG_BASE];
	for (unsigned i = 0; i < p->nr; i++)
		if (p->all[i]->letter == c)
			return p->all[i];
	return NULL;
}

static int mistake(const struct parser *p, const char *what, const char *subject)
{
	tool_say(p->tool, NULL, "%s%s%s; try %s --help", what, subject ? ": " : "",
		 subject ? subject : "", p->tool->name);
	return -EINVAL;
}

static int read_number(const struct parser *p, const struct opt *o, const char *s, uint64_t *v)
{
	int r = units_parse_u64(s, strlen(s), o->max, v);

	if (r == -ERANGE)
		tool_say(p->tool, NULL, "--%s: %s is too large, wanted at most %llu", o->name, s,
			 (unsigned long long)o->max);
	else if (r)
		tool_say(p->tool, NULL, "--%s: \"%s\" is no number, wanted decimal digits",
			 o->name, s);
	return r;
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

static bool is_word_of(const struct opt *o, const char *s)
{
	const char *words = o->arg;
	size_t len;

	do {
		len = strcspn(words, "|");
		if (len == strlen(s) && !memcmp(words, s, len))
			return true;
		words += len;
	} while (*words++);
	return false;
}

/* @arg is what is attached, or NULL; -m=7 is understood as well as -m7. */
static int take_optional(struct parser *p, const struct opt *o, const char *arg)
{
	struct opt_word *word = o->value;
	struct opt_u64 *number = o->value;

	if (!arg)
		p->wants = o;
	else
		arg += *arg == '=';
	if (o->kind == OPT_KIND_MAYBE_U64) {
		number->set = true;
		number->has_value |= arg != NULL;
		return arg ? read_number(p, o, arg, &number->value) : 0;
	}
	word->nr++;
	word->word = arg;
	if (!arg || is_word_of(o, arg))
		return 0;
	tool_say(p->tool, NULL, "--%s: \"%s\" is not known, wanted nothing or one of %s", o->name,
		 arg, o->arg);
	return -EINVAL;
}

static int take_opt(struct parser *p, const struct opt *o, const char *arg)
{
	struct opt_u64 *number = o->value;
	uint64_t v = 0;

	p->wants = NULL;
	switch (o->kind) {
	case OPT_KIND_END:
		break;
	case OPT_KIND_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_KIND_STRING:
		*(const char **)o->value = arg;
		break;
	case OPT_KIND_STRINGS:
		return add_to_strings(o->value, arg);
	case OPT_KIND_LIST:
		if (read_number(p, o, arg, &v))
			return -EINVAL;
		return add_to_list(o->value, v);
	case OPT_KIND_MAYBE_U64:
	case OPT_KIND_MAYBE_WORD:
		return take_optional(p, o, arg);
	case OPT_KIND_U64:
		number->set = true;
		number->has_value = true;
		return read_number(p, o, arg, &number->value);
	}
	return 0;
}

/*
 * Does a word belong to the option before it, whose value is optional?  One of
 * the words that it knows does.  A number does if the tool's operands have been
 * given already: scripts call "thin_dump DEVICE --metadata-snap BLOCK".
 */
static bool is_value(const struct parser *p, const struct opt *o, char *s)
{
	uint64_t v;

	if (!o)
		return false;
	if (o->kind == OPT_KIND_MAYBE_WORD)
		return is_word_of(o, s);
	return p->nr_operands >= p->tool->nr_operands &&
	       !units_parse_u64(s, strlen(s), UINT64_MAX, &v);
}

static void take_operand(struct parser *p, char *s)
{
	const struct opt *o = p->wants;

	p->wants = NULL;
	if (!*s)
		return;		/* lvm2 passes empty words */
	if (!is_value(p, o, s)) {
		p->operands[p->nr_operands++] = s;
		return;
	}
	if (o->kind == OPT_KIND_MAYBE_WORD) {
		((struct opt_word *)o->value)->word = s;
	} else {
		take_optional(p, o, s);
		((struct opt_u64 *)o->value)->apart = true;
	}
}

static void print_opts(const struct opt *opts)
{
	for (; opts->kind != OPT_KIND_END; opts++) {
		bool optional = argument_of(opts->kind) == optional_argument;
		char left[64];

		if (!opts->help)
			continue;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s%s", opts->letter ? '-' : ' ',
			 opts->letter ? opts->letter : ' ', opts->letter ? ',' : ' ', opts->name,
			 optional ? "[=" : opts->arg ? " " : "", opts->arg ? opts->arg : "",
			 optional ? "]" : "");
		printf("  %-35s %s\n", left, opts->help);
	}
}

static int help(const struct tool *tool, const struct opt *opts)
{
	printf("usage: %s [option]...%s%s\n%s\n\n", tool->name, *tool->operands ? " " : "",
	       tool->operands, tool->summary);
	print_opts(opts);
	print_opts(common);
	if (tool->examples)
		printf("\nExamples:\n%s", tool->examples);
	printf("\nExit status: 0 for good, 1 for anything else.  More: man %s\n", tool->name);
	return tool_status(tool, NULL, 0);
}

/* One round of getopt.  0, or -EINVAL after saying what is wrong. */
static int take_word(struct parser *p, int c, char **argv)
{
	const struct opt *o;

	if (c == 1) {
		take_operand(p, optarg);
		return 0;
	}
	if (c == ':')
		return mistake(p, "option needs a value", argv[optind - 1]);
	o = c == '?' ? NULL : find_opt(p, c);
	if (o)
		return take_opt(p, o, optarg);
	/* A bad letter is in optopt, a bad name is the word before. */
	if (optopt && optopt < LONG_BASE) {
		char letter[] = { '-', (char)optopt, '\0' };

		return mistake(p, "unknown option", letter);
	}
	return mistake(p, optopt ? "option takes no value" : "unknown or ambiguous option",
		       argv[optind - 1]);
}

static int check_operands(struct parser *p)
{
	const char *rest = NULL;

	if (p->nr_operands < p->tool->nr_operands)
		return mistake(p, "missing operand", p->tool->operands);
	if (p->nr_operands > p->tool->nr_operands)
		rest = p->operands[p->tool->nr_operands];
	return rest ? mistake(p, "extra operand", rest) : 0;
}

/* Splits the line, taking each word.  0; -EINVAL after the words, or -ENOMEM. */
static int take_words(struct parser *p, int argc, char **argv)
{
	int c, at, r = 0;

	opterr = 0;
	optind = 0;
	do {
		/* It is the next one, unless letters of a "-abc" are left. */
		at = optind ? optind : 1;
		if (at < argc)
			argv[at] = options_complete(p->tool, p->longs, argv[at]);
		if (at < argc && !argv[at])
			return -ENOMEM;
		c = getopt_long(argc, argv, p->shorts, p->longs, NULL);
		if (c != -1)
			r = take_word(p, c, argv);
	} while (!r && c != -1);
	while (!r && optind < argc)
		take_operand(p, argv[optind++]);	/* behind "--" */
	return r;
}

int tool_start(const struct tool *tool, const struct opt *opts, int argc, char ***argv)
{
	/* ":" first: tell a missing value from a wrong option; "-": in order. */
	static struct parser p;
	int r;

	p = (struct parser){ .tool = tool, .shorts = "-:" };
	add_opts(&p, opts);
	add_opts(&p, common);
	if (argc == 2 && !strcmp((*argv)[1], "--list-options")) {
		options_list(p.all, p.nr, *tool->operands != '\0');
		return tool_status(tool, NULL, 0);
	}
	p.operands = calloc((size_t)argc + 1, sizeof(*p.operands));
	if (!p.operands)
		return tool_status(tool, NULL, -ENOMEM);

	r = take_words(&p, argc, *argv);
	*argv = p.operands;
	if (r)
		return r == -ENOMEM ? tool_status(tool, NULL, r) : 1;
	if (opt_version) {
		puts(META_VERSION);
		return tool_status(tool, NULL, 0);
	}
	if (opt_help)
		return help(tool, opts);
	return check_operands(&p) ? 1 : TOOL_RUN;
}
