/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flag - clears needs_check; THIN_MEND_FLAG of meta/thin_check.h. */
#ifndef THIN_FLAG_H
#define THIN_FLAG_H

#include "meta/thin_check.h"

/* As thin_check_mend(). */
int flag_clear(struct engine *e, struct thin_check_mending *how);

#endif
