/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine - a metadata device: a block device, a regular file or memory.
 *
 * Reading may happen on any number of threads at a time.
 */
#ifndef META_ENGINE_H
#define META_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct engine;

enum engine_flags {
	ENGINE_READ = 0,
	ENGINE_WRITE = 1,	/* for writing as well */
	ENGINE_SHARED = 2,	/* also if the kernel holds the device: only for
				 * the metadata snapshot of a live pool */
	ENGINE_DIRECT = 4,	/* past the page cache where a file can: for much
				 * that is written once.  Devices always are */
};

/*
 * Opens a block device or a regular file.  Block devices are opened
 * exclusively, unless @flags has ENGINE_SHARED.  Nothing is created, resized
 * or written by this.
 *
 * 0 and *@e, which engine_close() takes; -EISDIR for a directory, -ENOTBLK for
 * anything else that is neither, -EBUSY when the kernel or another program
 * holds the device, or what the system said.
 */
int engine_open(struct engine **e, const char *path, unsigned flags);

/*
 * Memory as a device, for tests: @size bytes at @data, which the caller keeps
 * until engine_close().  0 or -ENOMEM.
 */
int engine_open_memory(struct engine **e, void *data, uint64_t size);

/* Closes and frees; NULL is fine.  0, or the error that a late write had. */
int engine_close(struct engine *e);

/* Bytes, and whole metadata blocks. */
uint64_t engine_size(const struct engine *e);
uint64_t engine_nr_blocks(const struct engine *e);

#ifdef __cplusplus
}
#endif

#endif
