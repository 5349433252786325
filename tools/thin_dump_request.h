/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_dump_request - what the command line of thin_dump asks for. */
#ifndef TOOLS_THIN_DUMP_REQUEST_H
#define TOOLS_THIN_DUMP_REQUEST_H

#include "meta/thin_load.h"
#include "overrides.h"

struct thin_dump_request {
	const char *format;
	const char *output;
	struct opt_u64 metadata_snap;
	struct opt_list dev_ids;
	struct opt_overrides overrides;
	struct opt_u64 threads;
	bool skip_mappings;
	bool expand;
	bool quiet;
	bool repair;
};

/* As the library wants it. */
struct thin_load_opts thin_dump_request_opts(const struct thin_dump_request *q);

#endif
