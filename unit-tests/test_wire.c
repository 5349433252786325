/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/le.h"
#include "thin/wire.h"
#include "unit.h"

#define G THIN_STREAM_GRAIN
#define SIZE (6ull * G + 512)
#define STREAM_MAX 8192u
#define RECORDS 9u

/* A stream in memory, and where its records begin. */
struct sample {
	uint8_t bytes[STREAM_MAX];
	size_t len;
	size_t begin[RECORDS + 1];
	unsigned nr;
};

static void load(struct sample *s, int fd)
{
	ssize_t n = pread(fd, s->bytes, STREAM_MAX, 0);

	CU_ASSERT_FATAL(n > 0 && n < (ssize_t)STREAM_MAX);
	s->len = (size_t)n;
	s->nr = 0;
	for (size_t at = 0; at < s->len && s->nr < RECORDS;) {
		struct thin_stream_record_disk d;

		memcpy(&d, s->bytes + at, sizeof(d));
		s->begin[s->nr++] = at;
		at += sizeof(d) + le32_to_cpu(d.stored);
	}
	s->begin[s->nr] = s->len;
}

static void put_deflated(struct wire_writer *w)
{
	static char content[G];
	static uint8_t payload[G];
	uLongf stored = sizeof(payload);
	struct wire_data d = { .position = 3 * G, .length = G, .deflated = true };

	memset(content, 'x', sizeof(content));
	CU_ASSERT_EQUAL(compress(payload, &stored, (void *)content, G), Z_OK);
	d.payload = payload;
	d.stored = (uint32_t)stored;
	d.csum = wire_csum(content, G);
	d.payload_csum = wire_csum(payload, stored);
	CU_ASSERT_EQUAL(wire_put_data(w, &d), 0);
}

/* One record of each type; @id tells streams apart. */
static void make(struct sample *s, uint8_t id)
{
	const __le32 proofs[2] = { cpu_to_le32(7), cpu_to_le32(8) };
	const char tail[512] = "the end of the device";
	struct wire_header h = {
		.flags = THIN_STREAM_INCREMENTAL, .id = { id }, .to = { 2 }, .from = { 3 },
		.to_dev = 5, .from_dev = 4, .device_size = SIZE, .data_bytes = G,
		.data_block_size = 128, .pool = "LVM-x-tpool",
	};
	struct wire_data d = {
		.position = 6 * G, .length = sizeof(tail), .payload = tail,
		.stored = sizeof(tail), .csum = wire_csum(tail, sizeof(tail)),
		.payload_csum = wire_csum(tail, sizeof(tail)),
	};
	int fd = memfd_create("stream", MFD_CLOEXEC);
	struct wire_writer w;

	CU_ASSERT_FATAL(fd >= 0 && !wire_writer_init(&w, fd));
	CU_ASSERT_EQUAL(wire_put_header(&w, &h), 0);
	CU_ASSERT_EQUAL(wire_put_proofs(&w, G, 2 * G, proofs), 0);
	CU_ASSERT_EQUAL(wire_put_run(&w, THIN_STREAM_ZERO_PROOF, 3 * G, 2 * G), 0);
	CU_ASSERT_EQUAL(wire_put_run(&w, THIN_STREAM_SAME, 0, G), 0);
	CU_ASSERT_EQUAL(wire_put_run(&w, THIN_STREAM_HOLE, G, G), 0);
	CU_ASSERT_EQUAL(wire_put_run(&w, THIN_STREAM_HOLE, 2 * G, G), 0);
	put_deflated(&w);
	CU_ASSERT_EQUAL(wire_put_run(&w, THIN_STREAM_ZERO, 4 * G, 2 * G), 0);
	CU_ASSERT_EQUAL(wire_put_data(&w, &d), 0);
	CU_ASSERT_EQUAL(wire_put_end(&w, SIZE), 0);
	CU_ASSERT_EQUAL(w.totals.nr_records, RECORDS);
	load(s, fd);
	CU_ASSERT_EQUAL(w.written, s->len);
	wire_writer_exit(&w);
	close(fd);
}

/* Reads all of it; the records come as @take sees them.  What the reader says. */
static int read_all(const uint8_t *bytes, size_t len, struct wire_issue *issue,
		    void (*take)(unsigned nr, const struct wire_record *rec))
{
	int fd = memfd_create("stream", MFD_CLOEXEC), e;
	struct wire_record rec = { .type = THIN_STREAM_HEADER };
	struct wire_reader r;

	CU_ASSERT_FATAL(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && !lseek(fd, 0, 0));
	CU_ASSERT_FATAL(!wire_reader_init(&r, fd));
	for (unsigned nr = 0; ; nr++) {
		e = wire_read(&r, &rec);
		if (!e && take)
			take(nr, &rec);
		if (e || rec.type == THIN_STREAM_END || rec.type == THIN_STREAM_ABORT)
			break;
	}
	if (issue)
		*issue = r.issue;
	wire_reader_exit(&r);
	close(fd);
	return e;
}

static int judge(const struct sample *s)
{
	return read_all(s->bytes, s->len, NULL, NULL);
}

static void take_sample(unsigned nr, const struct wire_record *rec)
{
	static const struct {
		enum thin_stream_type type;
		uint64_t position, length;
	} wanted[] = {
		{ THIN_STREAM_HEADER, 0, 0 }, { THIN_STREAM_PROOFS, G, 2 * G },
		{ THIN_STREAM_ZERO_PROOF, 3 * G, 2 * G }, { THIN_STREAM_SAME, 0, G },
		{ THIN_STREAM_HOLE, G, 2 * G }, { THIN_STREAM_DATA, 3 * G, G },
		{ THIN_STREAM_ZERO, 4 * G, 2 * G }, { THIN_STREAM_DATA, 6 * G, 512 },
		{ THIN_STREAM_END, SIZE, 0 },
	};

	CU_ASSERT_FATAL(nr < ARRAY_SIZE(wanted));
	CHECK_IN(nr, rec->type == wanted[nr].type);
	CHECK_IN(nr, rec->position == wanted[nr].position);
	CHECK_IN(nr, rec->length == wanted[nr].length);
	if (nr == 1)
		CU_ASSERT_EQUAL(le32_to_cpu(rec->proofs[1]), 8);
	if (nr == 5)
		CU_ASSERT_EQUAL(((const char *)rec->content)[G - 1], 'x');
	if (nr == 7)
		CU_ASSERT_STRING_EQUAL(rec->content, "the end of the device");
}

static void reads_what_was_written(void)
{
	struct sample s;

	make(&s, 1);
	CU_ASSERT_EQUAL(read_all(s.bytes, s.len, NULL, take_sample), 0);
}

static void notices_every_changed_bit(void)
{
	struct sample s;

	make(&s, 1);
	for (size_t i = 0; i < s.len; i++) {
		s.bytes[i] ^= (uint8_t)(1 << i % 8);
		CHECK_IN(i, judge(&s) == -EUCLEAN);
		s.bytes[i] ^= (uint8_t)(1 << i % 8);
	}
	CU_ASSERT_EQUAL(judge(&s), 0);
}

static void notices_every_missing_end(void)
{
	struct sample s;
	size_t len;

	make(&s, 1);
	for (len = s.len; s.len--;)
		CHECK_IN(s.len, judge(&s) == -EUCLEAN);
	s.len = len + 1;
	CU_ASSERT_EQUAL(judge(&s), -EUCLEAN);
}

static void copy(struct sample *to, const struct sample *from, unsigned record)
{
	size_t len = from->begin[record + 1] - from->begin[record];

	memcpy(to->bytes + to->len, from->bytes + from->begin[record], len);
	to->len += len;
}

/* Records that are missing, doubled, exchanged with the next one, or another's. */
static void notices_records_in_the_wrong_place(void)
{
	struct sample s, other, wrong;

	make(&s, 1);
	make(&other, 9);
	for (unsigned at = 0; at < RECORDS; at++) {
		for (unsigned how = 0; how < 4; how++) {
			wrong.len = 0;
			for (unsigned i = 0; i < RECORDS; i++) {
				if (i != at)
					copy(&wrong, how == 3 && i > at ? &other : &s, i);
				else if (how == 1)
					copy(&wrong, &s, i);
				if (i == at && how == 1)
					copy(&wrong, &s, i);
				if (i == at && how == 2 && i + 1 < RECORDS) {
					copy(&wrong, &s, i + 1);
					copy(&wrong, &s, i);
					i++;
				}
				if (i == at && how == 3)
					copy(&wrong, &s, i);
			}
			/* The last of one's own is a whole stream. */
			if (how == 3 && at == RECORDS - 1)
				CU_ASSERT_EQUAL(judge(&wrong), 0)
			else
				CHECK_IN(at * 4 + how, judge(&wrong) == -EUCLEAN);
		}
	}
}

/* Seals everything again, so that what is wrong has good checksums. */
static void reseal(struct sample *s, bool digest)
{
	struct wire_chain c;

	wire_chain_init(&c);
	for (unsigned i = 0; i < s->nr; i++) {
		uint8_t *head = s->bytes + s->begin[i];
		uint8_t *payload = head + sizeof(struct thin_stream_record_disk);
		struct thin_stream_record_disk d;

		if (i == s->nr - 1 && digest)
			digest_get(&c.digest, payload +
				   offsetof(struct thin_stream_end_disk, digest));
		memcpy(&d, head, sizeof(d));
		d.payload_csum = cpu_to_le32(wire_csum(payload, (size_t)(s->bytes +
						       s->begin[i + 1] - payload)));
		wire_chain_seal(&c, &d);
		memcpy(head, &d, sizeof(d));
	}
}

#define HEAD(field) offsetof(struct thin_stream_record_disk, field)
#define HEADER(field) (sizeof(struct thin_stream_record_disk) + \
		       offsetof(struct thin_stream_header_disk, field))
#define END(field) (sizeof(struct thin_stream_record_disk) + \
		    offsetof(struct thin_stream_end_disk, field))

static void rejects_what_is_sealed_but_wrong(void)
{
	static const struct {
		unsigned record;
		size_t offset;
		uint32_t value;
		enum wire_issue_code wanted;
	} spoilt[] = {
		{ 0, HEAD(position), 1, WIRE_POSITION },
		{ 0, HEAD(length), 1, WIRE_LENGTH },
		{ 0, HEAD(flags), 1, WIRE_UNUSED },
		{ 0, HEAD(type), THIN_STREAM_HOLE, WIRE_PLACE },
		{ 0, HEADER(version), 2, WIRE_VERSION },
		{ 0, HEADER(flags), 1 | 8, WIRE_UNUSED },
		{ 0, HEADER(flags), 0, WIRE_UNUSED },
		{ 0, HEADER(to_dev), 1 << 24, WIRE_DEVICE },
		{ 0, HEADER(from_dev), UINT32_MAX, WIRE_DEVICE },
		{ 0, HEADER(device_size), 513, WIRE_SIZE },
		{ 0, HEADER(device_size) + 4, 1u << 31, WIRE_SIZE },
		{ 0, HEADER(begin), 512, WIRE_GRAIN },
		{ 0, HEADER(begin), 7 * G, WIRE_POSITION },
		{ 0, HEADER(begin), G, WIRE_POSITION },
		{ 0, HEADER(data_bytes), 7 * G, WIRE_TOTALS },
		{ 0, HEADER(data_block_size), 0, WIRE_BLOCK_SIZE },
		{ 0, HEADER(data_block_size), 64, WIRE_BLOCK_SIZE },
		{ 0, HEADER(data_block_size), 1 << 30, WIRE_BLOCK_SIZE },
		{ 0, HEADER(pool), 0x1b1b1b1b, WIRE_NAME },
		{ 1, HEAD(type), 0, WIRE_TYPE },
		{ 1, HEAD(type), THIN_STREAM_TYPES, WIRE_TYPE },
		{ 1, HEAD(type), THIN_STREAM_HEADER, WIRE_PLACE },
		{ 1, HEAD(unused), 1, WIRE_UNUSED },
		{ 1, HEAD(content_csum), 1, WIRE_UNUSED },
		{ 1, HEAD(length), G, WIRE_STORED },
		{ 1, HEAD(length), 512, WIRE_GRAIN },
		{ 1, HEAD(length) + 4, 1, WIRE_LENGTH },
		{ 1, HEAD(position), 512, WIRE_GRAIN },
		{ 1, HEAD(position) + 4, 1, WIRE_POSITION },
		{ 1, HEAD(stored), 0, WIRE_STORED },
		{ 2, HEAD(position), 2 * G, WIRE_POSITION },
		{ 2, HEAD(length), 0, WIRE_LENGTH },
		{ 3, HEAD(position), G, WIRE_POSITION },
		{ 3, HEAD(length), 7 * G, WIRE_LENGTH },
		{ 4, HEAD(length), G, WIRE_POSITION },
		{ 4, HEAD(type), THIN_STREAM_PROOFS, WIRE_PLACE },
		{ 5, HEAD(flags), 0, WIRE_STORED },
		{ 5, HEAD(flags), 2, WIRE_UNUSED },
		{ 5, HEAD(length), 2 * G, WIRE_DEFLATED },
		{ 5, HEAD(content_csum), 1, WIRE_CONTENT_CSUM },
		{ 7, HEAD(content_csum), 1, WIRE_CONTENT_CSUM },
		{ 8, HEAD(position), 0, WIRE_POSITION },
		{ 8, END(nr_records), 7, WIRE_TOTALS },
		{ 8, END(data_bytes), 1, WIRE_TOTALS },
		{ 8, END(zero_bytes), 1, WIRE_TOTALS },
		{ 8, END(hole_bytes), 1, WIRE_TOTALS },
		{ 8, END(same_bytes), 1, WIRE_TOTALS },
	};
	char text[WIRE_ISSUE_TEXT_MAX];
	struct wire_issue issue;
	struct sample s;

	for (size_t i = 0; i < ARRAY_SIZE(spoilt); i++) {
		__le32 value = cpu_to_le32(spoilt[i].value);

		make(&s, 1);
		memcpy(s.bytes + s.begin[spoilt[i].record] + spoilt[i].offset, &value, 4);
		reseal(&s, true);
		CHECK_IN(i, read_all(s.bytes, s.len, &issue, NULL) == -EUCLEAN);
		CHECK_IN(i, issue.code == spoilt[i].wanted);
		CHECK_IN(i, !strchr(wire_issue_text(&issue, text), '{'));
	}
}

static void rejects_another_digest(void)
{
	struct wire_issue issue;
	struct sample s;

	make(&s, 1);
	s.bytes[s.len - 1] ^= 1;
	reseal(&s, false);
	CU_ASSERT_EQUAL(read_all(s.bytes, s.len, &issue, NULL), -EUCLEAN);
	CU_ASSERT_EQUAL(issue.code, WIRE_DIGEST);
}

static void take_abort(unsigned nr, const struct wire_record *rec)
{
	CU_ASSERT_EQUAL(rec->type, nr ? THIN_STREAM_ABORT : THIN_STREAM_HEADER);
}

static void tells_of_an_abort(void)
{
	struct wire_header h = { .device_size = G, .data_block_size = 128 };
	int fd = memfd_create("stream", MFD_CLOEXEC);
	struct wire_writer w;
	struct sample s;

	CU_ASSERT_FATAL(fd >= 0 && !wire_writer_init(&w, fd));
	CU_ASSERT_EQUAL(wire_put_header(&w, &h), 0);
	CU_ASSERT_EQUAL(wire_put_abort(&w), 0);
	load(&s, fd);
	CU_ASSERT_EQUAL(read_all(s.bytes, s.len, NULL, take_abort), 0);
	wire_writer_exit(&w);
	close(fd);
}

void test_wire_suite(void);
void test_wire_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "reads what was written", reads_what_was_written },
		{ "notices every changed bit", notices_every_changed_bit },
		{ "notices every missing end", notices_every_missing_end },
		{ "notices records in the wrong place", notices_records_in_the_wrong_place },
		{ "rejects what is sealed but wrong", rejects_what_is_sealed_but_wrong },
		{ "rejects another digest", rejects_another_digest },
		{ "tells of an abort", tells_of_an_abort },
		CU_TEST_INFO_NULL,
	};

	add_suite("wire", tests);
}
