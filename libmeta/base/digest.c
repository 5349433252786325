/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/digest.h"

#include <errno.h>
#include <string.h>

#include "base/le.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

void digest_init(struct digest *d)
{
	*d = (struct digest){ .a = 0x6d756c7469736e61, .b = 0x7068656c6c6f3937 };
}

void digest_add(struct digest *d, uint64_t word)
{
	d->a = mix(d->a + word);
	d->b = mix(d->b ^ (word << 32 | word >> 32)) + d->a;
	d->nr++;
}

void digest_add_bytes(struct digest *d, const void *data, size_t len)
{
	const char *from = data;
	__le32 word;

	for (; len >= sizeof(word); len -= sizeof(word), from += sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		digest_add(d, le32_to_cpu(word));
	}
}

void digest_get(const struct digest *d, uint8_t result[DIGEST_SIZE])
{
	__le64 a = cpu_to_le64(mix(d->a + d->nr)), b = cpu_to_le64(mix(d->b + d->nr));

	memcpy(result, &a, sizeof(a));
	memcpy(result + sizeof(a), &b, sizeof(b));
}

char *digest_text(const uint8_t result[DIGEST_SIZE], char text[DIGEST_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < DIGEST_SIZE; i++) {
		text[2 * i] = digits[result[i] >> 4];
		text[2 * i + 1] = digits[result[i] & 15];
	}
	text[2 * DIGEST_SIZE] = '\0';
	return text;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int digest_parse(const char *text, uint8_t result[DIGEST_SIZE])
{
	for (unsigned i = 0; i < DIGEST_SIZE; i++) {
		int high = digit(text[2 * i]);
		int low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0)
			return -EINVAL;
		result[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}
