/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_send_output - where the stream goes, and what is said of it afterwards. */
#ifndef TOOLS_THIN_SEND_OUTPUT_H
#define TOOLS_THIN_SEND_OUTPUT_H

#include "new_file.h"
#include "thin_send_stream.h"

/*
 * Opens the output; f->fd is -1 for a dry run.  What @q names must not be
 * overwritten.  0, or an error after the words.
 */
int send_output_open(struct new_file *f, const struct send_request *q);

/* With --json or --dry-run: what was sent, or would be. */
void send_print(const struct send_request *q, const struct send_result *s);

#endif
