/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_repair_words - what a repair found, for people and for programs. */
#ifndef TOOLS_THIN_REPAIR_WORDS_H
#define TOOLS_THIN_REPAIR_WORDS_H

#include <stdio.h>

#include "meta/thin_repair.h"
#include "tool.h"

/* Is anything not as it was, or not certain to be? */
bool thin_repair_is_changed(const struct thin_repair_report *rep);

/*
 * Says why thin_salvage_new() returned @r.  Returns -EUCLEAN once it is told,
 * else @r.
 */
int thin_repair_say_failure(const struct tool *tool, const char *path, int r);

/* Says on stderr what was found about @path, some lines for each device. */
void thin_repair_print_words(const struct tool *tool, const char *path,
			     const struct thin_repair_report *rep);

/* One JSON object; thin_repair(8) has its members. */
void thin_repair_print_json(FILE *to, const char *path, const struct thin_repair_report *rep);

/* A table of pairs of roots on stdout. */
void thin_repair_print_roots(const struct thin_roots *roots, size_t nr);

#endif
