/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target on files instead of hunting: all that are named, and all
 * in directories that are named.
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned nr_files, nr_failed;

static int fail(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	nr_failed++;
	return -1;
}

/* The exact size, so that a sanitizer sees the first byte behind it. */
static void replay_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size ? size : 1);
	FILE *f = fopen(path, "re");

	if (!data || !f || fread(data, 1, size, f) != size) {
		fail(path);
	} else {
		LLVMFuzzerTestOneInput(data, size);
		nr_files++;
	}
	if (f)
		fclose(f);
	free(data);
}

static void replay(const char *path);

static void replay_dir(const char *path)
{
	struct dirent **names;
	int nr = scandir(path, &names, NULL, alphasort);
	char *child;

	if (nr < 0) {
		fail(path);
		return;
	}
	for (int i = 0; i < nr; i++) {
		if (names[i]->d_name[0] != '.' &&
		    asprintf(&child, "%s/%s", path, names[i]->d_name) > 0) {
			replay(child);
			free(child);
		}
		free(names[i]);
	}
	free(names);
}

static void replay(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		fail(path);
	else if (S_ISDIR(st.st_mode))
		replay_dir(path);
	else
		replay_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("replay: %u files\n", nr_files);
	return nr_failed || !nr_files;
}
