/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "csum.h"

void image_fail(const char *what)
{
	if (errno)
		fprintf(stderr, "mkmeta: %s: %s\n", what, strerror(errno));
	else
		fprintf(stderr, "mkmeta: %s\n", what);
	exit(1);
}

void *image_calloc(size_t nr, size_t size)
{
	void *p = calloc(nr, size);

	if (!p)
		image_fail("memory");
	return p;
}

void image_open(struct image *im, const char *path, uint64_t nr_blocks, uint64_t seed)
{
	size_t size = nr_blocks * META_BLOCK_SIZE;

	*im = (struct image) { .rnd.state = seed, .nr_blocks = nr_blocks, .nr_used = 1 };
	csum_init();

	im->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (im->fd < 0 || ftruncate(im->fd, (off_t)size))
		image_fail(path);

	im->blocks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, im->fd, 0);
	if (im->blocks == MAP_FAILED)
		image_fail(path);

	im->counts = image_calloc(nr_blocks, sizeof(*im->counts));
	im->counts[THIN_SB_WHERE] = 1;

	for (uint64_t i = 0; i < IMAGE_WINDOW; i++)
		im->window[i] = i + 1;
	im->next = IMAGE_WINDOW + 1;
}

void image_close(struct image *im)
{
	if (munmap(im->blocks, im->nr_blocks * META_BLOCK_SIZE) || close(im->fd))
		image_fail("close");
	free(im->counts);
	free(im->data_counts);
}

void image_set_data(struct image *im, uint64_t nr_data_blocks)
{
	im->nr_data_blocks = nr_data_blocks;
	im->data_counts = image_calloc(nr_data_blocks, sizeof(*im->data_counts));
}

uint64_t image_alloc(struct image *im)
{
	uint32_t i = rnd_below(&im->rnd, IMAGE_WINDOW);
	uint64_t where = im->window[i];

	errno = 0;
	if (im->next >= im->nr_blocks)
		image_fail("the metadata does not fit in this size");

	im->window[i] = im->next++;
	im->counts[where] = 1;
	im->nr_used++;
	return where;
}

void image_seal(struct image *im, uint64_t where, uint32_t salt)
{
	struct block_header_disk *h = image_block(im, where);

	h->where = __cpu_to_le64(where);
	h->csum = __cpu_to_le32(csum_block(h, salt));
}
