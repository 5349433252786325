/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_check_words - what thin_check found, for people. */
#ifndef TOOLS_THIN_CHECK_WORDS_H
#define TOOLS_THIN_CHECK_WORDS_H

#include "meta/thin_check.h"

/*
 * Says all findings on stderr, a line each, and a verdict when there are any.
 * With @explain also what they mean and which command comes next.  @done: what
 * was mended, or NULL.
 */
void thin_check_print_words(const char *path, const struct thin_check_report *rep, bool explain,
			    const char *done);

/* Says on stdout what lvm2 wants to know of metadata that will do; @arg is not used. */
void thin_check_print_accepted(void *arg, const struct thin_check_report *rep);

/* What one sort of finding means, a sentence; returns @text. */
#define THIN_CHECK_MEANING_MAX 160
char *thin_check_meaning(enum fault_code code, char text[THIN_CHECK_MEANING_MAX]);

/* What the worst of the findings means, and what to do; one sentence each. */
struct advice {
	const char *meaning;
	const char *next;
};

/* For the worst of what @rep has. */
struct advice thin_check_advice(const struct thin_check_report *rep);

#endif
