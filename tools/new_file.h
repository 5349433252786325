/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * new_file - an output that a tool makes: it has its name when all of it is
 * there, and what had the name before stays until then.
 *
 * Until then it has no name at all, or where the file system cannot do that, one
 * beside its own, which a signal that ends the tool removes.  It is written in
 * place, and is empty or partial meanwhile, if it
 *
 *	- is no regular file;
 *	- has other names (hard links), is mounted there, or is one that somebody holds
 *	  open for us, such as /dev/stdout;
 *	- is there, and its directory or its owner do not let us replace it.
 *
 * A process has one of them at a time.
 */
#ifndef TOOLS_NEW_FILE_H
#define TOOLS_NEW_FILE_H

#include <limits.h>
#include <sys/types.h>

#include "tool.h"

struct new_file {
	const struct tool *tool;
	const char *path;
	char final[PATH_MAX];	/* the name to give it, links resolved; or "": */
	char temporary[PATH_MAX];	/* where it can be opened by now; "": in place */
	int fd;			/* for writing; -1: none */
	bool is_nameless;
	bool replaces;		/* what is there by the same name */
	const char *unless_kept;	/* to be said of a regular file; else NULL */
};

/*
 * Opens what will be @path; @mode is for one that is not there yet.  "-" is
 * standard output.  Block devices, directories and sockets are refused.  0, or
 * -EUCLEAN after the words.
 */
int new_file_open(struct new_file *f, const struct tool *tool, const char *path, mode_t mode);

/*
 * As that for what must never be partial, and is ours alone: whatever has the name goes
 * away when all is there, also if it is a link or has other names.
 */
int new_file_open_whole(struct new_file *f, const struct tool *tool, const char *path,
			mode_t mode);

/* For what is not to be read by people: is it a terminal?  Then that has been said. */
bool new_file_is_terminal(const struct new_file *f);

/* Now it will be written: what is written in place becomes empty.  0, or as above. */
int new_file_begin(struct new_file *f);

/*
 * All is there: gives it its name.  If it is to be @safe from a power failure, or
 * takes the place of another, that waits for the disk.  0, or as above.
 */
int new_file_keep(struct new_file *f, bool safe);

/* Closes; what was not kept is removed, and what has become of it is said. */
void new_file_close(struct new_file *f);

/*
 * As that at the end of work that gave @r.  If nobody has told that, it is told
 * first, as tool_status() would: why comes before what it led to.  -EUCLEAN then; else @r.
 */
int new_file_end(struct new_file *f, int r);

/*
 * Unless @force: if @path begins with metadata of any kind, asks on stderr
 * whether it may be lost, and reads the answer from stdin.  A quiet tool takes
 * it for a no.
 */
bool tool_may_overwrite(const struct tool *tool, const char *path, bool force);

#endif
