/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers - one function on several threads.
 *
 * There is no queue: a worker takes the next piece from whatever its argument
 * keeps under a lock, so there is nothing to fill and nothing to drain.
 */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#define WORKERS_MAX 256u

/* Number @index of the workers starts here; 0 or a negative errno. */
typedef int (*worker_fn)(void *arg, unsigned index);

/*
 * Runs @fn on @nr threads, the calling one among them, and waits for all.
 * Goes on with fewer threads if some cannot be started.  0, or the error of
 * the worker with the lowest index that had one.
 */
int workers_run(unsigned nr, worker_fn fn, void *arg);

/* The processors that this process may run on, 1 to WORKERS_MAX. */
unsigned workers_default(void);

#endif
