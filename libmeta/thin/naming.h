/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * naming - devices that the two trees that list them know by different ids.
 *
 * What has the same place in both, and maps as much as it should as far as it is
 * there, is one device.
 * An older transaction may say which id is right: by when the device was made,
 * which never changes, or by its root.
 */
#ifndef THIN_NAMING_H
#define THIN_NAMING_H

#include "thin/census.h"

/* Have both trees the same devices, as those of one transaction do?  @now is sorted. */
bool naming_agrees(const struct census *now);

/* Gives such devices of @now one id, and tells of it; both are sorted, and stay so. */
void naming_mend(struct thin_salvage *s, struct census *now, const struct census *older);

#endif
