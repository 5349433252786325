/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * census - which devices there are, by the two device trees and, where those
 * are damaged, by what older transactions have left of theirs.
 */
#ifndef THIN_CENSUS_H
#define THIN_CENSUS_H

#include "thin/salvage.h"

/* An entry of a leaf of the top-level tree. */
struct census_root {
	uint32_t dev_id;
	uint32_t leaf;
	uint64_t root;
};

struct census {
	struct census_root *roots;	/* by device, the best first */
	size_t nr_roots, room_roots;
	struct salvage_device *details;	/* by device, the latest first */
	size_t nr_details, room_details;
};

/*
 * Reads the entries of the tree at @root: of the top-level tree, or of the
 * details tree.  *@whole: all of it is sound.  Everything that is read counts
 * as reached.  0, -ENOMEM, or what reading gave.
 */
int census_read(struct thin_salvage *s, struct census *c, uint64_t root,
		enum scan_family family, bool *whole);

/* Adds the entries of all leaves of @family that nothing has reached. */
int census_read_older(struct thin_salvage *s, struct census *c, enum scan_family family);

/* Before anything is looked up. */
void census_sort(struct census *c);

/* Frees what was read. */
void census_exit(struct census *c);

/* The first root of @dev_id; @c->nr_roots if there is none. */
size_t census_find_root(const struct census *c, uint32_t dev_id);

/* The latest details of @dev_id, or NULL. */
const struct salvage_device *census_find_details(const struct census *c, uint32_t dev_id);

/* A device with mappings and @details; if these are NULL, with what there is of it in @older. */
struct salvage_device census_make_device(struct thin_salvage *s, const struct census *older,
					 const struct census_root *root,
					 const struct salvage_device *details);

/*
 * Makes s->devices from the trees at s->mapping_root and s->details_root.
 * @older gets what older trees say.  0, -ENOMEM, or what reading gave.
 */
int census_take(struct thin_salvage *s, struct census *older);

#endif
