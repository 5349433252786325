/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_repair_words - what a repair found, for people and for programs. */
#ifndef TOOLS_THIN_REPAIR_WORDS_H
#define TOOLS_THIN_REPAIR_WORDS_H

#include "new_file.h"
#include "thin_repair_request.h"

/* Is anything not as it was, or not certain to be? */
bool thin_repair_is_changed(const struct thin_repair_report *rep);

/* Says why thin_salvage_new() returned @r.  -EUCLEAN. */
int thin_repair_say_failure(const struct tool *tool, const char *path, int r);

/*
 * Says on stderr what was found about @path, some lines for each device, which
 * is called by the name that @names has for it; NULL: has none.
 */
void thin_repair_print_words(const struct tool *tool, const char *path,
			     const struct lvm_pool *names, const struct thin_repair_report *rep);

/*
 * Opens the file for --report; none, and @f says so, without the option.  0, or
 * -EUCLEAN after the words.
 */
int thin_repair_open_report(const struct thin_repair_request *q, struct new_file *f);

/*
 * Writes the report, one JSON object of which thin_repair(8) has the members;
 * no report for a NULL @rep.  Closes @f.  0, or -EUCLEAN after the words.
 */
int thin_repair_close_report(const struct thin_repair_request *q, struct new_file *f,
			     const struct thin_repair_report *rep);

#endif
