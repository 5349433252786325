/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_delta_text.h"

#include <errno.h>
#include <stdio.h>

#include "tool.h"
#include "xml/xml_out.h"

/* More than any run or anything else needs. */
#define PIECE_MAX 512u

static const char *const names[] = {
	[THIN_DELTA_SAME] = "same",
	[THIN_DELTA_DIFFERENT] = "different",
	[THIN_DELTA_LEFT_ONLY] = "left_only",
	[THIN_DELTA_RIGHT_ONLY] = "right_only",
};

const char *thin_delta_kind_name(enum thin_delta_kind kind)
{
	return names[kind];
}

int thin_delta_text_flush(struct thin_delta_text *t)
{
	tool_print(t->buffer, t->len);
	t->len = 0;
	tool_flush();
	return ferror(stdout) ? -EPIPE : 0;
}

/* Where the next piece goes, or NULL. */
static char *begin_piece(struct thin_delta_text *t)
{
	if (t->len + PIECE_MAX > sizeof(t->buffer) && thin_delta_text_flush(t))
		return NULL;
	return t->buffer + t->len;
}

static void end_piece(struct thin_delta_text *t, const char *end)
{
	t->len = (size_t)(end - t->buffer);
}

/* XML */

static char *xml_side(char *to, const struct thin_delta_side *side, bool left)
{
	if (left)
		return side->is_root ? xml_attr_u64(to, "left_root", side->number) :
				       xml_attr_u64(to, "left", side->number);
	return side->is_root ? xml_attr_u64(to, "right_root", side->number) :
			       xml_attr_u64(to, "right", side->number);
}

static int xml_pool_begin(void *arg, const struct thin_pool *pool)
{
	struct thin_delta_text *t = arg;
	char *to = begin_piece(t);

	if (!to)
		return -EPIPE;
	to = xml_attr_empty(xml_begin(to, 0, "superblock"), "uuid");
	to = xml_attr_u64(to, "time", pool->time);
	to = xml_attr_u64(to, "transaction", pool->transaction_id);
	to = xml_attr_u64(to, "data_block_size", pool->data_block_size);
	to = xml_content(xml_attr_u64(to, "nr_data_blocks", pool->nr_data_blocks));
	to = xml_side(xml_begin(to, 1, "diff"), &t->sides[0], true);
	end_piece(t, xml_content(xml_side(to, &t->sides[1], false)));
	return 0;
}

static char *xml_plain_run(char *to, const struct thin_delta_run *run)
{
	to = xml_begin(to, 2, names[run->kind]);
	to = xml_attr_u64(to, "begin", run->thin_begin);
	return xml_empty(xml_attr_u64(to, "length", run->length));
}

static char *xml_range(char *to, const struct thin_delta_run *run)
{
	to = xml_attr_u64(xml_begin(to, 3, "range"), "begin", run->thin_begin);
	if (run->kind == THIN_DELTA_DIFFERENT) {
		to = xml_attr_u64(to, "left_data_begin", run->left_data);
		to = xml_attr_u64(to, "right_data_begin", run->right_data);
	} else {
		to = xml_attr_u64(to, "data_begin", run->kind == THIN_DELTA_RIGHT_ONLY ?
				  run->right_data : run->left_data);
	}
	return xml_empty(xml_attr_u64(to, "length", run->length));
}

/* Ranges of one kind that follow each other are in one element. */
static char *xml_verbose_run(struct thin_delta_text *t, char *to, const struct thin_delta_run *run)
{
	if (t->any && t->kind != run->kind)
		to = xml_end(to, 2, names[t->kind]);
	if (!t->any || t->kind != run->kind)
		to = xml_content(xml_begin(to, 2, names[run->kind]));
	t->any = true;
	t->kind = run->kind;
	return xml_range(to, run);
}

static int xml_runs(void *arg, const struct thin_delta_run *runs, size_t nr)
{
	struct thin_delta_text *t = arg;

	for (size_t i = 0; i < nr; i++) {
		char *to = begin_piece(t);

		if (!to)
			return -EPIPE;
		end_piece(t, t->verbose ? xml_verbose_run(t, to, &runs[i]) :
					  xml_plain_run(to, &runs[i]));
	}
	return 0;
}

static int xml_pool_end(void *arg)
{
	struct thin_delta_text *t = arg;
	char *to = begin_piece(t);

	if (!to)
		return -EPIPE;
	if (t->any)
		to = xml_end(to, 2, names[t->kind]);
	end_piece(t, xml_end(xml_end(to, 1, "diff"), 0, "superblock"));
	return thin_delta_text_flush(t);
}

const struct thin_delta_emit thin_delta_xml = {
	.begin = xml_pool_begin, .runs = xml_runs, .end = xml_pool_end,
};

/* JSON */

static char *json_u64(char *to, const char *name, uint64_t value)
{
	to = text_put(text_put(text_put(to, "\""), name), "\": ");
	return decimal_put(to, value);
}

static char *json_side(char *to, const char *name, const struct thin_delta_side *side)
{
	to = text_put(text_put(text_put(to, "  \""), name), "\": {");
	return text_put(json_u64(to, side->is_root ? "root" : "device", side->number), "},\n");
}

static int json_begin(void *arg, const struct thin_pool *pool)
{
	struct thin_delta_text *t = arg;
	char *to = begin_piece(t);

	if (!to)
		return -EPIPE;
	to = json_u64(text_put(to, "{\n  \"superblock\": {\"uuid\": \"\", "), "time", pool->time);
	to = json_u64(text_put(to, ", "), "transaction", pool->transaction_id);
	to = json_u64(text_put(to, ", "), "data_block_size", pool->data_block_size);
	to = json_u64(text_put(to, ", "), "nr_data_blocks", pool->nr_data_blocks);
	to = json_side(text_put(to, "},\n"), "left", &t->sides[0]);
	to = json_side(to, "right", &t->sides[1]);
	end_piece(t, text_put(to, "  \"ranges\": ["));
	return 0;
}

static char *json_data(char *to, const struct thin_delta_run *run)
{
	to = text_put(to, ", ");
	switch (run->kind) {
	case THIN_DELTA_DIFFERENT:
		to = json_u64(to, "left_data_begin", run->left_data);
		return json_u64(text_put(to, ", "), "right_data_begin", run->right_data);
	case THIN_DELTA_RIGHT_ONLY:
		return json_u64(to, "data_begin", run->right_data);
	default:
		return json_u64(to, "data_begin", run->left_data);
	}
}

static int json_runs(void *arg, const struct thin_delta_run *runs, size_t nr)
{
	struct thin_delta_text *t = arg;

	for (size_t i = 0; i < nr; i++) {
		char *to = begin_piece(t);

		if (!to)
			return -EPIPE;
		to = text_put(to, t->any ? ",\n    {\"kind\": \"" : "\n    {\"kind\": \"");
		to = text_put(text_put(to, names[runs[i].kind]), "\", ");
		to = json_u64(to, "begin", runs[i].thin_begin);
		if (t->verbose)
			to = json_data(to, &runs[i]);
		to = json_u64(text_put(to, ", "), "length", runs[i].length);
		end_piece(t, text_put(to, "}"));
		t->any = true;
	}
	return 0;
}

static int json_end(void *arg)
{
	struct thin_delta_text *t = arg;
	char *to = begin_piece(t);

	if (!to)
		return -EPIPE;
	end_piece(t, text_put(to, t->any ? "\n  ]\n}\n" : "]\n}\n"));
	return thin_delta_text_flush(t);
}

const struct thin_delta_emit thin_delta_json = {
	.begin = json_begin, .runs = json_runs, .end = json_end,
};
