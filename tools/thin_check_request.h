/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_check_request - what the command line of thin_check asks for. */
#ifndef TOOLS_THIN_CHECK_REQUEST_H
#define TOOLS_THIN_CHECK_REQUEST_H

#include "meta/thin_check.h"
#include "tool.h"

struct thin_check_request {
	bool quiet;
	bool super_block_only;
	bool skip_mappings;
	bool ignore_non_fatal;
	bool clear_needs_check;
	bool auto_repair;
	bool rebuild;
	bool json;
	bool explain;
	struct opt_u64 metadata_snap;
	struct opt_u64 mapping_root;
	struct opt_u64 details_root;
	struct opt_u64 threads;
	const char *undo;
	const char *apply_undo;
};

/* Is anything to be written if the check allows it? */
bool thin_check_is_mending(const struct thin_check_request *q);

/* What does not go together, in words; or NULL. */
const char *thin_check_request_mistake(const struct thin_check_request *q);

/* Says so if what is to be the undo file is there: an old one would be lost. */
bool thin_check_request_has_undo_already(const struct thin_check_request *q);

/* Says so if a root is behind the end of @path, which has @nr_blocks; -EUCLEAN then. */
int thin_check_request_check_roots(const struct thin_check_request *q, const char *path,
				   uint64_t nr_blocks);

/* Says so if @rep is not of the metadata snapshot that -m said. */
bool thin_check_request_has_other_snapshot(const struct thin_check_request *q, const char *path,
					   const struct thin_check_report *rep);

/* As the library wants it. */
struct thin_check_opts thin_check_request_opts(const struct thin_check_request *q);

#endif
