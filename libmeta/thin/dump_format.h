/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_format - what a format of a dump is: pure functions from one thing to
 * its text.  They may be called on any thread and write to where they are
 * told; they return what is behind the text.
 */
#ifndef THIN_DUMP_FORMAT_H
#define THIN_DUMP_FORMAT_H

#include "meta/thin.h"

/* So much room is there for the text of one run, or of anything else. */
#define DUMP_RUN_MAX 160u
#define DUMP_EVENT_MAX 512u

struct dump_format {
	char *(*pool_begin)(char *to, const struct thin_pool *p);
	char *(*pool_end)(char *to);
	char *(*def_begin)(char *to, uint64_t id);
	char *(*def_end)(char *to);
	char *(*device_begin)(char *to, const struct thin_device *d);
	char *(*device_end)(char *to);
	char *(*ref)(char *to, uint64_t id);
	char *(*runs)(char *to, const struct thin_run *runs, size_t nr);
};

#endif
