/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_metadata_unpack_output.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/format.h"
#include "new_file.h"
#include "too_small.h"

static const struct tool *const tool = &thin_metadata_unpack_tool;

/* To a device, whatever is on it. */
static int to_device(const struct unpack_request *o, struct unpack_input *in)
{
	uint64_t size = thin_unpack_nr_blocks(in->unpack) * META_BLOCK_SIZE;
	struct engine *e = NULL;
	int r, closed;

	r = tool_open_output(tool, o->output, &e);
	if (!r && engine_size(e) < size)
		r = too_small_say(tool, o->output,
				  &(struct too_small){ engine_size(e), size, false });
	if (!r && !tool_may_overwrite(tool, o->output, o->force))
		r = -EUCLEAN;
	if (!r)
		r = unpack_input_check_first(in, o);
	if (!r)
		r = unpack_input_unpack(in, o, e, false);
	closed = engine_close(e);
	return r ? r : closed;
}

/* To a new file, which then takes the place of what has the name. */
static int to_file(const struct unpack_request *o, struct unpack_input *in)
{
	uint64_t size = thin_unpack_nr_blocks(in->unpack) * META_BLOCK_SIZE;
	struct new_file f = { .fd = -1 };
	struct engine *e = NULL;
	int r;

	if (!tool_may_overwrite(tool, o->output, o->force))
		return -EUCLEAN;
	r = new_file_open(&f, tool, o->output, 0666);
	if (!r && !f.unless_kept) {
		tool_say(tool, o->output, "is no regular file, wanted a block device or a file");
		r = -EUCLEAN;
	}
	r = r ? r : new_file_begin(&f);
	if (!r && ftruncate(f.fd, (off_t)size))
		r = -errno;
	if (!r)
		r = engine_open(&e, *f.temporary ? f.temporary : o->output, ENGINE_WRITE);
	if (!r)
		r = unpack_input_unpack(in, o, e, true);
	engine_close(e);
	if (!r || (r == -EUCLEAN && o->partial && e)) {
		int kept = new_file_keep(&f, true);

		r = r ? r : kept;
	}
	/* What is wrong with the input says enough. */
	if (r == -EUCLEAN)
		f.unless_kept = NULL;
	return new_file_end(&f, r);
}

int unpack_output_write(const struct unpack_request *o, struct unpack_input *in)
{
	struct stat st;

	if (stat(o->output, &st) || S_ISREG(st.st_mode))
		return to_file(o, in);
	if (S_ISBLK(st.st_mode))
		return to_device(o, in);
	return tool_say_cannot_open(tool, o->output, -ENOTBLK, "a block device or a file", "");
}
