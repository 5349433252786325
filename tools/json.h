/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json - what tools that print JSON share. */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdio.h>

/*
 * Writes @s as a JSON string.  File names are bytes; what is no printable ASCII
 * is escaped byte by byte, so that the output is JSON for any name.
 */
void json_put_string(FILE *to, const char *s);

#endif
