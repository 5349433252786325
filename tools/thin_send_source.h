/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_send_source - where what is sent is read from: metadata and data of a pool
 * that is not active, or of one that is.
 */
#ifndef TOOLS_THIN_SEND_SOURCE_H
#define TOOLS_THIN_SEND_SOURCE_H

#include "meta/thin_stream.h"
#include "thin/survey.h"
#include "thin_send.h"

struct send_live;

struct send_source {
	struct send_request *request;	/* the ids of active devices are found out */
	const char *name;		/* of the metadata, for messages */
	const char *data_name;
	struct engine *metadata;
	int data_fd;			/* the pool's data device; -1: none */
	int device_fd;			/* the thin device; -1: read from the data device */
	bool metadata_snap;
	bool size_known;
	uint64_t size;			/* of the thin device, bytes */
	char pool[THIN_STREAM_NAME_MAX];
	struct send_live *live;		/* NULL: not active */
};

/*
 * Opens what @q names.  0; or -EUCLEAN after saying what is wrong.
 * thin_send_source_close() is due in any case.
 */
int send_source_open(struct send_source *s, struct send_request *q);
void send_source_close(struct send_source *s);

/*
 * After all has been read: whether the device and its base are still what
 * @before says.  0, or -EUCLEAN after saying what has changed.
 */
int send_source_confirm(struct send_source *s, const struct survey *before);

/* What a survey of @s is asked for. */
struct survey_source send_source_survey(const struct send_source *s);

/*
 * Says what @r, which a survey gave, means.  0 if it is 0, else -EUCLEAN, or
 * @r if that is for tool_status().
 */
int send_source_conclude(const struct send_source *s, int r, const struct fault *f);

/*
 * Opens a source of data for reading, past the page cache if it can be; @flags as
 * open(2) has them.  0, or -EUCLEAN after the words.
 */
int send_source_open_data(const char *path, int flags, int *fd);

#endif
