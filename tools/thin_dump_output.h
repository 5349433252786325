/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_dump_output - where the text of thin_dump goes. */
#ifndef TOOLS_THIN_DUMP_OUTPUT_H
#define TOOLS_THIN_DUMP_OUTPUT_H

#include "thin_dump_request.h"

/* 0 or more: a descriptor; or a negative errno that has been told. */
int thin_dump_output_open(const struct thin_dump_request *q, const char *input);

/*
 * After all has gone well so far, or @r: late errors of network file systems and
 * quotas come only now.
 */
int thin_dump_output_close(const struct thin_dump_request *q, int fd, int r);

#endif
