/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes ranges of a target zero, as holes where that can be. */
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "thin_receive_target.h"

static int write_zeroes(struct receive_target *t, uint64_t position, uint64_t length)
{
	static const char zeroes[65536];
	uint64_t range[2] = { position, length };
	int r = 0;

	t->written = true;
	/* The kernel knows nothing of what has to be filled up. */
	if (t->is_block && !t->pad && !ioctl(t->fd, BLKZEROOUT, range))
		return 0;
	while (!r && length) {
		size_t len = length < sizeof(zeroes) ? (size_t)length : sizeof(zeroes);

		r = receive_target_write(t, position, zeroes, len);
		position += len;
		length -= len;
	}
	return r;
}

/*
 * Whole blocks only: the kernel leaves others alone, but would forget what was
 * written there and has not come to the disk.
 */
static void discard(struct receive_target *t, uint64_t position, uint64_t end)
{
	uint64_t block = t->thin_block;
	uint64_t begin = (position + block - 1) / block * block;
	uint64_t range[2] = { begin, end == t->size ? end - begin : end / block * block - begin };

	if (begin + range[1] <= begin || begin >= end)
		return;
	t->written = true;
	(void)ioctl(t->fd, BLKDISCARD, range);
}

/* What is not mapped can be left alone; what is left of data is overwritten. */
static int zero_block(struct receive_target *t, uint64_t position, uint64_t end)
{
	const uint64_t piece = RECEIVE_PIECE;
	uint64_t found;
	int r = 0;

	if (t->thin_block)
		discard(t, position, end);
	while (!r && position < end) {
		r = receive_target_find_data(t, position, end, &found);
		if (r || found == end)
			return r;
		position = found / piece * piece > position ? found / piece * piece : position;
		found = end - position < piece ? end : position + piece;
		r = write_zeroes(t, position, found - position);
		position = found;
	}
	return r;
}

int receive_target_zero(struct receive_target *t, uint64_t position, uint64_t length)
{
	uint64_t last = t->is_block ? t->zero_from : t->size;
	uint64_t end = position + length < last ? position + length : last;

	if (position >= end)
		return 0;
	if (t->is_block)
		return zero_block(t, position, end);
	t->written = true;
	if (!fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)position,
		       (off_t)(end - position)))
		return 0;
	return write_zeroes(t, position, end - position);
}
