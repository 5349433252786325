/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_extract_share - stretches of a data file that become part of the output
 * without coming through memory of ours: shared with it where the file system
 * can do that, or copied by the kernel.
 *
 * Holes of the data file stay holes.  Whether zeroes that are no hole are in it
 * only reading tells; so unless they cost nothing, because they are shared, a
 * file without any hole is left to those who read.
 */
#ifndef TOOLS_THIN_EXTRACT_SHARE_H
#define TOOLS_THIN_EXTRACT_SHARE_H

#include "thin_extract_target.h"

struct extract_share {
	int fd;			/* the data file, or -1 */
	bool clones;		/* as far as is known, the file system shares; */
	bool copies;		/* if it does not, the kernel copies */
};

static inline bool extract_share_works(const struct extract_share *s)
{
	return s->clones || s->copies;
}

/* Looks whether @data and @t are files for that; if not, it does not work. */
void extract_share_open(struct extract_share *s, const char *data,
			const struct extract_target *t);
void extract_share_close(struct extract_share *s);

/* These bytes will be asked for soon; in the order of the data device, that is best. */
void extract_share_announce(const struct extract_share *s, uint64_t data, size_t len);

/*
 * Puts @len bytes at @data of the data file where @offset of the volume goes,
 * which nothing has been written to.  False if that has to be done by reading
 * and writing, and some of it may have been done; then errors show as well.
 */
bool extract_share_piece(struct extract_share *s, const struct extract_target *t,
			 uint64_t offset, uint64_t data, size_t len);

#endif
