/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/judge_defs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static size_t hash_of(const char *name, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3ull;
	return (size_t)(h ^ h >> 32);
}

/* The slot that has the name, or the empty one where it belongs. */
static uint32_t *find_slot(const struct judge *j, const char *name, size_t len)
{
	size_t i = hash_of(name, len) & (j->nr_slots - 1);

	for (; j->slots[i]; i = (i + 1) & (j->nr_slots - 1)) {
		const char *other = j->names + j->defs[j->slots[i] - 1].name;

		if (!strncmp(other, name, len) && !other[len])
			break;
	}
	return &j->slots[i];
}

static int grow_slots(struct judge *j)
{
	size_t nr = j->nr_slots ? 2 * j->nr_slots : 256;
	uint32_t *slots;

	if (2 * (j->nr_defs + 1) <= j->nr_slots)
		return 0;
	slots = alloc_array(nr, sizeof(*slots));
	if (!slots || j->nr_defs >= UINT32_MAX / 4) {
		free(slots);
		return -ENOMEM;
	}
	free(j->slots);
	j->slots = slots;
	j->nr_slots = nr;
	for (size_t i = 0; i < j->nr_defs; i++) {
		const char *name = j->names + j->defs[i].name;

		*find_slot(j, name, strlen(name)) = (uint32_t)i + 1;
	}
	return 0;
}

static int grow_defs(struct judge *j)
{
	return alloc_room(&j->defs, &j->room_defs, j->nr_defs, 1, sizeof(*j->defs));
}

static int keep_name(struct judge *j, const char *name, size_t len)
{
	if (alloc_room(&j->names, &j->room_names, j->len_names, len + 1, 1))
		return -ENOMEM;
	memcpy(j->names + j->len_names, name, len);
	j->names[j->len_names + len] = '\0';
	j->len_names += len + 1;
	return 0;
}

int judge_defs_add(struct judge *j, const char *name, size_t len)
{
	size_t where = j->len_names;
	uint32_t *slot;
	int r;

	r = grow_slots(j);
	if (!r)
		r = grow_defs(j);
	if (r)
		return r;
	slot = find_slot(j, name, len);
	if (*slot)
		return -EEXIST;
	r = keep_name(j, name, len);
	if (r)
		return r;
	j->defs[j->nr_defs++] = (struct judge_def){ .name = where, .line = j->line };
	*slot = (uint32_t)j->nr_defs;
	return 0;
}

struct judge_def *judge_defs_find(struct judge *j, const char *name, size_t len)
{
	uint32_t i = j->nr_slots ? *find_slot(j, name, len) : 0;

	return i ? &j->defs[i - 1] : NULL;
}
