/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_rmap_request - what the command line of thin_rmap asks for. */
#ifndef TOOLS_THIN_RMAP_REQUEST_H
#define TOOLS_THIN_RMAP_REQUEST_H

#include "meta/thin_rmap.h"
#include "tool.h"

struct thin_rmap_request {
	struct opt_strings words;	/* "B..E" */
	struct opt_u64 metadata_snap;
	struct opt_u64 threads;
	bool json;
	bool quiet;
	struct thin_rmap_region *regions;	/* what became of the words */
	size_t nr_regions;
};

/* Reads the words.  0, or -EINVAL or -ENOMEM after saying so; exit is for both. */
int thin_rmap_request_read(struct thin_rmap_request *q);
void thin_rmap_request_exit(struct thin_rmap_request *q);

#endif
