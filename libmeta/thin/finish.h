/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finish - device trees, superblock and report of what was saved. */
#ifndef THIN_FINISH_H
#define THIN_FINISH_H

#include "thin/salvage.h"

/* Gives details to devices that have none, and makes all times fit.  0. */
int finish_devices(struct thin_salvage *s);

/*
 * Writes device trees and superblock into the overlay.  0, -ENOMEM; -ERANGE if
 * mappings do not fit what overrides want; -ENOSPC if there is no number for a
 * block.
 */
int finish_pool(struct thin_salvage *s);

/*
 * Writes a superblock with these device trees into the overlay, and makes room
 * for the report's devices.  0 or -ENOMEM.
 */
int finish_sb(struct thin_salvage *s, uint64_t mapping_root, uint64_t details_root);

/* After all findings were told. */
void finish_report(struct thin_salvage *s);

#endif
