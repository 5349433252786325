/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "thin_receive_words.h"

static int thin_receive_main(int argc, char **argv);

const struct tool thin_receive_tool = {
	.name = "thin_receive",
	.summary = "Puts a stream of thin_send onto a device or into a file.",
	.operands = "",
	.nr_operands = 0,
	.examples =
		"  thin_send --pool vg-pool --thin 7 | thin_receive --state 7.state -o 7.img\n"
		"  thin_receive --dry-run -i 7.stream\n"
		"  thin_send --pool vg-pool --thin 7 --resume "
		"$(thin_receive --print-token --state 7.state) | \\\n"
		"      thin_receive --state 7.state -o 7.img\n",
	.main = thin_receive_main,
};

static int open_input(struct receiver *r)
{
	const struct receive_request *q = r->request;
	int e = input_open(&r->in, &thin_receive_tool, q->input, true);

	if (e)
		return e;
	r->start = lseek(r->in.fd, 0, SEEK_CUR);
	r->twice = r->in.is_file && r->start >= 0 && !q->one_pass;
#ifdef F_SETPIPE_SZ
	/* What is no pipe does not mind. */
	(void)fcntl(r->in.fd, F_SETPIPE_SZ, 1 << 20);
#endif
	return 0;
}

static int run(const struct receive_request *q)
{
	struct receiver *r = calloc(1, sizeof(*r));
	int e, closed = 0;

	if (!r)
		return -ENOMEM;
	r->request = q;
	r->target.fd = -1;
	e = open_input(r);
	if (!e)
		e = wire_reader_init(&r->reader, r->in.fd);
	if (!e && q->verify) {
		r->pieces = calloc(RECEIVE_PIECES, sizeof(*r->pieces));
		e = r->pieces ? 0 : -ENOMEM;
	}
	if (!e)
		e = receive_apply(r);
	if (!e)
		receive_print(r);
	wire_reader_exit(&r->reader);
	closed = receive_target_close(&r->target);
	input_close(&r->in);
	free(r->pieces);
	free(r);
	return e ? e : closed;
}

static int thin_receive_main(int argc, char **argv)
{
	struct receive_request q = { .input = NULL };
	const struct opt opts[] = {
		OPT_STRING('i', "input", &q.input, "<file>",
			   "the stream (default, and -: standard input)"),
		OPT_STRING('o', "output", &q.output, "<device|file>",
			   "the target; a file is made if there is none"),
		OPT_STRING(0, "state", &q.state, "<file>",
			   "keep here what the target has, so that it can go on"),
		OPT_FLAG(0, "print-token", &q.print_token,
			 "only print where to go on, for thin_send --resume"),
		OPT_FLAG('n', "dry-run", &q.dry_run, "judge stream and target, write nothing"),
		OPT_FLAG(0, "verify", &q.verify, "read back what was written and compare it"),
		OPT_FLAG(0, "one-pass", &q.one_pass,
			 "do not read a file to its end before writing"),
		OPT_STRING(0, "checkpoint", &q.checkpoint, "<size>",
			   "what an interruption costs at most (default: 256m)"),
		OPT_FLAG(0, "json", &q.json, "print what was received as JSON"),
		OPT_FLAG('q', "quiet", &q.quiet, "say nothing on standard error"),
		OPT_END
	};
	int r = tool_start(&thin_receive_tool, opts, argc, &argv);

	if (r != TOOL_RUN)
		return r;
	if (q.quiet)
		tool_be_quiet();
	if (receive_request_read(&q))
		return 1;
	r = q.print_token ? receive_print_token(q.state) : run(&q);
	return tool_status(&thin_receive_tool, q.print_token ? q.state : q.output, r);
}
