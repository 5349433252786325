/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws one line on a terminal while the main thread works. */
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

enum {
	FIRST_MS = 500,		/* shorter work draws nothing */
	NEXT_MS = 200,
};

static struct {
	const char *what;
	struct progress *progress;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool running;
	bool end;
	bool drawn;
} state = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void draw(void)
{
	uint64_t done = __atomic_load_n(&state.progress->done, __ATOMIC_RELAXED);
	uint64_t total = __atomic_load_n(&state.progress->total, __ATOMIC_RELAXED);

	state.drawn = true;
	if (total)
		fprintf(stderr, "\r%s: %3llu %%", state.what,
			(unsigned long long)((double)(done < total ? done : total) * 100 /
					     (double)total));
	else
		fprintf(stderr, "\r%s: %llu", state.what, (unsigned long long)done);
	fflush(stderr);
}

/* Waits; says whether the work has ended meanwhile.  With the lock held. */
static bool wait_ms(long ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!state.end)
		if (pthread_cond_timedwait(&state.ended, &state.lock, &until))
			break;
	return state.end;
}

static void *run(void *arg)
{
	long ms = FIRST_MS;

	(void)arg;
	pthread_mutex_lock(&state.lock);
	while (!wait_ms(ms)) {
		draw();
		ms = NEXT_MS;
	}
	pthread_mutex_unlock(&state.lock);
	return NULL;
}

void tool_progress_begin(const char *what, struct progress *p)
{
	pthread_condattr_t attr;

	if (!isatty(STDERR_FILENO) || tool_is_quiet())
		return;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&state.ended, &attr);
	pthread_condattr_destroy(&attr);
	state.what = what;
	state.progress = p;
	state.end = state.drawn = false;
	state.running = !pthread_create(&state.thread, NULL, run, NULL);
}

void tool_progress_end(void)
{
	if (!state.running)
		return;
	pthread_mutex_lock(&state.lock);
	state.end = true;
	pthread_cond_signal(&state.ended);
	pthread_mutex_unlock(&state.lock);
	pthread_join(state.thread, NULL);
	pthread_cond_destroy(&state.ended);
	state.running = false;
	if (state.drawn)
		fprintf(stderr, "\r\033[K");
}
