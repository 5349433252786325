/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options_list - the options of a tool for programs, which make completions of
 * them: what "TOOL --list-options" prints.
 */
#ifndef TOOLS_OPTIONS_LIST_H
#define TOOLS_OPTIONS_LIST_H

#include "tool.h"

/*
 * Prints a line for each of @nr options that are to be seen: its name, its letter or
 * "-", whether it has a value (no, maybe, yes), and what this is: words with "|" or
 * "," between them as in struct opt, "file", or "-" for anything else.  The first
 * line is for @operands, which are files, if there are any; its name is "--".
 */
void options_list(const struct opt *const *opts, unsigned nr, bool operands);

#endif
