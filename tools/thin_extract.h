/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_extract - what its parts know of the request. */
#ifndef TOOLS_THIN_EXTRACT_H
#define TOOLS_THIN_EXTRACT_H

#include "meta/thin.h"
#include "overrides.h"

struct extract_request {
	const char *metadata;
	const char *data;
	const char *output;		/* "-": standard output; NULL: dry run */
	const char *origin;		/* or NULL */
	const char *size_word;
	const char *range_word;
	struct opt_u64 dev_id;
	struct opt_u64 metadata_snap;
	struct opt_overrides overrides;
	struct opt_u64 threads;
	bool repair;
	bool force;
	bool dry_run;
	bool quiet;

	bool has_size;
	bool has_range;
	uint64_t size;			/* bytes of the volume */
	uint64_t begin, end;		/* of the range */
};

/* Judges @q and fills in what became of its words.  0, or -EINVAL after the words. */
int extract_request_read(struct extract_request *q);

#endif
