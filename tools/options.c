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

#include "options_help.h"
#include "options_list.h"
#include "options_name.h"
#include "options_value.h"

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
	char *number;		/* in there, behind the letter whose number is optional; or NULL */
	char **operands;
	unsigned nr_operands;
	const struct opt *wants;	/* what came just before and may have a value */
};

/* The one that has the name of @o already, or where that will be. */
static unsigned find_name(const struct parser *p, const struct opt *o)
{
	unsigned i = 0;

	while (i < p->nr && strcmp(p->all[i]->name, o->name))
		i++;
	return i;
}

static void add_opts(struct parser *p, const struct opt *opts)
{
	char *s = p->shorts + strlen(p->shorts);

	for (; opts->kind != OPT_KIND_END && p->nr < MAX_OPTS; opts++) {
		int argument = options_argument(opts->kind);
		unsigned at = find_name(p, opts);

		/* A tool may have a use of its own for what others only accept. */
		if (at < p->nr && p->all[at]->letter == opts->letter)
			continue;
		/* The name goes to the first of two; getopt takes them for one. */
		p->longs[p->nr] = (struct option){
			.name = opts->name, .has_arg = argument, .val = LONG_BASE + (int)at,
		};
		if (opts->letter) {
			*s++ = (char)opts->letter;
			if (opts->kind == OPT_KIND_MAYBE_U64)
				p->number = s;
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
	tool_say(p->tool, NULL, "%s: %s; try %s --help", what, subject, p->tool->name);
	return -EINVAL;
}

/*
 * Does a word belong to the option before it, whose value is optional?  One of
 * the words that it knows does.  A number does if the tool's operands have been
 * given already: scripts call "thin_dump DEVICE --metadata-snap BLOCK".
 */
static bool is_value(const struct parser *p, const struct opt *o, const char *s)
{
	return o && (o->kind == OPT_KIND_MAYBE_WORD || p->nr_operands >= p->tool->nr_operands) &&
	       options_is_value(o, s);
}

static void take_operand(struct parser *p, char *s)
{
	const struct opt *o = p->wants;

	p->wants = NULL;
	if (!*s)
		return;		/* lvm2 passes empty words */
	if (is_value(p, o, s))
		options_take_apart(p->tool, o, s);
	else
		p->operands[p->nr_operands++] = s;
}

static int take_opt(struct parser *p, const struct opt *o, const char *arg)
{
	bool may_follow = !arg && options_argument(o->kind) == optional_argument;

	p->wants = may_follow ? o : NULL;
	return options_take(p->tool, o, arg);
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

/* What follows at once is the number or, as in "-mq", the next letter; then there is none. */
static void judge_number(struct parser *p, const char *word)
{
	const char *at = strchr(word, p->number[-1]);

	memset(p->number, at && at[1] > '=' ? p->number[-1] : ':', 2);
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
		if (at < argc && p->number)
			judge_number(p, argv[at]);
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
		return options_help(tool, opts, common);
	return check_operands(&p) ? 1 : TOOL_RUN;
}
