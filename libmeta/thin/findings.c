/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/findings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"

static const char words[] =
#define FINDING_ROW(code, class, text) WORDS(#code, text)
	THIN_FINDINGS(FINDING_ROW)
#undef FINDING_ROW
;

static const uint8_t classes[] = {
#define FINDING_ROW(code, class, text) THIN_##class,
	THIN_FINDINGS(FINDING_ROW)
#undef FINDING_ROW
};

enum thin_finding_class thin_finding_class(const struct thin_finding *f)
{
	return classes[f->code];
}

const char *thin_finding_class_name(enum thin_finding_class c)
{
	static const char *const names[] = { "note", "doubt", "older", "loss" };

	return names[c];
}

const char *thin_finding_name(const struct thin_finding *f)
{
	return words_name(words, f->code);
}

static uint64_t number_of(const struct thin_finding *f, char letter)
{
	switch (letter) {
	case 'b':
		return f->where;
	case 'f':
		return f->found;
	case 'w':
		return f->wanted;
	default:
		return f->nr;
	}
}

char *thin_finding_text(const struct thin_finding *f, char text[THIN_FINDING_TEXT_MAX])
{
	const char *from = words_text(words, f->code);
	size_t len = 0;

	while (*from && len + 24 < THIN_FINDING_TEXT_MAX) {
		if (from[0] == '{' && from[1] && from[2] == '}') {
			len += (size_t)snprintf(text + len, 24, "%" PRIu64,
						number_of(f, from[1]));
			from += 3;
		} else {
			text[len++] = *from++;
		}
	}
	text[len] = '\0';
	return text;
}

void findings_add(struct findings *l, const struct thin_finding *f)
{
	if (l->nr < FINDINGS_MOST &&
	    alloc_room(&l->all, &l->room, l->nr, 1, sizeof(*l->all))) {
		l->error = -ENOMEM;
		return;
	}
	l->nr_by_class[thin_finding_class(f)]++;
	if (l->nr < FINDINGS_MOST)
		l->all[l->nr++] = *f;
}

void findings_cut(struct findings *l, size_t nr)
{
	memset(l->nr_by_class, 0, sizeof(l->nr_by_class));
	l->nr = nr;
	for (size_t i = 0; i < nr; i++)
		l->nr_by_class[thin_finding_class(&l->all[i])]++;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* No device is the largest id; one more makes it the smallest. */
static int compare(const void *a, const void *b)
{
	const struct thin_finding *x = a, *y = b;
	int r = order((uint32_t)(x->dev_id + 1), (uint32_t)(y->dev_id + 1));

	if (!r)
		r = order(x->begin, y->begin);
	if (!r)
		r = order(x->code, y->code);
	if (!r)
		r = order(x->where, y->where);
	return r ? r : order(x->end, y->end);
}

void findings_sort(struct findings *l)
{
	if (l->nr)
		qsort(l->all, l->nr, sizeof(*l->all), compare);
}

void findings_exit(struct findings *l)
{
	free(l->all);
}
