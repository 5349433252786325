/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_check_json.h"

#include <inttypes.h>

#include "json.h"
#include "meta/format.h"
#include "thin_check_words.h"

static void put_member(FILE *to, const char *name, const char *s)
{
	fprintf(to, ",\n  \"%s\": ", name);
	if (s)
		json_put_string(to, s);
	else
		fputs("null", to);
}

static void put_sb(FILE *to, const struct thin_check_report *rep)
{
	const struct thin_sb *sb = &rep->sb;

	if (!rep->has_sb) {
		fputs(",\n  \"superblock\": null", to);
		return;
	}
	fprintf(to, ",\n  \"superblock\": {\"transaction_id\": %" PRIu64 ", \"time\": %" PRIu32
		", \"version\": %" PRIu32 ", \"needs_check\": %s", sb->transaction_id, sb->time,
		sb->version, sb->flags & THIN_SB_NEEDS_CHECK ? "true" : "false");
	if (sb->held_root)
		fprintf(to, ", \"metadata_snapshot\": %" PRIu64, sb->held_root);
	else
		fputs(", \"metadata_snapshot\": null", to);
	fprintf(to, ", \"data_block_size_sectors\": %" PRIu32 ", \"data_blocks\": %" PRIu64
		", \"data_blocks_allocated\": %" PRIu64, sb->data_block_size,
		sb->data_sm.nr_blocks, sb->data_sm.nr_allocated);
	fprintf(to, ", \"metadata_blocks\": %" PRIu64 ", \"metadata_blocks_free\": %" PRIu64
		", \"mapping_root\": %" PRIu64 ", \"details_root\": %" PRIu64 "}",
		sb->metadata_sm.nr_blocks, rep->metadata_free, sb->mapping_root,
		sb->details_root);
}

static void put_range(FILE *to, const struct fault *f)
{
	const char *name = fault_range_name(f);

	if (!name)
		return;
	fprintf(to, ", \"range\": {\"of\": \"%s\", \"begin\": %" PRIu64, name, f->begin);
	if (f->end != UINT64_MAX)
		fprintf(to, ", \"end\": %" PRIu64 "}", f->end);
	else
		fputs(", \"end\": null}", to);
}

static void put_fault(FILE *to, const struct fault *f)
{
	char text[FAULT_TEXT_MAX];

	fprintf(to, "    {\"code\": \"%s\", \"class\": \"%s\", \"block\": %" PRIu64,
		fault_name(f->code), fault_class_name(fault_class(f)), f->where);
	if (f->kind != KIND_FREE)
		fprintf(to, ", \"kind\": \"%s\"", block_kind_name(f->kind));
	if (f->dev_id != FAULT_NO_DEV)
		fprintf(to, ", \"device\": %" PRIu32 ", \"other_devices\": %s", f->dev_id,
			f->shared ? "true" : "false");
	put_range(to, f);
	fprintf(to, ", \"found\": %" PRIu64 ", \"wanted\": %" PRIu64 ", \"text\": ", f->found,
		f->wanted);
	json_put_string(to, fault_text(f, text));
	fputc('}', to);
}

static void put_loss(FILE *to, const struct thin_loss *l)
{
	fprintf(to, "    {\"device\": %" PRIu32 ", \"block\": %" PRIu64 ", \"begin\": %" PRIu64,
		l->dev_id, l->where, l->begin);
	if (l->end != UINT64_MAX)
		fprintf(to, ", \"end\": %" PRIu64 "}", l->end);
	else
		fputs(", \"end\": null}", to);
}

static void put_hit(FILE *to, const struct thin_hit *h)
{
	fprintf(to, "    {\"device\": %" PRIu32 ", \"mappings_found\": %" PRIu64, h->dev_id,
		h->nr_found);
	if (h->has_mapped && h->nr_mapped >= h->nr_found)
		fprintf(to, ", \"mappings_lost\": %" PRIu64 "}", h->nr_mapped - h->nr_found);
	else
		fputs(", \"mappings_lost\": null}", to);
}

void thin_check_print_json(FILE *to, const char *path, const struct thin_check_report *rep,
			   bool passed, const char *done)
{
	struct advice advice = thin_check_advice(rep);

	fputs("{\n  \"device\": ", to);
	json_put_string(to, path);
	fprintf(to, ",\n  \"verdict\": \"%s\"", passed ? "passed" : "failed");
	put_member(to, "meaning", advice.meaning);
	put_member(to, "next", advice.next);
	put_member(to, "mended", done);
	put_sb(to, rep);
	fprintf(to, ",\n  \"counts_compared\": %s", rep->counted ? "true" : "false");
	fprintf(to, ",\n  \"devices\": %" PRIu64 ",\n  \"mapped_blocks\": %" PRIu64,
		rep->nr_devices, rep->nr_mapped);
	fputs(",\n  \"findings_by_class\": {", to);
	for (unsigned i = 0; i < NR_FAULT_CLASSES; i++)
		fprintf(to, "%s\"%s\": %" PRIu64, i ? ", " : "",
			fault_class_name((enum fault_class)i), rep->nr_by_class[i]);
	fputs("},\n  \"faults\": [", to);
	for (size_t i = 0; i < rep->nr_faults; i++) {
		fputs(i ? ",\n" : "\n", to);
		put_fault(to, &rep->faults[i]);
	}
	fputs(rep->nr_faults ? "\n  ],\n  \"losses\": [" : "],\n  \"losses\": [", to);
	for (size_t i = 0; i < rep->nr_losses; i++) {
		fputs(i ? ",\n" : "\n", to);
		put_loss(to, &rep->losses[i]);
	}
	fputs(rep->nr_losses ? "\n  ],\n  \"devices_hit\": [" : "],\n  \"devices_hit\": [", to);
	for (size_t i = 0; i < rep->nr_hits; i++) {
		fputs(i ? ",\n" : "\n", to);
		put_hit(to, &rep->hits[i]);
	}
	fputs(rep->nr_hits ? "\n  ]\n}\n" : "]\n}\n", to);
}
