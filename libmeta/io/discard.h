/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * discard - tells what is below a file descriptor that bytes are not needed.
 *
 * On a block device they are discarded, in a regular file a hole is punched.
 */
#ifndef IO_DISCARD_H
#define IO_DISCARD_H

#include "io/engine.h"

/* What the device or file can do.  0, or what the system said. */
int discard_limits(int fd, struct engine_discards *d);

/* Bytes.  0; -EOPNOTSUPP when it cannot; or what the system said. */
int discard_range(int fd, uint64_t offset, uint64_t len);

#endif
