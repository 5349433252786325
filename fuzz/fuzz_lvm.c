/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as lvm2's backup of a volume group. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lvm/backup.h"
#include "meta/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= LVM_NAME_MAX)
		abort();
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			abort();
}

static void check_pool(const struct lvm_pool *p)
{
	check_name(p->name);
	check_name(p->group);
	if (p->chunk_size < THIN_DATA_BLOCK_MIN || p->chunk_size > THIN_DATA_BLOCK_MAX ||
	    p->chunk_size % THIN_DATA_BLOCK_MIN || !p->nr_chunks ||
	    p->nr_chunks >= THIN_MAX_DATA_BLOCKS)
		abort();
	for (size_t i = 0; i < p->nr_thins; i++) {
		check_name(p->thins[i].name);
		if (p->thins[i].device_id > THIN_MAX_DEV_ID ||
		    (i && p->thins[i].device_id <= p->thins[i - 1].device_id) ||
		    lvm_pool_name_of(p, p->thins[i].device_id) != p->thins[i].name)
			abort();
	}
}

static void check_error(const struct lvm_backup_error *e, size_t size)
{
	if (!e->line || e->line > size + 1 || strlen(e->names) >= sizeof(e->names))
		abort();
	if (e->problem == LVM_BACKUP_TEXT && !e->text)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { NULL, "pool" };

	for (unsigned i = 0; i < 2; i++) {
		struct lvm_backup_error e;
		struct lvm_pool p;
		int r = lvm_backup_read((const char *)data, size, names[i], &p, &e);

		if (r == -EUCLEAN)
			check_error(&e, size);
		else if (r)
			abort();
		else
			check_pool(&p);
		lvm_pool_exit(&p);
	}
	return 0;
}
