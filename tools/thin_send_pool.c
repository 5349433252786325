/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_send_pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A thin device's table: "MAJOR:MINOR ID [ORIGIN]". */
static bool parse_thin(const struct dm_target *t, dev_t *pool, uint32_t *id, bool *external)
{
	int end = 0;

	if (t->nr != 1 || strcmp(t->type, "thin") || !dm_parse_number(t->params, pool) ||
	    sscanf(t->params, "%*s %" SCNu32 "%n", id, &end) != 1)
		return false;
	*external = t->params[end] != '\0' && t->params[end + 1] != '\0';
	return true;
}

/* Has p->device the table of a pool?  Then that is taken apart. */
static int take_pool(struct live_pool *p)
{
	char held[32], mode[32], second[64];
	struct dm_target t;
	int r = dm_table(&p->dm, &p->device, false, &t);

	if (r)
		return r;
	if (t.nr != 1 || strcmp(t.type, "thin-pool"))
		return -EMEDIUMTYPE;
	if (!dm_parse_number(t.params, &p->metadata) ||
	    sscanf(t.params, "%*s %63s", second) != 1 || !dm_parse_number(second, &p->data))
		return -EMEDIUMTYPE;
	r = dm_table(&p->dm, &p->device, true, &t);
	if (r)
		return r;
	/* "TRANSACTION USED/TOTAL USED/TOTAL HELD MODE ..."; or "Fail". */
	if (sscanf(t.params, "%*s %*s %*s %31s %31s", held, mode) != 2) {
		p->read_only = true;
		return 0;
	}
	p->read_only = !strcmp(mode, "ro");
	p->held = sscanf(held, "%" SCNu64, &p->held_block) == 1;
	return 0;
}

int live_pool_open(struct live_pool *p, const char *name)
{
	char hidden[DM_NAME_LEN + 8], joined[DM_NAME_LEN];
	int r;

	if (*name != '/' && strchr(name, '/') && dm_lvm_name(name, joined, sizeof(joined)))
		name = joined;

	*p = (struct live_pool){ .messenger = { .fd = -1 } };
	r = dm_init(&p->dm);
	if (!r)
		r = dm_find(&p->dm, name, &p->device);
	if (!r)
		r = take_pool(p);
	if (!r || strlen(name) >= DM_NAME_LEN - 8)
		return r;
	/* Of LVM's pool "vg-pool" the true one is "vg-pool-tpool". */
	snprintf(hidden, sizeof(hidden), "%s-tpool", p->device.name[0] ? p->device.name : name);
	if (p->dm.fd < 0 || dm_find(&p->dm, hidden, &p->device))
		return r;
	return take_pool(p);
}

int live_pool_open_thin(struct live_pool *p, const char *name)
{
	struct dm_device thin;
	struct dm_target t;
	bool external;
	uint32_t id;
	dev_t pool;
	int r;

	*p = (struct live_pool){ .messenger = { .fd = -1 } };
	r = dm_init(&p->dm);
	if (!r)
		r = dm_find(&p->dm, name, &thin);
	if (!r)
		r = dm_table(&p->dm, &thin, false, &t);
	if (!r && !parse_thin(&t, &pool, &id, &external))
		r = -EMEDIUMTYPE;
	if (!r)
		r = dm_find_number(&p->dm, pool, &p->device);
	return r ? r : take_pool(p);
}

int live_pool_find_id(struct live_pool *p, const char *name, uint32_t *id)
{
	struct dm_device d;
	struct dm_target t;
	bool external;
	dev_t pool;
	int r = dm_find(&p->dm, name, &d);

	if (!r)
		r = dm_table(&p->dm, &d, false, &t);
	if (!r && (!parse_thin(&t, &pool, id, &external) || pool != p->device.dev))
		r = -EMEDIUMTYPE;
	return r;
}

/* Writes and discards that a block device has done since it is there. */
static uint64_t count_writes(dev_t dev)
{
	uint64_t v[17] = { 0 };
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", major(dev), minor(dev));
	f = fopen(path, "re");
	if (!f)
		return 0;
	for (unsigned i = 0; i < 17 && fscanf(f, "%" SCNu64, &v[i]) == 1; i++)
		;
	fclose(f);
	return v[4] + v[11];
}

struct search {
	struct live_pool *pool;
	const uint32_t *ids;
	unsigned nr_ids;
	struct live_users *users;
};

static int look_at(void *arg, const struct dm_device *d)
{
	struct live_user u = { .device = *d };
	struct search *s = arg;
	struct dm_target t;
	dev_t pool;
	int r = dm_table(&s->pool->dm, d, false, &t);

	if (r == -ENXIO || (!r && !parse_thin(&t, &pool, &u.dev_id, &u.external)))
		return 0;
	if (r || pool != s->pool->device.dev)
		return r;
	for (unsigned i = 0; i < s->nr_ids; i++) {
		if (s->ids[i] != u.dev_id)
			continue;
		if (s->users->nr == LIVE_USERS)
			return -E2BIG;
		u.length = t.length;
		u.writes = count_writes(d->dev);
		s->users->user[s->users->nr++] = u;
		break;
	}
	return 0;
}

int live_pool_find_users(struct live_pool *p, const uint32_t *ids, unsigned nr,
			 struct live_users *users)
{
	struct search s = { .pool = p, .ids = ids, .nr_ids = nr, .users = users };

	users->nr = 0;
	return dm_each(&p->dm, look_at, &s);
}

static int release(struct live_pool *p, struct dm *dm)
{
	int r = p->reserved ? dm_message(dm, &p->device, "release_metadata_snap") : 0;

	p->reserved = false;
	return r;
}

/*
 * Waits for a signal that would end us, which all threads have blocked; cleans
 * up and lets it end us.
 */
static void *watch(void *arg)
{
	struct live_pool *p = arg;
	sigset_t one;
	int sig;

	if (sigwait(&p->signals, &sig))
		return NULL;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_mutex_lock(&p->lock);
	(void)release(p, &p->messenger);
	signal(sig, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	raise(sig);
	_exit(1);
}

/* Those that are ignored stay so, as nohup(1) wants it. */
static void choose_signals(sigset_t *set)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction old;

	sigemptyset(set);
	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!sigaction(all[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaddset(set, all[i]);
}

static int guard(struct live_pool *p)
{
	int r = dm_init(&p->messenger);

	if (r)
		return r;
	pthread_mutex_init(&p->lock, NULL);
	choose_signals(&p->signals);
	pthread_sigmask(SIG_BLOCK, &p->signals, &p->old_signals);
	r = pthread_create(&p->watcher, NULL, watch, p);
	if (r) {
		pthread_sigmask(SIG_SETMASK, &p->old_signals, NULL);
		return -r;
	}
	p->guarded = true;
	return 0;
}

int live_pool_reserve(struct live_pool *p)
{
	int r = p->guarded ? 0 : guard(p);

	if (r)
		return r;
	pthread_mutex_lock(&p->lock);
	r = dm_message(&p->dm, &p->device, "reserve_metadata_snap");
	p->reserved = !r;
	pthread_mutex_unlock(&p->lock);
	return r;
}

int live_pool_release(struct live_pool *p)
{
	int r;

	if (!p->guarded)
		return 0;
	pthread_mutex_lock(&p->lock);
	r = release(p, &p->dm);
	pthread_mutex_unlock(&p->lock);
	return r;
}

/* A signal that came meanwhile is delivered in the end. */
int live_pool_close(struct live_pool *p)
{
	int r = live_pool_release(p);

	if (p->guarded) {
		pthread_cancel(p->watcher);
		pthread_join(p->watcher, NULL);
		pthread_sigmask(SIG_SETMASK, &p->old_signals, NULL);
	}
	dm_exit(&p->messenger);
	dm_exit(&p->dm);
	return r;
}
