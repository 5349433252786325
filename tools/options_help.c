/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options_help.h"

#include <getopt.h>
#include <stdio.h>

#include "options_value.h"

static void print_opts(const struct opt *opts)
{
	for (; opts->kind != OPT_KIND_END; opts++) {
		bool optional = options_argument(opts->kind) == optional_argument;
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

int options_help(const struct tool *tool, const struct opt *opts, const struct opt *common)
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
