/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FIRST_SIZE	65536u
#define LARGEST_SIZE	(64u << 20)

int dm_init(struct dm *dm)
{
	*dm = (struct dm){ .size = FIRST_SIZE };
	dm->fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (dm->fd < 0)
		return -errno;
	dm->io = malloc(dm->size);
	return dm->io ? 0 : -ENOMEM;
}

void dm_exit(struct dm *dm)
{
	if (dm->fd >= 0)
		close(dm->fd);
	free(dm->io);
	*dm = (struct dm){ .fd = -1 };
}

static void prepare(struct dm *dm, const char *name, dev_t dev, uint32_t flags)
{
	memset(dm->io, 0, sizeof(*dm->io));
	dm->io->version[0] = DM_VERSION_MAJOR;
	dm->io->data_size = (uint32_t)dm->size;
	dm->io->data_start = sizeof(*dm->io);
	dm->io->flags = flags;
	if (name)
		snprintf(dm->io->name, sizeof(dm->io->name), "%s", name);
	else
		dm->io->dev = dev;
}

/* A call whose answer may need more room than there is. */
static int call(struct dm *dm, unsigned request, const char *name, dev_t dev,
		uint32_t flags)
{
	for (;;) {
		struct dm_ioctl *larger;

		prepare(dm, name, dev, flags);
		if (ioctl(dm->fd, request, dm->io))
			return -errno;
		if (!(dm->io->flags & DM_BUFFER_FULL_FLAG))
			return 0;
		if (dm->size >= LARGEST_SIZE)
			return -E2BIG;
		larger = realloc(dm->io, 2 * dm->size);
		if (!larger)
			return -ENOMEM;
		dm->io = larger;
		dm->size *= 2;
	}
}

static void take_device(const struct dm *dm, struct dm_device *d)
{
	const struct dm_ioctl *io = dm->io;

	memset(d, 0, sizeof(*d));
	memcpy(d->name, io->name, sizeof(d->name) - 1);
	memcpy(d->uuid, io->uuid, sizeof(d->uuid) - 1);
	/* As the kernel packs it for user space: as makedev() for our sizes. */
	d->dev = io->dev;
	d->open_count = io->open_count;
	d->read_only = io->flags & DM_READONLY_FLAG;
	d->suspended = io->flags & DM_SUSPEND_FLAG;
}

static int find(struct dm *dm, const char *name, dev_t dev, struct dm_device *d)
{
	int r = call(dm, DM_DEV_STATUS, name, dev, 0);

	if (r)
		return r;
	take_device(dm, d);
	return 0;
}

int dm_find_number(struct dm *dm, dev_t dev, struct dm_device *d)
{
	return find(dm, NULL, dev, d);
}

/* LVM doubles the dashes of both names and puts one between them. */
bool dm_lvm_name(const char *name, char *to, size_t size)
{
	size_t n = 0;

	for (; *name && n + 2 < size; name++) {
		to[n++] = *name == '/' ? '-' : *name;
		if (*name == '-')
			to[n++] = '-';
	}
	to[n] = '\0';
	return !*name;
}

int dm_find(struct dm *dm, const char *name, struct dm_device *d)
{
	char joined[DM_NAME_LEN];
	struct stat st;

	if (*name != '/' && strchr(name, '/') && dm_lvm_name(name, joined, sizeof(joined)) &&
	    !find(dm, joined, 0, d))
		return 0;
	if (!strchr(name, '/') && strlen(name) < DM_NAME_LEN)
		return find(dm, name, 0, d);
	if (stat(name, &st))
		return -errno;
	return S_ISBLK(st.st_mode) ? find(dm, NULL, st.st_rdev, d) : -ENXIO;
}

int dm_table(struct dm *dm, const struct dm_device *d, bool status, struct dm_target *t)
{
	uint32_t flags = DM_NOFLUSH_FLAG | (status ? 0u : DM_STATUS_TABLE_FLAG);
	int r = call(dm, DM_TABLE_STATUS, d->name, 0, flags);
	const struct dm_target_spec *spec;

	*t = (struct dm_target){ .nr = 0 };
	if (r)
		return r;
	t->nr = dm->io->target_count;
	if (!t->nr)
		return 0;
	spec = (const void *)((const char *)dm->io + dm->io->data_start);
	t->begin = spec->sector_start;
	t->length = spec->length;
	memcpy(t->type, spec->target_type, sizeof(t->type) - 1);
	snprintf(t->params, sizeof(t->params), "%s", (const char *)(spec + 1));
	return 0;
}

int dm_message(struct dm *dm, const struct dm_device *d, const char *message)
{
	struct dm_target_msg *m = (void *)(dm->io + 1);
	int r;

	do {
		prepare(dm, d->name, 0, 0);
		m->sector = 0;
		memcpy((char *)m + sizeof(*m), message, strlen(message) + 1);
		r = ioctl(dm->fd, DM_TARGET_MSG, dm->io) ? -errno : 0;
	} while (r == -EINTR);
	return r;
}

/* The list is taken out of the buffer first, as looking at devices uses it. */
int dm_each(struct dm *dm, int (*fn)(void *arg, const struct dm_device *d), void *arg)
{
	int r = call(dm, DM_LIST_DEVICES, "", 0, 0);
	const struct dm_name_list *n;
	struct dm_device d;
	uint64_t *devs;
	size_t nr = 0;

	if (r)
		return r;
	devs = calloc(dm->size / sizeof(*n) + 1, sizeof(*devs));
	if (!devs)
		return -ENOMEM;
	n = (const void *)((const char *)dm->io + dm->io->data_start);
	for (; n->dev; n = (const void *)((const char *)n + n->next)) {
		devs[nr++] = n->dev;
		if (!n->next)
			break;
	}
	for (size_t i = 0; !r && i < nr; i++) {
		r = dm_find_number(dm, devs[i], &d);
		/* It may be gone meanwhile. */
		r = r == -ENXIO ? 0 : r ? r : fn(arg, &d);
	}
	free(devs);
	return r;
}

bool dm_parse_number(const char *s, dev_t *dev)
{
	unsigned major, minor;

	if (sscanf(s, "%u:%u", &major, &minor) != 2)
		return false;
	*dev = makedev(major, minor);
	return true;
}

static bool leads_to(const char *path, dev_t dev)
{
	struct stat st;

	return !stat(path, &st) && S_ISBLK(st.st_mode) && st.st_rdev == dev;
}

/* One line of a file of a device in sysfs, or "". */
static void read_line(dev_t dev, const char *file, char *line, size_t size)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(dev), minor(dev), file);
	f = fopen(path, "re");
	if (!f || !fgets(line, (int)size, f))
		*line = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
}

bool dm_node(dev_t dev, char *path, size_t size)
{
	char line[256], link[64], target[256];
	ssize_t len;

	read_line(dev, "dm/name", line, sizeof(line));
	snprintf(path, size, "/dev/mapper/%s", line);
	if (*line && leads_to(path, dev))
		return true;
	snprintf(path, size, "/dev/block/%u:%u", major(dev), minor(dev));
	if (leads_to(path, dev))
		return true;
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	len = readlink(link, target, sizeof(target) - 1);
	if (len <= 0)
		return false;
	target[len] = '\0';
	snprintf(path, size, "/dev/%s", strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
	return leads_to(path, dev);
}
