/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * assemble - puts the trees of a pool together from what the scan found.
 *
 * What looks sound may be in the wrong place: then numbers do not add up.  So
 * if they do not, it is tried what they are without the nodes in question, and
 * what makes things better without it stays out.
 */
#ifndef THIN_ASSEMBLE_H
#define THIN_ASSEMBLE_H

#include "thin/census.h"

/*
 * Once, from the beginning: device trees, counts, mapping trees and what goes
 * into their holes.  @older gets what older trees say.  As assemble_run().
 */
int assemble_once(struct thin_salvage *s, struct census *older);

/*
 * All of it, with the trials; then holes are filled with what is older.  0;
 * -ENODATA when there are no devices to be found; -ENOENT when nothing is
 * where options say; -ENOSPC, -ENOMEM, or what reading gave.
 */
int assemble_run(struct thin_salvage *s);

#endif
