/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recipe - a block as instructions that make it again, as packed metadata has it.
 *
 * An instruction begins with a byte whose upper half is its kind.  Words are of
 * 8 bytes.  The base is a word, 0 when a block begins; what a kind emits is the
 * new base:
 *
 *	0w n..	SET	  base = n, of w bytes
 *	1d	UP	  base += d		2w n..	UP_BY		base += n
 *	3d	DOWN	  base -= d		4w n..	DOWN_BY		base -= n
 *	5c	SAME	  c times the base	6c cc	SAME_MANY	c of 12 bits
 *	7c	REPEAT	  the next one c times,	8c cc	REPEAT_MANY	c of 12 bits
 *			  which is SET to DOWN_BY
 *	aw n..	LITERAL	  the n bytes behind; the base stays as it is
 *	bc cc	SHIFTED	  c words of 12 bits: what is behind makes c words, from
 *			  which their upper 40 bits are, and then c more, the lower 24
 *
 * A width w is 1, 2, 4 or 8, numbers of it have the low byte first, and counts
 * the high one.  A recipe ends when the block has all its bytes.
 */
#ifndef PDATA_RECIPE_H
#define PDATA_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/fault.h"

enum recipe_kind {
	RECIPE_SET,
	RECIPE_UP,
	RECIPE_UP_BY,
	RECIPE_DOWN,
	RECIPE_DOWN_BY,
	RECIPE_SAME,
	RECIPE_SAME_MANY,
	RECIPE_REPEAT,
	RECIPE_REPEAT_MANY,
	RECIPE_LITERAL = 10,
	RECIPE_SHIFTED = 11,
};

enum {
	RECIPE_SHIFT = 24,
	RECIPE_MADE_MAX = 8192,		/* room that recipe_make() wants */
	RECIPE_READ_MAX = 16384,	/* longer ones are not read */
};

/*
 * Writes a recipe for @block, which may hold anything, to @out, where
 * RECIPE_MADE_MAX bytes fit; @kind, what the block is by its checksum, decides
 * about length alone.  Returns the length.
 */
size_t recipe_make(const void *block, enum block_kind kind, uint8_t *out);

/*
 * Makes @block of the recipe at @in, of which no more than @len bytes are
 * there.  0 and in @used its length; -EUCLEAN if it is cut short, makes too
 * much or is no recipe.
 */
int recipe_follow(const uint8_t *in, size_t len, void *block, size_t *used);

#endif
