/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_rmap_text - who has which data blocks, for people and for programs. */
#ifndef TOOLS_THIN_RMAP_TEXT_H
#define TOOLS_THIN_RMAP_TEXT_H

#include "meta/thin_rmap.h"

/* Prints all of @list, a line each, or as JSON. */
void thin_rmap_print(const struct thin_rmap_list *list, bool json);

#endif
