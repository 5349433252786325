/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_shrink - makes an inactive pool fit on a smaller data device.
 *
 *	thin_shrink_new		judges the metadata, plans what goes where
 *	thin_shrink_measure	finds out what the result takes
 *	thin_shrink_copy	copies data to blocks that nothing uses
 *	thin_shrink_write	writes new metadata, to another device
 *
 * What is read is never changed, and neither is any data block that it uses.
 * So until somebody uses the new metadata, the pool is what it was; it can be
 * stopped at any point and begun again.  The plan for a pool is always the same.
 */
#ifndef META_THIN_SHRINK_H
#define META_THIN_SHRINK_H

#include "meta/thin_check.h"
#include "meta/thin_restore.h"

#ifdef __cplusplus
extern "C" {
#endif

struct thin_shrink_opts {
	uint64_t nr_data_blocks;	/* of the smaller pool, at least 1 */
	unsigned nr_threads;		/* 0: one per processor */
	const char *spool_dir;		/* as for thin_restore() */
	/* What is odd in XML; may be NULL. */
	void (*warn)(void *arg, const struct thin_issue *i);
	void *warn_arg;
	struct progress *progress;	/* or NULL */
};

struct thin_shrink_report {
	struct thin_pool pool;		/* as it is now */
	uint64_t nr_mapped;		/* data blocks, each counted once */
	uint64_t nr_moved;		/* of these, behind the new end */
	uint64_t nr_ranges;		/* ranges of them */
	uint64_t nr_moves;		/* pieces in which they move */
	uint64_t nr_room;		/* blocks before the new end that may be filled */
	uint64_t nr_smallest;		/* the fewest data blocks that would do */
	bool drops_metadata_snap;	/* there is one, which will be left out */

	/* After thin_shrink_measure(). */
	uint64_t nr_runs_before;	/* runs of mappings; what is shared counts once */
	uint64_t nr_runs_after;
	uint64_t nr_needed;		/* metadata blocks of the output */
	uint64_t nr_found;		/* that it has */

	/* After -EUCLEAN, what is wrong with XML; or with metadata, by a fault. */
	struct thin_issue issue;
	bool has_fault;
	struct fault fault;
};

struct thin_shrink;

/*
 * Plans for the metadata on @in.  @rep is used as long as *@s, which goes to
 * thin_shrink_free().
 *
 * 0; -EUCLEAN when the metadata is damaged: by *@check, if there is one, or by
 * rep->fault or rep->issue; -ERANGE when the pool has less than nr_data_blocks
 * already; -ENOSPC when what is mapped does not fit, with the numbers in @rep;
 * -ENOMEM; or what the system said.  *@check goes to thin_check_free(), also
 * when it is NULL.
 */
int thin_shrink_new(struct engine *in, const struct thin_shrink_opts *o, struct thin_shrink **s,
		    struct thin_shrink_report *rep, struct thin_check_report **check);

/*
 * The same for XML that is read from @fd.  XML tells nothing of blocks that only a
 * metadata snapshot uses, so these count as free.
 */
int thin_shrink_new_xml(int fd, const struct thin_shrink_opts *o, struct thin_shrink **s,
			struct thin_shrink_report *rep);

/* Frees the plan; NULL is fine. */
void thin_shrink_free(struct thin_shrink *s);

/*
 * Tries all but the writing.  With @out it is what thin_shrink_write() will
 * need there; NULL for XML, which needs no blocks.  0; -ENOSPC when @out is
 * too small; or what reading gave.
 */
int thin_shrink_measure(struct thin_shrink *s, struct engine *out);

struct thin_shrink_copy_opts {
	unsigned nr_threads;		/* 0: one per processor */
	bool resume;			/* writes only what is not there already */
	bool verify;			/* reads all of it afterwards, and compares */
	struct progress *progress;	/* or NULL */
};

enum thin_shrink_step {
	THIN_SHRINK_READ,		/* of a block that moves */
	THIN_SHRINK_WRITE,		/* to where it moves */
	THIN_SHRINK_VERIFY,		/* of it from there */
	THIN_SHRINK_FLUSH,
};

struct thin_shrink_copied {
	uint64_t nr_there;		/* metadata-sized blocks that were there already */
	enum thin_shrink_step failed;	/* what an error is about, */
	uint64_t failed_block;		/* and the data block */
};

/*
 * Copies the data, on a device that is open for writing.  0; -ERANGE when it is
 * smaller than the pool; -EILSEQ when a copy does not read as what was copied;
 * -ENOMEM; or what the system said.  @c says more.
 */
int thin_shrink_copy(struct thin_shrink *s, struct engine *data,
		     const struct thin_shrink_copy_opts *o, struct thin_shrink_copied *c);

/*
 * Writes the metadata of the smaller pool; the superblock is wiped first and
 * written last.  Results as those of thin_restore().
 */
int thin_shrink_write(struct thin_shrink *s, struct engine *out);

/* Writes it as XML, to a file descriptor. */
int thin_shrink_write_xml(struct thin_shrink *s, int fd);

#ifdef __cplusplus
}
#endif

#endif
