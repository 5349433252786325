/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fdio - reads and writes all of a buffer, however little a descriptor takes or
 * gives at a time.
 *
 * A signal does not end it, nor does a descriptor that does not wait, as others
 * may have made it: it waits then.
 */
#ifndef BASE_FDIO_H
#define BASE_FDIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * Writes all of it where @fd is, or at @offset.  0; -EIO if it takes no more
 * without saying why; or what the system said.
 */
int fdio_write(int fd, const void *data, size_t len);
int fdio_write_at(int fd, const void *data, size_t len, uint64_t offset);

/* As fdio_write() for several stretches, one behind the other; @v is used up. */
int fdio_writev(int fd, struct iovec *v, int nr);

/* Reads what there is, @len bytes at most; 0 at the end, or a negative errno. */
ssize_t fdio_read_some(int fd, void *data, size_t len);

/*
 * Reads @len bytes from where @fd is, or from @offset on; fewer only where it
 * ends.  *@got, which may be NULL at a place where all of them must be there, is
 * how many.  0; -EIO if they are not and @got is NULL; or what the system said.
 */
int fdio_read(int fd, void *data, size_t len, size_t *got);
int fdio_read_at(int fd, void *data, size_t len, uint64_t offset, size_t *got);

#endif
