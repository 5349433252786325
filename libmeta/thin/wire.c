/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/le.h"

_Static_assert(sizeof(struct thin_stream_record_disk) == 56, "head of a record");
_Static_assert(sizeof(struct thin_stream_header_disk) == 240, "header");
_Static_assert(sizeof(struct thin_stream_end_disk) == 56, "end");

/* Bytes of a head that its own checksum covers. */
#define COVERED (sizeof(struct thin_stream_record_disk) - sizeof(__le32))

uint32_t wire_csum(const void *data, size_t len)
{
	return crc32c(~0u, data, len);
}

void wire_chain_init(struct wire_chain *c)
{
	*c = (struct wire_chain){ .csum = ~0u };
	digest_init(&c->digest);
}

static void advance(struct wire_chain *c, const struct thin_stream_record_disk *d)
{
	c->csum = le32_to_cpu(d->head_csum);
	c->sequence++;
	digest_add_bytes(&c->digest, d, sizeof(*d));
}

void wire_chain_seal(struct wire_chain *c, struct thin_stream_record_disk *d)
{
	d->magic = cpu_to_le32(THIN_STREAM_MAGIC);
	d->sequence = cpu_to_le64(c->sequence);
	d->head_csum = cpu_to_le32(crc32c(c->csum, d, COVERED));
	advance(c, d);
}

bool wire_chain_is_next(struct wire_chain *c, const struct thin_stream_record_disk *d)
{
	if (crc32c(c->csum, d, COVERED) != le32_to_cpu(d->head_csum))
		return false;
	advance(c, d);
	return true;
}

static const char *const messages[] = {
#define WIRE_MESSAGE(code, text) text,
	WIRE_ISSUES(WIRE_MESSAGE)
#undef WIRE_MESSAGE
};

char *wire_issue_text(const struct wire_issue *i, char text[WIRE_ISSUE_TEXT_MAX])
{
	const char *from = messages[i->code];
	char *to = text, *end = text + WIRE_ISSUE_TEXT_MAX;

	if (i->code != WIRE_NO_STREAM && i->code != WIRE_VERSION)
		to += sprintf(to, "byte %" PRIu64 ": ", i->offset);
	while (*from && end - to > 24) {
		if (*from != '{') {
			*to++ = *from++;
			continue;
		}
		to += sprintf(to, "%" PRIu64, from[1] == 'f' ? i->found : i->wanted);
		from += 3;
	}
	*to = '\0';
	return text;
}
