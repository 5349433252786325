/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/xml_parse.h"

#include <string.h>

#include "base/units.h"
#include "meta/format.h"
#include "thin/xml_lane.h"
#include "xml/xml_in.h"

/* What the tag that comes is in. */
enum place {
	OUTSIDE,
	IN_POOL,
	IN_DEF,
	IN_DEVICE,
	IN_LEAF,		/* ref and mappings have no content */
	NR_PLACES,
};

static const char *const wanted_in[NR_PLACES] = {
	[OUTSIDE] = "superblock around all",
	[IN_POOL] = "def or device",
	[IN_DEF] = "single_mapping or range_mapping",
	[IN_DEVICE] = "ref, single_mapping or range_mapping",
	[IN_LEAF] = "no element in here",
};

struct parse {
	struct judge *judge;
	enum place place;
	enum place outer;	/* where the leaf is */
};

enum { ATTRIBUTES_MAX = 8 };

struct attribute {
	const char *name;
	uint64_t max;		/* 0: text */
	bool is_needed;
};

struct value {
	const char *text;	/* NULL: not there */
	uint64_t number;
};

struct element {
	const char *name;
	unsigned places;	/* bits of enum place */
	enum place content;
	struct attribute attributes[ATTRIBUTES_MAX + 1];
	int (*begin)(struct parse *p, const struct value *values);
	int (*end)(struct parse *p);
};

enum { TIME, TRANSACTION, DATA_BLOCK_SIZE, NR_DATA_BLOCKS, FLAGS, VERSION };

static int begin_pool(struct parse *p, const struct value *values)
{
	struct thin_pool pool = {
		.time = (uint32_t)values[TIME].number,
		.transaction_id = values[TRANSACTION].number,
		.data_block_size = (uint32_t)values[DATA_BLOCK_SIZE].number,
		.nr_data_blocks = values[NR_DATA_BLOCKS].number,
		.flags = (uint32_t)values[FLAGS].number,
		.version = values[VERSION].text ? (uint32_t)values[VERSION].number :
						  THIN_SB_VERSION,
	};

	return judge_pool(p->judge, &pool);
}

static int begin_def(struct parse *p, const struct value *values)
{
	return judge_def_begin(p->judge, values[0].text, strlen(values[0].text));
}

static int end_def(struct parse *p)
{
	return judge_def_end(p->judge);
}

static int begin_device(struct parse *p, const struct value *values)
{
	struct thin_device device = {
		.dev_id = (uint32_t)values[0].number,
		.mapped_blocks = values[1].number,
		.transaction_id = values[2].number,
		.creation_time = (uint32_t)values[3].number,
		.snapshotted_time = (uint32_t)values[4].number,
	};

	return judge_device_begin(p->judge, &device);
}

static int end_device(struct parse *p)
{
	return judge_device_end(p->judge);
}

static int begin_ref(struct parse *p, const struct value *values)
{
	return judge_ref(p->judge, values[0].text, strlen(values[0].text));
}

static int begin_single(struct parse *p, const struct value *values)
{
	struct thin_run run = {
		.thin_begin = values[0].number, .data_begin = values[1].number, .length = 1,
		.time = (uint32_t)values[2].number,
	};

	return judge_run(p->judge, &run, true);
}

static int begin_range(struct parse *p, const struct value *values)
{
	struct thin_run run = {
		.thin_begin = values[0].number, .data_begin = values[1].number,
		.length = values[2].number, .time = (uint32_t)values[3].number,
	};

	return judge_run(p->judge, &run, false);
}

static const struct element elements[] = {
	{
		"superblock", 1 << OUTSIDE, IN_POOL, {
			[TIME] = { "time", THIN_MAX_TIME, true },
			[TRANSACTION] = { "transaction", UINT64_MAX, true },
			[DATA_BLOCK_SIZE] = { "data_block_size", UINT32_MAX, true },
			[NR_DATA_BLOCKS] = { "nr_data_blocks", UINT64_MAX, true },
			[FLAGS] = { "flags", UINT32_MAX, false },
			[VERSION] = { "version", UINT32_MAX, false },
			{ "uuid", 0, true },
			{ "metadata_snap", UINT64_MAX, false },
		}, begin_pool, NULL,
	}, {
		"def", 1 << IN_POOL, IN_DEF, {
			{ "name", 0, true },
		}, begin_def, end_def,
	}, {
		"device", 1 << IN_POOL, IN_DEVICE, {
			{ "dev_id", THIN_MAX_DEV_ID, true },
			{ "mapped_blocks", UINT64_MAX, true },
			{ "transaction", UINT64_MAX, true },
			{ "creation_time", THIN_MAX_TIME, true },
			{ "snap_time", THIN_MAX_TIME, true },
		}, begin_device, end_device,
	}, {
		"ref", 1 << IN_DEVICE, IN_LEAF, {
			{ "name", 0, true },
		}, begin_ref, NULL,
	}, {
		"single_mapping", 1 << IN_DEVICE | 1 << IN_DEF, IN_LEAF, {
			{ "origin_block", UINT64_MAX - 1, true },
			{ "data_block", UINT64_MAX, true },
			{ "time", THIN_MAX_TIME, true },
		}, begin_single, NULL,
	}, {
		"range_mapping", 1 << IN_DEVICE | 1 << IN_DEF, IN_LEAF, {
			{ "origin_begin", UINT64_MAX, true },
			{ "data_begin", UINT64_MAX, true },
			{ "length", UINT64_MAX, true },
			{ "time", THIN_MAX_TIME, true },
		}, begin_range, NULL,
	},
};

static int refuse(struct parse *p, enum thin_issue_code code, const char *element,
		  const char *attribute, const char *text)
{
	struct thin_issue *i = p->judge->issue;

	thin_issue_set(i, code, element, attribute, 0, 0);
	i->line = p->judge->line;
	if (text)
		thin_issue_set_text(i, text, strlen(text));
	return -EUCLEAN;
}

static int read_attribute(struct parse *p, const struct element *e, const char *const *att,
			  struct value *values)
{
	const struct attribute *a = e->attributes;
	size_t i = 0;

	while (a[i].name && strcmp(a[i].name, att[0]))
		i++;
	if (!a[i].name)
		return refuse(p, THIN_ISSUE_ATTRIBUTE_UNKNOWN, e->name, att[0], NULL);
	values[i].text = att[1];
	if (!a[i].max ||
	    !units_parse_u64(att[1], strlen(att[1]), a[i].max, &values[i].number))
		return 0;
	refuse(p, THIN_ISSUE_NUMBER, e->name, att[0], att[1]);
	p->judge->issue->wanted = a[i].max;
	return -EUCLEAN;
}

static int read_attributes(struct parse *p, const struct element *e, const char *const *atts,
			   struct value values[ATTRIBUTES_MAX])
{
	memset(values, 0, ATTRIBUTES_MAX * sizeof(*values));
	for (; *atts; atts += 2) {
		int r = read_attribute(p, e, atts, values);

		if (r)
			return r;
	}
	for (size_t i = 0; e->attributes[i].name; i++)
		if (e->attributes[i].is_needed && !values[i].text)
			return refuse(p, THIN_ISSUE_ATTRIBUTE_MISSING, e->name,
				      e->attributes[i].name, NULL);
	return 0;
}

static const struct element *find(const char *name)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++)
		if (!strcmp(elements[i].name, name))
			return &elements[i];
	return NULL;
}

static void enter(struct parse *p, struct xml_in *x, enum place place)
{
	p->place = place;
	xml_in_set_lane(x, place == IN_DEF || place == IN_DEVICE);
}

static int on_begin(void *arg, struct xml_in *x, const char *name, const char **atts)
{
	struct value values[ATTRIBUTES_MAX];
	const struct element *e = find(name);
	struct parse *p = arg;
	int r;

	p->judge->line = xml_in_line(x);
	if (!e)
		return refuse(p, THIN_ISSUE_ELEMENT_UNKNOWN, name, NULL, wanted_in[p->place]);
	if (!(e->places >> p->place & 1))
		return refuse(p, THIN_ISSUE_ELEMENT_PLACE, name, NULL, wanted_in[p->place]);
	r = read_attributes(p, e, atts, values);
	if (r)
		return r;
	p->outer = p->place;
	enter(p, x, e->content);
	return e->begin(p, values);
}

static int on_end(void *arg, struct xml_in *x, const char *name)
{
	struct parse *p = arg;
	const struct element *e = find(name);
	enum place place = p->place;

	p->judge->line = xml_in_line(x);
	if (place == IN_LEAF)
		enter(p, x, p->outer);
	else
		enter(p, x, place == IN_POOL ? OUTSIDE : IN_POOL);
	return e && e->end ? e->end(p) : 0;
}

static const char *on_lines(void *arg, const char *begin, const char *end, uint64_t line,
			    uint64_t *nr_lines, int *error)
{
	struct parse *p = arg;
	struct xml_lane_line l;
	const char *next;

	for (; begin < end && !*error; begin = next, ++*nr_lines) {
		enum xml_lane_kind kind = xml_lane_parse(begin, &l, &next);

		if (kind == XML_LANE_NONE || next > end ||
		    (kind == XML_LANE_REF && p->place != IN_DEVICE))
			break;
		p->judge->line = line++;
		*error = kind == XML_LANE_REF ? judge_ref(p->judge, l.name, l.len_name) :
			 judge_run(p->judge, &l.run, kind == XML_LANE_SINGLE);
	}
	return begin;
}

static int put_in_words(struct judge *j, const struct xml_in_error *error)
{
	static const enum thin_issue_code codes[] = {
		[XML_IN_SYNTAX] = THIN_ISSUE_SYNTAX,
		[XML_IN_TEXT] = THIN_ISSUE_TEXT,
		[XML_IN_DOCTYPE] = THIN_ISSUE_DOCTYPE,
		[XML_IN_TOKEN] = THIN_ISSUE_TOKEN_SIZE,
	};

	thin_issue_set(j->issue, codes[error->problem], NULL, NULL, XML_IN_TOKEN_MAX,
		       XML_IN_TOKEN_MAX);
	j->issue->line = error->line;
	if (error->message)
		thin_issue_set_text(j->issue, error->message, strlen(error->message));
	return -EUCLEAN;
}

int xml_parse(int fd, struct judge *j, uint64_t *done)
{
	struct xml_in_ops ops = { .begin = on_begin, .end = on_end, .lane = on_lines };
	struct parse p = { .judge = j, .place = OUTSIDE };
	struct xml_in_error error;
	int r;

	if (j->opts->no_lane)
		ops.lane = NULL;
	r = xml_in_read(fd, &ops, &p, done, &error);
	if (r == -EUCLEAN && error.problem != XML_IN_OK)
		return put_in_words(j, &error);
	return r;
}
