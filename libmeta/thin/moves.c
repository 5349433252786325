/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/moves.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "thin/holes.h"

/* A range to be moved, and the pieces it is moved in. */
struct source {
	uint64_t begin;
	uint64_t length;
	size_t first;			/* piece */
};

struct piece {
	uint64_t to;
	uint64_t length;
};

struct plan {
	struct source *sources;		/* in the order of the device */
	size_t nr, room;
	size_t *order;			/* the longest first */
	struct piece *pieces;
	size_t nr_pieces, room_pieces;
	struct holes holes;
};

static int add_source(struct plan *p, uint64_t begin, uint64_t length)
{
	if (alloc_room(&p->sources, &p->room, p->nr, 1, sizeof(*p->sources)))
		return -ENOMEM;
	p->sources[p->nr++] = (struct source){ .begin = begin, .length = length };
	return 0;
}

static int find_sources(struct plan *p, struct moves *m, const struct bits *mapped)
{
	uint64_t begin = m->limit, end;
	int r = 0;

	while (!r && (begin = bits_next(mapped, begin)) < mapped->nr) {
		end = bits_next_gap(mapped, begin);
		m->nr_blocks += end - begin;
		r = add_source(p, begin, end - begin);
		begin = end;
	}
	m->nr_ranges = p->nr;
	return r;
}

/* By counting lengths; those that are very long are not told apart. */
static int sort_sources(struct plan *p)
{
	size_t *begins = alloc_array(HOLES_LONG + 1, sizeof(*begins));
	size_t at = 0;

	p->order = alloc_array(p->nr, sizeof(*p->order));
	if (!begins || !p->order) {
		free(begins);
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->nr; i++)
		begins[p->sources[i].length < HOLES_LONG ? p->sources[i].length : HOLES_LONG]++;
	for (size_t n = HOLES_LONG + 1; n--;) {
		size_t nr = begins[n];

		begins[n] = at;
		at += nr;
	}
	for (size_t i = 0; i < p->nr; i++) {
		uint64_t n = p->sources[i].length;

		p->order[begins[n < HOLES_LONG ? n : HOLES_LONG]++] = i;
	}
	free(begins);
	return 0;
}

static int add_piece(struct plan *p, uint64_t to, uint64_t length)
{
	if (alloc_room(&p->pieces, &p->room_pieces, p->nr_pieces, 1, sizeof(*p->pieces)))
		return -ENOMEM;
	p->pieces[p->nr_pieces++] = (struct piece){ to, length };
	return 0;
}

static int place_source(struct plan *p, struct source *s)
{
	uint64_t done = 0, to, nr;
	int r = 0;

	s->first = p->nr_pieces;
	while (!r && done < s->length) {
		nr = holes_take(&p->holes, s->length - done, &to);
		r = add_piece(p, to, nr);
		done += nr;
	}
	return r;
}

static int list_moves(const struct plan *p, struct moves *m)
{
	m->all = alloc_array(p->nr_pieces, sizeof(*m->all));
	if (!m->all)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr; i++) {
		const struct source *s = &p->sources[i];
		const struct piece *piece = &p->pieces[s->first];

		for (uint64_t done = 0; done < s->length; piece++) {
			m->all[m->nr++] = (struct move){
				s->begin + done, piece->to, piece->length };
			done += piece->length;
		}
	}
	return 0;
}

/* About as many groups as moves, so looking one up reads two or three of them. */
static int index_moves(struct moves *m, uint64_t end)
{
	uint64_t span = end - m->limit;
	size_t i = 0;

	while (span >> m->shift > 2 * m->nr + 64)
		m->shift++;
	m->nr_groups = (span >> m->shift) + 1;
	m->first = alloc_array(m->nr_groups, sizeof(*m->first));
	if (!m->first)
		return -ENOMEM;
	/* The last one that begins before the group or at its beginning. */
	for (uint64_t g = 0; g < m->nr_groups; g++) {
		while (i + 1 < m->nr && m->all[i + 1].from <= m->limit + (g << m->shift))
			i++;
		m->first[g] = i;
	}
	return 0;
}

int moves_plan(struct moves *m, const struct bits *mapped, const struct bits *taken,
	       uint64_t limit)
{
	struct plan p = { .nr = 0 };
	int r;

	*m = (struct moves){ .limit = limit };
	r = find_sources(&p, m, mapped);
	r = r ? r : holes_init(&p.holes, taken, limit, m->nr_blocks, &m->nr_free);
	r = r ? r : sort_sources(&p);
	for (size_t i = 0; i < p.nr && !r; i++)
		r = place_source(&p, &p.sources[p.order[i]]);
	r = r ? r : list_moves(&p, m);
	r = r ? r : index_moves(m, mapped->nr);
	holes_exit(&p.holes);
	free(p.pieces);
	free(p.order);
	free(p.sources);
	return r;
}

void moves_exit(struct moves *m)
{
	free(m->all);
	free(m->first);
}

const struct move *moves_find(const struct moves *m, uint64_t block)
{
	uint64_t group = (block - m->limit) >> m->shift;
	size_t low = m->first[group];
	size_t high = group + 1 < m->nr_groups ? m->first[group + 1] + 1 : m->nr;

	/* The last one that does not begin behind it. */
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (m->all[mid].from <= block)
			low = mid;
		else
			high = mid;
	}
	return &m->all[low];
}
