/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/le.h"
#include "meta/format.h"
#include "pdata/recipe.h"

enum {
	WORD = 8,
	MOST_WORDS = META_BLOCK_SIZE / WORD,
	FEW = 15,		/* what half a byte counts */
	REPEAT_FROM = 3,	/* fewer steps cost no more one by one */
	SAME_FROM = 4,		/* fewer equal words stay in a literal */
};

struct maker {
	const uint8_t *block;
	uint8_t *out;
};

static uint64_t load(const uint8_t *p)
{
	__le64 v_le;

	memcpy(&v_le, p, sizeof(v_le));
	return le64_to_cpu(v_le);
}

static unsigned width_of(uint64_t v)
{
	return v >> 32 ? 8 : v >> 16 ? 4 : v >> 8 ? 2 : 1;
}

/* Stores 8 bytes whatever the width, which is why there is room behind. */
static void put_number(struct maker *m, enum recipe_kind kind, uint64_t v)
{
	unsigned width = width_of(v);
	__le64 v_le = cpu_to_le64(v);

	*m->out++ = (uint8_t)(kind << 4 | width);
	memcpy(m->out, &v_le, sizeof(v_le));
	m->out += width;
}

static void put_count(struct maker *m, enum recipe_kind few, enum recipe_kind many, size_t count)
{
	if (count <= FEW) {
		*m->out++ = (uint8_t)(few << 4 | count);
		return;
	}
	*m->out++ = (uint8_t)(many << 4 | count >> 8);
	*m->out++ = (uint8_t)count;
}

static void put_literal(struct maker *m, size_t begin, size_t end)
{
	if (begin == end)
		return;
	put_number(m, RECIPE_LITERAL, end - begin);
	memcpy(m->out, m->block + begin, end - begin);
	m->out += end - begin;
}

static void put_step(struct maker *m, uint64_t up)
{
	bool is_up = up < -up;
	uint64_t step = is_up ? up : -up;
	unsigned kind = is_up ? RECIPE_UP : RECIPE_DOWN;

	if (step <= FEW)
		*m->out++ = (uint8_t)(kind << 4 | step);
	else
		put_number(m, is_up ? RECIPE_UP_BY : RECIPE_DOWN_BY, step);
}

/*
 * The shortest way from one word to another.  A value of its own is less random
 * than a difference from another one, whose sign is one more thing to tell.
 */
static void put_next(struct maker *m, uint64_t from, uint64_t to)
{
	uint64_t up = to - from;
	uint64_t step = up < -up ? up : -up;

	if (step > FEW && width_of(to) <= width_of(step))
		put_number(m, RECIPE_SET, to);
	else
		put_step(m, up);
}

/* @words in steps from one to the next. */
static void put_column(struct maker *m, const uint64_t *words, size_t nr)
{
	size_t i, end;

	put_number(m, RECIPE_SET, words[0]);
	for (i = 1; i < nr; i = end) {
		uint64_t step = words[i] - words[i - 1];

		for (end = i + 1; end < nr && words[end] - words[end - 1] == step; end++)
			;
		if (!step) {
			put_count(m, RECIPE_SAME, RECIPE_SAME_MANY, end - i);
		} else if (end - i >= REPEAT_FROM) {
			put_count(m, RECIPE_REPEAT, RECIPE_REPEAT_MANY, end - i);
			put_step(m, step);
		} else {
			end = i + 1;
			put_next(m, words[i - 1], words[i]);
		}
	}
}

static void put_words(struct maker *m, size_t begin, size_t nr)
{
	uint64_t words[MOST_WORDS];

	for (size_t i = 0; i < nr; i++)
		words[i] = load(m->block + begin + i * WORD);
	if (nr)
		put_column(m, words, nr);
}

/* Mappings: block and time change in their own ways. */
static void put_shifted(struct maker *m, size_t begin, size_t nr)
{
	uint64_t upper[MOST_WORDS], lower[MOST_WORDS];

	for (size_t i = 0; i < nr; i++) {
		uint64_t v = load(m->block + begin + i * WORD);

		upper[i] = v >> RECIPE_SHIFT;
		lower[i] = v & ((1u << RECIPE_SHIFT) - 1);
	}
	if (!nr)
		return;
	*m->out++ = (uint8_t)(RECIPE_SHIFTED << 4 | nr >> 8);
	*m->out++ = (uint8_t)nr;
	put_column(m, upper, nr);
	put_column(m, lower, nr);
}

/* Bytes of all kinds: stretches of equal words apart from the rest. */
static void put_plain(struct maker *m, size_t begin, size_t end)
{
	size_t from = begin, at = begin, behind;

	while (end - at >= WORD) {
		uint64_t v = load(m->block + at);

		for (behind = at + WORD; end - behind >= WORD; behind += WORD)
			if (load(m->block + behind) != v)
				break;
		if ((behind - at) / WORD < SAME_FROM) {
			at = behind;
			continue;
		}
		put_literal(m, from, at);
		put_number(m, RECIPE_SET, v);
		put_count(m, RECIPE_SAME, RECIPE_SAME_MANY, (behind - at) / WORD - 1);
		from = at = behind;
	}
	put_literal(m, from, end);
}

static void put_node(struct maker *m)
{
	const struct node_header_disk *h = (const void *)m->block;
	uint64_t max = le32_to_cpu(h->max_entries), value_size = le32_to_cpu(h->value_size);
	size_t values, end;

	if (max > MOST_WORDS || value_size > META_BLOCK_SIZE ||
	    sizeof(*h) + max * (WORD + value_size) > META_BLOCK_SIZE) {
		put_plain(m, 0, META_BLOCK_SIZE);
		return;
	}
	values = sizeof(*h) + max * WORD;
	end = values + max * value_size;
	put_literal(m, 0, sizeof(*h));
	put_words(m, sizeof(*h), max);
	if (value_size != WORD)
		put_plain(m, values, end);
	else if (le32_to_cpu(h->flags) & NODE_INTERNAL)
		put_words(m, values, max);
	else
		put_shifted(m, values, max);
	put_plain(m, end, META_BLOCK_SIZE);
}

size_t recipe_make(const void *block, enum block_kind kind, uint8_t *out)
{
	struct maker m = { .block = block, .out = out };

	if (kind == KIND_NODE)
		put_node(&m);
	else
		put_plain(&m, 0, META_BLOCK_SIZE);
	return (size_t)(m.out - out);
}
