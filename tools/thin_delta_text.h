/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_delta_text - what thin_delta writes to stdout, as XML or JSON.
 *
 * Text is gathered and written in large pieces.  The calls of the two emitters
 * take a struct thin_delta_text; they fail once stdout has, with -EPIPE, as
 * tool_status() says the reason.
 */
#ifndef TOOLS_THIN_DELTA_TEXT_H
#define TOOLS_THIN_DELTA_TEXT_H

#include "meta/thin_delta.h"

struct thin_delta_text {
	const struct thin_delta_side *sides;	/* left, right */
	bool verbose;			/* data blocks as well */
	bool any;			/* a run has been written, */
	enum thin_delta_kind kind;	/* the last one of this kind */
	size_t len;
	char buffer[1 << 16];
};

extern const struct thin_delta_emit thin_delta_xml;
extern const struct thin_delta_emit thin_delta_json;

/* Writes what is left after something went wrong.  0 or -EPIPE. */
int thin_delta_text_flush(struct thin_delta_text *t);

/* "same", "different", "left_only", "right_only". */
const char *thin_delta_kind_name(enum thin_delta_kind kind);

#endif
