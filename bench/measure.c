/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure - runs a command and appends to a file one line of what it took:
 *
 *	wall seconds, user and system seconds together, peak memory in KiB,
 *	exit status
 *
 * Wants no shell, whose own time and memory would be in the numbers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(127);
}

static double seconds(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Makes the next reader of @path fetch it from the disk. */
static void forget(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	/* Pages that are not yet on the disk would stay. */
	if (fd < 0 || fsync(fd))
		fail(path);
	errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (errno)
		fail(path);
	close(fd);
}

static int run(char **argv, double *wall, struct rusage *used)
{
	double begin = now();
	pid_t pid = fork();
	int status;

	if (pid < 0)
		fail("fork");
	if (!pid) {
		execvp(argv[0], argv);
		fail(argv[0]);
	}
	while (wait4(pid, &status, 0, used) < 0)
		if (errno != EINTR)
			fail("wait4");
	*wall = now() - begin;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	const char *cold = NULL;
	struct rusage used;
	double wall;
	FILE *result;
	int status;

	if (argc > 2 && !strcmp(argv[1], "-c")) {
		cold = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3) {
		fputs("Usage: measure [-c FILE] RESULT COMMAND [ARGUMENT]...\n"
		      "Appends wall, CPU seconds, peak KiB and exit status of COMMAND to RESULT.\n"
		      "  -c FILE  drops FILE from the page cache first\n", stderr);
		return 127;
	}
	result = fopen(argv[1], "ae");
	if (!result)
		fail(argv[1]);
	if (cold)
		forget(cold);

	status = run(argv + 2, &wall, &used);
	fprintf(result, "%.4f %.4f %ld %d\n", wall,
		seconds(&used.ru_utime) + seconds(&used.ru_stime), used.ru_maxrss, status);
	if (fclose(result))
		fail(argv[1]);
	return status;
}
