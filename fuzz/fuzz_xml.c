/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restores any bytes twice, with the fast lane and without.  Both have to say
 * the same and write the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "meta/thin_restore.h"

enum { BLOCKS = 40 };

struct outcome {
	int result;
	struct thin_restore_report rep;
	struct thin_issue last_warning;
	unsigned nr_warnings;
	char *image;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void warn(void *arg, const struct thin_issue *i)
{
	struct outcome *o = arg;

	o->last_warning = *i;
	o->nr_warnings++;
}

static int open_bytes(const uint8_t *data, size_t size)
{
	int fd = memfd_create("xml", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

static void restore(struct outcome *o, const uint8_t *data, size_t size, bool no_lane)
{
	struct thin_restore_opts opts = { .no_lane = no_lane, .warn = warn, .warn_arg = o };
	int fd = open_bytes(data, size);
	struct engine *e;

	memset(o, 0, sizeof(*o));
	o->image = alloc_blocks(BLOCKS);
	if (!o->image || engine_open_memory(&e, o->image, BLOCKS * META_BLOCK_SIZE))
		abort();
	memset(o->image, 0x5a, BLOCKS * META_BLOCK_SIZE);
	o->result = thin_restore(e, fd, &opts, &o->rep);
	engine_close(e);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[THIN_ISSUE_TEXT_MAX];
	struct outcome with, without;

	restore(&with, data, size, false);
	restore(&without, data, size, true);
	assert(with.result == without.result);
	assert(!memcmp(&with.rep, &without.rep, sizeof(with.rep)));
	assert(with.nr_warnings == without.nr_warnings);
	assert(!memcmp(&with.last_warning, &without.last_warning, sizeof(with.last_warning)));
	assert(!memcmp(with.image, without.image, BLOCKS * META_BLOCK_SIZE));
	if (with.result)
		assert(strlen(thin_issue_text(&with.rep.issue, text)) < sizeof(text));
	free(with.image);
	free(without.image);
	return 0;
}
