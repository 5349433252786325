/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_live.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "thin_send_pool.h"
#include "meta/format.h"

struct send_live {
	struct live_pool pool;
	struct live_users users;
	int claims[LIVE_USERS];
	unsigned nr_claims;
	char metadata[256], data[256];
};

static int say(const char *name, const char *words)
{
	tool_say(&thin_send_tool, name, "%s", words);
	return -EUCLEAN;
}

static int say_error(const char *name, int r)
{
	const char *hint = r == -ENOENT || r == -EACCES || r == -EPERM ?
		"; active pools need root and device-mapper" :
		r == -ENXIO ? ": no such device is active" : "";

	tool_say(&thin_send_tool, name, "%s%s", strerror(-r), hint);
	return -EUCLEAN;
}

static int open_pool(struct send_source *s, struct send_live *l)
{
	const struct send_request *q = s->request;
	const char *name = q->pool ? q->pool : q->thin;
	int r = q->pool ? live_pool_open(&l->pool, name) : live_pool_open_thin(&l->pool, name);

	if (r == -EMEDIUMTYPE)
		return say(name, q->pool ? "is no thin pool; \"dmsetup ls --target thin-pool\" "
			   "lists those that are active" : "is no thin device");
	if (r)
		return say_error(name, r);
	s->name = l->pool.device.name;
	snprintf(s->pool, sizeof(s->pool), "%.*s", (int)sizeof(s->pool) - 1,
		 l->pool.device.uuid);
	return 0;
}

static int read_id(struct send_live *l, const char *word, uint32_t *id)
{
	int r;

	if (!thin_send_parse_id(word, id))
		return 0;
	r = live_pool_find_id(&l->pool, word, id);
	if (!r)
		return 0;
	if (r != -EMEDIUMTYPE)
		return say_error(word, r);
	tool_say(&thin_send_tool, word, "is no thin device of pool %s", l->pool.device.name);
	return -EUCLEAN;
}

static int find_users(struct send_source *s, struct send_live *l, struct live_users *users)
{
	const struct send_request *q = s->request;
	const uint32_t ids[] = { q->dev_id, q->base_id };
	int r = live_pool_find_users(&l->pool, ids, q->from ? 2 : 1, users);

	return r ? say_error(l->pool.device.name, r) : 0;
}

/* Whoever probes new devices has a look for a moment; that is no use. */
static bool is_open(struct send_live *l, const struct live_user *u)
{
	struct dm_device d = u->device;

	for (unsigned i = 0; d.open_count && i < 10; i++) {
		usleep(100000);
		if (dm_find_number(&l->pool.dm, d.dev, &d))
			return true;
	}
	return d.open_count > 0;
}

/*
 * A device that may be written to is claimed, so that nobody mounts it; if it
 * is in use already, what is sent would be neither old nor new.
 */
static int judge_user(struct send_source *s, struct send_live *l, const struct live_user *u)
{
	char node[256];
	int fd = -1;

	if (u->external && (u->dev_id != s->request->dev_id || s->request->from ||
			    !s->request->device))
		return say(u->device.name, "has an external origin, where what is not mapped "
			   "comes from; a stream would lack that");
	if (u->device.read_only)
		return 0;
	if (!is_open(l, u) && dm_node(u->device.dev, node, sizeof(node)))
		fd = open(node, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd >= 0) {
		l->claims[l->nr_claims++] = fd;
		return 0;
	}
	if (s->request->force) {
		say(u->device.name, "warning: is in use and may be written to meanwhile");
		return 0;
	}
	return say(u->device.name, "is in use and may be written to while it is sent; take a "
		   "snapshot and send that, make it read-only, or unmount it.  --force sends it as "
		   "it is, with a mix of old and new");
}

static int judge_users(struct send_source *s, struct send_live *l)
{
	int r = find_users(s, l, &l->users);

	for (unsigned i = 0; !r && i < l->users.nr; i++) {
		const struct live_user *u = &l->users.user[i];

		r = judge_user(s, l, u);
		if (u->dev_id == s->request->dev_id) {
			s->size = u->length * META_SECTOR_SIZE;
			s->size_known = true;
		}
	}
	return r;
}

static int reserve(struct send_source *s, struct send_live *l)
{
	const char *name = l->pool.device.name;
	int r;

	if (s->request->use_held)
		return l->pool.held ? 0 : say(name, "has no metadata snapshot, wanted one for "
					      "--use-held-snapshot; without it one is made");
	if (l->pool.read_only)
		return say(name, "is read-only or has failed, so it makes no metadata snapshot; "
			   "deactivate it, then --metadata and --data read it");
	r = l->pool.held ? -EBUSY : live_pool_reserve(&l->pool);
	if (!r)
		return 0;
	if (r != -EBUSY)
		return say_error(name, r);
	tool_say(&thin_send_tool, name, "has a metadata snapshot already (block %" PRIu64 "): "
		 "another backup may be running.  If none is, one was killed: "
		 "\"dmsetup message %s 0 release_metadata_snap\" releases what it left; "
		 "--use-held-snapshot reads it", l->pool.held_block, name);
	return -EUCLEAN;
}

static int open_devices(struct send_source *s, struct send_live *l)
{
	if (!dm_node(l->pool.metadata, l->metadata, sizeof(l->metadata)) ||
	    !dm_node(l->pool.data, l->data, sizeof(l->data)))
		return say(s->name, "there is no node in /dev for its metadata or data device");
	s->metadata_snap = true;
	s->data_name = l->data;
	if (tool_open(&thin_send_tool, l->metadata, ENGINE_SHARED, &s->metadata))
		return -EUCLEAN;
	return send_source_open_data(l->data, 0, &s->data_fd);
}

static int resolve(struct send_source *s, struct send_live *l)
{
	struct send_request *q = s->request;
	int r = read_id(l, q->thin, &q->dev_id);

	return r || !q->from ? r : read_id(l, q->from, &q->base_id);
}

int send_live_open(struct send_source *s)
{
	struct send_live *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	s->live = l;
	r = open_pool(s, l);
	if (!r)
		r = resolve(s, l);
	if (!r)
		r = judge_users(s, l);
	if (!r)
		r = reserve(s, l);
	return r ? r : open_devices(s, l);
}

static const struct live_user *find_before(const struct send_live *l, const struct live_user *u)
{
	for (unsigned i = 0; i < l->users.nr; i++)
		if (l->users.user[i].device.dev == u->device.dev &&
		    l->users.user[i].dev_id == u->dev_id)
			return &l->users.user[i];
	return NULL;
}

/* @changed unless that was to be expected. */
static int conclude(const struct send_source *s, const char *name, const char *changed)
{
	if (!s->request->force)
		return say(name, changed);
	tool_say(&thin_send_tool, name, "warning: %s", changed);
	return 0;
}

static int confirm_writes(struct send_source *s, struct send_live *l)
{
	struct live_users now;
	int r = find_users(s, l, &now);

	for (unsigned i = 0; !r && i < now.nr; i++) {
		const struct live_user *u = &now.user[i], *before = find_before(l, u);

		if (u->writes != (before ? before->writes : 0))
			r = conclude(s, u->device.name, "was written to while it was sent; the "
				     "stream is of no use");
	}
	return r;
}

static int confirm_mappings(struct send_source *s, struct send_live *l, const struct survey *before)
{
	struct survey_source source = send_source_survey(s);
	struct fault f = { .dev_id = FAULT_NO_DEV };
	struct survey now;
	int r = live_pool_release(&l->pool);

	if (!r)
		r = live_pool_reserve(&l->pool);
	if (r)
		return say_error(l->pool.device.name, r);
	r = send_source_conclude(s, survey_take(&source, &now, &f), &f);
	if (r)
		return r;
	if (memcmp(now.device.identity, before->device.identity, DIGEST_SIZE))
		return conclude(s, s->request->thin, "its mappings have changed while it was "
				"sent; the stream is of no use");
	if (s->request->from && memcmp(now.base.identity, before->base.identity, DIGEST_SIZE))
		return conclude(s, s->request->from, "its mappings have changed while the other "
				"one was sent; the stream is of no use");
	return 0;
}

int send_live_confirm(struct send_source *s, const struct survey *before)
{
	struct send_live *l = s->live;
	int r = confirm_writes(s, l);

	return r || !l->pool.reserved ? r : confirm_mappings(s, l, before);
}

void send_live_close(struct send_source *s)
{
	struct send_live *l = s->live;
	int r;

	if (!l)
		return;
	for (unsigned i = 0; i < l->nr_claims; i++)
		close(l->claims[i]);
	r = live_pool_close(&l->pool);
	if (r)
		tool_say(&thin_send_tool, s->name, "releasing the metadata snapshot: %s; "
			 "\"dmsetup message %s 0 release_metadata_snap\" tries again",
			 strerror(-r), s->name);
	free(l);
	s->live = NULL;
}
