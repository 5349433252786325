/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_shrink_request - what the command line of thin_shrink asks for. */
#ifndef TOOLS_THIN_SHRINK_REQUEST_H
#define TOOLS_THIN_SHRINK_REQUEST_H

#include "tool.h"

struct shrink_request {
	const char *input;
	const char *output;
	const char *data;
	struct opt_u64 nr_blocks;
	struct opt_u64 threads;
	bool binary;
	bool no_copy;
	bool dry_run;
	bool resume;
	bool verify;
	bool yes;
	bool quiet;
};

/* What is missing, in words; or NULL. */
const char *shrink_request_mistake(const struct shrink_request *q);

#endif
