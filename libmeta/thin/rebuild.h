/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rebuild - makes both space maps anew from what the trees point to, whatever
 * they were before; THIN_MEND_SPACE_MAPS of meta/thin_check.h.
 */
#ifndef THIN_REBUILD_H
#define THIN_REBUILD_H

#include "meta/thin_check.h"

/* As thin_check_mend(). */
int rebuild_space_maps(struct engine *e, struct thin_check_mending *how);

#endif
