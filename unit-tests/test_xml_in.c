/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xml/xml_in.h"

/* Tags as they come: "<a" x "=" y ">", "</a>", and "#" for a line of the lane. */
struct heard {
	char text[512];
	uint64_t last_line;
	bool has_lane;
};

static void note(struct heard *h, const char *s)
{
	strncat(h->text, s, sizeof(h->text) - strlen(h->text) - 1);
}

static int on_begin(void *arg, struct xml_in *x, const char *name, const char **atts)
{
	struct heard *h = arg;

	note(h, "<");
	note(h, name);
	for (; *atts; atts += 2) {
		note(h, " ");
		note(h, atts[0]);
		note(h, "=");
		note(h, atts[1]);
	}
	note(h, ">");
	h->last_line = xml_in_line(x);
	xml_in_set_lane(x, h->has_lane);
	return strcmp(name, "stop") ? 0 : -EXDEV;
}

static int on_end(void *arg, struct xml_in *x, const char *name)
{
	struct heard *h = arg;

	note(h, "</");
	note(h, name);
	note(h, ">");
	h->last_line = xml_in_line(x);
	return 0;
}

static const char *on_lines(void *arg, const char *begin, const char *end, uint64_t line,
			    uint64_t *nr_lines, int *error)
{
	struct heard *h = arg;

	(void)error;
	for (; end - begin >= 5 && !memcmp(begin, "<l/>\n", 5); begin += 5, ++*nr_lines) {
		note(h, "#");
		h->last_line = line++;
	}
	return begin;
}

static int hear(struct heard *h, const char *xml, size_t len, struct xml_in_error *error)
{
	static const struct xml_in_ops ops = { .begin = on_begin, .end = on_end, .lane = on_lines };
	int fd = memfd_create("xml", MFD_CLOEXEC);
	int r;

	CU_ASSERT_EQUAL_FATAL(write(fd, xml, len), (ssize_t)len);
	lseek(fd, 0, SEEK_SET);
	h->text[0] = '\0';
	r = xml_in_read(fd, &ops, h, NULL, error);
	close(fd);
	return r;
}

static void expect(const char *xml, const char *text, bool has_lane)
{
	struct heard h = { .has_lane = has_lane };
	struct xml_in_error error;

	CU_ASSERT_EQUAL(hear(&h, xml, strlen(xml), &error), 0);
	CU_ASSERT_STRING_EQUAL(h.text, text);
}

static void tells_tags_in_order(void)
{
	expect("<?xml version='1.0'?>\n<!-- c --><a x='1' y='&lt;'>\n <b/>\n</a>\n",
	       "<a x=1 y=<><b></b></a>", false);
}

static void gives_plain_lines_to_the_lane(void)
{
	expect("<a>\n<l/>\n<l/>\n</a>", "<a>##</a>", true);
	expect("<a>\n<l/>\n<b/>\n<l/>\n</a>", "<a>#<b></b>#</a>", true);
	expect("<a>\n<l/>\n<l/>\n</a>", "<a><l></l><l></l></a>", false);
}

static void keeps_the_lane_shut_elsewhere(void)
{
	/* Not behind a tag and a newline. */
	expect("<a>\n\n<l/>\n</a>", "<a><l></l></a>", true);
	expect("<a> \n<l/>\n</a>", "<a><l></l></a>", true);
	expect("<a>\n<!-- \n<l/>\n--></a>", "<a></a>", true);
	expect("<a>\n<!--\n-->\n<l/>\n</a>", "<a><l></l></a>", true);
	expect("<a>\n<?p \n<l/>\n?></a>", "<a></a>", true);
	expect("<?xml version='1.0' encoding='ISO-8859-1'?><a>\n<l/>\n</a>",
	       "<a><l></l></a>", true);
}

static void counts_lines_past_the_lane(void)
{
	const char xml[] = "<a>\n<l/>\n<l/>\n<b>\n<l/>\n</b>\n</a>\n";
	struct heard h = { .has_lane = true };
	struct xml_in_error error;

	CU_ASSERT_EQUAL(hear(&h, xml, strlen(xml), &error), 0);
	CU_ASSERT_EQUAL(h.last_line, 7);
}

static void expect_error(const char *xml, size_t len, enum xml_in_problem problem, uint64_t line)
{
	for (int has_lane = 0; has_lane < 2; has_lane++) {
		struct heard h = { .has_lane = has_lane };
		struct xml_in_error error;

		CU_ASSERT_EQUAL(hear(&h, xml, len, &error), -EUCLEAN);
		CU_ASSERT_EQUAL(error.problem, problem);
		CU_ASSERT_EQUAL(error.line, line);
		CU_ASSERT_EQUAL(error.message != NULL, problem == XML_IN_SYNTAX);
	}
}

static void refuses_bad_xml_with_its_line(void)
{
	static const struct {
		const char *xml;
		enum xml_in_problem problem;
		uint64_t line;
	} rows[] = {
		{ "", XML_IN_SYNTAX, 1 },
		{ "<a>\n<l/>\n", XML_IN_SYNTAX, 3 },
		{ "<a>\n<l/>\n<l", XML_IN_SYNTAX, 3 },
		{ "<a>\n<l/>\n</b>", XML_IN_SYNTAX, 3 },
		{ "<a>\n<l/>\n\n&x;</a>", XML_IN_SYNTAX, 4 },
		{ "<a>\n<l/>\nx</a>", XML_IN_TEXT, 3 },
		{ "<a>\n<l/>\n<![CDATA[x]]></a>", XML_IN_TEXT, 3 },
		{ "\n<!DOCTYPE a>\n<a/>", XML_IN_DOCTYPE, 2 },
		{ "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", XML_IN_DOCTYPE, 1 },
		{ "<a/>\n<a/>", XML_IN_SYNTAX, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect_error(rows[i].xml, strlen(rows[i].xml), rows[i].problem, rows[i].line);
}

static void refuses_endless_tokens(void)
{
	size_t len = 2 * (size_t)XML_IN_TOKEN_MAX;
	char *xml = malloc(len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(xml);
	memset(xml, 'a', len);
	memcpy(xml, "<a x='", 6);
	expect_error(xml, len, XML_IN_TOKEN, 1);
	memcpy(xml, "<!--\n", 5);
	expect_error(xml, len, XML_IN_TOKEN, 1);
	free(xml);
}

static void ends_with_what_a_call_gives(void)
{
	struct heard h = { .has_lane = true };
	struct xml_in_error error;

	CU_ASSERT_EQUAL(hear(&h, "<a>\n<stop/><b/></a>", 19, &error), -EXDEV);
	CU_ASSERT_EQUAL(error.problem, XML_IN_OK);
	CU_ASSERT_STRING_EQUAL(h.text, "<a><stop>");
}

static CU_TestInfo tests[] = {
	{ "tells tags in order", tells_tags_in_order },
	{ "gives plain lines to the lane", gives_plain_lines_to_the_lane },
	{ "keeps the lane shut elsewhere", keeps_the_lane_shut_elsewhere },
	{ "counts lines past the lane", counts_lines_past_the_lane },
	{ "refuses bad XML with its line", refuses_bad_xml_with_its_line },
	{ "refuses endless tokens", refuses_endless_tokens },
	{ "ends with what a call gives", ends_with_what_a_call_gives },
	CU_TEST_INFO_NULL
};

void test_xml_in_suite(void);

void test_xml_in_suite(void)
{
	add_suite("xml_in", tests);
}
