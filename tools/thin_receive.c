/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "thin_receive_apply.h"

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

static int mistake(const char *words)
{
	tool_say(&thin_receive_tool, NULL, "%s; try thin_receive --help", words);
	return -EINVAL;
}

static int read_request(struct receive_request *q)
{
	q->window = 256u << 20;
	if (q->checkpoint && (units_parse_size(q->checkpoint, 1, &q->window) ||
			      q->window < THIN_STREAM_GRAIN))
		return mistake("--checkpoint: wanted a size of at least 64k");
	if (q->window > THIN_STREAM_SIZE_MAX)
		q->window = THIN_STREAM_SIZE_MAX;
	q->window = q->window / THIN_STREAM_GRAIN * THIN_STREAM_GRAIN;
	if (q->print_token && !q->state)
		return mistake("--print-token wants --state");
	if (!q->print_token && !q->output && !q->dry_run)
		return mistake("the target is missing, wanted -o {device|file}");
	if (!q->input || !strcmp(q->input, "-"))
		q->input = NULL;
	if (q->output && ((q->input && tool_is_same_file(q->input, q->output)) ||
			  (q->state && tool_is_same_file(q->state, q->output))))
		return mistake("--output: is the input or the state as well, wanted two files");
	return 0;
}

static int print_token(const char *path)
{
	char text[RECEIVE_TOKEN_TEXT_MAX];
	struct receive_state s;
	int r = receive_state_load(path, &s);

	if (r == -EUCLEAN)
		tool_say(&thin_receive_tool, path, "is no state of thin_receive, or damaged");
	else if (!r && s.complete)
		tool_say(&thin_receive_tool, path,
			 "all has been received, there is nothing to go on with");
	else if (!r)
		puts(receive_token_text(&s.token, text));
	return r ? r : s.complete ? -EUCLEAN : 0;
}

static int open_input(struct receiver *r)
{
	const struct receive_request *q = r->request;
	struct stat st;

	r->input = q->input ? q->input : "standard input";
	r->fd = q->input ? open(q->input, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (r->fd < 0 || fstat(r->fd, &st)) {
		tool_say(&thin_receive_tool, r->input, "%s", strerror(errno));
		return -EUCLEAN;
	}
	if (S_ISDIR(st.st_mode) || (!q->input && isatty(r->fd))) {
		tool_say(&thin_receive_tool, r->input, "is a %s, wanted a file or a pipe",
			 S_ISDIR(st.st_mode) ? "directory" : "terminal");
		return -EUCLEAN;
	}
	r->start = lseek(r->fd, 0, SEEK_CUR);
	r->twice = S_ISREG(st.st_mode) && r->start >= 0 && !q->one_pass;
#ifdef F_SETPIPE_SZ
	if (S_ISFIFO(st.st_mode))
		(void)fcntl(r->fd, F_SETPIPE_SZ, 1 << 20);
#endif
	return 0;
}

static void print(const struct receiver *r)
{
	char bytes[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];
	char to[DIGEST_TEXT_MAX], from[DIGEST_TEXT_MAX];
	const struct wire_header *h = &r->reader.header;
	const uint64_t *n = r->reader.totals.bytes;

	if (r->request->json) {
		printf("{\n  \"to\": \"%s\",\n", digest_text(h->to, to));
		if (h->flags & THIN_STREAM_INCREMENTAL)
			printf("  \"from\": \"%s\",\n", digest_text(h->from, from));
		printf("  \"device_size\": %" PRIu64 ",\n  \"begin\": %" PRIu64 ",\n"
		       "  \"stream_bytes\": %" PRIu64 ",\n  \"data_bytes\": %" PRIu64 ",\n"
		       "  \"zero_bytes\": %" PRIu64 ",\n  \"hole_bytes\": %" PRIu64 ",\n"
		       "  \"same_bytes\": %" PRIu64 "\n}\n", h->device_size, h->begin,
		       r->reader.offset, n[THIN_STREAM_DATA], n[THIN_STREAM_ZERO],
		       n[THIN_STREAM_HOLE], n[THIN_STREAM_SAME]);
	} else if (r->request->dry_run) {
		printf("the stream is sound: %s of data for a device of %s, %s\n",
		       units_bytes(n[THIN_STREAM_DATA], bytes),
		       units_bytes(h->device_size, size),
		       !(h->flags & THIN_STREAM_INCREMENTAL) ? "all of it" :
		       r->target.fd >= 0 ? "and the target is its base" : "on top of a base");
	}
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
		e = wire_reader_init(&r->reader, r->fd);
	if (!e && q->verify) {
		r->pieces = calloc(RECEIVE_PIECES, sizeof(*r->pieces));
		e = r->pieces ? 0 : -ENOMEM;
	}
	if (!e)
		e = receive_apply(r);
	if (!e)
		print(r);
	wire_reader_exit(&r->reader);
	closed = receive_target_close(&r->target);
	if (q->input && r->fd >= 0)
		close(r->fd);
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
	if (read_request(&q))
		return 1;
	r = q.print_token ? print_token(q.state) : run(&q);
	return tool_status(&thin_receive_tool, q.print_token ? q.state : q.output, r);
}
