/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "conclude.h"
#include "disk.h"
#include "thin_send_live.h"

/* Nothing of it shall take the place of what others want to have cached. */
int send_source_open_data(const char *path, int flags, int *fd)
{
	struct disk d;
	int r = disk_open(&d, &thin_send_tool, path, O_RDONLY | O_DIRECT | flags);

	*fd = d.fd;
	return r;
}

static int open_inactive(struct send_source *s)
{
	const struct send_request *q = s->request;

	s->name = q->metadata;
	s->metadata_snap = q->metadata_snap;
	if (tool_open(&thin_send_tool, q->metadata, q->metadata_snap ? ENGINE_SHARED : 0,
		      &s->metadata))
		return -EUCLEAN;
	if (!q->data)
		return 0;
	if (tool_is_taken(&thin_send_tool, q->data, q->metadata, "the metadata"))
		return -EUCLEAN;
	s->data_name = q->data;
	/* Exclusively, if the pool is not active: nobody may write there meanwhile. */
	return send_source_open_data(q->data, q->metadata_snap ? 0 : O_EXCL, &s->data_fd);
}

int send_source_open(struct send_source *s, struct send_request *q)
{
	int r;

	*s = (struct send_source){
		.request = q, .data_fd = -1, .device_fd = -1, .data_name = "the data device",
	};
	r = q->metadata ? open_inactive(s) : send_live_open(s);
	if (!r && q->device) {
		s->data_name = q->device;
		r = tool_is_taken(&thin_send_tool, q->device, q->metadata, "the metadata") ?
			-EUCLEAN : send_source_open_data(q->device, 0, &s->device_fd);
	}
	if (!r && q->size_bytes) {
		s->size = q->size_bytes;
		s->size_known = true;
	}
	return r;
}

void send_source_close(struct send_source *s)
{
	send_live_close(s);
	if (s->metadata)
		engine_close(s->metadata);
	if (s->data_fd >= 0)
		close(s->data_fd);
	if (s->device_fd >= 0)
		close(s->device_fd);
}

struct survey_source send_source_survey(const struct send_source *s)
{
	return (struct survey_source){
		.engine = s->metadata, .metadata_snap = s->metadata_snap,
		.dev_id = s->request->dev_id, .has_base = s->request->from != NULL,
		.base_id = s->request->base_id,
		.nr_threads = (unsigned)s->request->threads.value,
	};
}

int send_source_conclude(const struct send_source *s, int r, const struct fault *f)
{
	const struct opt_u64 any_snapshot = { .set = s->metadata_snap };

	if (r == -EOVERFLOW) {
		tool_say(&thin_send_tool, s->name, "maps block %" PRIu64 " of the device or its "
			 "base, which no device has", UINT64_MAX);
		return -EUCLEAN;
	}
	if (r != -ENXIO)
		return conclude_tell(&thin_send_tool, s->name, r, f, &any_snapshot);
	tool_say(&thin_send_tool, s->name, "has no device %" PRIu32
		 "; thin_ls lists those that there are", f->dev_id);
	return -EUCLEAN;
}

int send_source_confirm(struct send_source *s, const struct survey *before)
{
	return s->live ? send_live_confirm(s, before) : 0;
}
