/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_extract_source - where the content of a volume comes from: the pool's data
 * device, and the volume's external origin if it has one.
 */
#ifndef TOOLS_THIN_EXTRACT_SOURCE_H
#define TOOLS_THIN_EXTRACT_SOURCE_H

#include "thin_extract_survey.h"

struct extract_source {
	struct engine *data;
	int origin;			/* -1: none */
	uint64_t origin_size;		/* bytes */
};

/* Opens what @q names.  0, or -EUCLEAN after the words; closing is for both. */
int extract_source_open_origin(struct extract_source *s, const struct extract_request *q);
int extract_source_open_data(struct extract_source *s, const struct extract_request *q,
			     const struct extract_survey *survey);
void extract_source_close(struct extract_source *s);

#endif
