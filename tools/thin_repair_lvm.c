/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_repair_lvm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "thin_repair_words.h"

static int say(const struct thin_repair_request *q, const struct lvm_backup_error *e)
{
	const struct tool *tool = &thin_repair_tool;
	const char *path = q->lvm_backup;

	switch (e->problem) {
	case LVM_BACKUP_TEXT:
		tool_say(tool, path, "line %" PRIu64 ": %s; is it a backup of lvm2, as in "
			 "/etc/lvm/backup?", e->line, e->text);
		break;
	case LVM_BACKUP_NAME:
		tool_say(tool, path, "line %" PRIu64 ": a name that lvm2 does not allow, wanted "
			 "letters, digits and + _ . -, at most 127", e->line);
		break;
	case LVM_BACKUP_NO_GROUP:
		tool_say(tool, path, "line %" PRIu64 ": wanted one volume group; is it a backup "
			 "of lvm2, as in /etc/lvm/backup?", e->line);
		break;
	case LVM_BACKUP_NO_POOL:
		tool_say(tool, path, "has no thin pool%s%s%s%s", q->lvm_pool ? " " : "",
			 q->lvm_pool ? q->lvm_pool : "", *e->names ? ", but there is " : "",
			 e->names);
		break;
	case LVM_BACKUP_POOLS:
		tool_say(tool, path, "has several thin pools, of which --lvm-pool has to name "
			 "one: %s", e->names);
		break;
	case LVM_BACKUP_SIZES:
		tool_say(tool, path, "line %" PRIu64 ": a number that is missing or that no thin "
			 "pool can have (chunk_size, transaction_id, extents, device_id)", e->line);
		break;
	case LVM_BACKUP_TWICE:
		tool_say(tool, path, "line %" PRIu64 ": two volumes of the pool have one device "
			 "id: %s", e->line, e->names);
		break;
	}
	return -EUCLEAN;
}

/* All of the file, if it is no larger than a backup can be. */
static int slurp(const char *path, char **text, size_t *len)
{
	FILE *f = fopen(path, "re");
	size_t room = 0, n = 1;
	int r = 0;

	*text = NULL;
	*len = 0;
	if (!f)
		return -errno;
	while (!r && n) {
		if (*len == room) {
			char *p = realloc(*text, room ? 2 * room : 65536);

			room = room ? 2 * room : 65536;
			r = p ? 0 : -ENOMEM;
			*text = p ? p : *text;
		}
		if (r)
			break;
		n = fread(*text + *len, 1, room - *len, f);
		*len += n;
		if (*len > LVM_BACKUP_MAX_BYTES)
			r = -EFBIG;
	}
	if (!r && ferror(f))
		r = -errno;
	fclose(f);
	return r;
}

int thin_repair_lvm_read(struct thin_repair_request *q)
{
	struct lvm_backup_error e;
	char *text;
	size_t len;
	int r;

	if (!q->lvm_backup)
		return 0;
	if (tool_is_no_file(&thin_repair_tool, q->lvm_backup, true, "a backup of lvm2"))
		return -EUCLEAN;
	r = slurp(q->lvm_backup, &text, &len);
	if (r) {
		tool_say(&thin_repair_tool, q->lvm_backup, "%s", strerror(-r));
		r = -EUCLEAN;
	} else {
		r = lvm_backup_read(text, len, q->lvm_pool, &q->pool, &e);
		r = r == -EUCLEAN ? say(q, &e) : r;
	}
	free(text);
	if (r || !q->transaction.set || q->transaction.value == q->pool.transaction_id)
		return r;
	tool_say(&thin_repair_tool, q->lvm_backup, "is of transaction %" PRIu64 ", and "
		 "--transaction is %" PRIu64 "; /etc/lvm/archive has those of other times",
		 q->pool.transaction_id, q->transaction.value);
	return -EUCLEAN;
}

int thin_repair_lvm_say_failure(const struct thin_repair_request *q, int r)
{
	if (r != -ERANGE || q->overrides.nr_data_blocks.set || !q->lvm_backup)
		return thin_repair_say_failure(&thin_repair_tool, q->input, r);
	tool_say(&thin_repair_tool, q->lvm_backup, "pool %s has %" PRIu64 " data blocks, and there "
		 "are mappings behind them: is it of an earlier time, or of another pool?  "
		 "--nr-data-blocks overrides it", q->pool.name, q->pool.nr_chunks);
	return -EUCLEAN;
}

/* Both are in the order of ids. */
size_t thin_repair_lvm_next_missing(const struct lvm_pool *p, size_t i,
				    const struct thin_repair_report *rep)
{
	for (size_t d = 0; i < p->nr_thins; i++) {
		while (d < rep->nr_devices &&
		       rep->devices[d].device.dev_id < p->thins[i].device_id)
			d++;
		if (d == rep->nr_devices ||
		    rep->devices[d].device.dev_id != p->thins[i].device_id)
			break;
	}
	return i;
}

void thin_repair_lvm_compare(const struct thin_repair_request *q,
			     const struct thin_repair_report *rep)
{
	enum { MOST_LINES = 10 };
	const struct lvm_pool *p = &q->pool;
	size_t nr = 0, i;

	if (!q->lvm_backup)
		return;
	for (i = thin_repair_lvm_next_missing(p, 0, rep); i < p->nr_thins;
	     i = thin_repair_lvm_next_missing(p, i + 1, rep))
		if (nr++ < MOST_LINES)
			tool_say(&thin_repair_tool, q->lvm_backup, "volume %s, device %" PRIu32
				 ", is not among what was saved", p->thins[i].name,
				 p->thins[i].device_id);
	if (nr > MOST_LINES)
		tool_say(&thin_repair_tool, q->lvm_backup, "%zu more volumes are not", nr -
			 MOST_LINES);
	if (p->chunk_size != rep->pool.data_block_size)
		tool_say(&thin_repair_tool, q->lvm_backup, "pool %s has chunks of %" PRIu32
			 " sectors, this one has %" PRIu32 ": is it another pool?", p->name,
			 p->chunk_size, rep->pool.data_block_size);
	if (p->transaction_id != rep->pool.transaction_id)
		tool_say(&thin_repair_tool, q->lvm_backup, "pool %s is of transaction %" PRIu64
			 ", what was saved has %" PRIu64 "; lvm2 activates a pool only if its own "
			 "number is the same", p->name, p->transaction_id,
			 rep->pool.transaction_id);
}
