/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nomem - to be preloaded: allocation number $NOMEM_AT fails, and no other.  The others go
 * to whoever is next, which may be a sanitizer.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

static long nr_calls;

static int fails(void)
{
	const char *at = getenv("NOMEM_AT");

	if (!at || __atomic_add_fetch(&nr_calls, 1, __ATOMIC_RELAXED) != atol(at))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	static void *(*next)(size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "malloc");
	return fails() ? NULL : next(size);
}

void *calloc(size_t nr, size_t size)
{
	static void *(*next)(size_t, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "calloc");
	return fails() ? NULL : next(nr, size);
}

void *realloc(void *p, size_t size)
{
	static void *(*next)(void *, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "realloc");
	return fails() ? NULL : next(p, size);
}

void *reallocarray(void *p, size_t nr, size_t size)
{
	static void *(*next)(void *, size_t, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "reallocarray");
	return fails() ? NULL : next(p, nr, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	static void *(*next)(size_t, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "aligned_alloc");
	return fails() ? NULL : next(alignment, size);
}
