/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output - a file or a pipe that a tool writes from beginning to end, in place. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <sys/types.h>

#include "tool.h"

/*
 * Opens @path, which is made with @mode if it is not there, and else becomes empty.
 * No directory, no socket, and no block device, of which it would be the end.  A
 * descriptor, or -EUCLEAN after the words.
 */
int output_open(const struct tool *tool, const char *path, mode_t mode);

#endif
