/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_check - judges the metadata of a thin pool.
 *
 * Everything that the superblock leads to is read once and judged: the trees,
 * the space maps, and whether the two agree.  Nothing is written by
 * thin_check() itself; the two functions that write say so.
 */
#ifndef META_THIN_CHECK_H
#define META_THIN_CHECK_H

#include "meta/thin.h"

#ifdef __cplusplus
extern "C" {
#endif

struct thin_check_report;

struct thin_check_opts {
	unsigned nr_threads;		/* 0: one per processor */
	bool super_block_only;		/* stop after the superblock */
	bool skip_mappings;		/* only devices, not what they map, and no counts */
	bool metadata_snap;		/* the trees of the metadata snapshot, no counts */
	bool has_mapping_root;		/* with one of these: trees only, no counts */
	bool has_details_root;
	uint64_t mapping_root;
	uint64_t details_root;
	/* Called when the superblock has been accepted; may be NULL. */
	void (*accepted)(void *arg, const struct thin_check_report *rep);
	void *arg;
	struct progress *progress;	/* or NULL */
};

/* Mappings of one device that are gone. */
struct thin_loss {
	uint32_t dev_id;
	uint64_t where;			/* the metadata block that took them */
	uint64_t begin;			/* thin blocks; */
	uint64_t end;			/* UINT64_MAX: to the end of the device */
};

/* A device that lost some: how many mappings it has by its details, and found. */
struct thin_hit {
	uint32_t dev_id;
	bool has_mapped;		/* its details are there */
	uint64_t nr_mapped;
	uint64_t nr_found;
};

struct thin_check_report {
	struct thin_sb sb;		/* the live one, if has_sb */
	bool has_sb;
	bool counted;			/* reference counts were compared */
	uint64_t metadata_free;		/* blocks */
	uint64_t nr_devices;
	uint64_t nr_mapped;		/* mappings found, shared ones once per device */
	/* In the order of fault_compare(); a bounded number of them. */
	const struct fault *faults;
	size_t nr_faults;
	uint64_t nr_by_class[NR_FAULT_CLASSES];	/* of all */
	/* By device and place; a bounded number. */
	const struct thin_loss *losses;
	size_t nr_losses;
	/* One for each device that has losses, by device. */
	const struct thin_hit *hits;
	size_t nr_hits;
};

/*
 * Judges.  0 when it got to the end or to where damage ended it: *@rep then
 * has the findings and goes to thin_check_free().  -ENODATA: there is no
 * metadata snapshot.  -ENOMEM; or what the system said.
 */
int thin_check(struct engine *e, const struct thin_check_opts *o,
	       struct thin_check_report **rep);
void thin_check_free(struct thin_check_report *rep);

/*
 * Whether a pool with these findings may be used: nothing FATAL, REPAIR or
 * POLICY; LEAK neither unless @tolerate_leaks.
 */
bool thin_check_is_good(const struct thin_check_report *rep, bool tolerate_leaks);

enum thin_check_mend_what {
	/* needs_check in the superblock: only the flag and the checksum change. */
	THIN_MEND_FLAG,
	/*
	 * Counts that are too high and totals that are stale; also clears
	 * needs_check.  For metadata in which thin_check() finds nothing worse.
	 */
	THIN_MEND_LEAKS,
	/*
	 * Both space maps, made anew from the trees, whatever they are now;
	 * also clears needs_check.  For metadata whose trees are whole, those of
	 * the metadata snapshot as well.
	 */
	THIN_MEND_SPACE_MAPS,
};

struct thin_check_mending {
	enum thin_check_mend_what what;
	unsigned nr_threads;		/* 0: one per processor */
	const char *undo;		/* an undo file to be made first; or NULL */
	struct progress *progress;	/* or NULL */
	/* What became of it. */
	bool undo_failed;		/* the error is about the undo file */
	bool unsound;			/* what was written does not read back sound */
	struct thin_check_report *trees;	/* after -EUCLEAN for SPACE_MAPS: what is */
					/* wrong with the trees, for thin_check_free(); */
					/* else NULL */
	uint64_t nr_data_blocks;	/* SPACE_MAPS: what the new maps are about */
	uint64_t nr_metadata_blocks;
};

/*
 * Repairs metadata in place, on a device opened for writing.
 *
 * New versions of the blocks concerned are written to free ones, and one write
 * of the superblock makes them count: whenever it is interrupted, the old or
 * the new state is there.  If there is nothing to repair nothing is written.
 * With ->undo the old bytes of all that will change are safely in that file
 * before the first write; see meta/thin_undo.h.  New space maps are judged as
 * by thin_check() before the superblock is written.
 *
 * 0; -ENOSPC if there are not enough free blocks; -EUCLEAN if there is worse
 * damage than can be repaired so; or what the system said.
 */
int thin_check_mend(struct engine *e, struct thin_check_mending *r);

#ifdef __cplusplus
}
#endif

#endif
