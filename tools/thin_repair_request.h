/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_repair_request - what the command line of thin_repair asks for. */
#ifndef TOOLS_THIN_REPAIR_REQUEST_H
#define TOOLS_THIN_REPAIR_REQUEST_H

#include <stdio.h>

#include "lvm/backup.h"
#include "meta/thin_repair.h"
#include "overrides.h"

struct thin_repair_request {
	const char *input;
	const char *output;
	const char *report;
	const char *lvm_backup;
	const char *lvm_pool;
	bool quiet;
	bool strict;
	bool dry_run;
	bool list_roots;
	struct opt_u64 roots;
	struct opt_u64 transaction;
	struct opt_u64 mapping_root;
	struct opt_u64 details_root;
	struct opt_overrides overrides;
	struct opt_u64 threads;
	struct lvm_pool pool;		/* of --lvm-backup; else without volumes */
};

/* What does not go together, or is missing, in words; or NULL. */
const char *thin_repair_request_mistake(const struct thin_repair_request *q);

/* Says so if a file is named for two things, which would be its end; -EUCLEAN then. */
int thin_repair_request_check_files(const struct thin_repair_request *q);

/* As the library wants it. */
struct thin_repair_opts thin_repair_request_opts(const struct thin_repair_request *q,
						 struct progress *progress);

#endif
