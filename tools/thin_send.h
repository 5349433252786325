/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_send - what the parts of the tool know of its command line. */
#ifndef TOOLS_THIN_SEND_H
#define TOOLS_THIN_SEND_H

#include "tool.h"

struct send_request {
	const char *pool;		/* active; or */
	const char *metadata, *data;	/* not active */
	const char *device;		/* the thin device as a source of its data, or NULL */
	const char *thin, *from;	/* ids or devices */
	struct opt_u64 compress;
	struct opt_u64 threads;
	const char *size;
	const char *resume, *resume_from;
	const char *output;
	bool metadata_snap;
	bool use_held;
	bool force;
	bool dry_run;
	bool json;
	bool quiet;
	/* What became of the words. */
	uint32_t dev_id, base_id;
	uint64_t size_bytes;		/* 0: not given */
};

/* Reads a device id.  0 or -EINVAL. */
int thin_send_parse_id(const char *word, uint32_t *id);

#endif
