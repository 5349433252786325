/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dm - the little of device-mapper's ioctls that tools for active pools need:
 * find a device, read its table or status, send it a message.
 *
 * These are five calls of a stable interface, so they are made here and not
 * through libdevmapper, which would come with udev and SELinux behind it, and
 * prints on its own.
 */
#ifndef TOOLS_DM_H
#define TOOLS_DM_H

#include <linux/dm-ioctl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct dm {
	int fd;
	struct dm_ioctl *io;		/* with room behind it */
	size_t size;
};

struct dm_device {
	char name[DM_NAME_LEN];
	char uuid[DM_UUID_LEN];
	dev_t dev;
	int open_count;
	bool read_only;
	bool suspended;
};

/* The first target of a device. */
struct dm_target {
	unsigned nr;			/* targets that there are */
	uint64_t begin, length;		/* sectors */
	char type[DM_MAX_TYPE_NAME];
	char params[512];		/* what is longer is cut */
};

/* 0, or why not: -ENOENT without device-mapper.  dm_exit() is due in any case. */
int dm_init(struct dm *dm);
void dm_exit(struct dm *dm);

/*
 * Finds an active device by name, as "VG/LV", by a path that leads to it, or by
 * number.
 * 0; -ENXIO when there is none; or what the system said.
 */
int dm_find(struct dm *dm, const char *name, struct dm_device *d);
int dm_find_number(struct dm *dm, dev_t dev, struct dm_device *d);

/* The table of a device, or its status, without flushing anything.  0 or an error. */
int dm_table(struct dm *dm, const struct dm_device *d, bool status, struct dm_target *t);

/* Sends a message to the first target of the device.  0 or an error. */
int dm_message(struct dm *dm, const struct dm_device *d, const char *message);

/*
 * Calls @fn for all active devices, until it returns what is not 0.  0, that,
 * or an error.
 */
int dm_each(struct dm *dm, int (*fn)(void *arg, const struct dm_device *d), void *arg);

/* The name of LVM's "VG/LV" in @to; false if it does not fit. */
bool dm_lvm_name(const char *name, char *to, size_t size);

/* Reads "major:minor" at the start of @s.  False if it is none. */
bool dm_parse_number(const char *s, dev_t *dev);

/* The node of block device @dev below /dev, in @path; false if there is none. */
bool dm_node(dev_t dev, char *path, size_t size);

#endif
