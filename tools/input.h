/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input - what a tool reads from beginning to end: a file, a pipe or standard input. */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include "tool.h"

struct input {
	const struct tool *tool;
	const char *name;	/* for messages */
	int fd;			/* -1: not open */
	bool is_file;		/* a regular one: it can be read again */
};

/*
 * Opens @path; "-" or NULL is standard input.  No directory, no socket; and no
 * terminal if it @is_binary.  0, or -EUCLEAN after the words; input_close() is
 * for both.
 */
int input_open(struct input *in, const struct tool *tool, const char *path, bool is_binary);
void input_close(struct input *in);

/* Says so if @output is the same file; -EUCLEAN then. */
int input_refuse_as_output(const struct input *in, const char *output);

#endif
