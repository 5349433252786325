/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_receive_thin - what is known of a target that is a thin device. */
#ifndef TOOLS_THIN_RECEIVE_THIN_H
#define TOOLS_THIN_RECEIVE_THIN_H

#include <sys/types.h>

#include "thin_receive_target.h"

/*
 * Looks whether the block device @dev is a thin one without an external origin, and
 * notes in @t how large its blocks are, whether new ones are cleared, and behind which
 * byte nothing is mapped.
 */
void receive_thin_look(struct receive_target *t, dev_t dev);

#endif
