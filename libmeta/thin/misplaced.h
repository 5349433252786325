/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * misplaced - leaves that seem to be another device's.
 *
 * What a device has written since its last snapshot, by the times of its
 * mappings, nobody else can have.  A leaf in which others share that has come
 * to its place by something else than the kernel; and one with the same keys
 * may be where it belongs.  Both are told as doubt.  Nothing is exchanged, as
 * metadata that was put together by hand may look like this as well.
 */
#ifndef THIN_MISPLACED_H
#define THIN_MISPLACED_H

#include "pdata/walk.h"
#include "thin/salvage.h"

/*
 * Marks the leaves of faults MAPPING_SHARED in @sink, which a walk of the result
 * has found, and those that may have changed places with them.  @claims: how
 * often leaves map each data block, negative.  0, -ENOMEM, or what reading gave.
 */
int misplaced_find(struct thin_salvage *s, const struct walk *walk, struct refs *claims,
		   const struct fault_sink *sink);

#endif
