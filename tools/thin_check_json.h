/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_check_json - what thin_check found, for programs: one JSON object. */
#ifndef TOOLS_THIN_CHECK_JSON_H
#define TOOLS_THIN_CHECK_JSON_H

#include <stdio.h>

#include "meta/thin_check.h"

/*
 * @passed: the verdict, also what the exit status says.  @done: what was
 * mended, or NULL.  thin_check(8) documents every member.
 */
void thin_check_print_json(FILE *to, const char *path, const struct thin_check_report *rep,
			   bool passed, const char *done);

#endif
