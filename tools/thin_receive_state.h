/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_receive_state - what a target holds: which stream was received, how far, and
 * where to go on.
 *
 * A small text file, replaced as a whole and on the disk before anything is
 * written that it has to know of.  Below "position" all is in place and on the
 * disk; from "touched" on nothing has been written; between them both may be.
 */
#ifndef TOOLS_THIN_RECEIVE_STATE_H
#define TOOLS_THIN_RECEIVE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "tool.h"

/* Where an interrupted stream goes on, as thin_send needs it. */
struct receive_token {
	bool incremental;
	uint8_t to[DIGEST_SIZE], from[DIGEST_SIZE];
	uint64_t device_size;
	uint64_t position;
};

/* Some of what was written, to know the target again. */
enum { RECEIVE_MARKS = 16 };
struct receive_mark {
	uint64_t position;
	uint32_t length;
	uint32_t csum;
};

struct receive_state {
	struct receive_token token;
	uint64_t touched;
	bool complete;
	unsigned nr_marks;
	struct receive_mark marks[RECEIVE_MARKS];
};

#define RECEIVE_TOKEN_TEXT_MAX 160

/* A token as a word for a command line; returns @text. */
char *receive_token_text(const struct receive_token *t, char text[RECEIVE_TOKEN_TEXT_MAX]);

/* Reads such a word.  0 or -EINVAL. */
int receive_token_parse(const char *text, struct receive_token *t);

/*
 * Reads a state.  0; -ENOENT when there is no such file; -EUCLEAN when it is
 * no state or damaged; or what reading gave.
 */
int receive_state_load(const char *path, struct receive_state *s);

/* Replaces the file, and returns when it is on the disk.  0, or -EUCLEAN after the words. */
int receive_state_store(const char *path, const struct receive_state *s);

#endif
