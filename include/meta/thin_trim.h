/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_trim - which data blocks of an inactive pool nothing needs, and telling
 * the data device so.
 *
 * A block is unused if its reference count is 0 and neither the live trees nor
 * those of the metadata snapshot map it.  Leaked blocks, which are counted but
 * not mapped, are kept: thin_check can give them back.
 */
#ifndef META_THIN_TRIM_H
#define META_THIN_TRIM_H

#include "meta/thin_check.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The unused data blocks of a pool. */
struct thin_unused;

/* Data blocks @begin to @end, which is not one of them. */
struct thin_unused_range {
	uint64_t begin;
	uint64_t end;
};

/*
 * Judges the metadata on @e as thin_check() does, on @nr_threads, 0: one per
 * processor, and looks for unused blocks.  @progress may be NULL.
 *
 * 0 and *@u, which goes to thin_unused_free(), and *@rep, which goes to
 * thin_check_free(); -EUCLEAN and *@rep alone when something worse than leaks
 * was found, as then nobody knows what is unused; -EIO when the counts can be
 * read no more; -ENOMEM; or what the system said.
 */
int thin_unused_find(struct engine *e, unsigned nr_threads, struct progress *progress,
		     struct thin_unused **u, struct thin_check_report **rep);
void thin_unused_free(struct thin_unused *u);

/* How many there are. */
uint64_t thin_unused_count(const struct thin_unused *u);

/* The first range that ends behind @from, as long as it can be; false: none. */
bool thin_unused_next(const struct thin_unused *u, uint64_t from,
		      struct thin_unused_range *range);

/* A range, and the bytes of it that the device can discard; perhaps none. */
struct thin_trim_extent {
	struct thin_unused_range range;
	uint64_t offset;
	uint64_t length;
};

struct thin_trim_opts {
	bool dry_run;			/* discards nothing */
	/* Called for each range before it is discarded; may be NULL. */
	void (*tell)(void *arg, const struct thin_trim_extent *x);
	void *arg;
	struct progress *progress;	/* or NULL; counts data blocks */
};

struct thin_trim_report {
	uint64_t nr_ranges;		/* in which something was discarded */
	uint64_t nr_blocks;		/* of all ranges */
	uint64_t nr_bytes;		/* that were discarded */
	uint64_t granularity;		/* of the device, in bytes */
	struct thin_trim_extent failed;	/* what an error is about */
};

/*
 * Discards the unused blocks on the data device @data, which is open for
 * writing; in a regular file it punches holes.  0; -EOPNOTSUPP when @data
 * takes no discards; -ERANGE when it is smaller than the pool; or what the
 * system said, with rep->failed.
 */
int thin_trim(struct engine *data, const struct thin_unused *u, const struct thin_trim_opts *o,
	      struct thin_trim_report *rep);

#ifdef __cplusplus
}
#endif

#endif
