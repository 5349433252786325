/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nomem - to be preloaded: allocation number $NOMEM_AT fails, and no other. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nr, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

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
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nr, size_t size)
{
	return fails() ? NULL : __libc_calloc(nr, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t nr, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, nr * size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}
