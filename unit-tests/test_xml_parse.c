/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "thin/judge.h"
#include "thin/xml_parse.h"

#define POOL	"<superblock uuid=\"\" time=\"5\" transaction=\"2\" flags=\"1\" version=\"2\" " \
		"data_block_size=\"128\" nr_data_blocks=\"1000\">\n"
#define DEVICE(id, mapped) "<device dev_id=\"" id "\" mapped_blocks=\"" mapped "\" " \
		"transaction=\"0\" creation_time=\"0\" snap_time=\"1\">\n"
#define SINGLE(thin, data, time) "    <single_mapping origin_block=\"" thin "\" data_block=\"" \
		data "\" time=\"" time "\"/>\n"
#define RANGE(thin, data, len) "    <range_mapping origin_begin=\"" thin "\" data_begin=\"" \
		data "\" length=\"" len "\" time=\"0\"/>\n"
#define DEF(name) "<def name=\"" name "\">\n"
#define REF(name) "    <ref name=\"" name "\"/>\n"
#define DEV_END	"</device>\n"
#define DEF_END	"</def>\n"
#define END	"</superblock>\n"

struct bench {
	struct thin_restore_opts opts;
	struct judge judge;
	struct thin_issue issue;
	struct thin_issue warning;
	unsigned nr_warnings;
	char told[1024];
};

static void on_warning(void *arg, const struct thin_issue *i)
{
	struct bench *b = arg;

	b->warning = *i;
	b->nr_warnings++;
}

static int parse(struct bench *b, const char *xml)
{
	int fd = memfd_create("xml", MFD_CLOEXEC);
	int r;

	CU_ASSERT_EQUAL_FATAL(write(fd, xml, strlen(xml)), (ssize_t)strlen(xml));
	lseek(fd, 0, SEEK_SET);
	b->opts.warn = on_warning;
	b->opts.warn_arg = b;
	CU_ASSERT_EQUAL_FATAL(judge_init(&b->judge, &b->opts, 100, &b->issue), 0);
	r = xml_parse(fd, &b->judge, NULL);
	close(fd);
	return r ? r : judge_end(&b->judge);
}

static void tell(struct bench *b, const char *format, uint64_t v, uint64_t w)
{
	size_t len = strlen(b->told);

	snprintf(b->told + len, sizeof(b->told) - len, format, (unsigned long long)v,
		 (unsigned long long)w);
}

static int tell_pool(void *arg, const struct thin_pool *pool)
{
	tell(arg, "pool %llu %llu", pool->transaction_id, pool->nr_data_blocks);
	return 0;
}

static int tell_def(void *arg, uint64_t id)
{
	tell(arg, " def %llu", id, 0);
	return 0;
}

static int tell_device(void *arg, const struct thin_device *device)
{
	tell(arg, " device %llu %llu", device->dev_id, device->mapped_blocks);
	return 0;
}

static int tell_end(void *arg)
{
	tell(arg, " end", 0, 0);
	return 0;
}

static int tell_ref(void *arg, uint64_t id)
{
	tell(arg, " ref %llu", id, 0);
	return 0;
}

static int tell_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		tell(arg, " %llu+%llu", runs[i].thin_begin, runs[i].length);
	return 0;
}

static const struct thin_emit teller = {
	tell_pool, tell_def, tell_end, tell_device, tell_end, tell_ref, tell_runs, tell_end,
};

static void expect(const char *xml, const char *told)
{
	for (int no_lane = 0; no_lane < 2; no_lane++) {
		struct bench b = { .opts.no_lane = no_lane };

		CU_ASSERT_EQUAL(parse(&b, xml), 0);
		CU_ASSERT_EQUAL(judge_replay(&b.judge, &teller, &b), 0);
		CU_ASSERT_STRING_EQUAL(b.told, told);
		CU_ASSERT_EQUAL(b.nr_warnings, 0);
		judge_exit(&b.judge);
	}
}

static void tells_a_pool(void)
{
	expect(POOL END, "pool 2 1000 end");
	expect(POOL DEVICE("7", "4") SINGLE("1", "1", "5") RANGE("2", "9", "3") DEV_END END,
	       "pool 2 1000 device 7 4 1+1 2+3 end end");
	expect(POOL DEF("a") RANGE("0", "9", "3") DEF_END DEVICE("0", "4") REF("a")
	       SINGLE("3", "3", "0") DEV_END DEVICE("1", "3") REF("a") DEV_END END,
	       "pool 2 1000 def 1 0+3 end device 0 4 ref 1 3+1 end device 1 3 ref 1 end end");
}

static void takes_a_def_of_one_device_for_its_own(void)
{
	expect(POOL DEF("a") RANGE("0", "9", "3") DEF_END DEVICE("0", "4") REF("a")
	       SINGLE("3", "3", "0") DEV_END END,
	       "pool 2 1000 device 0 4 0+3 3+1 end end");
}

static void puts_devices_in_order(void)
{
	expect(POOL DEVICE("9", "1") SINGLE("9", "1", "0") DEV_END DEVICE("1", "1")
	       SINGLE("1", "2", "0") DEV_END END,
	       "pool 2 1000 device 1 1 1+1 end device 9 1 9+1 end end");
}

static void judge_line(const char *xml, enum thin_issue_code code, uint64_t line,
		       const char *element, const char *attribute)
{
	for (int no_lane = 0; no_lane < 2; no_lane++) {
		struct bench b = { .opts.no_lane = no_lane };

		CU_ASSERT_EQUAL(parse(&b, xml), -EUCLEAN);
		CU_ASSERT_STRING_EQUAL(thin_issue_name(b.issue.code), thin_issue_name(code));
		CU_ASSERT_EQUAL(b.issue.line, line);
		CU_ASSERT_STRING_EQUAL(b.issue.element, element);
		CU_ASSERT_STRING_EQUAL(b.issue.attribute, attribute);
		CU_ASSERT(!thin_issue_is_warning(b.issue.code));
		judge_exit(&b.judge);
	}
}

struct row {
	const char *xml;
	enum thin_issue_code code;
	uint64_t line;
	const char *element;
	const char *attribute;
};

static void refuses_bad_form(void)
{
	static const struct row rows[] = {
		{ "<pool/>", THIN_ISSUE_ELEMENT_UNKNOWN, 1, "pool", "" },
		{ "<device/>", THIN_ISSUE_ELEMENT_PLACE, 1, "device", "" },
		{ POOL SINGLE("1", "1", "1") END, THIN_ISSUE_ELEMENT_PLACE, 2,
		  "single_mapping", "" },
		{ POOL DEF("a") REF("a") DEF_END END, THIN_ISSUE_ELEMENT_PLACE, 3, "ref", "" },
		{ POOL DEVICE("1", "0") DEF("a"), THIN_ISSUE_ELEMENT_PLACE, 3, "def", "" },
		{ POOL "<def/>", THIN_ISSUE_ATTRIBUTE_MISSING, 2, "def", "name" },
		{ POOL "<def name='a' x='1'/>", THIN_ISSUE_ATTRIBUTE_UNKNOWN, 2, "def", "x" },
		{ POOL DEVICE("-1", "0"), THIN_ISSUE_NUMBER, 2, "device", "dev_id" },
		{ POOL DEVICE(" 1", "0"), THIN_ISSUE_NUMBER, 2, "device", "dev_id" },
		{ POOL DEVICE("0x1", "0"), THIN_ISSUE_NUMBER, 2, "device", "dev_id" },
		{ POOL DEVICE("", "0"), THIN_ISSUE_NUMBER, 2, "device", "dev_id" },
		{ POOL DEVICE("16777216", "0"), THIN_ISSUE_NUMBER, 2, "device", "dev_id" },
		{ POOL DEVICE("1", "0") SINGLE("1", "1", "16777216"), THIN_ISSUE_NUMBER, 3,
		  "single_mapping", "time" },
		{ POOL DEVICE("1", "0") RANGE("18446744073709551616", "1", "1"),
		  THIN_ISSUE_NUMBER, 3, "range_mapping", "origin_begin" },
		{ POOL "x", THIN_ISSUE_TEXT, 2, "", "" },
		{ "<!DOCTYPE superblock>" POOL END, THIN_ISSUE_DOCTYPE, 1, "", "" },
		{ POOL END POOL END, THIN_ISSUE_SYNTAX, 3, "", "" },
		{ POOL DEVICE("1", "0") SINGLE("1", "1", "0"), THIN_ISSUE_SYNTAX, 4, "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		judge_line(rows[i].xml, rows[i].code, rows[i].line, rows[i].element,
			   rows[i].attribute);
}

static void refuses_what_cannot_be(void)
{
	static const struct row rows[] = {
		{ POOL DEVICE("1", "0") DEV_END DEVICE("1", "0"), THIN_ISSUE_DEVICE_TWICE, 4,
		  "device", "dev_id" },
		{ POOL DEVICE("1", "0") SINGLE("2", "1", "0") SINGLE("2", "2", "0"),
		  THIN_ISSUE_MAPPING_ORDER, 4, "single_mapping", "origin_block" },
		{ POOL DEVICE("1", "0") RANGE("2", "1", "3") SINGLE("4", "2", "0"),
		  THIN_ISSUE_MAPPING_ORDER, 4, "single_mapping", "origin_block" },
		{ POOL DEVICE("1", "0") RANGE("18446744073709551615", "1", "2"),
		  THIN_ISSUE_MAPPING_END, 3, "range_mapping", "length" },
		{ POOL DEVICE("1", "0") RANGE("1", "999", "2"), THIN_ISSUE_MAPPING_END, 3,
		  "range_mapping", "length" },
		{ POOL DEVICE("1", "0") SINGLE("1", "1000", "0"), THIN_ISSUE_DATA_BLOCKS, 3,
		  "single_mapping", "data_block" },
		{ POOL DEVICE("1", "0") RANGE("1", "1", "0"), THIN_ISSUE_MAPPING_LENGTH, 3,
		  "range_mapping", "length" },
		{ POOL DEF("a") DEF_END DEF("a"), THIN_ISSUE_DEF_TWICE, 4, "def", "name" },
		{ POOL DEVICE("1", "0") REF("1"), THIN_ISSUE_DEF_UNKNOWN, 3, "ref", "name" },
		{ POOL DEF("1") RANGE("5", "1", "1") DEF_END DEVICE("1", "0")
		  SINGLE("5", "1", "0") REF("1"), THIN_ISSUE_REF_ORDER, 7, "ref", "name" },
		{ POOL DEF("1") RANGE("5", "1", "9") DEF_END DEVICE("1", "0") REF("1")
		  SINGLE("13", "1", "0"), THIN_ISSUE_MAPPING_ORDER, 7, "single_mapping",
		  "origin_block" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		judge_line(rows[i].xml, rows[i].code, rows[i].line, rows[i].element,
			   rows[i].attribute);
}

static void warns(const char *xml, enum thin_issue_code code, uint64_t line)
{
	struct bench b = { .nr_warnings = 0 };

	CU_ASSERT_EQUAL(parse(&b, xml), 0);
	CU_ASSERT_EQUAL(b.nr_warnings, 1);
	CU_ASSERT_EQUAL(b.warning.code, code);
	CU_ASSERT_EQUAL(b.warning.line, line);
	CU_ASSERT(thin_issue_is_warning(code));
	judge_exit(&b.judge);
}

static void warns_of_what_is_odd(void)
{
	warns(POOL DEVICE("1", "3") SINGLE("1", "1", "0") DEV_END END,
	      THIN_ISSUE_MAPPED_BLOCKS, 2);
	warns(POOL DEVICE("1", "2") SINGLE("1", "1", "6") SINGLE("2", "3", "7") DEV_END END,
	      THIN_ISSUE_TIME, 3);
	warns(POOL DEF("x") RANGE("1", "1", "1") DEF_END END, THIN_ISSUE_DEF_UNUSED, 2);
}

static void obeys_overrides(void)
{
	struct bench b = {
		.opts = {
			.overrides = {
				.has_transaction_id = true, .transaction_id = 1,
				.has_nr_data_blocks = true, .nr_data_blocks = 10,
				.has_data_block_size = true, .data_block_size = 256,
			},
		},
	};

	CU_ASSERT_EQUAL(parse(&b, POOL END), 0);
	CU_ASSERT_EQUAL(b.judge.pool.transaction_id, 1);
	CU_ASSERT_EQUAL(b.judge.pool.nr_data_blocks, 10);
	CU_ASSERT_EQUAL(b.judge.pool.data_block_size, 256);
	CU_ASSERT_EQUAL(b.warning.code, THIN_ISSUE_TRANSACTION);
	judge_exit(&b.judge);
	CU_ASSERT_EQUAL(parse(&b, POOL DEVICE("1", "1") SINGLE("1", "10", "0") DEV_END END),
			-EUCLEAN);
	judge_exit(&b.judge);
}

static void does_not_believe_huge_pools(void)
{
	static const char xml[] =
		"<superblock uuid=\"\" time=\"0\" transaction=\"0\" data_block_size=\"128\" "
		"nr_data_blocks=\"549755813888\"/>";
	struct bench b = { .nr_warnings = 0 };

	CU_ASSERT_EQUAL(parse(&b, xml), -ENOSPC);
	CU_ASSERT(judge_least(&b.judge) > 30000000);
	judge_exit(&b.judge);
}

static void puts_issues_into_words(void)
{
	char text[THIN_ISSUE_TEXT_MAX];
	struct bench b = { .nr_warnings = 0 };

	CU_ASSERT_EQUAL(parse(&b, POOL DEVICE("1\x7f", "0")), -EUCLEAN);
	CU_ASSERT_STRING_EQUAL(thin_issue_text(&b.issue, text),
			       "element device attribute dev_id: found \"1?\", wanted a "
			       "decimal number from 0 to 16777215");
	judge_exit(&b.judge);
}

static CU_TestInfo tests[] = {
	{ "tells a pool", tells_a_pool },
	{ "takes a def of one device for its own", takes_a_def_of_one_device_for_its_own },
	{ "puts devices in order", puts_devices_in_order },
	{ "refuses bad form", refuses_bad_form },
	{ "refuses what cannot be", refuses_what_cannot_be },
	{ "warns of what is odd", warns_of_what_is_odd },
	{ "obeys overrides", obeys_overrides },
	{ "does not believe huge pools", does_not_believe_huge_pools },
	{ "puts issues into words", puts_issues_into_words },
	CU_TEST_INFO_NULL
};

void test_xml_parse_suite(void);

void test_xml_parse_suite(void)
{
	add_suite("xml_parse", tests);
}
