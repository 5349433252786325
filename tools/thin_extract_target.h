/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_extract_target - where the volume goes: a new file, which is sparse; a
 * block device; or a pipe.  It is written from the beginning to the end.
 */
#ifndef TOOLS_THIN_EXTRACT_TARGET_H
#define TOOLS_THIN_EXTRACT_TARGET_H

#include "new_file.h"
#include "thin_extract.h"

enum extract_target_kind {
	EXTRACT_FILE,
	EXTRACT_DEVICE,
	EXTRACT_PIPE,
};

struct extract_target {
	enum extract_target_kind kind;
	const char *name;
	int fd;
	uint64_t begin;		/* of the volume: the first byte of the output */
	struct new_file file;
	void *zeroes;
};

/*
 * Opens q->output, which shall take @size bytes of the volume from @begin on.
 * What is there already is only overwritten with q->force.  0, or -EUCLEAN
 * after the words.
 */
int extract_target_open(struct extract_target *t, const struct extract_request *q, uint64_t size,
			uint64_t begin);

/* The next bytes, at @offset of the volume; or zeroes.  0, or what writing gave. */
int extract_target_data(struct extract_target *t, uint64_t offset, const void *data, size_t len);
int extract_target_zero(struct extract_target *t, uint64_t offset, uint64_t len);

/* All @size bytes have come; makes them safe.  0, or -EUCLEAN after the words. */
int extract_target_keep(struct extract_target *t, uint64_t size);

/* Closes after all gave @r, of which what is not told is told first, as new_file_end() does. */
int extract_target_close(struct extract_target *t, int r);

#endif
