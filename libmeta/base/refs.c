/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/refs.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

#define EACH	0x0101010101010101ull
#define TOPS	(EACH << 7)

/*
 * Two values are no numbers.  Those above them are negative: counts mostly are
 * positive.
 */
#define HIGHEST	237
#define UNKNOWN	238u
#define IN_TABLE 239u
#define LOWEST	(-16)

struct refs_big {
	uint64_t block;
	int64_t count;
	bool used;
};

/*
 * Block n is byte n of the table in the order of memory, which is byte n % 8
 * of a word from its low end on a little-endian machine.  Words are only ever
 * taken apart by shifting, so on a big-endian one merely the order differs.
 */
static unsigned shift_of(uint64_t block)
{
	return (unsigned)(block % 8) * 8;
}

static unsigned get_byte(const struct refs *r, uint64_t block)
{
	uint64_t word = __atomic_load_n(&r->words[block / 8], __ATOMIC_RELAXED);

	return word >> shift_of(block) & 0xff;
}

static int to_count(unsigned byte)
{
	return byte > IN_TABLE ? (int)byte - 256 : (int)byte;
}

/* Replaces one byte if it still is @old. */
static bool swap_byte(struct refs *r, uint64_t block, unsigned old, unsigned byte)
{
	uint64_t *word = &r->words[block / 8];
	uint64_t was = __atomic_load_n(word, __ATOMIC_RELAXED);
	uint64_t mask = 0xffull << shift_of(block);

	do {
		if ((was & mask) >> shift_of(block) != old)
			return false;
	} while (!__atomic_compare_exchange_n(word, &was,
					      (was & ~mask) | (uint64_t)byte << shift_of(block),
					      true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

int refs_init(struct refs *r, uint64_t nr)
{
	*r = (struct refs){ .nr = nr };
	r->words = alloc_table(nr / 8 + 1, sizeof(*r->words));
	if (!r->words)
		return -ENOMEM;
	return -pthread_mutex_init(&r->lock, NULL);
}

void refs_exit(struct refs *r)
{
	if (r->words)
		pthread_mutex_destroy(&r->lock);
	free(r->words);
	free(r->big);
	r->words = NULL;
}

static struct refs_big *find_slot(struct refs_big *table, uint64_t room, uint64_t block)
{
	uint64_t i = (block * 0x9e3779b97f4a7c15ull >> 20) % room;

	while (table[i].used && table[i].block != block)
		i = (i + 1) % room;
	return &table[i];
}

static bool grow_table(struct refs *r)
{
	uint64_t room = r->room_big ? 2 * r->room_big : 256;
	struct refs_big *big;

	if (2 * r->nr_big < r->room_big)
		return true;
	big = alloc_array(room, sizeof(*big));
	if (!big) {
		r->error = -ENOMEM;
		return false;
	}
	for (uint64_t i = 0; i < r->room_big; i++)
		if (r->big[i].used)
			*find_slot(big, room, r->big[i].block) = r->big[i];
	free(r->big);
	r->big = big;
	r->room_big = room;
	return true;
}

/* With the lock held. */
static void add_big(struct refs *r, uint64_t block, int64_t delta)
{
	struct refs_big *slot;

	if (!grow_table(r))
		return;
	slot = find_slot(r->big, r->room_big, block);
	if (!slot->used) {
		*slot = (struct refs_big){ .block = block, .used = true };
		r->nr_big++;
	}
	slot->count += delta;
}

void refs_add(struct refs *r, uint64_t block, int64_t delta)
{
	unsigned old = get_byte(r, block);
	int64_t count;

	for (;; old = get_byte(r, block)) {
		if (old == UNKNOWN)
			return;
		count = to_count(old) + delta;
		if (old == IN_TABLE || count > HIGHEST || count < LOWEST)
			break;
		if (swap_byte(r, block, old, (unsigned)count & 0xff))
			return;
	}

	pthread_mutex_lock(&r->lock);
	/* The first to get here moves the count; others may still change it. */
	for (old = get_byte(r, block); old != IN_TABLE; old = get_byte(r, block)) {
		if (old == UNKNOWN)
			goto out;
		if (swap_byte(r, block, old, IN_TABLE)) {
			add_big(r, block, to_count(old));
			break;
		}
	}
	add_big(r, block, delta);
out:
	pthread_mutex_unlock(&r->lock);
}

/* Subtracts bytes of 0 or 1; none of them borrows from its neighbour. */
static uint64_t subtract_bytes(uint64_t from, uint64_t ones)
{
	return ((from | TOPS) - ones) ^ (~from & TOPS);
}

/* One to eight blocks of one word.  Falls back when a count is near its end. */
static void add_word(struct refs *r, uint64_t begin, uint64_t len, int delta)
{
	uint64_t *word = &r->words[begin / 8];
	uint64_t ones = (len == 8 ? EACH : EACH & ((1ull << 8 * len) - 1)) << shift_of(begin);
	uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);
	uint64_t sum;

	do {
		/* The three highest bits are set from 224 up. */
		if (old & old << 1 & old << 2 & ones << 7) {
			for (uint64_t i = 0; i < len; i++)
				refs_add(r, begin + i, delta);
			return;
		}
		sum = delta > 0 ? old + ones : subtract_bytes(old, ones);
	} while (!__atomic_compare_exchange_n(word, &old, sum, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
}

void refs_add_run(struct refs *r, uint64_t begin, uint64_t len, int delta)
{
	while (len) {
		uint64_t here = 8 - begin % 8;

		if (here > len)
			here = len;
		add_word(r, begin, here, delta);
		begin += here;
		len -= here;
	}
}

int64_t refs_get(struct refs *r, uint64_t block)
{
	unsigned byte = get_byte(r, block);
	int64_t count;

	if (byte == UNKNOWN)
		return 0;
	if (byte != IN_TABLE)
		return to_count(byte);
	pthread_mutex_lock(&r->lock);
	count = r->room_big ? find_slot(r->big, r->room_big, block)->count : 0;
	pthread_mutex_unlock(&r->lock);
	return count;
}

void refs_set_unknown(struct refs *r, uint64_t block)
{
	unsigned old;

	do {
		old = get_byte(r, block);
	} while (!swap_byte(r, block, old, UNKNOWN));
}

bool refs_is_unknown(const struct refs *r, uint64_t block)
{
	return get_byte(r, block) == UNKNOWN;
}

static bool is_settled(struct refs *r, uint64_t block)
{
	return refs_is_unknown(r, block) || !refs_get(r, block);
}

uint64_t refs_next(struct refs *r, uint64_t from)
{
	while (from < r->nr) {
		if (from % 8 == 0 && !r->words[from / 8]) {
			from += 8;
			continue;
		}
		if (!is_settled(r, from))
			return from;
		from++;
	}
	return r->nr;
}

int refs_error(const struct refs *r)
{
	return r->error;
}
