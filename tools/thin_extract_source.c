/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract_source.h"

#include <fcntl.h>
#include <unistd.h>

#include "data_device.h"
#include "disk.h"
#include "io/engine.h"
#include "meta/format.h"

static const struct tool *const tool = &thin_extract_tool;

int extract_source_open_data(struct extract_source *s, const struct extract_request *q,
			     const struct extract_survey *survey)
{
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	int r = data_device_open(tool, q->data, q->metadata, flags, true, &s->data);

	if (r || engine_size(s->data) / survey->block_size >= survey->nr_data_blocks)
		return r;
	/* With --repair what is missing becomes zeroes, and is told. */
	if (!q->repair)
		return data_device_judge_size(tool, q->data, s->data, survey->nr_data_blocks,
					      (uint32_t)(survey->block_size / META_SECTOR_SIZE),
					      false);
	tool_say(tool, q->data, "warning: is smaller than the pool says; what is missing "
		 "becomes zeroes");
	return 0;
}

int extract_source_open_origin(struct extract_source *s, const struct extract_request *q)
{
	struct disk d;
	int r = q->origin ? disk_open(&d, tool, q->origin, O_RDONLY) : 0;

	if (r || !q->origin)
		return r;
	s->origin = d.fd;
	s->origin_size = d.size;
	return 0;
}

void extract_source_close(struct extract_source *s)
{
	engine_close(s->data);
	if (s->origin >= 0)
		close(s->origin);
}
