/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * digest - 128 bits that tell one sequence of numbers from another.
 *
 * Good against accidents, not against people who want two to be equal.  The
 * result does not depend on the machine.  It is in streams, so it must never
 * change:
 *
 *	a, b = 0x6d756c7469736e61, 0x7068656c6c6f3937
 *	for each word w:
 *		a = mix(a + w)
 *		b = mix(b ^ rotl(w, 32)) + a
 *	result: mix(a + n), mix(b + n), n the number of words; little-endian
 *
 * where mix() is the finalizer of splitmix64.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 16u
#define DIGEST_TEXT_MAX (2 * DIGEST_SIZE + 1)

struct digest {
	uint64_t a, b;
	uint64_t nr;
};

/* Begins, takes a word, and writes the result for all words so far. */
void digest_init(struct digest *d);
void digest_add(struct digest *d, uint64_t word);
void digest_get(const struct digest *d, uint8_t result[DIGEST_SIZE]);

/* Takes @len bytes, a multiple of 4, as words of 32 bits. */
void digest_add_bytes(struct digest *d, const void *data, size_t len);

/* A result as 32 hexadecimal digits; returns @text. */
char *digest_text(const uint8_t result[DIGEST_SIZE], char text[DIGEST_TEXT_MAX]);

/* Reads what digest_text() writes, from the first 32 characters.  0 or -EINVAL. */
int digest_parse(const char *text, uint8_t result[DIGEST_SIZE]);

#endif
