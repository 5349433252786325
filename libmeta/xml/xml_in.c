/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xml/xml_in.h"

#include <errno.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fdio.h"

enum {
	BUFFER = 256 << 10,
	FEED_LINES_MAX = 1024,
};

struct xml_in {
	const struct xml_in_ops *ops;
	void *arg;
	XML_Parser parser;
	struct xml_in_error *error;
	int result;

	/* Bytes that expat has been given, and where its last event ended. */
	uint64_t fed;
	uint64_t event_end;
	uint64_t element_end;
	char last;			/* byte that it was given */

	uint64_t lines_fed;
	uint64_t lines_skipped;
	unsigned feed_lines;		/* how many at once, while the lane is shut */
	bool has_lane;			/* an encoding that lanes understand */
	bool is_lane_open;

	/* What was read and has gone nowhere yet. */
	char *begin, *end;
	bool is_eof;
	char buffer[BUFFER + XML_IN_SLACK];
};

uint64_t xml_in_line(struct xml_in *x)
{
	return XML_GetCurrentLineNumber(x->parser) + x->lines_skipped;
}

void xml_in_set_lane(struct xml_in *x, bool is_open)
{
	x->is_lane_open = is_open;
}

static void stop(struct xml_in *x, int r)
{
	if (!r || x->result)
		return;
	x->result = r;
	XML_StopParser(x->parser, XML_FALSE);
}

static void stop_at(struct xml_in *x, enum xml_in_problem problem)
{
	if (x->result)
		return;
	x->error->problem = problem;
	x->error->line = xml_in_line(x);
	stop(x, -EUCLEAN);
}

static void note_event(struct xml_in *x)
{
	x->event_end = (uint64_t)XML_GetCurrentByteIndex(x->parser) +
		       (uint64_t)XML_GetCurrentByteCount(x->parser);
}

static void XMLCALL on_begin(void *user, const XML_Char *name, const XML_Char **atts)
{
	struct xml_in *x = user;

	note_event(x);
	x->element_end = x->event_end;
	if (!x->result)
		stop(x, x->ops->begin(x->arg, x, name, atts));
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
	struct xml_in *x = user;

	note_event(x);
	x->element_end = x->event_end;
	if (!x->result)
		stop(x, x->ops->end(x->arg, x, name));
}

static void XMLCALL on_text(void *user, const XML_Char *s, int len)
{
	struct xml_in *x = user;

	note_event(x);
	for (int i = 0; i < len; i++)
		if (!memchr(" \t\n\r", s[i], 4)) {
			stop_at(x, XML_IN_TEXT);
			return;
		}
}

static void XMLCALL on_other(void *user, const XML_Char *s, int len)
{
	(void)s;
	(void)len;
	note_event(user);
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *sysid,
			       const XML_Char *pubid, int has_internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_internal;
	stop_at(user, XML_IN_DOCTYPE);
}

static void XMLCALL on_declaration(void *user, const XML_Char *version, const XML_Char *encoding,
				   int standalone)
{
	struct xml_in *x = user;

	(void)version;
	(void)standalone;
	note_event(x);
	if (encoding && strcasecmp(encoding, "utf-8"))
		x->has_lane = false;
}

static int set_up(struct xml_in *x)
{
	x->parser = XML_ParserCreate(NULL);
	if (!x->parser)
		return -ENOMEM;
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_begin, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetDefaultHandler(x->parser, on_other);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	XML_SetXmlDeclHandler(x->parser, on_declaration);
	return 0;
}

static int syntax_error(struct xml_in *x)
{
	enum XML_Error code = XML_GetErrorCode(x->parser);

	if (x->result)
		return x->result;
	if (code == XML_ERROR_NO_MEMORY)
		return -ENOMEM;
	*x->error = (struct xml_in_error){
		.problem = XML_IN_SYNTAX, .line = xml_in_line(x),
		.message = XML_ErrorString(code),
	};
	return -EUCLEAN;
}

static uint64_t count_lines(const char *s, size_t len)
{
	uint64_t nr = 0;

	for (const char *end = s + len; (s = memchr(s, '\n', (size_t)(end - s))); s++)
		nr++;
	return nr;
}

static int feed(struct xml_in *x, size_t len)
{
	x->fed += len;
	if (XML_Parse(x->parser, x->begin, (int)len, 0) != XML_STATUS_OK)
		return syntax_error(x);
	if (x->fed - x->event_end > XML_IN_TOKEN_MAX) {
		stop_at(x, XML_IN_TOKEN);
		return x->result;
	}
	if (len)
		x->last = x->begin[len - 1];
	x->lines_fed += count_lines(x->begin, len);
	x->begin += len;
	return 0;
}

static int feed_end(struct xml_in *x)
{
	if (XML_Parse(x->parser, x->buffer, 0, 1) != XML_STATUS_OK)
		return syntax_error(x);
	return 0;
}

/* Up to x->feed_lines lines, or what there is of the first. */
static size_t some_lines(const struct xml_in *x)
{
	const char *p = x->begin;

	for (unsigned i = 0; i < x->feed_lines && p < x->end; i++) {
		const char *next = memchr(p, '\n', (size_t)(x->end - p));

		if (!next)
			return i ? (size_t)(p - x->begin) : (size_t)(x->end - x->begin);
		p = next + 1;
	}
	return (size_t)(p - x->begin);
}

/*
 * Expat has then seen the end of a tag and a newline, and nothing of it waits
 * to be completed: whole elements may be left out here.
 */
static bool is_at_lane(const struct xml_in *x)
{
	return x->has_lane && x->is_lane_open && x->ops->lane &&
	       x->fed == x->element_end + 1 && x->last == '\n';
}

static int do_lane(struct xml_in *x, bool *took)
{
	uint64_t line = x->lines_fed + x->lines_skipped + 1;
	const char *stopped;
	int r = 0;

	stopped = x->ops->lane(x->arg, x->begin, x->end, line, &x->lines_skipped, &r);
	*took = stopped != x->begin;
	x->begin += stopped - x->begin;
	return r;
}

/* Moves what is left to the front and reads behind it. */
static int fill(struct xml_in *x, int fd, uint64_t *done)
{
	size_t left = (size_t)(x->end - x->begin);
	ssize_t n;

	memmove(x->buffer, x->begin, left);
	x->begin = x->buffer;
	x->end = x->buffer + left;
	n = fdio_read_some(fd, x->end, BUFFER - left);
	if (n < 0)
		return (int)n;
	x->is_eof = !n;
	x->end += n;
	memset(x->end, 0, XML_IN_SLACK);
	if (done)
		__atomic_fetch_add(done, (uint64_t)n, __ATOMIC_RELAXED);
	return 0;
}

/* In UTF-16 bytes that look like a line may be something else. */
static bool looks_like_utf8(const struct xml_in *x)
{
	return x->end - x->begin >= 2 && x->begin[0] && x->begin[1] &&
	       (x->begin[0] & 0xff) < 0xf0;
}

static int step(struct xml_in *x)
{
	bool took = false;
	int r = 0;

	if (is_at_lane(x))
		r = do_lane(x, &took);
	if (r)
		return r;
	if (took) {
		x->feed_lines = 1;
		return 0;
	}
	r = feed(x, some_lines(x));
	if (x->feed_lines < FEED_LINES_MAX)
		x->feed_lines *= 2;
	return r;
}

static int read_all(struct xml_in *x, int fd, uint64_t *done)
{
	int r = 0;

	while (!r && !x->is_eof && x->end - x->begin < XML_IN_SLACK)
		r = fill(x, fd, done);
	x->has_lane = !r && looks_like_utf8(x);
	while (!r && (x->begin < x->end || !x->is_eof)) {
		if (x->end - x->begin < XML_IN_SLACK && !x->is_eof) {
			r = fill(x, fd, done);
			continue;
		}
		r = step(x);
	}
	return r ? r : feed_end(x);
}

int xml_in_read(int fd, const struct xml_in_ops *ops, void *arg, uint64_t *done,
		struct xml_in_error *error)
{
	struct xml_in *x = malloc(sizeof(*x));
	int r;

	*error = (struct xml_in_error){ .problem = XML_IN_OK };
	if (!x)
		return -ENOMEM;
	memset(x, 0, offsetof(struct xml_in, buffer));
	x->ops = ops;
	x->arg = arg;
	x->error = error;
	x->begin = x->end = x->buffer;
	x->feed_lines = 1;
	r = set_up(x);
	if (!r)
		r = read_all(x, fd, done);
	if (x->parser)
		XML_ParserFree(x->parser);
	free(x);
	return r;
}
