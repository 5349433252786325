/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script - everything that a dump says, in order, one step at a time.
 *
 * It names leaves where their mappings belong; reading them is the business
 * of whoever follows the script.
 */
#ifndef THIN_SCRIPT_H
#define THIN_SCRIPT_H

#include "thin/devices.h"
#include "thin/forest_walk.h"
#include "thin/segments.h"

enum script_kind {
	SCRIPT_POOL_BEGIN,
	SCRIPT_DEF_BEGIN,	/* its id */
	SCRIPT_DEF_END,
	SCRIPT_DEVICE_BEGIN,	/* its place in the list of devices */
	SCRIPT_DEVICE_END,
	SCRIPT_REF,		/* the id of a definition */
	SCRIPT_POOL_END,
	SCRIPT_LEAF,		/* its index: here are its mappings */
	SCRIPT_DAMAGE,		/* a fault of the forest; the last step */
	SCRIPT_NO_DEVICES,	/* the fault of the list of devices; the last step */
};

struct script_step {
	enum script_kind kind;
	uint32_t value;
};

struct script {
	const struct devices *devices;
	const struct forest *forest;
	const struct forest_root *roots;	/* NULL: no mappings */
	const struct segments *segments;	/* NULL: nothing is shared */

	enum {
		SCRIPT_AT_POOL,
		SCRIPT_AT_DEF,
		SCRIPT_IN_DEF,
		SCRIPT_AT_DEVICE,
		SCRIPT_IN_DEVICE,
		SCRIPT_AT_END,
	} state;
	uint32_t next;			/* definition or device */
	uint32_t leaf;			/* in a definition */
	uint32_t segment;		/* of the last ref of a device, plus one */
	struct forest_walk walk;
};

/* What follows; false at the end.  Start with all zeroes behind the pointers. */
bool script_next(struct script *s, struct script_step *step);

/* The device that a step belongs to; of a definition the first that uses it. */
uint32_t script_device(const struct script *s);

#endif
