/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract_survey.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"
#include "meta/format.h"

static const struct tool *const tool = &thin_extract_tool;

static int note_pool(void *arg, const struct thin_pool *pool)
{
	struct extract_survey *s = arg;

	s->block_size = (uint64_t)pool->data_block_size * META_SECTOR_SIZE;
	s->nr_data_blocks = pool->nr_data_blocks;
	return 0;
}

static int note_device(void *arg, const struct thin_device *device)
{
	(void)device;
	((struct extract_survey *)arg)->is_found = true;
	return 0;
}

static int note_runs(void *arg, const struct thin_run *runs, size_t nr)
{
	struct extract_survey *s = arg;
	uint64_t most = INT64_MAX / s->block_size;

	for (size_t i = 0; i < nr; i++) {
		uint64_t end = runs[i].thin_begin + runs[i].length;

		if (s->request->dry_run)
			printf("%" PRIu64 "..%" PRIu64 " at %" PRIu64 "..%" PRIu64 "\n",
			       runs[i].thin_begin, end, runs[i].data_begin,
			       runs[i].data_begin + runs[i].length);
		s->nr_mapped += runs[i].length;
		s->nr_runs++;
		if (runs[i].thin_begin < most && runs[i].length <= most - runs[i].thin_begin)
			s->highest = end * s->block_size;
		else
			s->highest = UINT64_MAX;
	}
	return 0;
}

int extract_survey_take(struct extract_survey *s, const struct extract_request *q,
			struct extract_map *map)
{
	static const struct thin_emit emit = {
		.pool_begin = note_pool, .device_begin = note_device, .runs = note_runs,
	};
	int r;

	*s = (struct extract_survey){ .request = q };
	r = extract_map_tell(map, &emit, s);
	if (r || s->is_found)
		return r;
	tool_say(tool, q->metadata, "has no device %" PRIu64 "%s", q->dev_id.value,
		 tool_is_xml(q->metadata) ? "" : "; thin_ls lists those that there are");
	return -EUCLEAN;
}

int extract_survey_choose(struct extract_survey *s, uint64_t origin_size)
{
	const struct extract_request *q = s->request;
	uint64_t size = s->highest > origin_size ? s->highest : origin_size;

	if (q->has_size)
		size = q->size;
	s->begin = q->has_range ? q->begin : 0;
	s->end = q->has_range ? q->end : size;
	if (s->end == UINT64_MAX) {
		tool_say(tool, q->metadata, "maps blocks of device %" PRIu64
			 " that no volume can have; --size says how large it was",
			 q->dev_id.value);
		return -EUCLEAN;
	}
	if (!q->has_range && s->highest > s->end)
		tool_say(tool, q->metadata, "warning: device %" PRIu64
			 " is mapped up to byte %" PRIu64 ", which --size leaves out",
			 q->dev_id.value, s->highest);
	return 0;
}

void extract_survey_print(const struct extract_survey *s)
{
	char mapped[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];

	units_bytes(s->nr_mapped * s->block_size, mapped);
	printf("%" PRIu64 " blocks of %" PRIu64 " sectors in %" PRIu64 " runs, %s; the output "
	       "would have %" PRIu64 " bytes, %s\n", s->nr_mapped,
	       s->block_size / META_SECTOR_SIZE, s->nr_runs, mapped, s->end - s->begin,
	       units_bytes(s->end - s->begin, size));
}
