/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roster - the devices of a pool, as its two device trees have them.
 *
 * One entry for each entry of a distinct leaf: a leaf that the live trees and
 * the metadata snapshot's share is listed once, for both sides.
 */
#ifndef THIN_ROSTER_H
#define THIN_ROSTER_H

#include "meta/thin.h"
#include "pdata/walk.h"

struct roster_mapping {
	uint64_t dev_id;
	uint64_t root;
	uint64_t from;			/* the leaf that says so */
	uint32_t sides;			/* OWNER_LIVE, OWNER_HELD */
	uint32_t least;			/* snapshot time of the live device; or UINT32_MAX */
};

struct roster_details {
	uint64_t dev_id;
	uint64_t from;
	uint32_t sides;
	struct thin_device device;
};

/* Where the trees of one side are. */
struct roster_side {
	uint32_t side;			/* OWNER_LIVE or OWNER_HELD */
	uint64_t from;			/* the superblock that points to them */
	uint64_t mapping_root;
	uint64_t details_root;
};

struct roster {
	struct walk *walk;
	struct roster_mapping *mappings;	/* by dev_id */
	uint64_t nr_mappings;
	size_t room_mappings;
	struct roster_details *details;		/* by dev_id */
	uint64_t nr_details;
	size_t room_details;
	bool mappings_whole, details_whole;
	pthread_mutex_t lock;
};

/*
 * Walks the device trees of @sides and judges ids, and that the two trees of a
 * side have the same ones.  0 also with damage; or -ENOMEM.
 */
int roster_load(struct roster *r, struct walk *walk, const struct roster_side *sides,
		unsigned nr_sides);
void roster_exit(struct roster *r);

/* Judges times, transactions and mapped blocks after the mapping trees have been counted. */
void roster_judge_details(struct roster *r, const struct thin_sb *sb, bool counted);

/* The details of a device that share one of @sides; NULL if there are none. */
const struct roster_details *roster_find_details(const struct roster *r, uint64_t dev_id,
						 uint32_t sides);

/* Roots for a walk of the mapping trees, one for each mapping; free() them. */
struct walk_root *roster_roots(const struct roster *r);

#endif
