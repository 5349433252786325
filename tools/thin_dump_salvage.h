/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_dump_salvage - thin_dump --repair: what can be saved takes the metadata's place. */
#ifndef TOOLS_THIN_DUMP_SALVAGE_H
#define TOOLS_THIN_DUMP_SALVAGE_H

#include "meta/thin_repair.h"
#include "thin_dump_request.h"

/*
 * Saves from @e what can be saved, as *@s for thin_salvage_dump() with @o, of which
 * what is settled by now is taken out.  0, or the exit status after the words.
 */
int thin_dump_salvage(struct engine *e, const struct thin_dump_request *q, const char *input,
		      struct thin_load_opts *o, struct thin_salvage **s);

#endif
