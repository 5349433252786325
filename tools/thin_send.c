/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "json.h"
#include "meta/format.h"
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

static int mistake(const char *words)
{
	tool_say(&thin_send_tool, NULL, "%s; try thin_send --help", words);
	return -EINVAL;
}

int thin_send_parse_id(const char *word, uint32_t *id)
{
	uint64_t v;

	if (units_parse_u64(word, strlen(word), THIN_MAX_DEV_ID, &v))
		return -EINVAL;
	*id = (uint32_t)v;
	return 0;
}

/* Ids of devices that are not active have to be numbers. */
static int read_id(const char *option, const char *word, uint32_t *id)
{
	if (!thin_send_parse_id(word, id))
		return 0;
	tool_say(&thin_send_tool, NULL, "--%s: \"%s\" is no device id, wanted a number up to %u",
		 option, word, THIN_MAX_DEV_ID);
	return -EINVAL;
}

static int read_size(struct send_request *q)
{
	if (!q->size)
		return 0;
	if (units_parse_size(q->size, META_SECTOR_SIZE, &q->size_bytes) || !q->size_bytes ||
	    q->size_bytes % META_SECTOR_SIZE || q->size_bytes > THIN_STREAM_SIZE_MAX)
		return mistake("--size: wanted a number of sectors, or one with a unit such as "
			       "10GiB");
	return 0;
}

/* What goes together, of an inactive pool. */
static int read_inactive(struct send_request *q)
{
	if (q->pool)
		return mistake("--pool and --metadata cannot go together");
	if (q->use_held || q->force)
		return mistake("--use-held-snapshot and --force are for --pool");
	if (!q->data && !q->dry_run && (q->from || !q->device))
		return mistake("the data is missing, wanted --data {device|file}");
	return read_id("thin", q->thin, &q->dev_id) ||
		(q->from && read_id("from", q->from, &q->base_id)) ? -EINVAL : 0;
}

static int read_request(struct send_request *q)
{
	if (!q->thin)
		return mistake("the device is missing, wanted --thin");
	if (!q->metadata && !q->pool && !thin_send_parse_id(q->thin, &q->dev_id))
		return mistake("the pool is missing, wanted --pool, or --metadata and --data");
	if (q->metadata ? read_inactive(q) : q->data || q->metadata_snap) {
		if (!q->metadata)
			mistake("--data and --metadata-snap are for --metadata");
		return -EINVAL;
	}
	if (q->compress.has_value && (q->compress.value < 1 || q->compress.value > 9))
		return mistake("--compress: wanted a level from 1 to 9");
	if (q->resume && q->resume_from)
		return mistake("--resume and --resume-from cannot go together");
	if (q->json && !q->dry_run && !q->output)
		return mistake("--json wants -o or --dry-run: the stream goes to standard output");
	return read_size(q);
}

static int read_token(const struct send_request *q, struct receive_token *t)
{
	struct receive_state state;
	int r;

	if (q->resume_from) {
		r = receive_state_load(q->resume_from, &state);
		if (r) {
			tool_say(&thin_send_tool, q->resume_from, "%s", r == -EUCLEAN ?
				 "is no state of thin_receive, or damaged" : strerror(-r));
			return -EUCLEAN;
		}
		if (state.complete) {
			tool_say(&thin_send_tool, q->resume_from,
				 "all has been received, there is nothing to go on with");
			return -EUCLEAN;
		}
		*t = state.token;
		return 0;
	}
	return receive_token_parse(q->resume, t) ?
		mistake("--resume: that is no token of \"thin_receive --print-token\"") : 0;
}

static void print_json(const struct send_result *s)
{
	char to[DIGEST_TEXT_MAX], from[DIGEST_TEXT_MAX];
	const uint64_t *bytes = s->totals.bytes;

	printf("{\n  \"to\": \"%s\",\n", digest_text(s->header.to, to));
	if (s->header.flags & THIN_STREAM_INCREMENTAL)
		printf("  \"from\": \"%s\",\n", digest_text(s->header.from, from));
	printf("  \"device_size\": %" PRIu64 ",\n  \"begin\": %" PRIu64 ",\n"
	       "  \"mapped_bytes\": %" PRIu64 ",\n  \"stream_bytes\": %" PRIu64 ",\n"
	       "  \"data_bytes\": %" PRIu64 ",\n  \"zero_bytes\": %" PRIu64 ",\n"
	       "  \"hole_bytes\": %" PRIu64 ",\n  \"same_bytes\": %" PRIu64 "\n}\n",
	       s->header.device_size, s->header.begin, s->nr_changed_bytes, s->written,
	       bytes[THIN_STREAM_DATA], bytes[THIN_STREAM_ZERO], bytes[THIN_STREAM_HOLE],
	       bytes[THIN_STREAM_SAME]);
}

static void print(const struct send_request *q, const struct send_result *s)
{
	char bytes[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];

	if (q->json)
		print_json(s);
	else if (q->dry_run)
		printf("%s of data would be read and sent, for a device of %s\n",
		       units_bytes(s->nr_changed_bytes, bytes),
		       units_bytes(s->header.device_size, size));
}

/* The output, -1 for a dry run; what @q names must not be overwritten. */
static int open_output(const struct send_request *q, int *fd)
{
	const char *const inputs[] = { q->metadata, q->data, q->device, q->resume_from };

	*fd = STDOUT_FILENO;
	if (q->dry_run)
		*fd = -1;
	if (q->dry_run)
		return 0;
	if (!q->output && isatty(STDOUT_FILENO))
		return mistake("standard output is a terminal, wanted -o FILE or a pipe");
	for (unsigned i = 0; q->output && i < sizeof(inputs) / sizeof(*inputs); i++)
		if (inputs[i] && tool_is_same_file(inputs[i], q->output))
			return mistake("--output: is an input as well, wanted two files");
	if (!q->output)
		return 0;
	*fd = open(q->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return 0;
	tool_say(&thin_send_tool, q->output, "%s", strerror(errno));
	return -EUCLEAN;
}

/* What is written must be there after a crash, if it is a file. */
static int close_output(const struct send_request *q, int fd)
{
	struct stat st;
	int r = 0;

	if (!q->output || fd < 0)
		return 0;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && fsync(fd))
		r = -errno;
	return close(fd) && !r ? -errno : r;
}

static int run(struct send_request *q)
{
	struct receive_token token;
	struct send_source source;
	struct send_result result;
	bool resumes = q->resume || q->resume_from;
	int fd = -1, closed, r = resumes ? read_token(q, &token) : 0;

	if (r)
		return -EUCLEAN;
	r = send_source_open(&source, q);
	if (!r)
		r = open_output(q, &fd);
	if (!r)
		r = send_stream(&source, fd, resumes ? &token : NULL, &result);
	send_source_close(&source);
	closed = close_output(q, fd);
	if (!r && !closed)
		print(q, &result);
	return r ? r : closed;
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
	if (read_request(&q))
		return 1;
	r = run(&q);
	return tool_status(&thin_send_tool, q.output ? q.output : "standard output",
			   r == -EINVAL ? -EUCLEAN : r);
}
