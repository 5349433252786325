/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * alloc - allocation of arrays whose size cannot wrap around.
 *
 * Without memory, or when nr * size does not fit, all but one return NULL.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "meta/format.h"

/* Zeroed; pages that are never touched cost nothing. */
static inline void *alloc_array(uint64_t nr, size_t size)
{
	if (nr > SIZE_MAX)
		return NULL;
	return calloc(nr ? (size_t)nr : 1, size);
}

/*
 * As alloc_array(), for a large table that is looked at all over: asks for huge
 * pages, as each look would cost a walk through the page tables otherwise.
 */
static inline void *alloc_table(uint64_t nr, size_t size)
{
	const uintptr_t huge = (uintptr_t)2 << 20;
	void *p = alloc_array(nr, size);
	uintptr_t begin = ((uintptr_t)p + huge - 1) & ~(huge - 1);
	uintptr_t end = ((uintptr_t)p + (size_t)nr * size) & ~(huge - 1);

	/* Merely a wish: nothing to be done if it is not granted. */
	if (p && begin < end)
		(void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
	return p;
}

/* As realloc(); what is new is not zeroed. */
static inline void *alloc_resize(void *p, size_t nr, size_t size)
{
	return reallocarray(p, nr, size);
}

/*
 * Makes room for @more things of @size bytes behind the @nr that there are; @array
 * points to the pointer to them, and *@room is how many there is room for.  0 or
 * -ENOMEM.
 */
int alloc_room(void *array, size_t *room, size_t nr, size_t more, size_t size);

/* @nr metadata blocks, aligned for direct I/O, not zeroed; free() them. */
static inline void *alloc_blocks(size_t nr)
{
	if (nr > SIZE_MAX / META_BLOCK_SIZE)
		return NULL;
	return aligned_alloc(META_BLOCK_SIZE, nr * META_BLOCK_SIZE);
}

#endif
