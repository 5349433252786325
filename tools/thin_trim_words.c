/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_trim_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "json.h"

void thin_trim_words_begin(const struct thin_trim_words *w, const struct thin_sb *sb,
			   uint64_t nr_unused)
{
	if (!w->json)
		return;
	fputs("{\n  \"metadata\": ", stdout);
	json_put_string(stdout, w->metadata);
	fputs(",\n  \"data\": ", stdout);
	json_put_string(stdout, w->data);
	printf(",\n  \"dry_run\": %s,\n  \"data_block_size_sectors\": %" PRIu32
	       ",\n  \"data_blocks\": %" PRIu64 ",\n  \"unused_blocks\": %" PRIu64
	       ",\n  \"ranges\": [", w->dry_run ? "true" : "false", sb->data_block_size,
	       sb->data_sm.nr_blocks, nr_unused);
}

void thin_trim_words_tell(void *arg, const struct thin_trim_extent *x)
{
	struct thin_trim_words *w = arg;

	if (w->json)
		printf("%s    {\"begin\": %" PRIu64 ", \"end\": %" PRIu64 ", \"offset\": %" PRIu64
		       ", \"bytes\": %" PRIu64 "}", w->nr_told ? ",\n" : "\n", x->range.begin,
		       x->range.end, x->offset, x->length);
	if (w->verbose && x->length)
		tool_say(w->tool, w->data, "data blocks %" PRIu64 "..%" PRIu64 ": %" PRIu64
			 " bytes at %" PRIu64, x->range.begin, x->range.end, x->length, x->offset);
	else if (w->verbose)
		tool_say(w->tool, w->data, "data blocks %" PRIu64 "..%" PRIu64
			 ": too little for the device to discard", x->range.begin, x->range.end);
	w->nr_told++;
}

static void conclude(const struct thin_trim_words *w, const struct thin_trim_report *rep)
{
	char bytes[UNITS_TEXT_MAX], line[256];

	snprintf(line, sizeof(line), "%s %sdiscarded in %" PRIu64 " ranges; %" PRIu64
		 " data blocks are unused", units_bytes(rep->nr_bytes, bytes),
		 w->dry_run ? "would be " : "", rep->nr_ranges, rep->nr_blocks);
	if (w->verbose)
		tool_say(w->tool, w->data, "%s", line);
	else if (w->dry_run && !w->json && !tool_is_quiet())
		printf("%s\n", line);
}

static void say_failure(const struct thin_trim_words *w, const struct thin_trim_report *rep, int r)
{
	const struct thin_trim_extent *x = &rep->failed;

	if (r == -EOPNOTSUPP && !rep->nr_bytes)
		tool_say(w->tool, w->data, "takes no discards; nothing was discarded");
	else if (x->range.end)
		tool_say(w->tool, w->data, "data blocks %" PRIu64 "..%" PRIu64
			 ": %s; what comes before is discarded, nothing in use is touched",
			 x->range.begin, x->range.end, strerror(-r));
	else
		tool_say(w->tool, w->data, "%s", strerror(-r));
}

void thin_trim_words_end(const struct thin_trim_words *w, const struct thin_trim_report *rep,
			 int r)
{
	if (w->json)
		printf("%s],\n  \"granularity\": %" PRIu64 ",\n  \"discarded_bytes\": %" PRIu64
		       ",\n  \"complete\": %s\n}\n", w->nr_told ? "\n  " : "", rep->granularity,
		       w->dry_run ? 0 : rep->nr_bytes, r ? "false" : "true");
	tool_flush();
	if (r)
		say_failure(w, rep, r);
	else
		conclude(w, rep);
}

/* What makes the pool unfit comes first in the report if it is the superblock. */
static const struct fault *find_fault(const struct thin_check_report *rep)
{
	for (size_t i = 0; i < rep->nr_faults; i++) {
		enum fault_class c = fault_class(&rep->faults[i]);

		if (c == FAULT_FATAL || c == FAULT_REPAIR || c == FAULT_POLICY)
			return &rep->faults[i];
	}
	return NULL;
}

void thin_trim_words_refuse(const struct thin_trim_words *w,
			    const struct thin_check_report *rep)
{
	const struct fault *f = find_fault(rep);

	if (f)
		tool_say_fault(w->tool, w->metadata, f);
	if (rep->has_sb)
		tool_say(w->tool, w->metadata, "the metadata is damaged, so nobody knows which "
			 "data is unused; nothing was done; thin_check says all of it");
}
