/* SPDX-License-Identifier: GPL-2.0-or-later */
/* data_device - opens the data device of a pool, with what is wrong said in words. */
#ifndef TOOLS_DATA_DEVICE_H
#define TOOLS_DATA_DEVICE_H

#include "tool.h"

/*
 * Opens the data device @path of an inactive pool; @flags as engine_open()
 * has them.  It must not be @metadata.  Nobody else may use it: a device is
 * opened exclusively, and a file that is to be written must not be below a loop
 * device, unless @anyway.  0, or -EUCLEAN after the words.
 */
int data_device_open(const struct tool *tool, const char *path, const char *metadata,
		     unsigned flags, bool anyway, struct engine **e);

/*
 * Is @e large enough for @nr_blocks of @block_size sectors?  With a device that
 * has room for more, the question is whether it belongs to this pool at all:
 * that is refused unless @anyway.  0, or -EUCLEAN after the words.
 */
int data_device_judge_size(const struct tool *tool, const char *path, const struct engine *e,
			   uint64_t nr_blocks, uint32_t block_size, bool anyway);

#endif
