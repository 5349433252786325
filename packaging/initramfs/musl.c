/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an expat that was compiled for glibc calls and musl does not have.  All
 * else that it calls is the same in both: memory, strings, assert().  They are weak,
 * so that a musl that has them is free to.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern int __fprintf_chk(FILE *file, int flag, const char *format, ...);
extern void arc4random_buf(void *buf, size_t len);

enum {
	ENTROPY_MAX = 256,	/* getentropy() gives no more at a time */
};

/* Messages for those who debug expat. */
__attribute__((weak, format(printf, 3, 4)))
int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
	va_list args;
	int r;

	(void)flag;
	va_start(args, format);
	r = vfprintf(file, format, args);
	va_end(args);
	return r;
}

/* What no XML may guess, for hashes of names.  As glibc's, it cannot fail. */
__attribute__((weak)) void arc4random_buf(void *buf, size_t len)
{
	unsigned char *p = buf;

	while (len) {
		size_t part = len < ENTROPY_MAX ? len : ENTROPY_MAX;

		if (getentropy(p, part))
			abort();
		p += part;
		len -= part;
	}
}

/*
 * This stdio sends its first line off at once, to find out what it writes to, and
 * the error is gone when the tool asks for it.  So it gets to know before.
 */
__attribute__((constructor)) static void tell_stdout(void)
{
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOFBF, 0);
}
