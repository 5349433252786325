/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tour - goes through the devices of the result, counts what they map, and
 * tells each of them what happened to it.
 *
 * A subtree to which nothing happened is gone through once, whoever shares it.
 */
#ifndef THIN_TOUR_H
#define THIN_TOUR_H

#include "thin/salvage.h"

/* Sets mapped_blocks of all devices.  0, -ENOMEM, or what reading gave. */
int tour_run(struct thin_salvage *s);

#endif
