/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check - a check of thin metadata and all that it needs meanwhile, for those
 * who go on from what it has seen.
 */
#ifndef THIN_CHECK_H
#define THIN_CHECK_H

#include "meta/thin_check.h"
#include "pdata/sm_load.h"
#include "thin/keytags.h"
#include "thin/losses.h"
#include "thin/roster.h"

/* The report comes first, so that thin_check_free() finds the rest. */
struct check {
	struct thin_check_report report;
	struct fault_sink sink;
	struct losses losses;
	struct engine *engine;
	const struct thin_check_opts *opts;
	bool counting;
	bool trees_whole;		/* everything that points was seen */
	struct thin_sb sb;		/* whose trees are walked */
	struct thin_sb held;
	bool has_held;
	struct refs metadata_refs, data_refs;	/* what is left: stored less found */
	struct sm metadata_sm, data_sm;
	struct bits metadata_sm_blocks;	/* what the metadata map itself consists of */
	struct walk walk;
	struct roster roster;
	struct keytags tags;
};

/*
 * As thin_check(), but keeps everything for the caller to look at.  Whatever
 * it returns, check_release() frees what it used and check_findings_exit()
 * what it found.
 */
int check_run(struct check *c, struct engine *e, const struct thin_check_opts *o);
void check_release(struct check *c);
void check_findings_exit(struct check *c);

#endif
