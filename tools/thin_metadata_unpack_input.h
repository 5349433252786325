/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_metadata_unpack_input - the pack, and what is wrong with it. */
#ifndef TOOLS_THIN_METADATA_UNPACK_INPUT_H
#define TOOLS_THIN_METADATA_UNPACK_INPUT_H

#include "input.h"
#include "meta/thin_pack.h"
#include "thin_metadata_unpack.h"

struct unpack_input {
	struct input in;
	struct thin_unpacker *unpack;
};

/* Opens the pack @path.  0, or -EUCLEAN after the words; closing is for both. */
int unpack_input_open(struct unpack_input *in, const char *path);
void unpack_input_close(struct unpack_input *in);

/* Unpacks to @e, or only checks if that is NULL.  0, or -EUCLEAN after the words. */
int unpack_input_unpack(const struct unpack_input *in, const struct unpack_request *o,
			struct engine *e, bool is_blank);

/*
 * Checks all of it before anything is lost, unless it is a pipe, which can be read
 * but once.  As above, or an error.
 */
int unpack_input_check_first(struct unpack_input *in, const struct unpack_request *o);

#endif
