/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One program with many names: the tool is chosen by the name it was called
 * by, or by the first argument after "pdata_tools".
 */
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* A build may have some of them only, and nothing that others need. */
static const struct tool *const tools[] = {
#ifdef TOOLS_CHOSEN
	TOOLS_CHOSEN
#else
	&thin_check_tool,
	&thin_dump_tool,
	&thin_repair_tool,
	&thin_restore_tool,
	&thin_metadata_size_tool,
	&thin_extract_tool,
	&thin_metadata_pack_tool,
	&thin_metadata_unpack_tool,
	&thin_rmap_tool,
	&thin_delta_tool,
	&thin_ls_tool,
	&thin_trim_tool,
	&thin_shrink_tool,
	&thin_send_tool,
	&thin_receive_tool,
#endif
};

static const struct tool *find(const char *name)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++)
		if (!strcmp(tools[i]->name, name))
			return tools[i];
	return NULL;
}

static int list_tools(FILE *to)
{
	fprintf(to, "usage: pdata_tools TOOL [ARGUMENT]...\ntools:\n");
	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++)
		fprintf(to, "  %-20s %s\n", tools[i]->name, tools[i]->summary);
	return tool_status(tools[0], NULL, to == stderr);
}

static int refuse(const char *unknown)
{
	fprintf(stderr, "pdata_tools: there is no tool \"%s\"\n", unknown);
	return list_tools(stderr);
}

/*
 * Whoever starts a tool may have closed a standard stream.  Metadata must not
 * be opened in its place, where it would get what is printed, so something is
 * put there that takes no bytes and has none.
 */
static bool fill_standard_streams(void)
{
	int fd;

	do {
		fd = open("/", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && !close(fd);
}

/*
 * Tables come and go.  Left to itself, glibc keeps room for as much as was freed
 * last, and what comes then is put beside it; so each goes back when it is freed.
 */
static void return_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc ? argv[0] : "";
	const struct tool *tool = find(name);

	return_memory();
	if (!fill_standard_streams())
		return 1;
	if (tool)
		return tool->main(argc, argv);
	if (strcmp(name, "pdata_tools"))
		return refuse(name);
	if (argc < 2)
		return list_tools(stderr);
	if (!strcmp(argv[1], "--help"))
		return list_tools(stdout);
	tool = find(argv[1]);
	return tool ? tool->main(argc - 1, argv + 1) : refuse(argv[1]);
}
