/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/crc32c.h"
#include "thin/undo.h"

enum { BATCH = 256 };		/* blocks in one request: 1 MiB */

struct thin_undo {
	struct engine *file;
	struct undo_header_disk *header;	/* a block */
	struct undo_entry_disk *table;		/* whole blocks */
	uint64_t device_size;
	uint64_t nr;
	uint64_t nr_table;			/* blocks */
};

static int blame(struct thin_undo_issue *issue, enum thin_undo_code code, uint64_t found,
		 uint64_t wanted)
{
	*issue = (struct thin_undo_issue){ code, found, wanted };
	return -EUCLEAN;
}

static uint64_t where_of(const struct thin_undo *u, uint64_t i)
{
	return le64_to_cpu(u->table[i].where);
}

static int judge_header(struct thin_undo *u, struct thin_undo_issue *issue)
{
	static const uint8_t nothing[sizeof(u->header->magic)];
	const struct undo_header_disk *h = u->header;
	uint64_t size = engine_size(u->file), most = size / META_BLOCK_SIZE;
	uint32_t version = le32_to_cpu(h->version);

	/* The header comes last. */
	if (!memcmp(h->magic, nothing, sizeof(nothing)))
		return blame(issue, THIN_UNDO_UNFINISHED, 0, 0);
	if (memcmp(h->magic, UNDO_MAGIC, sizeof(h->magic)))
		return blame(issue, THIN_UNDO_KIND, 0, 0);
	if (version != UNDO_VERSION)
		return blame(issue, THIN_UNDO_VERSION, version, UNDO_VERSION);
	u->nr = le64_to_cpu(h->nr_blocks);
	u->device_size = le64_to_cpu(h->device_size);
	if (!u->nr || u->nr > META_MAX_BLOCKS)
		return blame(issue, THIN_UNDO_SUM, 0, 0);
	u->nr_table = (u->nr * sizeof(*u->table) + META_BLOCK_SIZE - 1) / META_BLOCK_SIZE;
	if (most != 1 + u->nr_table + u->nr || size % META_BLOCK_SIZE)
		return blame(issue, THIN_UNDO_LENGTH, size,
			     (1 + u->nr_table + u->nr) * META_BLOCK_SIZE);
	return 0;
}

/* The superblock comes last, everything else in the order of the disk. */
static int judge_table(struct thin_undo *u, struct thin_undo_issue *issue)
{
	const size_t skip = offsetof(struct undo_header_disk, version);
	uint32_t sum = crc32c(~0u, (const char *)u->header + skip, META_BLOCK_SIZE - skip);
	uint64_t before = 0;

	sum = crc32c(sum, u->table, u->nr_table * META_BLOCK_SIZE);
	if (sum != le32_to_cpu(u->header->csum))
		return blame(issue, THIN_UNDO_SUM, 0, 0);
	for (uint64_t i = 0; i + 1 < u->nr; i++) {
		if (where_of(u, i) <= before)
			return blame(issue, THIN_UNDO_SUM, 0, 0);
		before = where_of(u, i);
	}
	if (where_of(u, u->nr - 1) || before >= u->device_size / META_BLOCK_SIZE)
		return blame(issue, THIN_UNDO_SUM, 0, 0);
	return 0;
}

/* How many blocks from @i on follow each other on the device, BATCH at most. */
static uint64_t run_at(const struct thin_undo *u, uint64_t i)
{
	uint64_t nr = 1;

	while (nr < BATCH && i + nr < u->nr && where_of(u, i + nr) == where_of(u, i) + nr)
		nr++;
	return nr;
}

static int read_old(struct thin_undo *u, void *to, uint64_t i, uint64_t nr)
{
	return engine_read(u->file, to, 1 + u->nr_table + i, nr);
}

static int judge_blocks(struct thin_undo *u, struct thin_undo_issue *issue)
{
	char *buffer = alloc_blocks(BATCH);
	int r = buffer ? 0 : -ENOMEM;

	for (uint64_t i = 0, nr; i < u->nr && !r; i += nr) {
		nr = u->nr - i < BATCH ? u->nr - i : BATCH;
		r = read_old(u, buffer, i, nr);
		for (uint64_t k = 0; k < nr && !r; k++)
			if (crc32c(~0u, buffer + k * META_BLOCK_SIZE, META_BLOCK_SIZE) !=
			    le32_to_cpu(u->table[i + k].old_sum))
				r = blame(issue, THIN_UNDO_SUM, 0, 0);
	}
	free(buffer);
	return r;
}

static int judge(struct thin_undo *u, struct thin_undo_issue *issue)
{
	int r;

	if (engine_size(u->file) < META_BLOCK_SIZE)
		return blame(issue, engine_size(u->file) ? THIN_UNDO_KIND : THIN_UNDO_UNFINISHED,
			     0, 0);
	u->header = alloc_blocks(1);
	if (!u->header)
		return -ENOMEM;
	r = engine_read(u->file, u->header, 0, 1);
	r = r ? r : judge_header(u, issue);
	if (r)
		return r;
	u->table = alloc_blocks(u->nr_table);
	if (!u->table)
		return -ENOMEM;
	r = engine_read(u->file, u->table, 1, u->nr_table);
	r = r ? r : judge_table(u, issue);
	return r ? r : judge_blocks(u, issue);
}

int thin_undo_open(struct thin_undo **u, const char *path, struct thin_undo_issue *issue)
{
	struct thin_undo *n = calloc(1, sizeof(*n));
	int r = n ? engine_open(&n->file, path, ENGINE_READ) : -ENOMEM;

	r = r ? r : judge(n, issue);
	if (r)
		thin_undo_close(n);
	else
		*u = n;
	return r;
}

void thin_undo_close(struct thin_undo *u)
{
	if (!u)
		return;
	engine_close(u->file);
	free(u->header);
	free(u->table);
	free(u);
}

/* Each sector must be the old one or the new one. */
static bool is_ours(const struct undo_entry_disk *d, const char *now, const char *old)
{
	uint32_t sums[PLAN_SECTORS];

	plan_sums(now, sums);
	for (unsigned i = 0; i < PLAN_SECTORS; i++)
		if (sums[i] != le32_to_cpu(d->sums[i]) && memcmp(now + i * 512, old + i * 512, 512))
			return false;
	return true;
}

/* Holds what is on the device against the file; counts what is not as of old. */
static int compare(struct thin_undo *u, struct engine *e, char *now, char *old, uint64_t *nr_new,
		   struct thin_undo_issue *issue)
{
	int r = 0;

	*nr_new = 0;
	for (uint64_t i = 0, nr; i < u->nr && !r; i += nr) {
		nr = run_at(u, i);
		r = read_old(u, old, i, nr);
		r = r ? r : engine_read(e, now, where_of(u, i), nr);
		for (uint64_t k = 0; k < nr && !r; k++) {
			const size_t at = k * META_BLOCK_SIZE;

			if (!is_ours(&u->table[i + k], now + at, old + at))
				r = blame(issue, THIN_UNDO_CHANGED, where_of(u, i + k), 0);
			*nr_new += memcmp(now + at, old + at, META_BLOCK_SIZE) != 0;
		}
	}
	return r;
}

/* Blocks @begin to @end - 1 of the file. */
static int put_back(struct thin_undo *u, struct engine *e, char *old, uint64_t begin, uint64_t end)
{
	int r = 0;

	for (uint64_t i = begin, nr; i < end && !r; i += nr) {
		nr = run_at(u, i);
		if (nr > end - i)
			nr = end - i;
		r = read_old(u, old, i, nr);
		r = r ? r : engine_write(e, old, where_of(u, i), nr);
	}
	return r ? r : engine_flush(e);
}

int thin_undo_apply(struct thin_undo *u, struct engine *e, uint64_t *nr,
		    struct thin_undo_issue *issue)
{
	char *buffers = alloc_blocks((size_t)2 * BATCH);
	char *old = buffers + (size_t)BATCH * META_BLOCK_SIZE;
	int r;

	if (!buffers)
		return -ENOMEM;
	r = engine_size(e) == u->device_size ? 0 :
		blame(issue, THIN_UNDO_SIZE, engine_size(e), u->device_size);
	r = r ? r : compare(u, e, buffers, old, nr, issue);
	/* While the old superblock is there nobody looks at the other blocks. */
	if (!r && *nr)
		r = put_back(u, e, old, u->nr - 1, u->nr);
	if (!r && *nr)
		r = put_back(u, e, old, 0, u->nr - 1);
	free(buffers);
	return r;
}

char *thin_undo_text(const struct thin_undo_issue *issue, char text[THIN_UNDO_TEXT_MAX])
{
	const uint64_t found = issue->found, wanted = issue->wanted;
	const char *words = "is no undo file";

	switch (issue->code) {
	case THIN_UNDO_KIND:
		break;
	case THIN_UNDO_UNFINISHED:
		words = "was not finished: making it was interrupted, before anything else was "
			"changed";
		break;
	case THIN_UNDO_SUM:
		words = "is damaged: a checksum in it is wrong";
		break;
	case THIN_UNDO_VERSION:
		snprintf(text, THIN_UNDO_TEXT_MAX, "is an undo file of version %" PRIu64
			 ", wanted %" PRIu64, found, wanted);
		return text;
	case THIN_UNDO_LENGTH:
		snprintf(text, THIN_UNDO_TEXT_MAX, "has %" PRIu64 " bytes, wanted %" PRIu64
			 ": it is not whole", found, wanted);
		return text;
	case THIN_UNDO_SIZE:
		snprintf(text, THIN_UNDO_TEXT_MAX, "is for a device of %" PRIu64
			 " bytes, this one has %" PRIu64, wanted, found);
		return text;
	case THIN_UNDO_CHANGED:
		snprintf(text, THIN_UNDO_TEXT_MAX, "block %" PRIu64 " of the device is neither as "
			 "it was before the repair nor as it was after it: this is another "
			 "device, or it was used since", found);
		return text;
	}
	snprintf(text, THIN_UNDO_TEXT_MAX, "%s", words);
	return text;
}
