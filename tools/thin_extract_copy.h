/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_extract_copy - takes the mappings of a volume in order and copies what
 * they lead to.
 *
 * Some dozen megabytes of the volume at a time are read in the order of the
 * data device and on several threads, and written in the order of the volume;
 * or taken from one file to the other, see thin_extract_share.h.
 */
#ifndef TOOLS_THIN_EXTRACT_COPY_H
#define TOOLS_THIN_EXTRACT_COPY_H

#include "thin_extract_target.h"

struct extract_copy;

/* What a copy is from and to, all of it borrowed. */
struct extract_job {
	const struct extract_request *request;
	struct engine *data;
	int origin;			/* what unmapped blocks have, or -1 */
	uint64_t origin_size;
	struct extract_target *target;
	uint64_t block_size;		/* bytes */
	uint64_t begin, end;		/* of the volume, bytes */
	struct progress *progress;	/* counts bytes */
};

/* NULL if there is no memory. */
struct extract_copy *extract_copy_new(const struct extract_job *job);
void extract_copy_free(struct extract_copy *c);

/*
 * The next mappings.  What cannot be read is said; with --repair it becomes
 * zeroes.  0; -ECANCELED after the words, or -ENOMEM.
 */
int extract_copy_runs(struct extract_copy *c, const struct thin_run *runs, size_t nr);

/* There are no more.  As above. */
int extract_copy_end(struct extract_copy *c);

/* How many bytes could not be read and are zeroes now. */
uint64_t extract_copy_missing(const struct extract_copy *c);

#endif
