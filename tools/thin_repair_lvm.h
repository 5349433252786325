/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_repair_lvm - what lvm2's backup says, and how it fits what was saved. */
#ifndef TOOLS_THIN_REPAIR_LVM_H
#define TOOLS_THIN_REPAIR_LVM_H

#include "thin_repair_request.h"

/*
 * Reads --lvm-backup, if it was given, into q->pool, which goes to
 * lvm_pool_exit().  0, or -EUCLEAN after the words.
 */
int thin_repair_lvm_read(struct thin_repair_request *q);

/* As thin_repair_say_failure(), for a size that may be from lvm2's backup. */
int thin_repair_lvm_say_failure(const struct thin_repair_request *q, int r);

/* Says which volumes are not among what was saved, and what lvm2 will not like. */
void thin_repair_lvm_compare(const struct thin_repair_request *q,
			     const struct thin_repair_report *rep);

/* The first volume from @i on that is not among what was saved; nr_thins: none. */
size_t thin_repair_lvm_next_missing(const struct lvm_pool *p, size_t i,
				    const struct thin_repair_report *rep);

#endif
