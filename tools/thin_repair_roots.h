/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_repair_roots - older transactions: which there are, and which is meant. */
#ifndef TOOLS_THIN_REPAIR_ROOTS_H
#define TOOLS_THIN_REPAIR_ROOTS_H

#include "thin_repair_request.h"

/* Prints the pairs of roots on @in.  0 or -ENOMEM. */
int thin_repair_list_roots(const struct thin_repair_request *q, struct engine *in);

/*
 * Puts the pair that --roots or --transaction mean into mapping_root and
 * details_root of @q, and says which it is.  0, -ENOMEM; -EUCLEAN after the
 * words if there is none.
 */
int thin_repair_look_up_roots(struct thin_repair_request *q, struct engine *in);

#endif
