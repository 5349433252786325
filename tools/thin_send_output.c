/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"
#include "thin_send_request.h"

int send_output_open(struct new_file *f, const struct send_request *q)
{
	const char *const inputs[] = { q->metadata, q->data, q->device, q->resume_from };
	int r;

	*f = (struct new_file){ .fd = -1 };
	if (q->dry_run)
		return 0;
	for (unsigned i = 0; i < sizeof(inputs) / sizeof(*inputs); i++)
		if (tool_is_taken(&thin_send_tool, q->output, inputs[i], "an input"))
			return -EUCLEAN;
	r = new_file_open(f, &thin_send_tool, q->output ? q->output : "-", 0600);
	if (!r && new_file_is_terminal(f))
		return -EUCLEAN;
	return r ? r : new_file_begin(f);
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

void send_print(const struct send_request *q, const struct send_result *s)
{
	char bytes[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];

	if (q->json)
		print_json(s);
	else if (q->dry_run)
		printf("%s of data would be read and sent, for a device of %s\n",
		       units_bytes(s->nr_changed_bytes, bytes),
		       units_bytes(s->header.device_size, size));
}
