/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json - reads JSON from stdin and prints each value as "path value", such as
 * "faults.0.block 7".  Strings are printed as they are written, without the
 * quotes.  Status 1 if it is not JSON (RFC 8259), which is what tests are after.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[1 << 24];
static const char *p = text;
static char path[4096];

static void value(int depth);

static void bad(const char *wanted)
{
	errx(1, "not JSON at byte %zu: wanted %s", (size_t)(p - text), wanted);
}

static void blanks(void)
{
	while (*p && strchr(" \t\r\n", *p))
		p++;
}

static void expect(char c)
{
	char wanted[] = { c, '\0' };

	if (*p != c)
		bad(wanted);
	p++;
}

static void escape(void)
{
	p++;
	if (*p == 'u') {
		for (int i = 1; i <= 4; i++)
			if (!isxdigit((unsigned char)p[i]))
				bad("four hexadecimal digits");
		p += 5;
	} else if (*p && strchr("\"\\/bfnrt", *p)) {
		p++;
	} else {
		bad("an escape");
	}
}

/* The string's bytes between its quotes. */
static const char *string(size_t *len)
{
	const char *begin;

	expect('"');
	begin = p;
	while (*p != '"') {
		if ((unsigned char)*p < 0x20)
			bad("a closing quote");
		if ((unsigned char)*p >= 0x80)
			bad("plain ASCII");
		if (*p == '\\')
			escape();
		else
			p++;
	}
	*len = (size_t)(p - begin);
	p++;
	return begin;
}

static void digits(void)
{
	if (!isdigit((unsigned char)*p))
		bad("a digit");
	while (isdigit((unsigned char)*p))
		p++;
}

static void number(void)
{
	if (*p == '-')
		p++;
	if (*p == '0')
		p++;
	else
		digits();
	if (*p == '.') {
		p++;
		digits();
	}
	if (*p == 'e' || *p == 'E') {
		p++;
		if (*p == '+' || *p == '-')
			p++;
		digits();
	}
}

static void word(const char *w)
{
	if (strncmp(p, w, strlen(w)))
		bad(w);
	p += strlen(w);
}

/* One member or element, below @name. */
static void inner(const char *name, size_t len, int depth)
{
	size_t end = strlen(path);

	if (end + len + 2 > sizeof(path))
		bad("shorter names");
	snprintf(path + end, sizeof(path) - end, "%s%.*s", end ? "." : "", (int)len, name);
	value(depth + 1);
	path[end] = '\0';
	blanks();
}

static void object(int depth)
{
	const char *name;
	size_t len;

	expect('{');
	blanks();
	if (*p == '}') {
		p++;
		return;
	}
	for (;;) {
		blanks();
		name = string(&len);
		blanks();
		expect(':');
		inner(name, len, depth);
		if (*p != ',')
			break;
		p++;
	}
	expect('}');
}

static void array(int depth)
{
	char name[24];

	expect('[');
	blanks();
	if (*p == ']') {
		p++;
		return;
	}
	for (int i = 0;; i++) {
		int len = snprintf(name, sizeof(name), "%d", i);

		inner(name, (size_t)len, depth);
		if (*p != ',')
			break;
		p++;
	}
	expect(']');
}

static void scalar(void)
{
	const char *begin = p;
	size_t len = 0;

	if (*p == '"') {
		begin = string(&len);
	} else {
		if (*p == 't')
			word("true");
		else if (*p == 'f')
			word("false");
		else if (*p == 'n')
			word("null");
		else
			number();
		len = (size_t)(p - begin);
	}
	printf("%s %.*s\n", path, (int)len, begin);
}

static void value(int depth)
{
	if (depth > 100)
		bad("fewer levels");
	blanks();
	if (*p == '{')
		object(depth);
	else if (*p == '[')
		array(depth);
	else
		scalar();
}

int main(void)
{
	size_t len = fread(text, 1, sizeof(text) - 1, stdin);

	if (len == sizeof(text) - 1)
		errx(1, "too long");
	value(0);
	blanks();
	if (p != text + len)
		bad("the end");
	return 0;
}
