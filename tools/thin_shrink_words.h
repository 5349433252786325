/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_shrink_words - what thin_shrink says. */
#ifndef TOOLS_THIN_SHRINK_WORDS_H
#define TOOLS_THIN_SHRINK_WORDS_H

#include "meta/thin_shrink.h"
#include "tool.h"

/* What would be done, on stdout. */
void thin_shrink_print_plan(const struct thin_shrink_report *rep, uint64_t nr_data_blocks);

/* Something is odd about XML; @arg is the name of the file. */
void thin_shrink_warn(void *arg, const struct thin_issue *i);

/* Why there is no plan: the metadata @input is damaged, or it does not fit.  -EUCLEAN. */
int thin_shrink_say_no_plan(const struct tool *tool, const char *input, uint64_t nr_data_blocks,
			    const struct thin_shrink_report *rep,
			    const struct thin_check_report *check, int r);

/* Why the data could not be copied.  -EUCLEAN. */
int thin_shrink_say_not_copied(const struct tool *tool, const char *data,
			       const struct thin_shrink_copied *c, int r);

#endif
