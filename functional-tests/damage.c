/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * damage - damages metadata at random, thousands of times, and holds the
 * library to this:
 *
 *  - nothing crashes, hangs or takes much memory;
 *  - what was damaged is never called good, unless it maps what it mapped
 *    before, and a second, simple reader finds nothing wrong either;
 *  - what is called good can be read, and leaks can be given back;
 *  - rebuilding space maps is refused without a change, or gives what is good;
 *  - damage to blocks that nothing uses is no damage;
 *  - several threads find what one finds.
 *
 *	damage [--seed N] [--only N] [--cases N | N] IMAGE...
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/units.h"
#include "damage_image.h"
#include "meta/thin_check.h"
#include "meta/thin_load.h"

enum {
	CASES = 20000,
	SECONDS = 60,			/* for one case */
	THREADED = 64,			/* one case of so many is on four threads */
	MOST_MEMORY = 1 << 20,		/* KiB */
	MOST_FAILURES = 20,		/* then it gives up */
};

static struct {
	uint64_t seed, number;
	struct image *image;
	uint64_t nr_passed, nr_failed, nr_good, nr_repaired, nr_rebuilt, nr_free;
	bool failed;
} now;

/* Also from a signal or a sanitizer, so without allocating. */
static void say_case(void)
{
	fprintf(stderr, "damage: to run it alone: damage --seed %llu --only %llu %s\n",
		(unsigned long long)now.seed, (unsigned long long)now.number,
		now.image ? now.image->path : "IMAGE");
}

static void on_signal(int sig)
{
	fprintf(stderr, "damage: %s\n", sig == SIGALRM ? "took too long" : "crashed");
	say_case();
	_exit(1);
}

/* Only there in a build with sanitizers. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list args;

	if (now.failed)
		return;
	now.failed = true;
	fprintf(stderr, "damage: FAILED: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	say_case();
}

static struct thin_check_report *check(struct engine *e, unsigned nr_threads)
{
	const struct thin_check_opts o = { .nr_threads = nr_threads };
	struct thin_check_report *rep = NULL;
	int r = thin_check(e, &o, &rep);

	if (r)
		fail("thin_check: %s", strerror(-r));
	return r ? NULL : rep;
}

/* The digest of what is loaded, as the simple reader has it. */
struct loaded {
	uint64_t digest;
	uint64_t dev_id;
};

static int on_device(void *arg, const struct thin_device *device)
{
	struct loaded *l = arg;

	l->dev_id = device->dev_id;
	return 0;
}

static int on_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct loaded *l = arg;

	for (size_t i = 0; i < nr; i++)
		for (uint64_t k = 0; k < runs[i].length; k++)
			l->digest = reader_digest(l->digest, l->dev_id, runs[i].thin_begin + k,
						  (runs[i].data_begin + k) << 24 | runs[i].time);
	return 0;
}

static int load(struct engine *e, uint64_t *digest)
{
	const struct thin_emit emit = { .device_begin = on_device, .runs = on_runs };
	const struct thin_load_opts o = { .expand = true, .nr_threads = 1 };
	struct loaded l = { .digest = 0 };
	struct fault f;
	int r = thin_load(e, &o, &emit, &l, &f);

	*digest = l.digest;
	return r;
}

/* What is called good must be what it was, as far as anyone can tell. */
static void judge_good(struct image *im, struct engine *e, bool strictly)
{
	struct reading r;
	uint64_t digest;
	int result;

	now.nr_good++;
	reader_read(&r, im->data, im->size / 4096, NULL);
	if (r.broken)
		fail("called good, but: %s", r.why);
	if (r.leaky && strictly)
		fail("called good, but there are leaks");
	if (!im->sealed && (r.live != im->reading.live || r.held != im->reading.held))
		fail("called good, but mappings changed");
	result = load(e, &digest);
	if (result)
		fail("called good, but cannot be read: %s", strerror(-result));
	else if (digest != r.live)
		fail("reading gives other mappings");
}

static void judge_bad(struct image *im, struct engine *e)
{
	uint64_t digest;

	if (im->only_free && !im->reading.leaky)
		fail("nothing in use was touched, but it is called bad");
	if (!load(e, &digest) && !im->sealed && digest != im->reading.live)
		fail("reading gives other mappings");
}

static int repair_in_place(struct engine *e, enum thin_check_mend_what what, unsigned nr_threads)
{
	struct thin_check_mending how = { .what = what, .nr_threads = nr_threads };
	int r = thin_check_mend(e, &how);

	thin_check_free(how.trees);
	return r;
}

static void try_repair(struct image *im, struct engine *e, bool tolerable, bool leaks)
{
	struct thin_check_report *rep;
	struct reading before, after;
	int r;

	reader_read(&before, im->data, im->size / 4096, NULL);
	im->all_touched = true;
	r = repair_in_place(e, THIN_MEND_LEAKS, 1);
	if (!tolerable) {
		if (r != -EUCLEAN)
			fail("giving leaks back: %s, wanted a refusal", strerror(-r));
		return;
	}
	if (r == -ENOSPC)
		return;
	if (r)
		fail("giving leaks back: %s", strerror(-r));
	now.nr_repaired += leaks;
	reader_read(&after, im->data, im->size / 4096, NULL);
	if (after.broken || after.leaky)
		fail("after giving leaks back: %s", after.broken ? after.why : "leaks");
	if (after.live != before.live || after.held != before.held)
		fail("giving leaks back changed mappings");
	rep = check(e, 1);
	if (rep && !thin_check_is_good(rep, false))
		fail("after giving leaks back it is not good");
	thin_check_free(rep);
}

static void try_rebuild(struct image *im, struct engine *e)
{
	uint64_t size = im->nr_blocks * 4096;
	uint8_t *kept = malloc(size);
	struct thin_check_report *rep;
	struct reading after;
	int r;

	if (!kept)
		return fail("no memory");
	memcpy(kept, im->data, size);
	im->all_touched = true;
	r = repair_in_place(e, THIN_MEND_SPACE_MAPS, 1);
	if (r) {
		if (r != -EUCLEAN && r != -ENOSPC)
			fail("rebuilding: %s", strerror(-r));
		if (memcmp(kept, im->data, size))
			fail("refusing to rebuild has changed something");
		free(kept);
		return;
	}
	free(kept);
	now.nr_rebuilt++;
	reader_read(&after, im->data, im->size / 4096, NULL);
	if (after.broken || after.leaky)
		fail("after rebuilding: %s", after.broken ? after.why : "leaks");
	if (!im->sealed && (after.live != im->reading.live || after.held != im->reading.held))
		fail("after rebuilding mappings have changed");
	rep = check(e, 1);
	if (rep && !thin_check_is_good(rep, false))
		fail("after rebuilding it is not good");
	thin_check_free(rep);
}

static void judge_threads(struct engine *e, const struct thin_check_report *one)
{
	struct thin_check_report *four = check(e, 4);

	if (!four)
		return;
	if (four->nr_faults != one->nr_faults || four->nr_losses != one->nr_losses)
		fail("four threads find %zu, one finds %zu", four->nr_faults, one->nr_faults);
	for (size_t i = 0; i < one->nr_faults && i < four->nr_faults; i++)
		if (fault_compare(&one->faults[i], &four->faults[i]))
			fail("four threads find something else");
	thin_check_free(four);
}

static void judge(struct image *im, struct dice *d)
{
	struct thin_check_report *rep;
	bool good, tolerable;
	struct engine *e;

	if (engine_open_memory(&e, im->data, im->size))
		return fail("no memory");
	rep = check(e, 1);
	if (!rep)
		goto out;
	good = thin_check_is_good(rep, false);
	tolerable = thin_check_is_good(rep, true);
	if (tolerable)
		judge_good(im, e, good);
	if (!good)
		judge_bad(im, e);
	if (now.number % THREADED == 0)
		judge_threads(e, rep);
	if ((tolerable && !good) || !dice_below(d, 32))
		try_repair(im, e, tolerable, !good);
	else if (!dice_below(d, 8))
		try_rebuild(im, e);
	thin_check_free(rep);
out:
	engine_close(e);
}

static void run_case(struct image *im, uint64_t number)
{
	struct dice d = { .state = now.seed * 0x100000001b3ull + number };

	now.number = number;
	now.image = im;
	now.failed = false;
	alarm(SECONDS);
	dice_roll(&d);
	image_damage(im, &d);
	now.nr_free += im->only_free;
	judge(im, &d);
	image_restore(im);
	if (now.failed)
		now.nr_failed++;
	else
		now.nr_passed++;
}

static double weight(const struct image *im)
{
	return 1.0 / (double)(im->nr_used + im->nr_blocks / 8 + 50);
}

/* Small images get more cases than large ones, which take longer. */
static void run_all(struct image *images, unsigned nr, uint64_t cases)
{
	uint64_t number = 0, end;
	double all = 0, so_far = 0;

	for (unsigned i = 0; i < nr; i++)
		all += weight(&images[i]);
	for (unsigned i = 0; i < nr; i++) {
		so_far += weight(&images[i]);
		end = i + 1 == nr ? cases : (uint64_t)((double)cases * so_far / all);
		for (; number < end && now.nr_failed < MOST_FAILURES; number++)
			run_case(&images[i], number);
	}
}

static void watch(void)
{
	signal(SIGALRM, on_signal);
	if (__sanitizer_set_death_callback) {
		__sanitizer_set_death_callback(say_case);
		return;
	}
	signal(SIGABRT, on_signal);
	signal(SIGSEGV, on_signal);
	signal(SIGBUS, on_signal);
	signal(SIGFPE, on_signal);
}

static void judge_memory(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	if (u.ru_maxrss <= MOST_MEMORY)
		return;
	fprintf(stderr, "damage: FAILED: took %ld MiB of memory\n", u.ru_maxrss / 1024);
	now.nr_failed++;
}

static bool take_number(const char *s, uint64_t *value)
{
	return s && !units_parse_u64(s, strlen(s), UINT64_MAX, value);
}

int main(int argc, char **argv)
{
	uint64_t cases = CASES, only = UINT64_MAX;
	struct image *images;
	unsigned nr = 0;
	int i;

	now.seed = 1;
	for (i = 1; i < argc; i++) {
		uint64_t *to = !strcmp(argv[i], "--seed") ? &now.seed :
			       !strcmp(argv[i], "--only") ? &only :
			       !strcmp(argv[i], "--cases") ? &cases : NULL;

		if (to ? !take_number(argv[++i], to) : !take_number(argv[i], &cases))
			break;
	}
	if (i >= argc) {
		fprintf(stderr, "usage: damage [--seed N] [--only N] [--cases N | N] IMAGE...\n");
		return 1;
	}
	images = calloc((size_t)(argc - i), sizeof(*images));
	if (!images)
		return 1;
	watch();
	for (; i < argc; i++)
		image_load(&images[nr++], argv[i]);
	if (only != UINT64_MAX)
		run_case(&images[0], only);
	else
		run_all(images, nr, cases);
	judge_memory();
	now.image = NULL;
	while (nr)
		image_free(&images[--nr]);
	free(images);
	printf("damage: %llu good, %llu repaired, %llu rebuilt, %llu touched nothing in use\n",
	       (unsigned long long)now.nr_good, (unsigned long long)now.nr_repaired,
	       (unsigned long long)now.nr_rebuilt, (unsigned long long)now.nr_free);
	printf("damage: %llu passed, %llu failed\n", (unsigned long long)now.nr_passed,
	       (unsigned long long)now.nr_failed);
	return now.nr_failed != 0;
}
