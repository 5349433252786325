/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "meta/format.h"
#include "meta/thin_stream.h"

int send_mistake(const char *words)
{
	return tool_mistake(&thin_send_tool, words);
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
	char wanted[40];

	if (!thin_send_parse_id(word, id))
		return 0;
	snprintf(wanted, sizeof(wanted), "a device id, at most %u", THIN_MAX_DEV_ID);
	return tool_mistaken_value(&thin_send_tool, option, word, wanted);
}

static int read_size(struct send_request *q)
{
	if (!q->size)
		return 0;
	if (units_parse_size(q->size, META_SECTOR_SIZE, &q->size_bytes) || !q->size_bytes ||
	    q->size_bytes % META_SECTOR_SIZE || q->size_bytes > THIN_STREAM_SIZE_MAX)
		return tool_mistaken_value(&thin_send_tool, "size", q->size,
					   "a number of sectors, or one with a unit such as 10GiB");
	return 0;
}

/* What goes together, of an inactive pool. */
static int read_inactive(struct send_request *q)
{
	if (q->pool)
		return send_mistake("--pool and --metadata do not go together");
	if (q->use_held || q->force)
		return send_mistake("--use-held-snapshot and --force are for --pool");
	if (!q->data && !q->dry_run && (q->from || !q->device))
		return send_mistake("missing option: --data {device|file}");
	return read_id("thin", q->thin, &q->dev_id) ||
		(q->from && read_id("from", q->from, &q->base_id)) ? -EINVAL : 0;
}

static int mistaken_level(uint64_t found)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, found);
	return tool_mistaken_value(&thin_send_tool, "compress", text, "a level from 1 to 9");
}

int send_request_read(struct send_request *q)
{
	if (q->output && !strcmp(q->output, "-"))
		q->output = NULL;
	if (!q->thin)
		return send_mistake("missing option: --thin {id|device}");
	if (!q->metadata && !q->pool && !thin_send_parse_id(q->thin, &q->dev_id))
		return send_mistake("missing option: --pool, or --metadata and --data");
	if (q->metadata ? read_inactive(q) : q->data || q->metadata_snap) {
		if (!q->metadata)
			send_mistake("--data and --metadata-snap are for --metadata");
		return -EINVAL;
	}
	if (q->compress.has_value && (q->compress.value < 1 || q->compress.value > 9))
		return mistaken_level(q->compress.value);
	if (q->resume && q->resume_from)
		return send_mistake("--resume and --resume-from do not go together");
	if (q->json && !q->dry_run && !q->output)
		return send_mistake("--json needs -o or --dry-run: the stream goes to standard "
				    "output");
	return read_size(q);
}

int send_request_token(const struct send_request *q, struct receive_token *t)
{
	struct receive_state state;
	int r;

	if (q->resume_from) {
		if (tool_is_no_file(&thin_send_tool, q->resume_from, false,
				    "a state of thin_receive"))
			return -EUCLEAN;
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
		tool_mistaken_value(&thin_send_tool, "resume", q->resume,
				    "a token of \"thin_receive --print-token\"") : 0;
}
