/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_dump_output - where the text of thin_dump goes. */
#ifndef TOOLS_THIN_DUMP_OUTPUT_H
#define TOOLS_THIN_DUMP_OUTPUT_H

#include "new_file.h"
#include "thin_dump_request.h"

/* Opens it for all of a dump of @input.  0; or an error after the words. */
int thin_dump_output_open(struct new_file *f, const struct thin_dump_request *q,
			  const char *input);

#endif
