/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "unit.h"

/* More than a pipe holds, so nobody moves it in one go. */
enum { MUCH = 1 << 20 };

static char *pattern(void)
{
	char *p = malloc(MUCH);

	for (size_t i = 0; i < MUCH; i++)
		p[i] = (char)(i * 7 + i / 251);
	return p;
}

/* The other end of a pipe, which takes or gives a few bytes at a time. */
struct other {
	pthread_t thread;
	int fd;
	char *data;
	size_t step;
};

static void *drain(void *arg)
{
	struct other *o = arg;
	ssize_t n = 1;

	for (size_t at = 0; at < MUCH && n > 0; at += (size_t)n)
		n = read(o->fd, o->data + at, o->step);
	return NULL;
}

static void *feed(void *arg)
{
	struct other *o = arg;
	ssize_t n = 1;

	for (size_t at = 0; at < MUCH && n > 0; at += (size_t)n)
		n = write(o->fd, o->data + at, o->step < MUCH - at ? o->step : MUCH - at);
	close(o->fd);
	return NULL;
}

static void ignore(int sig)
{
	(void)sig;
}

/* Signals that interrupt calls, a thousand times a second. */
static void interrupt(long us)
{
	struct itimerval often = { { 0, us }, { 0, us } };
	struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void open_pipe(int fds[2], int flags)
{
	CU_ASSERT_FATAL(!pipe2(fds, flags));
}

static void start(struct other *o, void *(*fn)(void *))
{
	sigset_t all, old;

	/* Signals are for the one that is tested. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	CU_ASSERT_FATAL(!pthread_create(&o->thread, NULL, fn, o));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void writes_all_to_a_pipe(void)
{
	char *data = pattern(), *got = malloc(MUCH);

	for (unsigned round = 0; round < 3; round++) {
		struct other o = { .data = got, .step = 4001 };
		struct iovec v[] = {
			{ data, 0 }, { data, 10 }, { data + 10, 0 }, { data + 10, MUCH - 20 },
			{ data + MUCH - 10, 10 }, { data, 0 },
		};
		int fds[2];

		memset(got, 0, MUCH);
		open_pipe(fds, 0);
		/* One that does not wait; our own end alone. */
		if (round == 1)
			fcntl(fds[1], F_SETFL, O_NONBLOCK);
		o.fd = fds[0];
		start(&o, drain);
		interrupt(1000);
		CHECK_IN(round, (round < 2 ? fdio_write(fds[1], data, MUCH) :
			fdio_writev(fds[1], v, ARRAY_SIZE(v))) == 0);
		interrupt(0);
		pthread_join(o.thread, NULL);
		CHECK_IN(round, !memcmp(data, got, MUCH));
		close(fds[0]);
		close(fds[1]);
	}
	free(got);
	free(data);
}

static void reads_all_from_a_pipe(void)
{
	char *data = pattern(), *to = malloc(MUCH + 1);

	for (unsigned round = 0; round < 2; round++) {
		struct other o = { .data = data, .step = 3999 };
		size_t got = 0;
		int fds[2];

		open_pipe(fds, 0);
		if (round)
			fcntl(fds[0], F_SETFL, O_NONBLOCK);
		o.fd = fds[1];
		start(&o, feed);
		interrupt(1000);
		/* One byte more than there is. */
		CHECK_IN(round, fdio_read(fds[0], to, MUCH + 1, &got) == 0);
		interrupt(0);
		pthread_join(o.thread, NULL);
		CHECK_IN(round, got == MUCH && !memcmp(data, to, MUCH));
		CHECK_IN(round, fdio_read(fds[0], to, 1, &got) == 0 && !got);
		CHECK_IN(round, fdio_read(fds[0], to, 1, NULL) == -EIO);
		CHECK_IN(round, fdio_read_some(fds[0], to, 1) == 0);
		close(fds[0]);
	}
	free(to);
	free(data);
}

static void reads_what_there_is(void)
{
	char to[16];
	int fds[2];

	open_pipe(fds, 0);
	CU_ASSERT(write(fds[1], "abc", 3) == 3);
	CU_ASSERT(fdio_read_some(fds[0], to, sizeof(to)) == 3);
	CU_ASSERT(!memcmp(to, "abc", 3));
	close(fds[1]);
	close(fds[0]);
	CU_ASSERT(fdio_read_some(fds[0], to, 1) == -EBADF);
}

static void reads_and_writes_at_a_place(void)
{
	int fd = memfd_create("fdio", MFD_CLOEXEC);
	char *data = pattern(), *to = malloc(MUCH);
	size_t got;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT(fdio_write_at(fd, data, MUCH, 5000) == 0);
	CU_ASSERT(lseek(fd, 0, SEEK_CUR) == 0 && lseek(fd, 0, SEEK_END) == 5000 + MUCH);
	CU_ASSERT(fdio_read_at(fd, to, MUCH, 5000, NULL) == 0);
	CU_ASSERT(!memcmp(data, to, MUCH));
	CU_ASSERT(fdio_read_at(fd, to, MUCH, 5001, NULL) == -EIO);
	CU_ASSERT(fdio_read_at(fd, to, MUCH, 5001, &got) == 0);
	CU_ASSERT(got == MUCH - 1 && !memcmp(data + 1, to, MUCH - 1));
	CU_ASSERT(fdio_read_at(fd, to, MUCH, UINT64_C(1) << 40, &got) == 0 && !got);
	CU_ASSERT(fdio_write_at(fd, data, 1, UINT64_MAX) == -EINVAL);
	CU_ASSERT(fdio_read_at(fd, to, 1, UINT64_MAX, &got) == -EINVAL);
	close(fd);
	free(to);
	free(data);
}

static void takes_nothing_for_nothing(void)
{
	struct iovec none = { NULL, 0 };
	size_t got = 1;

	CU_ASSERT(fdio_write(-1, NULL, 0) == 0);
	CU_ASSERT(fdio_write_at(-1, NULL, 0, 0) == 0);
	CU_ASSERT(fdio_writev(-1, &none, 0) == 0);
	CU_ASSERT(fdio_read(-1, NULL, 0, &got) == 0 && !got);
	CU_ASSERT(fdio_read_at(-1, NULL, 0, 0, NULL) == 0);
}

static void hands_up_what_the_system_says(void)
{
	int fds[2], full = open("/dev/full", O_RDWR | O_CLOEXEC);
	char byte = 0;

	CU_ASSERT(fdio_write(-1, &byte, 1) == -EBADF);
	CU_ASSERT(fdio_write_at(-1, &byte, 1, 0) == -EBADF);
	CU_ASSERT(fdio_read(-1, &byte, 1, NULL) == -EBADF);
	CU_ASSERT(fdio_read_at(-1, &byte, 1, 0, NULL) == -EBADF);
	CU_ASSERT_FATAL(full >= 0);
	CU_ASSERT(fdio_write(full, &byte, 1) == -ENOSPC);
	CU_ASSERT(fdio_write_at(full, &byte, 1, 0) == -ENOSPC);
	close(full);

	signal(SIGPIPE, SIG_IGN);
	open_pipe(fds, O_NONBLOCK);
	CU_ASSERT(fdio_write_at(fds[1], &byte, 1, 0) == -ESPIPE);
	close(fds[0]);
	CU_ASSERT(fdio_write(fds[1], &byte, 1) == -EPIPE);
	close(fds[1]);
	signal(SIGPIPE, SIG_DFL);
}

void test_fdio_suite(void);

void test_fdio_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "writes all to a pipe that takes little, waits or not", writes_all_to_a_pipe },
		{ "reads all from a pipe that gives little, waits or not", reads_all_from_a_pipe },
		{ "reads what there is", reads_what_there_is },
		{ "reads and writes at a place", reads_and_writes_at_a_place },
		{ "takes nothing for nothing", takes_nothing_for_nothing },
		{ "hands up what the system says", hands_up_what_the_system_says },
		CU_TEST_INFO_NULL,
	};

	add_suite("fdio", tests);
}
