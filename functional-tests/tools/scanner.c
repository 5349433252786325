/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scanner - reads what thin_delta or thin_dump of one device writes, on stdin,
 * as programs do that have no XML parser: every element and every attribute
 * must come when it is due, and nothing else may.
 *
 *	scanner delta	prints "delta LEFT RIGHT BLOCKSIZE BLOCKS", then a line
 *			"KIND BEGIN LENGTH" for each element
 *	scanner dump	prints "device ID MAPPED BLOCKSIZE BLOCKS", then a line
 *			"BEGIN DATA LENGTH" for each mapping
 *	scanner flags	as dump, and the flags must be there
 *
 * A value has at most 20 characters, between double quotes.  Status 1, and where
 * and why on stderr, at the first byte that is not as it should be.
 */
#include <ctype.h>
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 20 };

/* The token that is due: a word, a value, or one of < > </ /> = and the end. */
static char token[64];
static bool is_value;
static unsigned line = 1;

static void bad(const char *wanted)
{
	errx(1, "line %u: wanted %s, not %s", line, wanted, *token ? token : "the end");
}

static int next_char(void)
{
	int c = getchar();

	line += c == '\n';
	return c;
}

static void read_value(void)
{
	unsigned n = 0;

	is_value = true;
	for (int c; (c = next_char()) != '"'; token[n++] = (char)c) {
		if (c == EOF)
			errx(1, "line %u: a value without an end", line);
		if (n == LONGEST)
			errx(1, "line %u: a value of more than %d characters", line, LONGEST);
	}
	token[n] = '\0';
}

static void read_word(int c)
{
	unsigned n = 0;

	for (; islower(c) || c == '_'; c = next_char()) {
		if (n == sizeof(token) - 1)
			errx(1, "line %u: a long word", line);
		token[n++] = (char)c;
	}
	token[n] = '\0';
	ungetc(c, stdin);
	line -= c == '\n';
}

/* "<" or "/", which another character may complete. */
static void read_pair(int c, int second)
{
	int next = next_char();

	token[0] = (char)c;
	token[1] = token[2] = '\0';
	if (next == second)
		token[1] = (char)second;
	else
		ungetc(next, stdin);
}

static void advance(void)
{
	int c = next_char();

	while (c == ' ' || c == '\n')
		c = next_char();
	is_value = false;
	memset(token, 0, sizeof(token));
	if (c == '"')
		read_value();
	else if (islower(c))
		read_word(c);
	else if (c == '<')
		read_pair(c, '/');
	else if (c == '/')
		read_pair(c, '>');
	else if (c == '>' || c == '=')
		token[0] = (char)c;
	else if (c != EOF)
		errx(1, "line %u: a byte %d that nobody knows", line, c);
}

static bool is_due(const char *s)
{
	return !is_value && !strcmp(token, s);
}

static void expect(const char *s)
{
	if (!is_due(s))
		bad(s);
	advance();
}

static uint64_t number(const char *name)
{
	uint64_t v;
	char *end;

	expect(name);
	expect("=");
	if (!is_value || !isdigit(*token))
		bad("a number in quotes");
	v = strtoull(token, &end, 10);
	if (*end)
		bad("a number");
	advance();
	return v;
}

static void text(const char *name)
{
	expect(name);
	expect("=");
	if (!is_value)
		bad("a text in quotes");
	advance();
}

static void head(uint64_t *block_size, uint64_t *blocks)
{
	*block_size = number("data_block_size");
	*blocks = number("nr_data_blocks");
	expect(">");
}

static void begin_superblock(void)
{
	expect("<");
	expect("superblock");
	text("uuid");
	number("time");
	number("transaction");
}

static void close_tag(const char *name)
{
	expect("</");
	expect(name);
	expect(">");
}

static void scan_delta(void)
{
	uint64_t block_size, blocks, left, right, begin;

	begin_superblock();
	head(&block_size, &blocks);
	expect("<");
	expect("diff");
	left = number("left");
	right = number("right");
	expect(">");
	printf("delta %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	       left, right, block_size, blocks);
	while (!is_due("</")) {
		expect("<");
		if (!is_due("different") && !is_due("same") && !is_due("right_only") &&
		    !is_due("left_only"))
			bad("a kind of difference");
		printf("%s ", token);
		advance();
		begin = number("begin");
		printf("%" PRIu64 " %" PRIu64 "\n", begin, number("length"));
		expect("/>");
	}
	close_tag("diff");
}

static void scan_mapping(void)
{
	uint64_t begin, data, length = 1;

	expect("<");
	if (is_due("single_mapping")) {
		advance();
		begin = number("origin_block");
		data = number("data_block");
	} else {
		expect("range_mapping");
		begin = number("origin_begin");
		data = number("data_begin");
		length = number("length");
	}
	number("time");
	expect("/>");
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", begin, data, length);
}

static void scan_dump(bool needs_flags)
{
	uint64_t block_size, blocks, id, mapped;

	begin_superblock();
	if (needs_flags || is_due("flags"))
		number("flags");
	number("version");
	head(&block_size, &blocks);
	expect("<");
	expect("device");
	id = number("dev_id");
	mapped = number("mapped_blocks");
	number("transaction");
	number("creation_time");
	number("snap_time");
	expect(">");
	printf("device %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	       id, mapped, block_size, blocks);
	while (!is_due("</"))
		scan_mapping();
	close_tag("device");
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	advance();
	if (!strcmp(what, "delta"))
		scan_delta();
	else if (!strcmp(what, "dump") || !strcmp(what, "flags"))
		scan_dump(*what == 'f');
	else
		errx(1, "usage: scanner delta|dump|flags <FILE");
	close_tag("superblock");
	if (*token || is_value)
		bad("the end");
	return 0;
}
