/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_metadata_unpack - what its parts know of the request. */
#ifndef TOOLS_THIN_METADATA_UNPACK_H
#define TOOLS_THIN_METADATA_UNPACK_H

#include "tool.h"

struct unpack_request {
	const char *input;
	const char *output;
	struct opt_u64 threads;
	bool force;
	bool check;
	bool partial;
	bool quiet;
};

#endif
