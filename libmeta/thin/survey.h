/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey - one thin device, or how it differs from a base, as runs in the order
 * of its addresses; and what is worth knowing before they are sent.
 */
#ifndef THIN_SURVEY_H
#define THIN_SURVEY_H

#include "base/digest.h"
#include "meta/thin_delta.h"

struct survey_source {
	struct engine *engine;
	bool metadata_snap;		/* read the metadata snapshot */
	uint32_t dev_id;
	bool has_base;
	uint32_t base_id;
	unsigned nr_threads;		/* 0: as many as there are processors */
};

/* A device as metadata has it. */
struct survey_device {
	struct thin_device details;
	uint8_t identity[DIGEST_SIZE];	/* see meta/thin_stream.h */
	uint64_t nr_mapped;		/* blocks */
	uint64_t end;			/* thin block behind the last that is mapped */
};

struct survey {
	struct thin_pool pool;
	struct survey_device device;
	struct survey_device base;	/* if there is one */
	uint64_t nr_same;		/* blocks that both map to the same data */
};

/* Takes runs; what is not 0 ends it and is handed up. */
typedef int (*survey_fn)(void *arg, const struct thin_delta_run *run);

/*
 * Hands out the runs of the kinds that are @wanted.  The base is on the left; without one
 * all runs are THIN_DELTA_RIGHT_ONLY.  Runs are mapped in a row and ascend; they come one at
 * a time, though not always from one thread.
 *
 * 0; -EUCLEAN with @f for damage; -ENXIO when there is no device f->dev_id;
 * -ENODATA when there is no metadata snapshot; -ENOMEM; or what @fn returned.
 */
int survey_walk(const struct survey_source *s, const bool wanted[NR_THIN_DELTA_KINDS],
		survey_fn fn, void *arg, struct fault *f);

/* Looks at all of the device and its base.  As survey_walk(). */
int survey_take(const struct survey_source *s, struct survey *result, struct fault *f);

#endif
