/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store - writes a pool to a metadata device.
 *
 * Takes the calls of struct thin_emit, with definitions before devices and
 * devices in the order of their ids.  Blocks are used from 1 on and
 * written in that order.  A definition's leaves are written once and shared by
 * the devices that refer to it, as far as the rules of the btree allow.
 *
 * Nothing that looks valid is on the device until thin_store_commit(): the
 * superblock is wiped first and written last.
 */
#ifndef THIN_STORE_H
#define THIN_STORE_H

#include "meta/thin.h"
#include "pdata/build.h"

struct thin_store_def;

struct thin_store_opts {
	/*
	 * Counts of data blocks, for all of the pool; borrowed.  With
	 * @is_counted they already say what the runs of definitions and
	 * devices, each taken once, add up to; without they are zero.
	 */
	struct refs *data_refs;
	bool is_counted;
	bool is_dry;		/* writes nothing, only finds nr_needed */
};

struct thin_store {
	struct engine *engine;
	struct thin_store_opts opts;
	struct thin_sb sb;
	struct refs refs;		/* of metadata blocks */
	struct writer writer;
	struct build def, inner, outer, details;
	struct build *runs;		/* where runs go: def or inner */
	struct thin_store_def *defs;	/* by id */
	uint64_t nr_defs;
	uint64_t def_id;		/* the one being written */
	struct build_leaf *leaves;	/* of all definitions */
	size_t nr_leaves;
	size_t room_leaves;
	struct thin_device device;
	uint64_t nr_copied;		/* mappings that could not be shared */
	uint64_t nr_needed;		/* blocks, after pool_end */
};

/* 0 or -ENOMEM; thin_store_exit() is for both. */
int thin_store_init(struct thin_store *s, struct engine *e, const struct thin_store_opts *opts);
void thin_store_exit(struct thin_store *s);

/*
 * Called with a struct thin_store.  pool_begin wipes the superblock unless the
 * store is dry.  -ENOSPC when the device is full, -ENOMEM, or what reading and
 * writing gave.
 */
extern const struct thin_emit thin_store_emit;

/* After pool_end: makes all of it safe, then writes the superblock. */
int thin_store_commit(struct thin_store *s);

#endif
