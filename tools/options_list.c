/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options_list.h"

#include <getopt.h>
#include <stdio.h>

#include "options_value.h"

static const char *const has_value[] = {
	[no_argument] = "no", [required_argument] = "yes", [optional_argument] = "maybe",
};

static const char *value_of(const struct opt *o)
{
	if (o->known)
		return o->known;
	return options_takes_name(o) ? "file" : "-";
}

void options_list(const struct opt *const *opts, unsigned nr, bool operands)
{
	printf("-- - yes %s\n", operands ? "file" : "-");
	for (unsigned i = 0; i < nr; i++)
		if (opts[i]->help)
			printf("%s %c %s %s\n", opts[i]->name,
			       opts[i]->letter ? opts[i]->letter : '-',
			       has_value[options_argument(opts[i]->kind)], value_of(opts[i]));
}
