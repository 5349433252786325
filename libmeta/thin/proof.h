/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proof - holds the result against the rules that a checker has.
 *
 * Mappings that break one are taken out: of two mappings of a data block in
 * one device the older.  If devices share what one of them takes for its own,
 * their snapshot times are raised, so that the kernel copies before it writes.
 */
#ifndef THIN_PROOF_H
#define THIN_PROOF_H

#include "thin/salvage.h"

/*
 * After finish_devices().  0, -ENOMEM; -EIO when a rule is still broken after
 * all that can be done; or what reading gave.
 */
int proof_run(struct thin_salvage *s);

#endif
