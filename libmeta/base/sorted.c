/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sorted.h"

#include <string.h>

static uint64_t number_at(const char *entry, size_t width)
{
	uint32_t narrow;
	uint64_t wide;

	if (width == sizeof(wide)) {
		memcpy(&wide, entry, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, entry, sizeof(narrow));
	return narrow;
}

size_t sorted_find_of(const void *array, size_t nr, size_t size, size_t width, uint64_t key)
{
	size_t low = 0;

	while (low < nr) {
		size_t mid = low + (nr - low) / 2;

		if (number_at((const char *)array + mid * size, width) < key)
			low = mid + 1;
		else
			nr = mid;
	}
	return low;
}
