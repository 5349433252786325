/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"

void receive_print(const struct receiver *r)
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

int receive_print_token(const char *path)
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
