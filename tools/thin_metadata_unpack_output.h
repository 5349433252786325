/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_metadata_unpack_output - where metadata is unpacked to: a device or a new file. */
#ifndef TOOLS_THIN_METADATA_UNPACK_OUTPUT_H
#define TOOLS_THIN_METADATA_UNPACK_OUTPUT_H

#include "thin_metadata_unpack_input.h"

/*
 * Opens o->output and unpacks @in to it.  What is there stays as it is if @in is no
 * good and can be read twice.  0, or an error, or -EUCLEAN after the words.
 */
int unpack_output_write(const struct unpack_request *o, struct unpack_input *in);

#endif
