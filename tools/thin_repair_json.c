/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "json.h"
#include "thin_repair_words.h"

static void put_device(FILE *to, const struct thin_repair_device *d)
{
	fprintf(to, "    {\"device\": %" PRIu32 ", \"mapped_blocks\": %" PRIu64
		", \"mapped_blocks_before\": ", d->device.dev_id, d->device.mapped_blocks);
	if (d->mapped_before == UINT64_MAX)
		fputs("null", to);
	else
		fprintf(to, "%" PRIu64, d->mapped_before);
	fprintf(to, ", \"transaction_id\": %" PRIu64 ", \"creation_time\": %" PRIu32
		", \"snapshot_time\": %" PRIu32 "}", d->device.transaction_id,
		d->device.creation_time, d->device.snapshotted_time);
}

static void put_finding(FILE *to, const struct thin_finding *f)
{
	char text[THIN_FINDING_TEXT_MAX];

	fprintf(to, "    {\"code\": \"%s\", \"class\": \"%s\"", thin_finding_name(f),
		thin_finding_class_name(thin_finding_class(f)));
	if (f->dev_id != THIN_FINDING_NO_DEV)
		fprintf(to, ", \"device\": %" PRIu32, f->dev_id);
	fprintf(to, ", \"block\": %" PRIu64, f->where);
	if (f->end == UINT64_MAX)
		fprintf(to, ", \"begin\": %" PRIu64 ", \"end\": null", f->begin);
	else if (f->begin < f->end)
		fprintf(to, ", \"begin\": %" PRIu64 ", \"end\": %" PRIu64, f->begin, f->end);
	fprintf(to, ", \"mappings\": %" PRIu64 ", \"found\": %" PRIu64 ", \"wanted\": %" PRIu64
		", \"text\": ", f->nr, f->found, f->wanted);
	json_put_string(to, thin_finding_text(f, text));
	fputc('}', to);
}

static void put_pool(FILE *to, const struct thin_repair_report *rep)
{
	fprintf(to, ",\n  \"pool\": {\"transaction_id\": %" PRIu64 ", \"time\": %" PRIu32
		", \"data_block_size_sectors\": %" PRIu32 ", \"data_blocks\": %" PRIu64
		", \"mapping_root\": %" PRIu64 ", \"details_root\": %" PRIu64 "}",
		rep->pool.transaction_id, rep->pool.time, rep->pool.data_block_size,
		rep->pool.nr_data_blocks, rep->mapping_root, rep->details_root);
	fprintf(to, ",\n  \"metadata_blocks_needed\": %" PRIu64 ",\n  \"mappings\": %" PRIu64,
		rep->nr_needed, rep->nr_mappings);
}

void thin_repair_print_json(FILE *to, const char *path, const struct thin_repair_report *rep)
{
	fputs("{\n  \"input\": ", to);
	json_put_string(to, path);
	put_pool(to, rep);
	fputs(",\n  \"findings_by_class\": {", to);
	for (unsigned i = 0; i < NR_THIN_FINDING_CLASSES; i++)
		fprintf(to, "%s\"%s\": %" PRIu64, i ? ", " : "",
			thin_finding_class_name((enum thin_finding_class)i), rep->nr_by_class[i]);
	fputs("},\n  \"devices\": [", to);
	for (size_t i = 0; i < rep->nr_devices; i++) {
		fputs(i ? ",\n" : "\n", to);
		put_device(to, &rep->devices[i]);
	}
	fputs(rep->nr_devices ? "\n  ],\n  \"findings\": [" : "],\n  \"findings\": [", to);
	for (size_t i = 0; i < rep->nr_findings; i++) {
		fputs(i ? ",\n" : "\n", to);
		put_finding(to, &rep->findings[i]);
	}
	fputs(rep->nr_findings ? "\n  ]\n}\n" : "]\n}\n", to);
}
