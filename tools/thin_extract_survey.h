/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_extract_survey - what is known of a volume before anything of it is copied. */
#ifndef TOOLS_THIN_EXTRACT_SURVEY_H
#define TOOLS_THIN_EXTRACT_SURVEY_H

#include "thin_extract_map.h"

struct extract_survey {
	const struct extract_request *request;
	uint64_t block_size;		/* bytes */
	uint64_t nr_data_blocks;	/* of the pool */
	uint64_t nr_mapped;		/* blocks */
	uint64_t nr_runs;
	uint64_t highest;		/* byte behind the last mapped block */
	bool is_found;
	uint64_t begin, end;		/* bytes of the volume, what is to be copied */
};

/*
 * The first reading: is the volume there, and how large is it?  A dry run prints
 * the runs.  0; -EUCLEAN after the words; or what reading gave.
 */
int extract_survey_take(struct extract_survey *s, const struct extract_request *q,
			struct extract_map *map);

/*
 * Decides where the volume ends, as far as that is known, and what of it is wanted.
 * 0, or -EUCLEAN after the words.
 */
int extract_survey_choose(struct extract_survey *s, uint64_t origin_size);

/* Says on stdout how much it is. */
void extract_survey_print(const struct extract_survey *s);

#endif
