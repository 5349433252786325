/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options_name - what a long name that is cut short means.
 *
 * Other tools of these names have fewer options, so what is enough of a name
 * there may fit one that only ours have as well.  tool->meant has the names of
 * those that are meant then, with a blank between.
 */
#ifndef TOOLS_OPTIONS_NAME_H
#define TOOLS_OPTIONS_NAME_H

#include <getopt.h>

#include "tool.h"

/*
 * The word "--NAME" or "--NAME=VALUE" with its full name if several of @longs
 * fit and one of them is meant; else @word itself, or NULL without memory.
 */
char *options_complete(const struct tool *tool, const struct option *longs, char *word);

#endif
