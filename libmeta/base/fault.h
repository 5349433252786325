/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault - how checks make faults, and the sink that collects them.
 *
 * The table itself is public: meta/fault.h.
 *
 * A sink may be fed by any number of threads.  It keeps a bounded number of
 * faults, those that fault_compare() puts first, and counts the rest, so what
 * it holds depends on the metadata alone and not on which thread came first.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <errno.h>
#include <pthread.h>

#include "meta/fault.h"

/* Fills @f and returns -EUCLEAN, so that a check can end with it. */
static inline int fault(struct fault *f, enum fault_code code, uint64_t where,
			uint64_t found, uint64_t wanted)
{
	*f = (struct fault){
		.code = code, .dev_id = FAULT_NO_DEV, .where = where,
		.found = found, .wanted = wanted,
	};
	return -EUCLEAN;
}

struct fault_sink {
	pthread_mutex_t lock;
	struct fault *faults;
	size_t nr;			/* kept */
	size_t room;
	size_t most;			/* to keep */
	uint64_t nr_by_code[NR_FAULT_CODES];	/* all that came, */
	uint64_t nr_by_class[NR_FAULT_CLASSES];	/* kept or not */
	int error;			/* -ENOMEM once it could not keep one */
};

/* @most: how many faults to keep, at least 1.  0 or -ENOMEM. */
int fault_sink_init(struct fault_sink *s, size_t most);
void fault_sink_exit(struct fault_sink *s);

/* Takes a copy of @f. */
void fault_sink_add(struct fault_sink *s, const struct fault *f);

/* Puts what is kept in order and drops what is the same twice. */
void fault_sink_sort(struct fault_sink *s);

#endif
