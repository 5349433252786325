/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_trim_words - what thin_trim prints, for people and for programs. */
#ifndef TOOLS_THIN_TRIM_WORDS_H
#define TOOLS_THIN_TRIM_WORDS_H

#include "meta/thin_trim.h"
#include "tool.h"

struct thin_trim_words {
	const struct tool *tool;
	const char *metadata;
	const char *data;
	bool json;
	bool verbose;
	bool dry_run;
	uint64_t nr_told;
};

/* Before the first range: what pool it is. */
void thin_trim_words_begin(const struct thin_trim_words *w, const struct thin_sb *sb,
			   uint64_t nr_unused);

/* A range; @w is a struct thin_trim_words. */
void thin_trim_words_tell(void *w, const struct thin_trim_extent *x);

/* How it went. */
void thin_trim_words_end(const struct thin_trim_words *w, const struct thin_trim_report *rep,
			 int r);

/* Why this metadata is not good enough. */
void thin_trim_words_refuse(const struct thin_trim_words *w,
			    const struct thin_check_report *rep);

#endif
