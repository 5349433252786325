/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "thin_repair_lvm.h"
#include "thin_repair_words.h"

/* @name may be NULL. */
static void put_name(FILE *to, const char *name)
{
	if (!name)
		return;
	fputs(", \"name\": ", to);
	json_put_string(to, name);
}

static void put_device(FILE *to, const struct thin_repair_device *d, const struct lvm_pool *p)
{
	fprintf(to, "    {\"device\": %" PRIu32, d->device.dev_id);
	put_name(to, lvm_pool_name_of(p, d->device.dev_id));
	fprintf(to, ", \"mapped_blocks\": %" PRIu64 ", \"mapped_blocks_before\": ",
		d->device.mapped_blocks);
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

static void put_devices(FILE *to, const struct lvm_pool *p, const struct thin_repair_report *rep)
{
	fputs(",\n  \"devices\": [", to);
	for (size_t i = 0; i < rep->nr_devices; i++) {
		fputs(i ? ",\n" : "\n", to);
		put_device(to, &rep->devices[i], p);
	}
	fputs(rep->nr_devices ? "\n  ]" : "]", to);
}

static void put_findings(FILE *to, const struct thin_repair_report *rep)
{
	fputs(",\n  \"findings\": [", to);
	for (size_t i = 0; i < rep->nr_findings; i++) {
		fputs(i ? ",\n" : "\n", to);
		put_finding(to, &rep->findings[i]);
	}
	fputs(rep->nr_findings ? "\n  ]" : "]", to);
}

/* What lvm2's backup has besides. */
static void put_lvm(FILE *to, const struct lvm_pool *p, const struct thin_repair_report *rep)
{
	const char *comma = "";

	fputs(",\n  \"lvm\": {\"group\": ", to);
	json_put_string(to, p->group);
	fputs(", \"pool\": ", to);
	json_put_string(to, p->name);
	fprintf(to, ", \"transaction_id\": %" PRIu64 "},\n  \"missing_volumes\": [",
		p->transaction_id);
	for (size_t i = thin_repair_lvm_next_missing(p, 0, rep); i < p->nr_thins;
	     i = thin_repair_lvm_next_missing(p, i + 1, rep)) {
		fprintf(to, "%s\n    {\"device\": %" PRIu32, comma, p->thins[i].device_id);
		put_name(to, p->thins[i].name);
		fputc('}', to);
		comma = ",";
	}
	fputs(*comma ? "\n  ]" : "]", to);
}

static void put_report(FILE *to, const struct thin_repair_request *q,
		       const struct thin_repair_report *rep)
{
	fputs("{\n  \"input\": ", to);
	json_put_string(to, q->input);
	put_pool(to, rep);
	fputs(",\n  \"findings_by_class\": {", to);
	for (unsigned i = 0; i < NR_THIN_FINDING_CLASSES; i++)
		fprintf(to, "%s\"%s\": %" PRIu64, i ? ", " : "",
			thin_finding_class_name((enum thin_finding_class)i), rep->nr_by_class[i]);
	fputc('}', to);
	if (q->lvm_backup)
		put_lvm(to, &q->pool, rep);
	put_devices(to, &q->pool, rep);
	put_findings(to, rep);
	fputs("\n}\n", to);
}

int thin_repair_open_report(const struct thin_repair_request *q, struct new_file *f)
{
	*f = (struct new_file){ .fd = -1 };
	return q->report ? new_file_open(f, &thin_repair_tool, q->report, 0666) : 0;
}

static int write_report(const struct thin_repair_request *q, struct new_file *f,
			const struct thin_repair_report *rep)
{
	FILE *to;

	if (new_file_begin(f))
		return -EUCLEAN;
	to = fdopen(dup(f->fd), "w");
	if (to)
		put_report(to, q, rep);
	if (to && !(ferror(to) | fclose(to)))
		return new_file_keep(f, false);
	tool_say(&thin_repair_tool, f->path, "%s", strerror(errno));
	return -EUCLEAN;
}

int thin_repair_close_report(const struct thin_repair_request *q, struct new_file *f,
			     const struct thin_repair_report *rep)
{
	int r = rep && f->fd >= 0 ? write_report(q, f, rep) : 0;

	new_file_close(f);
	return r;
}
