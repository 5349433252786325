/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tsc - prints how fast this machine's time stamp counter runs, in kHz.
 *
 * An emulated guest has the same counter.  It would measure it while it boots, and get it
 * wrong if it is interrupted then.  Here each look at the counter is between two looks at
 * the clock, and only the pair that is closest together counts.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>

enum { LOOKS = 1000, APART_NS = 100000000 };

struct look {
	int64_t ns;
	uint64_t ticks;
};

static int64_t now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC_RAW, &t))
		err(1, "clock_gettime");
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct look closest(void)
{
	struct look best = {0};
	int64_t width = INT64_MAX;

	for (int n = 0; n < LOOKS; n++) {
		int64_t before = now();
		uint64_t ticks = __rdtsc();
		int64_t after = now();

		if (after - before < width) {
			width = after - before;
			best.ns = before + width / 2;
			best.ticks = ticks;
		}
	}
	return best;
}

int main(void)
{
	struct timespec apart = { .tv_nsec = APART_NS };
	struct look first = closest();

	while (nanosleep(&apart, &apart))
		;
	struct look last = closest();

	printf("%.0f\n", (double)(last.ticks - first.ticks) * 1e6 / (double)(last.ns - first.ns));
	return 0;
}
#else
int main(void)
{
	errx(1, "no time stamp counter is known here");
}
#endif
