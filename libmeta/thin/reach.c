/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/reach.h"

#include <stdlib.h>

#include "base/alloc.h"

/* A pointer, as its parent has it. */
struct place {
	uint64_t from;
	uint64_t where;
	unsigned height;
	uint64_t begin;
	uint64_t end;
};

int reach_init(struct reach *r)
{
	r->levels = alloc_blocks(WALK_HEIGHTS);
	if (!r->levels)
		return -ENOMEM;
	return bits_init(&r->clean, r->walk->nr_blocks);
}

void reach_exit(struct reach *r)
{
	bits_exit(&r->clean);
	free(r->levels);
	r->levels = NULL;
}

static int go_down(struct reach *r, const struct place *p, bool *any);

/* The walk could read it, so only a device that fails meanwhile ends here. */
static int read_inner(struct reach *r, const struct place *p, struct node *n)
{
	void *block = (char *)r->levels + (size_t)p->height * META_BLOCK_SIZE;
	struct fault f;
	int result = engine_read(r->walk->engine, block, p->where, 1);

	if (!result && node_parse(n, block, p->where, sizeof(__le64), &f))
		result = -EIO;
	return result;
}

static int go_through(struct reach *r, const struct place *p, bool *any)
{
	struct node n = { .nr_entries = 0 };
	int result = read_inner(r, p, &n);

	for (uint32_t i = 0; i < n.nr_entries && !result; i++) {
		const struct place child = {
			.from = p->where, .where = node_value64(&n, i), .height = p->height - 1,
			.begin = node_key(&n, i),
			.end = i + 1 < n.nr_entries ? node_key(&n, i + 1) : p->end,
		};

		result = go_down(r, &child, any);
	}
	return result;
}

static int go_down(struct reach *r, const struct place *p, bool *any)
{
	bool below = false;
	int result;

	if (!walk_is(r->walk, p->where, KIND_MAPPING, p->height)) {
		*any = true;
		return r->found(r->arg, p->from, p->begin, p->end);
	}
	if (bits_has(r->wanted, p->where)) {
		*any = true;
		return r->found(r->arg, p->where, p->begin, p->end);
	}
	if (!p->height || bits_has(&r->clean, p->where) || bits_has(&r->walk->lost, p->where))
		return 0;
	result = go_through(r, p, &below);
	if (!below && !result)
		bits_add(&r->clean, p->where);
	*any |= below;
	return result;
}

int reach_root(struct reach *r, uint64_t from, uint64_t root)
{
	struct place p = { .from = from, .where = root, .begin = 0, .end = UINT64_MAX };
	bool any = false;

	if (root < r->walk->nr_blocks)
		p.height = r->walk->uses[root] >> 4;
	return go_down(r, &p, &any);
}
