/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send.h"

#include <errno.h>
#include <signal.h>

#include "thin_send_output.h"
#include "thin_send_request.h"
#include "thin_send_stream.h"

static int thin_send_main(int argc, char **argv);

const struct tool thin_send_tool = {
	.name = "thin_send",
	.summary = "Writes a stream of a thin device, or of what has changed since another one.",
	.operands = "",
	.nr_operands = 0,
	.examples =
		"  thin_send --pool vg-pool --thin 7 | ssh host thin_receive -o /dev/vg/copy\n"
		"  thin_send --pool vg-pool --from 7 --thin 8 | "
		"ssh host thin_receive -o /dev/vg/copy\n"
		"  thin_send --metadata tmeta.img --data tdata.img --thin 7 -o 7.stream\n",
	.main = thin_send_main,
};

static int run(struct send_request *q)
{
	struct receive_token token;
	struct send_source source;
	struct send_result result;
	struct new_file out = { .fd = -1 };
	bool resumes = q->resume || q->resume_from;
	int r = resumes ? send_request_token(q, &token) : 0;

	if (r)
		return -EUCLEAN;
	r = send_source_open(&source, q);
	if (!r)
		r = send_output_open(&out, q);
	if (!r)
		r = send_stream(&source, out.fd, resumes ? &token : NULL, &result);
	send_source_close(&source);
	if (!r && out.fd >= 0)
		r = new_file_keep(&out, true);
	if (!r)
		send_print(q, &result);
	return new_file_end(&out, r);
}

static int thin_send_main(int argc, char **argv)
{
	struct send_request q = { .pool = NULL };
	const struct opt opts[] = {
		OPT_STRING(0, "pool", &q.pool, "<device>", "an active pool"),
		OPT_STRING(0, "metadata", &q.metadata, "<device|file>",
			   "in place of --pool: metadata of a pool that is not active"),
		OPT_STRING(0, "data", &q.data, "<device|file>", "and its data"),
		OPT_STRING(0, "thin", &q.thin, "<id|device>", "the thin device to send"),
		OPT_STRING(0, "from", &q.from, "<id|device>",
			   "send what has changed since this one"),
		OPT_STRING('o', "output", &q.output, "<file>",
			   "write to this file (default: standard output)"),
		OPT_MAYBE_U64(0, "compress", &q.compress, "<level>",
			      "compress with zlib, 1 (default) to 9"),
		OPT_STRING(0, "resume", &q.resume, "<token>",
			   "go on where \"thin_receive --print-token\" says"),
		OPT_STRING(0, "resume-from", &q.resume_from, "<file>",
			   "go on where this state of thin_receive says"),
		OPT_STRING(0, "size", &q.size, "<size>",
			   "size of the device, if it is not active (default: as mapped)"),
		OPT_STRING(0, "read-from", &q.device, "<device>",
			   "read data from the active thin device, not from the pool's"),
		OPT_FLAG('m', "metadata-snap", &q.metadata_snap,
			 "with --metadata: read the metadata snapshot"),
		OPT_FLAG(0, "use-held-snapshot", &q.use_held,
			 "with --pool: use a metadata snapshot that is there already"),
		OPT_FLAG(0, "force", &q.force, "send devices that may be written to meanwhile"),
		OPT_FLAG('n', "dry-run", &q.dry_run, "only say how much would be sent"),
		OPT_FLAG(0, "json", &q.json, "print what was sent as JSON"),
		OPT_U32(0, "threads", &q.threads, "<number>", "use so many threads"),
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing on standard error"),
		OPT_END
	};
	int r = tool_start(&thin_send_tool, opts, argc, &argv);

	if (r != TOOL_RUN)
		return r;
	if (q.quiet)
		tool_be_quiet();
	signal(SIGPIPE, SIG_IGN);
	if (send_request_read(&q))
		return 1;
	r = run(&q);
	return tool_status(&thin_send_tool, q.output ? q.output : "standard output",
			   r == -EINVAL ? -EUCLEAN : r);
}
