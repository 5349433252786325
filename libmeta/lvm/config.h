/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config - reads lvm2's configuration text, in which it also keeps backups of
 * volume groups (/etc/lvm/backup, /etc/lvm/archive).
 *
 *	# a comment
 *	name = 5
 *	name = "text"
 *	name = [ "several", "values" ]
 *	section {
 *		name = 5
 *	}
 *
 * The reader calls for what it finds and keeps nothing; text is handed out as
 * it stands in the input.  Values in brackets, fractions and empty strings are
 * legal and are not told.
 */
#ifndef LVM_CONFIG_H
#define LVM_CONFIG_H

#include <stddef.h>
#include <stdint.h>

/* Sections may be so deep in each other; those of lvm2 are six deep. */
#define LVM_CONFIG_MAX_DEPTH 16u

/* A piece of the input, without quotation marks; escapes are as they were. */
struct lvm_config_text {
	const char *begin;
	size_t len;
};

/*
 * @depth counts the sections around it.  0, or a negative errno, which ends it
 * all.  section_end has no name.  All have to be there.
 */
struct lvm_config_ops {
	int (*section)(void *arg, unsigned depth, struct lvm_config_text name);
	int (*section_end)(void *arg, unsigned depth);
	int (*string)(void *arg, unsigned depth, struct lvm_config_text name,
		      struct lvm_config_text value);
	int (*number)(void *arg, unsigned depth, struct lvm_config_text name, uint64_t value);
};

enum lvm_config_problem {
	LVM_CONFIG_NAME,		/* no name where one has to be */
	LVM_CONFIG_SIGN,		/* neither "=" nor "{" behind a name */
	LVM_CONFIG_VALUE,		/* no value behind "=" */
	LVM_CONFIG_NUMBER,		/* is too large */
	LVM_CONFIG_STRING,		/* does not end in its line */
	LVM_CONFIG_LIST,		/* does not end, or lacks a comma */
	LVM_CONFIG_END,			/* "}" without a section, or a section without "}" */
	LVM_CONFIG_DEPTH,		/* too many sections in each other */
	LVM_CONFIG_BYTE,		/* a byte that no text has */
};

struct lvm_config_error {
	enum lvm_config_problem problem;
	uint64_t line;			/* from 1 on; also for what a call returned */
};

/* Reads all of it.  0; -EUCLEAN with @e filled; or what a call returned. */
int lvm_config_read(const char *text, size_t len, const struct lvm_config_ops *ops, void *arg,
		    struct lvm_config_error *e);

/* What is wrong, as a clause; static text. */
const char *lvm_config_problem_text(enum lvm_config_problem problem);

#endif
