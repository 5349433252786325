/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "thin_send_live.h"

int send_open_data(const char *path, int flags)
{
	int fd = open(path, flags | O_RDONLY | O_CLOEXEC | O_DIRECT);

	/* A file system may not know how. */
	if (fd < 0 && errno == EINVAL)
		fd = open(path, flags | O_RDONLY | O_CLOEXEC);
	return fd;
}

/* Exclusively, if the pool is not active: nobody may write there meanwhile. */
static int open_data(const char *path, bool exclusive, int *fd)
{
	struct stat st;

	*fd = send_open_data(path, O_NONBLOCK | (exclusive ? O_EXCL : 0));
	if (*fd < 0 || fstat(*fd, &st)) {
		tool_say(&thin_send_tool, path, "%s", strerror(errno));
		return -EUCLEAN;
	}
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)) {
		tool_say(&thin_send_tool, path, "wanted a block device or a regular file");
		return -EUCLEAN;
	}
	return 0;
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
	s->data_name = q->data;
	return open_data(q->data, !q->metadata_snap, &s->data_fd);
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
		r = open_data(q->device, false, &s->device_fd);
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
	switch (r) {
	case -EUCLEAN:
		tool_say_fault(&thin_send_tool, s->name, f);
		return -EUCLEAN;
	case -ENXIO:
		tool_say(&thin_send_tool, s->name, "there is no device %" PRIu32
			 "; thin_ls lists those that there are", f->dev_id);
		return -EUCLEAN;
	case -ENODATA:
		tool_say(&thin_send_tool, s->name, "has no metadata snapshot; "
			 "\"dmsetup message POOL 0 reserve_metadata_snap\" makes one");
		return -EUCLEAN;
	}
	return r;
}

int send_source_confirm(struct send_source *s, const struct survey *before)
{
	return s->live ? send_live_confirm(s, before) : 0;
}
