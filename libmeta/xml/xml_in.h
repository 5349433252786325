/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xml_in - elements in, one at a time; never a document in memory.
 *
 * Reads a file or a pipe to its end with expat.  There is no text in our
 * formats, so anything but blanks between tags is an error; so are document
 * types, and with them all entities that somebody could define.
 *
 * Nearly all of a large dump are lines of one form, each a whole element.
 * Those need not go through a general parser: a caller may have a lane for
 * them.  At the start of a line, in the content of an element that said so, it
 * is shown what comes and takes as many whole lines as it understands.  They
 * must be empty elements and blanks, so that what is left is well-formed if
 * and only if all of it was.  Where the lane takes nothing, expat goes on.
 */
#ifndef XML_XML_IN_H
#define XML_XML_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* A lane can look at so many bytes behind its end; they are no line. */
	XML_IN_SLACK = 256,
	/* Longer tags, comments and the like are refused. */
	XML_IN_TOKEN_MAX = 1 << 20,
};

struct xml_in;

struct xml_in_ops {
	/* @atts: name, value, name, value, NULL.  0, or an error that ends all. */
	int (*begin)(void *arg, struct xml_in *x, const char *name, const char **atts);
	int (*end)(void *arg, struct xml_in *x, const char *name);

	/*
	 * Takes lines from @begin on, none of them beyond @end; each begins
	 * @line of the document or comes right behind.  Returns where it
	 * stopped, with the lines taken added to *@nr_lines.  NULL: no lane.
	 */
	const char *(*lane)(void *arg, const char *begin, const char *end, uint64_t line,
			    uint64_t *nr_lines, int *error);
};

enum xml_in_problem {
	XML_IN_OK,
	XML_IN_SYNTAX,		/* said by xml_in_error.message */
	XML_IN_TEXT,
	XML_IN_DOCTYPE,
	XML_IN_TOKEN,
};

struct xml_in_error {
	enum xml_in_problem problem;
	uint64_t line;
	const char *message;
};

/*
 * Reads @fd to its end, adding what has been read to *@done, which may be
 * NULL.  0; -EUCLEAN with @error when the XML is wrong; what a call gave; a
 * failed read's errno; or -ENOMEM.
 */
int xml_in_read(int fd, const struct xml_in_ops *ops, void *arg, uint64_t *done,
		struct xml_in_error *error);

/* The line of the tag that is being told; only in begin and end. */
uint64_t xml_in_line(struct xml_in *x);

/* Called in begin or end: may a lane take what follows, or no longer? */
void xml_in_set_lane(struct xml_in *x, bool is_open);

#endif
