/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meta/format.h"

static bool quiet;

void tool_be_quiet(void)
{
	quiet = true;
}

bool tool_is_quiet(void)
{
	return quiet;
}

void tool_say(const struct tool *tool, const char *subject, const char *format, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, format);
	if (subject)
		fprintf(stderr, "%s: %s: ", tool->name, subject);
	else
		fprintf(stderr, "%s: ", tool->name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

bool tool_is_mistaken(const struct tool *tool, bool be_quiet, const char *mistake)
{
	if (be_quiet)
		tool_be_quiet();
	if (mistake)
		tool_mistake(tool, mistake);
	return mistake;
}

int tool_mistake(const struct tool *tool, const char *words)
{
	tool_say(tool, NULL, "%s; try %s --help", words, tool->name);
	return -EINVAL;
}

int tool_mistaken_value(const struct tool *tool, const char *option, const char *found,
			const char *wanted)
{
	tool_say(tool, NULL, "--%s: found \"%s\", wanted %s; try %s --help", option, found, wanted,
		 tool->name);
	return -EINVAL;
}

const char *tool_temporary_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

/* The first error counts: stdio forgets why it lost what it had. */
static int stdout_error;

static void note_error(void)
{
	if (!stdout_error)
		stdout_error = errno ? errno : EIO;
}

void tool_print(const char *text, size_t len)
{
	errno = 0;
	if (fwrite(text, 1, len, stdout) != len)
		note_error();
}

void tool_flush(void)
{
	errno = 0;
	if (fflush(stdout) || ferror(stdout))
		note_error();
}

/* Whether everything that went to stdout has arrived. */
static int finish_stdout(const struct tool *tool)
{
	tool_flush();
	if (stdout_error && stdout_error != EPIPE)
		tool_say(tool, "standard output", "%s", strerror(stdout_error));
	return -stdout_error;
}

int tool_status(const struct tool *tool, const char *subject, int r)
{
	if (r < 0 && r != -EPIPE && r != -EUCLEAN)
		tool_say(tool, subject, "%s", strerror(-r));
	return finish_stdout(tool) || r ? 1 : 0;
}

void tool_say_fault(const struct tool *tool, const char *subject, const struct fault *f)
{
	char text[FAULT_TEXT_MAX];

	tool_say(tool, subject, "%s", fault_text(f, text));
	if (f->where == 0 && f->kind <= KIND_SB &&
	    (f->code == FAULT_BLOCK_CSUM || f->code == FAULT_BLOCK_TYPE))
		tool_say(tool, subject,
			 "no thin metadata found; if this is the pool's metadata device (_tmeta), "
			 "thin_repair may help");
}
