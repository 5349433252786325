/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options_help - what --help says. */
#ifndef TOOLS_OPTIONS_HELP_H
#define TOOLS_OPTIONS_HELP_H

#include "tool.h"

/* Prints it: the tool's own options, and those that all have.  The exit status. */
int options_help(const struct tool *tool, const struct opt *opts, const struct opt *common);

#endif
