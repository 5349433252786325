/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/overlay.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

static size_t slot_of(const struct overlay *o, uint64_t where)
{
	size_t slot = (size_t)(where * 0x9e3779b97f4a7c15ull >> 20) & (o->room - 1);

	while (o->blocks[slot].where != UINT32_MAX && o->blocks[slot].where != where)
		slot = (slot + 1) & (o->room - 1);
	return slot;
}

static int set_room(struct overlay *o, size_t room)
{
	struct overlay_block *old = o->blocks;
	size_t nr = o->room;

	o->blocks = alloc_array(room, sizeof(*o->blocks));
	if (!o->blocks) {
		o->blocks = old;
		return -ENOMEM;
	}
	o->room = room;
	for (size_t i = 0; i < room; i++)
		o->blocks[i].where = UINT32_MAX;
	for (size_t i = 0; i < nr; i++)
		if (old[i].where != UINT32_MAX)
			o->blocks[slot_of(o, old[i].where)] = old[i];
	free(old);
	return 0;
}

/* The entry of @where, which is new if it was not there. */
static struct overlay_block *add(struct overlay *o, uint64_t where)
{
	struct overlay_block *b;

	if (2 * (o->has.count + 1) > o->room && set_room(o, 2 * o->room))
		return NULL;
	b = &o->blocks[slot_of(o, where)];
	if (bits_add(&o->has, where))
		*b = (struct overlay_block){
			.where = (uint32_t)where, .from = OVERLAY_NOWHERE, .bit = OVERLAY_NO_BIT,
		};
	return b;
}

int overlay_redirect(struct overlay *o, uint64_t where, uint64_t from, uint32_t bit)
{
	struct overlay_block *b = add(o, where);

	if (!b)
		return -ENOMEM;
	free(b->data);
	*b = (struct overlay_block){ (uint32_t)where, (uint32_t)from, bit, NULL };
	return 0;
}

/* What lies behind the end of the device below is zeroes. */
static int read_below(struct overlay *o, char *data, uint64_t where, size_t nr)
{
	uint64_t end = engine_nr_blocks(o->below);
	size_t inside = where >= end ? 0 : nr < end - where ? nr : (size_t)(end - where);

	memset(data + inside * META_BLOCK_SIZE, 0, (nr - inside) * META_BLOCK_SIZE);
	return inside ? engine_read(o->below, data, where, inside) : 0;
}

static int read_changed(struct overlay *o, char *data, uint64_t where)
{
	const struct overlay_block *b = &o->blocks[slot_of(o, where)];
	int r;

	if (b->data) {
		memcpy(data, b->data, META_BLOCK_SIZE);
		return 0;
	}
	r = read_below(o, data, b->from, 1);
	if (!r && b->bit != OVERLAY_NO_BIT)
		data[b->bit / 8] ^= (char)(1u << b->bit % 8);
	return r;
}

static int overlay_read(struct engine *e, void *to, size_t len, uint64_t offset)
{
	struct overlay *o = (struct overlay *)e;
	uint64_t where = offset / META_BLOCK_SIZE, end = where + len / META_BLOCK_SIZE;
	char *data = to;
	int r = 0;

	while (where < end && !r) {
		size_t nr = 0;

		while (where + nr < end && !bits_has(&o->has, where + nr))
			nr++;
		if (nr) {
			r = read_below(o, data, where, nr);
		} else {
			nr = 1;
			r = read_changed(o, data, where);
		}
		data += nr * META_BLOCK_SIZE;
		where += nr;
	}
	return r;
}

void *overlay_edit(struct overlay *o, uint64_t where)
{
	struct overlay_block *b;
	char *data;

	if (bits_has(&o->has, where)) {
		b = &o->blocks[slot_of(o, where)];
		if (b->data)
			return b->data;
	}
	data = alloc_blocks(1);
	if (!data)
		return NULL;
	if (engine_read(&o->engine, data, where, 1))
		memset(data, 0, META_BLOCK_SIZE);
	b = add(o, where);
	if (!b) {
		free(data);
		return NULL;
	}
	b->data = data;
	return data;
}

int overlay_reset(struct overlay *o)
{
	struct overlay_block *old = o->blocks;
	size_t nr = o->room;

	o->blocks = NULL;
	o->room = 0;
	if (set_room(o, nr)) {
		o->blocks = old;
		o->room = nr;
		return -ENOMEM;
	}
	bits_clear(&o->has);
	for (size_t i = 0; i < nr; i++) {
		if (old[i].where == UINT32_MAX)
			continue;
		free(old[i].data);
		old[i].data = NULL;
		if (old[i].from == OVERLAY_NOWHERE)
			continue;
		bits_add(&o->has, old[i].where);
		o->blocks[slot_of(o, old[i].where)] = old[i];
	}
	free(old);
	return 0;
}

static int overlay_write(struct engine *e, const void *from, size_t len, uint64_t offset)
{
	struct overlay *o = (struct overlay *)e;

	for (size_t at = 0; at < len; at += META_BLOCK_SIZE) {
		void *data = overlay_edit(o, (offset + at) / META_BLOCK_SIZE);

		if (!data)
			return -ENOMEM;
		memcpy(data, (const char *)from + at, META_BLOCK_SIZE);
	}
	return 0;
}

static int overlay_nothing(struct engine *e)
{
	(void)e;
	return 0;
}

static const struct engine_ops overlay_ops = {
	.read = overlay_read,
	.write = overlay_write,
	.flush = overlay_nothing,
	.close = overlay_nothing,
};

int overlay_init(struct overlay *o, struct engine *below, uint64_t nr_blocks)
{
	int r;

	*o = (struct overlay){ .below = below };
	o->engine = (struct engine){
		.ops = &overlay_ops, .size = nr_blocks * META_BLOCK_SIZE, .direct = below->direct,
	};
	r = bits_init(&o->has, nr_blocks);
	return r ? r : set_room(o, 64);
}

void overlay_exit(struct overlay *o)
{
	for (size_t i = 0; i < o->room; i++)
		if (o->blocks[i].where != UINT32_MAX)
			free(o->blocks[i].data);
	free(o->blocks);
	bits_exit(&o->has);
}
