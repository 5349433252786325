/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_receive - what the parts of the tool know of its command line. */
#ifndef TOOLS_THIN_RECEIVE_H
#define TOOLS_THIN_RECEIVE_H

#include "tool.h"

struct receive_request {
	const char *input;		/* NULL or "-": standard input */
	const char *output;
	const char *state;
	const char *checkpoint;
	bool print_token;
	bool dry_run;
	bool verify;
	bool one_pass;
	bool json;
	bool quiet;
	uint64_t window;		/* bytes between checkpoints */
};

/* Judges @q and fills in what became of its words.  0, or -EINVAL after the words. */
int receive_request_read(struct receive_request *q);

#endif
