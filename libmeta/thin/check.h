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

/*
 * How to look at the trees alone, as if there were no space maps.  Counts are
 * then what the trees say, as negative numbers.
 */
struct check_trees {
	uint64_t nr_data_blocks;	/* 0: as the superblock has it, if that can be */
	const struct bits *several;	/* blocks that are mapped several times; or NULL */
};

/* The report comes first, so that thin_check_free() finds the rest. */
struct check {
	struct thin_check_report report;
	struct fault_sink sink;
	struct losses losses;
	struct engine *engine;
	const struct thin_check_opts *opts;
	const struct check_trees *trees;	/* NULL: all is looked at */
	bool counting;
	bool trees_whole;		/* everything that points was seen */
	bool data_unknown;		/* trees alone: nobody knows how many data blocks there */
	uint64_t data_end;		/* are; mappings end before this one */
	struct thin_sb sb;		/* whose trees are walked */
	struct thin_sb held;
	bool has_held;
	struct refs metadata_refs, data_refs;	/* what is left: stored less found */
	struct sm metadata_sm, data_sm;
	struct bits metadata_sm_blocks;	/* what the metadata map itself consists of */
	uint64_t walk_end;		/* pointers must be below this */
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

/*
 * Likewise, for the trees alone; see struct check_trees.  With data_unknown
 * nothing was counted but data_end.
 */
int check_run_trees(struct check *c, struct engine *e, const struct thin_check_opts *o,
		    const struct check_trees *trees);

/* Frees all but the findings. */
void check_release(struct check *c);
/* Frees the findings. */
void check_findings_exit(struct check *c);

#endif
