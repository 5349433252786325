/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emit_text - what a reader hands out, as one short line to compare:
 *
 *	"pool def 1: 0+3>100 end dev 7: ref 1 10+1>50 end end"
 */
#ifndef UNIT_EMIT_TEXT_H
#define UNIT_EMIT_TEXT_H

#include "meta/thin_load.h"

struct emit_text {
	char text[4096];
	size_t len;
	uint32_t latest;		/* time of a mapping */
};

/* For thin_load(), with a struct emit_text that is all zeroes. */
extern const struct thin_emit emit_text;

#endif
