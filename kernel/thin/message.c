// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages to a pool, of both generations, on the worker's queue.  What was
 * done is committed before the message returns, or the message fails.
 */
#include "pool.h"

struct message {
	const char *name;
	unsigned int min_args, max_args;
	/* 1: there is more to do, after what else waits for the worker. */
	int (*run)(struct ms_pool *pool, char **args, unsigned int nr);
	bool joins;	/* takes little metadata, and no memory once it has begun */
};

int ms_parse_id(const char *arg, u32 *id)
{
	if (!kstrtou32(arg, 10, id) && *id <= THIN_MAX_DEV_ID)
		return 0;
	DMWARN("no device id: %s", arg);
	return -EINVAL;
}

static int create(struct ms_pool *pool, char **args, unsigned int nr)
{
	u32 id;
	int r = ms_parse_id(args[0], &id);

	return r ? r : ms_md_create(pool->md, id);
}

/* Its size is only what a table says; early documents pass it all the same. */
static int create_sized(struct ms_pool *pool, char **args, unsigned int nr)
{
	u64 sectors;

	if (nr == 2 && kstrtou64(args[1], 10, &sectors))
		return -EINVAL;
	return create(pool, args, nr);
}

static int snapshot(struct ms_pool *pool, char **args, unsigned int nr)
{
	u32 id, origin;
	int r = ms_parse_id(args[0], &id);

	if (!r)
		r = ms_parse_id(args[1], &origin);
	return r ? r : ms_md_snapshot(pool->md, id, origin);
}

static int delete(struct ms_pool *pool, char **args, unsigned int nr)
{
	u32 id;
	int r = ms_parse_id(args[0], &id);

	return r ? r : ms_md_delete(pool->md, id);
}

static int set_transaction_id(struct ms_pool *pool, char **args, unsigned int nr)
{
	u64 old, new;

	if (kstrtou64(args[0], 10, &old) || kstrtou64(args[1], 10, &new))
		return -EINVAL;
	return ms_md_set_transaction_id(pool->md, old, new);
}

static int hold(struct ms_pool *pool, char **args, unsigned int nr)
{
	return ms_md_hold(pool->md);
}

static int drop(struct ms_pool *pool, char **args, unsigned int nr)
{
	return ms_md_drop(pool->md);
}

static int trim(struct ms_pool *pool, char **args, unsigned int nr)
{
	struct ms_vol *vol;
	u64 sectors;
	u32 id;
	int r = ms_parse_id(args[0], &id);

	if (!r)
		r = kstrtou64(args[1], 10, &sectors);
	if (!r)
		r = ms_vol_open(pool->md, id, &vol);
	if (r)
		return r;
	r = ms_thin_trim(pool, id, vol, sectors);
	ms_vol_close(vol);
	return r;
}

static const struct message messages[] = {
	{ "create_thin", 1, 1, create, true },
	{ "create_snap", 2, 2, snapshot, true },
	{ "delete", 1, 1, delete },
	{ "set_transaction_id", 2, 2, set_transaction_id, true },
	{ "reserve_metadata_snap", 0, 0, hold },
	{ "release_metadata_snap", 0, 0, drop },
	/* as they were first called */
	{ "new-thin", 1, 2, create_sized, true },
	{ "new-snap", 2, 2, snapshot, true },
	{ "del", 1, 1, delete },
	{ "trim", 2, 2, trim },
	{ "trans-id", 2, 2, set_transaction_id, true },
};

static const struct message *find_message(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(messages); i++)
		if (!strcasecmp(name, messages[i].name))
			return &messages[i];
	return NULL;
}

struct order {
	const struct message *message;
	char **args;
	unsigned int nr;
};

/* Can it be a part of the transaction under way?  It will not lack anything, then. */
static bool joins(struct ms_pool *pool, const struct message *message)
{
	struct ms_space space;

	return message->joins && ms_md_changes(pool->md) &&
	       !ms_md_metadata_space(pool->md, &space) && space.free > ms_metadata_low_water(pool);
}

/* Want of space or memory says nothing against the metadata. */
static void undo(struct ms_pool *pool, const char *name, bool alone, int r)
{
	if (alone && (r == -ENOSPC || r == -ENOMEM) && !ms_md_abort(pool->md) &&
	    !ms_claims_count(pool, ms_data_inc))
		return;
	ms_metadata_failed(pool, name, r);
}

static int run(struct ms_pool *pool, void *arg)
{
	struct order *order = arg;
	bool alone = !joins(pool, order->message);
	int r = alone ? ms_pool_commit(pool) : 0;	/* nothing else can be lost then */
	unsigned int changes = ms_md_changes(pool->md);

	if (pool->mode > MS_NO_DATA_SPACE) {
		DMERR("%s: no messages in read-only or fail mode", dm_device_name(pool->dm));
		return -EOPNOTSUPP;
	}
	if (!r)
		r = order->message->run(pool, order->args, order->nr);
	if (r >= 0)
		return ms_pool_commit(pool) ?: r;

	DMWARN("%s: %s failed: %d", dm_device_name(pool->dm), order->message->name, r);
	if (ms_md_changes(pool->md) != changes)
		undo(pool, order->message->name, alone, r);
	return r;
}

int ms_message(struct dm_target *ti, unsigned int argc, char **argv, char *result,
	       unsigned int maxlen)
{
	struct ms_table *table = ti->private;
	struct order order = {
		.message = find_message(argv[0]), .args = argv + 1, .nr = argc - 1,
	};
	int r;

	if (ms_mode(table->pool) > MS_NO_DATA_SPACE)
		return -EOPNOTSUPP;
	if (!order.message) {
		DMWARN("no such message: %s", argv[0]);
		return -EINVAL;
	}
	if (order.nr < order.message->min_args || order.nr > order.message->max_args) {
		DMWARN("%s takes another number of arguments", argv[0]);
		return -EINVAL;
	}
	do
		r = ms_pool_call(table->pool, run, &order);
	while (r > 0);
	return r;
}
