/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
* thin_send_pool - an active pool: its devices, who uses them, and its metadata
 * snapshot, which is released whatever happens but for SIGKILL.
 */
#ifndef TOOLS_THIN_SEND_POOL_H
#define TOOLS_THIN_SEND_POOL_H

#include <pthread.h>
#include <signal.h>

#include "dm.h"

enum { LIVE_USERS = 8 };

/* An active device of dm that maps one of the thin devices. */
struct live_user {
	struct dm_device device;
	uint32_t dev_id;
	uint64_t length;		/* sectors */
	bool external;			/* what is not mapped comes from elsewhere */
	uint64_t writes;		/* so far, discards as well */
};

struct live_users {
	unsigned nr;
	struct live_user user[LIVE_USERS];
};

struct live_pool {
	struct dm dm;
	struct dm_device device;
	dev_t metadata, data;
	bool held;			/* there was a metadata snapshot already */
	uint64_t held_block;
	bool read_only;			/* takes no messages */

	/* From live_pool_guard() on. */
	bool guarded;
	pthread_t watcher;
	pthread_mutex_t lock;
	sigset_t signals, old_signals;
	struct dm messenger;		/* the watcher's own */
	bool reserved;			/* a metadata snapshot that is ours */
};

/*
 * Finds the pool that @name is, or that lvm2 hides behind this name.  0;
 * -EMEDIUMTYPE when it is no pool; or an error.  live_pool_close() is due.
 */
int live_pool_open(struct live_pool *p, const char *name);

/* Finds the pool of an active thin device, as live_pool_open(). */
int live_pool_open_thin(struct live_pool *p, const char *name);

/* Releases what is reserved.  0, or why that could not be done. */
int live_pool_close(struct live_pool *p);

/* The id of the active thin device @name.  0; -EMEDIUMTYPE when it is none of
 * this pool; or an error. */
int live_pool_find_id(struct live_pool *p, const char *name, uint32_t *id);

/* Who uses one of these @nr devices now?  0, -E2BIG for too many, or an error. */
int live_pool_find_users(struct live_pool *p, const uint32_t *ids, unsigned nr,
			 struct live_users *users);

/*
 * Makes a metadata snapshot, and sees to it that signals release it.  Again
 * after live_pool_release().  0, -EBUSY when there is one, or an error.
 */
int live_pool_reserve(struct live_pool *p);
int live_pool_release(struct live_pool *p);

#endif
