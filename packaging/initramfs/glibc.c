/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a static glibc has too much of.  All is weak: if its own is there for another
 * reason, that is taken.
 */
#include <locale.h>
#include <strings.h>

extern int __strcasecmp_l(const char *a, const char *b, locale_t locale);

/*
 * Each thread has a pointer to the state of the resolver, and its definition brings
 * all of the resolver, 65 kB, with it.  Here no name of a host is ever looked up.
 */
extern __thread void *__libc_resp;

__thread void *__libc_resp __attribute__((weak));

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* Theirs are there six times, for six kinds of processors, and take 22 kB. */
__attribute__((weak)) int strcasecmp(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) - lower(*b);
}

__attribute__((weak)) int __strcasecmp_l(const char *a, const char *b, locale_t locale)
{
	(void)locale;
	return strcasecmp(a, b);
}
