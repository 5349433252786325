/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options_list.h"

#include <stdio.h>
#include <string.h>

static const char *has_value(enum opt_kind kind)
{
	switch (kind) {
	case OPT_KIND_END:
	case OPT_KIND_FLAG:
		return "no";
	case OPT_KIND_MAYBE_U64:
	case OPT_KIND_MAYBE_WORD:
		return "maybe";
	case OPT_KIND_U64:
	case OPT_KIND_LIST:
	case OPT_KIND_STRING:
	case OPT_KIND_STRINGS:
		break;
	}
	return "yes";
}

static const char *value_of(const struct opt *o)
{
	if (o->known)
		return o->known;
	return o->arg && (strstr(o->arg, "file") || strstr(o->arg, "device")) ? "file" : "-";
}

void options_list(const struct opt *const *opts, unsigned nr, bool operands)
{
	printf("-- - yes %s\n", operands ? "file" : "-");
	for (unsigned i = 0; i < nr; i++)
		if (opts[i]->help)
			printf("%s %c %s %s\n", opts[i]->name,
			       opts[i]->letter ? opts[i]->letter : '-', has_value(opts[i]->kind),
			       value_of(opts[i]));
}
