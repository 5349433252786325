/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sorted - arrays sorted by a number of their entries, a uint32_t or a uint64_t.
 *
 * An array of none may be NULL.
 */
#ifndef BASE_SORTED_H
#define BASE_SORTED_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of @nr entries of @size bytes the first whose number, of @width bytes, is @key or
 * more; @nr if there is none.  @array begins with the first one's number.
 */
size_t sorted_find_of(const void *array, size_t nr, size_t size, size_t width, uint64_t key);

/* The same for an @array of structures, sorted by @field. */
#define sorted_find(array, field, nr, key) \
	sorted_find_of((const void *)((uintptr_t)(array) + \
				      offsetof(__typeof__(*(array)), field)), nr, \
		       sizeof(*(array)), sizeof((array)->field), key)

#endif
