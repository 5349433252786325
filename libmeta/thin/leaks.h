/* SPDX-License-Identifier: GPL-2.0-or-later */
/* leaks - gives leaked blocks back; THIN_MEND_LEAKS of meta/thin_check.h. */
#ifndef THIN_LEAKS_H
#define THIN_LEAKS_H

#include "meta/thin_check.h"

/* As thin_check_mend(). */
int leaks_repair(struct engine *e, struct thin_check_mending *how);

#endif
