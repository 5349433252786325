/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "meta/thin_rmap.h"
#include "thin_ls_conclude.h"
#include "tool.h"
#include "xml/decimal.h"

static int thin_rmap_main(int argc, char **argv);

const struct tool thin_rmap_tool = {
	.name = "thin_rmap",
	.summary = "Says which thin devices map given data blocks, and where.",
	.operands = "{device|file}",
	.nr_operands = 1,
	.examples =
		"  thin_rmap --region 0..64 /dev/mapper/vg-pool_tmeta\n"
		"  thin_rmap -m --region 100..101 --region 500..600 /dev/mapper/vg-pool_tmeta\n",
	.main = thin_rmap_main,
};

/* What the command line said. */
struct request {
	struct opt_strings words;	/* "B..E" */
	struct opt_u64 metadata_snap;
	struct opt_u64 threads;
	bool json;
	bool quiet;
	struct thin_rmap_region *regions;
	size_t nr_regions;
};

static bool parse_region(const char *s, struct thin_rmap_region *region)
{
	const char *dots = strstr(s, "..");

	if (!dots || units_parse_u64(s, (size_t)(dots - s), UINT64_MAX, &region->begin) ||
	    units_parse_u64(dots + 2, strlen(dots + 2), UINT64_MAX, &region->end))
		return false;
	return region->begin < region->end;
}

static int read_regions(struct request *q)
{
	if (!q->words.nr) {
		tool_say(&thin_rmap_tool, NULL, "missing option --region; try thin_rmap --help");
		return 1;
	}
	q->regions = calloc(q->words.nr, sizeof(*q->regions));
	if (!q->regions)
		return tool_status(&thin_rmap_tool, NULL, -ENOMEM);
	for (; q->nr_regions < q->words.nr; q->nr_regions++) {
		const char *word = q->words.values[q->nr_regions];

		if (parse_region(word, &q->regions[q->nr_regions]))
			continue;
		tool_say(&thin_rmap_tool, NULL, "--region: \"%s\" is no region, wanted two "
			 "numbers B..E, and E above B", word);
		return 1;
	}
	return 0;
}

static uint64_t end_of(uint64_t begin, uint64_t length)
{
	return begin > UINT64_MAX - length ? UINT64_MAX : begin + length;
}

static char *put_run(char *to, const struct thin_rmap_run *run)
{
	to = decimal_put(text_put(to, "data "), run->data_begin);
	to = decimal_put(text_put(to, ".."), run->data_begin + run->length);
	to = decimal_put(text_put(to, " -> thin("), run->dev_id);
	to = decimal_put(text_put(to, ") "), run->thin_begin);
	to = decimal_put(text_put(to, ".."), end_of(run->thin_begin, run->length));
	return text_put(to, "\n");
}

static char *put_json_run(char *to, const struct thin_rmap_run *run)
{
	to = decimal_put(text_put(to, "    {\"data_begin\": "), run->data_begin);
	to = decimal_put(text_put(to, ", \"data_end\": "), run->data_begin + run->length);
	to = decimal_put(text_put(to, ", \"dev\": "), run->dev_id);
	to = decimal_put(text_put(to, ", \"thin_begin\": "), run->thin_begin);
	to = decimal_put(text_put(to, ", \"thin_end\": "), end_of(run->thin_begin, run->length));
	return text_put(to, "}");
}

static void print(const struct request *q, const struct thin_rmap_list *list)
{
	char line[256];

	if (q->json)
		fputs("{\n  \"ranges\": [", stdout);
	for (size_t i = 0; i < list->nr; i++) {
		const char *end = q->json ? put_json_run(line, &list->runs[i]) :
					    put_run(line, &list->runs[i]);

		if (q->json)
			fputs(i ? ",\n" : "\n", stdout);
		fwrite(line, 1, (size_t)(end - line), stdout);
	}
	if (q->json)
		fputs(list->nr ? "\n  ]\n}\n" : "]\n}\n", stdout);
}

static int search(struct engine *e, const struct request *q, const char *input)
{
	struct progress progress = { 0, 0 };
	struct thin_rmap_opts o = {
		.regions = q->regions, .nr_regions = q->nr_regions,
		.metadata_snap = q->metadata_snap.set,
		.metadata_snap_block = q->metadata_snap.has_value ? q->metadata_snap.value : 0,
		.nr_threads = (unsigned)q->threads.value,
		.progress = &progress,
	};
	struct thin_rmap_list list;
	struct fault f;
	int r;

	tool_progress_begin("searching", &progress);
	r = thin_rmap(e, &o, &list, &f);
	tool_progress_end();
	if (!r) {
		print(q, &list);
		thin_rmap_free(&list);
	}
	return thin_ls_conclude(&thin_rmap_tool, input, r, &f, &q->metadata_snap);
}

static int run(const struct request *q, const char *input)
{
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	struct engine *e;
	int r;

	if (tool_open(&thin_rmap_tool, input, flags, &e))
		return 1;
	r = search(e, q, input);
	engine_close(e);
	return r;
}

static int thin_rmap_main(int argc, char **argv)
{
	struct request q = { .json = false };
	const struct opt opts[] = {
		OPT_STRINGS(0, "region", &q.words, "<B..E>",
			    "look for data blocks B to E, without E; may be repeated"),
		OPT_MAYBE_U64('m', "metadata-snap", &q.metadata_snap, "<block>",
			      "read the metadata snapshot, which must be at <block> if given"),
		OPT_FLAG(0, "json", &q.json, "print JSON"),
		OPT_U32(0, "threads", &q.threads, "<number>",
			"use so many threads (default: one for each processor)"),
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing on standard error"),
		OPT_END
	};
	int r = tool_start(&thin_rmap_tool, opts, argc, &argv);

	if (r == TOOL_RUN) {
		if (q.quiet)
			tool_be_quiet();
		r = read_regions(&q);
		r = r ? r : run(&q, argv[0]);
	}
	free(q.words.values);
	free(q.regions);
	return r;
}
