/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/le.h"
#include "meta/format.h"
#include "pdata/recipe.h"

enum { WORD = 8 };

struct follower {
	const uint8_t *in;
	size_t left;
	uint64_t base;
};

/* Where words and bytes go; what does not fit is refused. */
struct sink {
	uint8_t *out;
	size_t room;
};

static bool take(struct follower *f, size_t nr, const uint8_t **bytes)
{
	if (nr > f->left)
		return false;
	*bytes = f->in;
	f->in += nr;
	f->left -= nr;
	return true;
}

static bool take_number(struct follower *f, unsigned width, uint64_t *v)
{
	const uint8_t *bytes;
	__le64 v_le = 0;

	if ((width != 1 && width != 2 && width != 4 && width != 8) || !take(f, width, &bytes))
		return false;
	memcpy(&v_le, bytes, width);
	*v = le64_to_cpu(v_le);
	return true;
}

/* The rest of a count whose upper part came with the kind. */
static bool take_count(struct follower *f, unsigned upper, unsigned *count)
{
	const uint8_t *bytes;

	if (!take(f, 1, &bytes))
		return false;
	*count = upper << 8 | *bytes;
	return true;
}

static bool emit(struct follower *f, struct sink *s, unsigned count)
{
	__le64 v_le = cpu_to_le64(f->base);

	if (count > s->room / WORD)
		return false;
	for (; count; count--) {
		memcpy(s->out, &v_le, WORD);
		s->out += WORD;
		s->room -= WORD;
	}
	return true;
}

/* SET to DOWN_BY, @count times. */
static bool step(struct follower *f, struct sink *s, unsigned code, unsigned count)
{
	unsigned kind = code >> 4, low = code & 15;
	bool is_short = kind == RECIPE_UP || kind == RECIPE_DOWN;
	uint64_t v = low;

	if (count > s->room / WORD || (!is_short && !take_number(f, low, &v)))
		return false;
	if (kind == RECIPE_SET) {
		f->base = v;
		return emit(f, s, count);
	}
	if (kind == RECIPE_DOWN || kind == RECIPE_DOWN_BY)
		v = -v;
	for (; count; count--) {
		f->base += v;
		emit(f, s, 1);
	}
	return true;
}

static bool repeat(struct follower *f, struct sink *s, unsigned count)
{
	const uint8_t *code;

	return take(f, 1, &code) && *code >> 4 <= RECIPE_DOWN_BY && step(f, s, *code, count);
}

static bool copy(struct follower *f, struct sink *s, unsigned width)
{
	const uint8_t *bytes;
	uint64_t len;

	if (!take_number(f, width, &len) || len > s->room || !take(f, (size_t)len, &bytes))
		return false;
	memcpy(s->out, bytes, (size_t)len);
	s->out += len;
	s->room -= (size_t)len;
	return true;
}

/* All but SHIFTED. */
static bool follow_plain(struct follower *f, struct sink *s, unsigned code)
{
	unsigned low = code & 15, count;

	switch (code >> 4) {
	case RECIPE_SET:
	case RECIPE_UP:
	case RECIPE_UP_BY:
	case RECIPE_DOWN:
	case RECIPE_DOWN_BY:
		return step(f, s, code, 1);
	case RECIPE_SAME:
		return emit(f, s, low);
	case RECIPE_SAME_MANY:
		return take_count(f, low, &count) && emit(f, s, count);
	case RECIPE_REPEAT:
		return repeat(f, s, low);
	case RECIPE_REPEAT_MANY:
		return take_count(f, low, &count) && repeat(f, s, count);
	case RECIPE_LITERAL:
		return copy(f, s, low);
	}
	return false;
}

static bool fill(struct follower *f, void *out, size_t room)
{
	struct sink s = { .out = out, .room = room };
	const uint8_t *code;

	while (s.room)
		if (!take(f, 1, &code) || !follow_plain(f, &s, *code))
			return false;
	return true;
}

static bool follow_shifted(struct follower *f, struct sink *s, unsigned upper_count)
{
	__le64 upper[META_BLOCK_SIZE / WORD], lower[META_BLOCK_SIZE / WORD];
	uint64_t base = 0;
	unsigned count;

	if (!take_count(f, upper_count, &count) || count > s->room / WORD ||
	    !fill(f, upper, count * sizeof(*upper)) || !fill(f, lower, count * sizeof(*lower)))
		return false;
	base = f->base;
	for (unsigned i = 0; i < count; i++) {
		uint64_t high = le64_to_cpu(upper[i]), low = le64_to_cpu(lower[i]);

		if (high >> (64 - RECIPE_SHIFT) || low >> RECIPE_SHIFT)
			return false;
		f->base = high << RECIPE_SHIFT | low;
		emit(f, s, 1);
	}
	f->base = base;
	return true;
}

int recipe_follow(const uint8_t *in, size_t len, void *block, size_t *used)
{
	struct follower f = { .in = in, .left = len < RECIPE_READ_MAX ? len : RECIPE_READ_MAX };
	struct sink s = { .out = block, .room = META_BLOCK_SIZE };
	const uint8_t *code;

	while (s.room)
		if (!take(&f, 1, &code) ||
		    !(*code >> 4 == RECIPE_SHIFTED ? follow_shifted(&f, &s, *code & 15) :
						     follow_plain(&f, &s, *code)))
			return -EUCLEAN;
	*used = (size_t)(f.in - in);
	return 0;
}
