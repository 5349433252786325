/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/workers.h"

#include <pthread.h>
#include <sched.h>

struct worker {
	pthread_t thread;
	worker_fn fn;
	void *arg;
	unsigned index;
	int result;
};

static void *start(void *arg)
{
	struct worker *w = arg;

	w->result = w->fn(w->arg, w->index);
	return NULL;
}

int workers_run(unsigned nr, worker_fn fn, void *arg)
{
	struct worker workers[WORKERS_MAX];
	unsigned started = 1;
	int r;

	if (nr > WORKERS_MAX)
		nr = WORKERS_MAX;
	for (unsigned i = 0; i < nr; i++)
		workers[i] = (struct worker){ .fn = fn, .arg = arg, .index = i };
	while (started < nr &&
	       !pthread_create(&workers[started].thread, NULL, start, &workers[started]))
		started++;

	r = fn(arg, 0);
	for (unsigned i = 1; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		if (!r)
			r = workers[i].result;
	}
	return r;
}

unsigned workers_default(void)
{
	cpu_set_t set;
	int nr;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	nr = CPU_COUNT(&set);
	if (nr < 1)
		return 1;
	return (unsigned)nr < WORKERS_MAX ? (unsigned)nr : WORKERS_MAX;
}
