/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fault.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"

static const char words[] =
#define RULE(code, class, unit, text) WORDS(#code, text)
	FAULTS(RULE)
#undef RULE
;

static const uint8_t classes[] = {
#define RULE(code, class, unit, text) [FAULT_##code] = FAULT_##class,
	FAULTS(RULE)
#undef RULE
};

static const uint8_t units[] = {
#define RULE(code, class, unit, text) [FAULT_##code] = FAULT_##unit,
	FAULTS(RULE)
#undef RULE
};

static const char *const kinds[] = {
#define KIND(kind, text) [KIND_##kind] = text,
	BLOCK_KINDS(KIND)
#undef KIND
};

static const char *const class_names[] = {
	[FAULT_FATAL] = "fatal", [FAULT_REPAIR] = "repair", [FAULT_LEAK] = "leak",
	[FAULT_POLICY] = "policy", [FAULT_HINT] = "hint",
};

bool block_kind_is_space_map(enum block_kind kind)
{
	return kind == KIND_BITMAP || kind == KIND_INDEX || kind == KIND_INDEX_TREE ||
	       kind == KIND_OVERFLOW;
}

enum fault_class fault_class(const struct fault *f)
{
	enum fault_class class = classes[f->code];

	if (class == FAULT_FATAL && block_kind_is_space_map(f->kind))
		return FAULT_REPAIR;
	return class;
}

const char *fault_range_name(const struct fault *f)
{
	enum fault_unit unit = units[f->code];

	if (f->begin == f->end || unit == FAULT_NONE)
		return NULL;
	if (unit == FAULT_DATA)
		return "data blocks";
	if (unit == FAULT_META)
		return "metadata blocks";
	switch (f->kind) {
	case KIND_TOP:
	case KIND_DETAILS:
		return "devices";
	case KIND_INDEX_TREE:
		return "bitmaps";
	case KIND_OVERFLOW:
		return "counts of blocks";
	default:
		return "thin blocks";
	}
}

const char *fault_class_name(enum fault_class class)
{
	return class_names[class];
}

const char *fault_name(enum fault_code code)
{
	return words_name(words, code);
}

const char *block_kind_name(uint64_t kind)
{
	return kind < NR_BLOCK_KINDS ? kinds[kind] : "block of no known kind";
}

/* Where the words go; what does not fit is cut off. */
struct text {
	char *at;
	char *end;
};

static void __attribute__((format(printf, 2, 3)))
put(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->at, (size_t)(t->end - t->at), format, args);
	va_end(args);
	if (n > 0)
		t->at += n < t->end - t->at ? n : t->end - t->at - 1;
}

/* Handles one {..}; returns what is behind it. */
static const char *put_value(struct text *t, const char *s, const struct fault *f)
{
	bool hex = s[1] == 'x';
	bool kind = s[1] == 'k';
	uint64_t v = s[1 + (hex || kind)] == 'f' ? f->found : f->wanted;

	if (kind)
		put(t, "%s", block_kind_name(v));
	else
		put(t, hex ? "0x%" PRIx64 : "%" PRIu64, v);
	return strchr(s, '}') + 1;
}

/* What a tree loses is taken; counts are merely about blocks. */
static void put_range(struct text *t, const struct fault *f)
{
	const char *verb = units[f->code] == FAULT_KEYS ? "takes" : "is about";
	const char *name = fault_range_name(f);

	if (!name)
		return;
	if (f->end == UINT64_MAX)
		put(t, "; %s %s from %" PRIu64 " on", verb, name, f->begin);
	else
		put(t, "; %s %s %" PRIu64 "..%" PRIu64, verb, name, f->begin, f->end);
}

char *fault_text(const struct fault *f, char text[FAULT_TEXT_MAX])
{
	struct text t = { text, text + FAULT_TEXT_MAX };
	const char *s = words_text(words, f->code);

	put(&t, "block %" PRIu64, f->where);
	if (f->kind != KIND_FREE)
		put(&t, " (%s)", block_kind_name(f->kind));
	put(&t, ": ");
	if (f->dev_id != FAULT_NO_DEV)
		put(&t, "device %" PRIu32 "%s: ", f->dev_id, f->shared ? " and others" : "");
	while (*s) {
		if (*s == '{')
			s = put_value(&t, s, f);
		else
			put(&t, "%c", *s++);
	}
	put_range(&t, f);
	return text;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int fault_compare(const struct fault *a, const struct fault *b)
{
	int r = compare(a->where, b->where);

	r = r ? r : compare(a->dev_id, b->dev_id);
	r = r ? r : compare(a->begin, b->begin);
	r = r ? r : compare(a->end, b->end);
	r = r ? r : compare(a->code, b->code);
	r = r ? r : compare(a->found, b->found);
	return r ? r : compare(a->wanted, b->wanted);
}

static int compare_void(const void *a, const void *b)
{
	return fault_compare(a, b);
}

int fault_sink_init(struct fault_sink *s, size_t most)
{
	*s = (struct fault_sink){ .most = most };
	return -pthread_mutex_init(&s->lock, NULL);
}

void fault_sink_exit(struct fault_sink *s)
{
	pthread_mutex_destroy(&s->lock);
	free(s->faults);
}

void fault_sink_sort(struct fault_sink *s)
{
	size_t to = 0;

	if (!s->nr)
		return;
	qsort(s->faults, s->nr, sizeof(*s->faults), compare_void);
	for (size_t i = 1; i < s->nr; i++)
		if (fault_compare(&s->faults[to], &s->faults[i]))
			s->faults[++to] = s->faults[i];
	s->nr = to + 1;
	if (s->nr > s->most)
		s->nr = s->most;
}

/* Makes room for one more: grows up to twice the most, then keeps the first. */
static bool has_room(struct fault_sink *s)
{
	struct fault *faults;
	size_t room;

	if (s->nr < s->room)
		return true;
	if (s->room == 2 * s->most) {
		fault_sink_sort(s);
		return true;
	}
	room = s->room ? 2 * s->room : 64;
	if (room > 2 * s->most)
		room = 2 * s->most;
	faults = alloc_resize(s->faults, room, sizeof(*faults));
	if (!faults) {
		s->error = -ENOMEM;
		return false;
	}
	s->faults = faults;
	s->room = room;
	return true;
}

void fault_sink_add(struct fault_sink *s, const struct fault *f)
{
	pthread_mutex_lock(&s->lock);
	s->nr_by_code[f->code]++;
	s->nr_by_class[fault_class(f)]++;
	if (has_room(s))
		s->faults[s->nr++] = *f;
	pthread_mutex_unlock(&s->lock);
}
