/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the devices of a pool and their mappings: cc list_mappings.c -lmeta */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <meta/thin_load.h>

static int show_device(void *arg, const struct thin_device *d)
{
	(void)arg;
	printf("device %" PRIu32 ", %" PRIu64 " blocks\n", d->dev_id, d->mapped_blocks);
	return 0;
}

static int show_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	(void)arg;
	for (size_t i = 0; i < nr; i++)
		printf("  %" PRIu64 " -> %" PRIu64 ", %" PRIu64 " blocks\n", runs[i].thin_begin,
		       runs[i].data_begin, runs[i].length);
	return 0;
}

int main(int argc, char **argv)
{
	const struct thin_emit emit = { .device_begin = show_device, .runs = show_runs };
	const struct thin_load_opts opts = { .expand = true };
	char text[FAULT_TEXT_MAX];
	struct engine *e;
	struct fault f;
	int r = argc == 2 ? engine_open(&e, argv[1], ENGINE_READ) : -1;

	if (r) {
		fprintf(stderr, "%s: %s\n", argv[0], argc == 2 ? strerror(-r) : "which metadata?");
		return 1;
	}
	r = thin_load(e, &opts, &emit, NULL, &f);
	if (r)
		fprintf(stderr, "%s: %s\n", argv[1],
			r == -EUCLEAN ? fault_text(&f, text) : strerror(-r));
	engine_close(e);
	return r ? 1 : 0;
}
