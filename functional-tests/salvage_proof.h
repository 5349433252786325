/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * salvage_proof - mappings that nobody can get back.
 *
 * If two sound pools map something in different ways, and the same damage makes
 * the same bytes of both, then those bytes do not say which of the two it was.
 * So: exchange the contents of two nodes that were hit, or of two entries of a
 * top-level leaf that was; if a check passes the result, whatever it maps
 * otherwise than the pool did is lost, for any program.  With leaves the same
 * tells mappings that look right to any program and are not.
 *
 * This finds some of what is lost, not all of it; it holds for damage that
 * leaves nothing of a block where it was.
 */
#ifndef SALVAGE_PROOF_H
#define SALVAGE_PROOF_H

#include "salvage_image.h"

/*
 * Sets @lost[i] for each mapping i of @im->truth that is, and adds to @more what
 * the pool may as well have had where it had nothing.  @leaves: exchanges these
 * as well.
 */
void proof_find(const struct image *im, const struct damage *d, uint8_t *lost,
		struct mappings *more, bool leaves);

#endif
