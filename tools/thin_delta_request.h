/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_delta_request - what the command line of thin_delta asks for. */
#ifndef TOOLS_THIN_DELTA_REQUEST_H
#define TOOLS_THIN_DELTA_REQUEST_H

#include "meta/thin_delta.h"
#include "tool.h"

struct thin_delta_request {
	struct opt_u64 ids[2];
	struct opt_u64 roots[2];
	struct opt_u64 metadata_snap;
	struct opt_u64 threads;
	const char *format;
	const char *only;
	bool verbose;
	bool quiet;
	struct thin_delta_opts opts;	/* what became of it */
};

/* Judges @q and fills in q->opts.  0, or -EINVAL after the words. */
int thin_delta_request_read(struct thin_delta_request *q);

#endif
