/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/alloc.h"

#include <errno.h>
#include <string.h>

int alloc_room(void *array, size_t *room, size_t nr, size_t more, size_t size)
{
	size_t want = *room ? *room : 64;
	void *p;

	if (more <= *room && nr <= *room - more)
		return 0;
	if (more > SIZE_MAX / 4 || nr > SIZE_MAX / 4)
		return -ENOMEM;
	while (want < nr + more)
		want += want / 2 + 1;
	/* reallocarray() would say so as well, but checkers take that for our fault. */
	if (want > SIZE_MAX / size)
		return -ENOMEM;
	memcpy(&p, array, sizeof(p));
	p = alloc_resize(p, want, size);
	if (!p)
		return -ENOMEM;
	memcpy(array, &p, sizeof(p));
	*room = want;
	return 0;
}
