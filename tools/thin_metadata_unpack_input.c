/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_metadata_unpack_input.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const struct tool *const tool = &thin_metadata_unpack_tool;

static int say_issue(const struct unpack_input *in, const struct thin_pack_issue *i)
{
	char text[THIN_PACK_ISSUE_TEXT_MAX];

	tool_say(tool, in->in.name, "%s", thin_pack_issue_text(i, text));
	return -EUCLEAN;
}

int unpack_input_open(struct unpack_input *in, const char *path)
{
	struct thin_pack_issue issue;
	int r = input_open(&in->in, tool, path, true);

	if (r)
		return r;
	r = thin_unpack_new(&in->unpack, in->in.fd, &issue);
	if (r == -EUCLEAN)
		return say_issue(in, &issue);
	if (r)
		tool_say(tool, in->in.name, "%s", strerror(-r));
	return r ? -EUCLEAN : 0;
}

void unpack_input_close(struct unpack_input *in)
{
	thin_unpack_free(in->unpack);
	input_close(&in->in);
}

static void warn(const struct unpack_input *in, const struct thin_pack_report *rep)
{
	if (rep->nr_unread)
		tool_say(tool, in->in.name, "warning: %" PRIu64 " blocks could not be read when "
			 "this was packed, the first of them is block %" PRIu64
			 "; they are zeroes now",
			 rep->nr_unread, rep->first_unread);
	if (!rep->has_checksum)
		tool_say(tool, in->in.name, "warning: has no checksum over the whole; whether all "
			 "blocks are there, thin_check can tell");
}

int unpack_input_unpack(const struct unpack_input *in, const struct unpack_request *o,
			struct engine *e, bool is_blank)
{
	struct progress progress = { 0, 0 };
	struct thin_pack_opts opts = {
		.nr_threads = (unsigned)o->threads.value, .partial = o->partial,
		.progress = &progress,
	};
	struct thin_pack_report rep;
	struct thin_pack_issue issue;
	int r;

	tool_progress_begin(e ? "unpacking" : "checking", &progress);
	r = thin_unpack(in->unpack, e, is_blank, &opts, &rep, &issue);
	tool_progress_end();
	if (r == -EUCLEAN) {
		say_issue(in, &issue);
		if (o->partial && e)
			tool_say(tool, o->output, "has %" PRIu64 " blocks of it, all that could "
				 "be unpacked; thin_repair may save what belongs together",
				 rep.nr_stored);
		return r;
	}
	if (r)
		tool_say(tool, e ? o->output : in->in.name, "%s", strerror(-r));
	else if (e || o->check)
		warn(in, &rep);
	return r ? -EUCLEAN : 0;
}

int unpack_input_check_first(struct unpack_input *in, const struct unpack_request *o)
{
	struct thin_pack_issue issue;
	int r;

	if (o->partial || lseek(in->in.fd, 0, SEEK_CUR) < 0)
		return 0;
	r = unpack_input_unpack(in, o, NULL, false);
	if (r)
		return r;
	thin_unpack_free(in->unpack);
	in->unpack = NULL;
	if (lseek(in->in.fd, 0, SEEK_SET))
		return -errno;
	return thin_unpack_new(&in->unpack, in->in.fd, &issue);
}
