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

#include "thin_extract_source.h"
#include "thin_extract_target.h"

/* What a copy is from and to, all of it borrowed. */
struct extract_job {
	const struct extract_request *request;
	const struct extract_survey *survey;
	const struct extract_source *source;
	struct extract_target *target;
	struct progress *progress;	/* counts bytes */
};

/*
 * Copies all of it; *@missing is how many bytes could not be read and are zeroes
 * now.  0; -EUCLEAN after the words; -ENOMEM; or what reading metadata gave.
 */
int extract_copy(const struct extract_job *job, struct extract_map *map, uint64_t *missing);

#endif
