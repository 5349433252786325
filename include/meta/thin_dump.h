/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_dump - the metadata of a pool as text. */
#ifndef META_THIN_DUMP_H
#define META_THIN_DUMP_H

#include "meta/thin_load.h"

#ifdef __cplusplus
extern "C" {
#endif

enum thin_dump_format {
	THIN_DUMP_XML,			/* what thin_restore() reads */
	THIN_DUMP_HUMAN,
};

/*
 * Writes the metadata on @e to the file descriptor @fd, from where it stands.
 * After damage the text breaks off, so that nobody takes it for whole.
 * Results as those of thin_load(), or what writing gave.
 */
int thin_dump(struct engine *e, int fd, enum thin_dump_format format,
	      const struct thin_load_opts *o, struct fault *f);

#ifdef __cplusplus
}
#endif

#endif
