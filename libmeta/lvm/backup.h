/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backup - the thin pool in lvm2's backup of a volume group.
 *
 * lvm2 writes one to /etc/lvm/backup/VG whenever a volume group changes, and
 * keeps older ones in /etc/lvm/archive.  They have what metadata lacks when its
 * superblock is lost, and what names its devices have as volumes.
 */
#ifndef LVM_BACKUP_H
#define LVM_BACKUP_H

#include "lvm/config.h"

/* Larger files are refused; a thousand volumes take about half a megabyte. */
#define LVM_BACKUP_MAX_BYTES (64u << 20)

/* Names have at most 127 characters. */
#define LVM_NAME_MAX 128u

/* A volume of the pool. */
struct lvm_thin {
	uint32_t device_id;
	uint64_t transaction_id;	/* that it was made in */
	char name[LVM_NAME_MAX];
};

struct lvm_pool {
	char name[LVM_NAME_MAX];
	char group[LVM_NAME_MAX];
	uint64_t transaction_id;
	uint32_t chunk_size;		/* sectors: the data block size */
	uint64_t nr_chunks;		/* that the data volume has room for */
	struct lvm_thin *thins;		/* by device id */
	size_t nr_thins;
};

enum lvm_backup_problem {
	LVM_BACKUP_TEXT,		/* @text, in @line */
	LVM_BACKUP_NAME,		/* a name in @line that lvm2 does not allow */
	LVM_BACKUP_NO_GROUP,		/* no volume group: another kind of file */
	LVM_BACKUP_NO_POOL,		/* no thin pool, or none of that name; @names has those */
	LVM_BACKUP_POOLS,		/* several, of which @names are the first */
	LVM_BACKUP_SIZES,		/* the pool has no sizes, or some that cannot be */
	LVM_BACKUP_TWICE,		/* two volumes, @names, have one device id */
};

#define LVM_BACKUP_NAMES_MAX 512u

struct lvm_backup_error {
	enum lvm_backup_problem problem;
	uint64_t line;
	const char *text;
	char names[LVM_BACKUP_NAMES_MAX];	/* with commas between them */
};

/*
 * Finds the pool called @name in @text, or the only one if that is NULL.  0 and
 * @p, which goes to lvm_pool_exit(); -EUCLEAN with @e; -ENOMEM.
 */
int lvm_backup_read(const char *text, size_t len, const char *name, struct lvm_pool *p,
		    struct lvm_backup_error *e);
void lvm_pool_exit(struct lvm_pool *p);

/* The volume's name, or NULL if no volume has this device id. */
const char *lvm_pool_name_of(const struct lvm_pool *p, uint32_t device_id);

#endif
