/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Failures on demand of what dm-multisnap calls: linked into the module by a test,
 * with --wrap for each function here, so that its own sources stay as they are.
 *
 *	echo FUNCTION N ERROR >/sys/module/dm_multisnap/parameters/inject
 *
 * The Nth call of FUNCTION from now on fails with ERROR, a positive errno; "N+": and
 * all after it; ERROR 0: none; less than 0: it does not fail, but sleeps before it begins,
 * so many milliseconds, or until something else is written.  A name with "!" before it: what
 * was asked for is done, and fails all the same.  The file tells how often each function was
 * called since, and "hit" if one has failed.
 *
 * Operations of space maps are called through pointers.  They are exchanged where a space
 * map is made: "data.new_block" and so on.  Calls from within the kernel's library
 * count too.
 */
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/device-mapper.h>
#include <linux/dm-kcopyd.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "dm-bio-prison-v1.h"
#include "persistent-data/dm-btree.h"
#include "persistent-data/dm-space-map-disk.h"
#include "persistent-data/dm-space-map.h"
#include "persistent-data/dm-transaction-manager.h"

#define MAX_SPOTS 80
#define MAX_NAME 40

static DEFINE_SPINLOCK(lock);
static struct {
	const char *name;
	unsigned int calls;
} spots[MAX_SPOTS];
static char victim[MAX_NAME];
static unsigned int nth;
static bool onwards, after, hit;
static unsigned int nr_wishes;	/* how often something was written */
static int error;		/* or for how long to sleep, positive */

static unsigned int count(const char *name)
{
	unsigned int i;

	for (i = 0; i < MAX_SPOTS - 1 && spots[i].name; i++)
		if (!strcmp(spots[i].name, name))
			break;
	spots[i].name = name;
	return ++spots[i].calls;
}

static void sleep_on(unsigned int wish, int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	while (READ_ONCE(nr_wishes) == wish && time_before(jiffies, end))
		msleep(10);
}

static bool fails(const char *name)
{
	unsigned long flags;
	unsigned int n, wish;
	bool now;

	spin_lock_irqsave(&lock, flags);
	n = count(name);
	now = error && !strcmp(name, victim) && (n == nth || (onwards && n > nth));
	hit |= now;
	wish = nr_wishes;
	spin_unlock_irqrestore(&lock, flags);
	if (!now)
		return false;
	pr_info("multisnap: inject: call %u of %s %s\n", n, name, error < 0 ? "fails" : "sleeps");
	if (error > 0)
		sleep_on(wish, error);
	return error < 0;
}

static int set_inject(const char *value, const struct kernel_param *kp)
{
	char name[MAX_NAME], number[16];
	unsigned long flags;
	int code, r = 0;

	if (sscanf(value, "%39s %15s %d", name, number, &code) != 3)
		return -EINVAL;
	spin_lock_irqsave(&lock, flags);
	memset(spots, 0, sizeof(spots));
	after = name[0] == '!';
	strscpy(victim, name + after, sizeof(victim));
	onwards = strchr(number, '+');
	hit = false;
	error = -code;
	WRITE_ONCE(nr_wishes, nr_wishes + 1);
	if (sscanf(number, "%u", &nth) != 1)
		r = -EINVAL;
	spin_unlock_irqrestore(&lock, flags);
	return r;
}

static int get_inject(char *page, const struct kernel_param *kp)
{
	unsigned long flags;
	unsigned int i;
	int len;

	spin_lock_irqsave(&lock, flags);
	len = scnprintf(page, PAGE_SIZE, "%s\n", hit ? "hit" : "-");
	for (i = 0; i < MAX_SPOTS && spots[i].name; i++)
		len += scnprintf(page + len, PAGE_SIZE - len, "%s %u\n", spots[i].name,
				 spots[i].calls);
	spin_unlock_irqrestore(&lock, flags);
	return len;
}

static const struct kernel_param_ops inject_ops = { .set = set_inject, .get = get_inject };
module_param_cb(inject, &inject_ops, NULL, 0644);

/* Functions of which the linker makes __wrap_NAME out of NAME. */

#define WRAP(type, name, failure, params, args)					\
	typeof(name) __real_##name, __wrap_##name;				\
	type __wrap_##name params						\
	{									\
		if (fails(#name)) {						\
			if (after)						\
				(void)!!__real_##name args;			\
			return failure;						\
		}								\
		return __real_##name args;					\
	}

WRAP(void *, mempool_alloc, NULL, (mempool_t *pool, gfp_t gfp), (pool, gfp))
WRAP(int, mempool_init, error,
     (mempool_t *pool, int nr, mempool_alloc_t *alloc, mempool_free_t *free, void *data),
     (pool, nr, alloc, free, data))
WRAP(int, blkdev_issue_flush, error, (struct block_device *bdev), (bdev))
WRAP(int, __blkdev_issue_discard, error,
     (struct block_device *bdev, sector_t sector, sector_t nr, gfp_t gfp, struct bio **bio),
     (bdev, sector, nr, gfp, bio))

WRAP(int, dm_register_target, error, (struct target_type *type), (type))
WRAP(int, dm_get_device, error,
     (struct dm_target *ti, const char *path, fmode_t mode, struct dm_dev **result),
     (ti, path, mode, result))
WRAP(int, dm_set_target_max_io_len, error, (struct dm_target *ti, sector_t len), (ti, len))
WRAP(struct dm_bio_prison *, dm_bio_prison_create, NULL, (void), ())
WRAP(struct dm_kcopyd_client *, dm_kcopyd_client_create, ERR_PTR(error),
     (struct dm_kcopyd_throttle *throttle), (throttle))

WRAP(struct dm_block_manager *, dm_block_manager_create, ERR_PTR(error),
     (struct block_device *bdev, unsigned int size, unsigned int nr), (bdev, size, nr))
WRAP(int, dm_bm_flush, error, (struct dm_block_manager *bm), (bm))
WRAP(int, dm_bm_read_lock, error,
     (struct dm_block_manager *bm, dm_block_t b, struct dm_block_validator *v,
      struct dm_block **result), (bm, b, v, result))
WRAP(int, dm_bm_write_lock, error,
     (struct dm_block_manager *bm, dm_block_t b, struct dm_block_validator *v,
      struct dm_block **result), (bm, b, v, result))
WRAP(int, dm_bm_write_lock_zero, error,
     (struct dm_block_manager *bm, dm_block_t b, struct dm_block_validator *v,
      struct dm_block **result), (bm, b, v, result))

WRAP(struct dm_transaction_manager *, dm_tm_create_non_blocking_clone, NULL,
     (struct dm_transaction_manager *tm), (tm))
WRAP(int, dm_tm_pre_commit, error, (struct dm_transaction_manager *tm), (tm))
WRAP(int, dm_tm_shadow_block, error,
     (struct dm_transaction_manager *tm, dm_block_t from, struct dm_block_validator *v,
      struct dm_block **result, int *inc), (tm, from, v, result, inc))
WRAP(int, dm_tm_read_lock, error,
     (struct dm_transaction_manager *tm, dm_block_t b, struct dm_block_validator *v,
      struct dm_block **result), (tm, b, v, result))

WRAP(int, dm_btree_empty, error, (struct dm_btree_info *info, dm_block_t *root), (info, root))
WRAP(int, dm_btree_del, error, (struct dm_btree_info *info, dm_block_t root), (info, root))
WRAP(int, dm_btree_lookup, error,
     (struct dm_btree_info *info, dm_block_t root, u64 *keys, void *value),
     (info, root, keys, value))
WRAP(int, dm_btree_lookup_next, error,
     (struct dm_btree_info *info, dm_block_t root, u64 *keys, u64 *key, void *value),
     (info, root, keys, key, value))
WRAP(int, dm_btree_insert, error,
     (struct dm_btree_info *info, dm_block_t root, u64 *keys, void *value, dm_block_t *new),
     (info, root, keys, value, new))
WRAP(int, dm_btree_insert_notify, error,
     (struct dm_btree_info *info, dm_block_t root, u64 *keys, void *value, dm_block_t *new,
      int *inserted), (info, root, keys, value, new, inserted))
WRAP(int, dm_btree_remove, error,
     (struct dm_btree_info *info, dm_block_t root, u64 *keys, dm_block_t *new),
     (info, root, keys, new))
WRAP(int, dm_btree_remove_leaves, error,
     (struct dm_btree_info *info, dm_block_t root, u64 *keys, u64 end, dm_block_t *new,
      unsigned int *nr), (info, root, keys, end, new, nr))
WRAP(int, dm_btree_find_highest_key, error,
     (struct dm_btree_info *info, dm_block_t root, u64 *key), (info, root, key))

/* These are not only a call and a value. */

typeof(kmalloc_trace) __real_kmalloc_trace, __wrap_kmalloc_trace;
void *__wrap_kmalloc_trace(struct kmem_cache *cache, gfp_t gfp, size_t size)
{
	return fails("kmalloc_trace") ? NULL : __real_kmalloc_trace(cache, gfp, size);
}

typeof(queue_delayed_work_on) __real_queue_delayed_work_on, __wrap_queue_delayed_work_on;
bool __wrap_queue_delayed_work_on(int cpu, struct workqueue_struct *wq,
				  struct delayed_work *work, unsigned long delay)
{
	return !fails("queue_delayed_work_on") &&
	       __real_queue_delayed_work_on(cpu, wq, work, delay);
}

typeof(alloc_workqueue) __real_alloc_workqueue, __wrap_alloc_workqueue;
struct workqueue_struct *__wrap_alloc_workqueue(const char *name, unsigned int flags, int max,
						...)
{
	return fails("alloc_workqueue") ? NULL : __real_alloc_workqueue(name, flags, max);
}

/* The caller loses the lock in any case. */
typeof(dm_tm_commit) __real_dm_tm_commit, __wrap_dm_tm_commit;
int __wrap_dm_tm_commit(struct dm_transaction_manager *tm, struct dm_block *superblock)
{
	if (!fails("dm_tm_commit"))
		return __real_dm_tm_commit(tm, superblock);
	if (after)
		__real_dm_tm_commit(tm, superblock);
	else
		dm_bm_unlock(superblock);
	return error;
}

typeof(dm_kcopyd_copy) __real_dm_kcopyd_copy, __wrap_dm_kcopyd_copy;
void __wrap_dm_kcopyd_copy(struct dm_kcopyd_client *kc, struct dm_io_region *from,
			   unsigned int nr, struct dm_io_region *to, unsigned int flags,
			   dm_kcopyd_notify_fn fn, void *context)
{
	if (fails("dm_kcopyd_copy"))
		fn(nth % 2, nth % 2 ? 0 : 1, context);
	else
		__real_dm_kcopyd_copy(kc, from, nr, to, flags, fn, context);
}

typeof(dm_kcopyd_zero) __real_dm_kcopyd_zero, __wrap_dm_kcopyd_zero;
void __wrap_dm_kcopyd_zero(struct dm_kcopyd_client *kc, unsigned int nr,
			   struct dm_io_region *to, unsigned int flags,
			   dm_kcopyd_notify_fn fn, void *context)
{
	if (fails("dm_kcopyd_zero"))
		fn(0, 1, context);
	else
		__real_dm_kcopyd_zero(kc, nr, to, flags, fn, context);
}

/* Space maps. */

#define MAX_MAPS 8

static struct map {
	struct dm_space_map *sm;
	struct dm_space_map real;
	bool data;
} maps[MAX_MAPS];

static struct map *find_map(struct dm_space_map *sm)
{
	unsigned int i;

	for (i = 0; i < MAX_MAPS; i++)
		if (maps[i].sm == sm)
			return &maps[i];
	return NULL;
}

#define MAP_OP(name, params, args)						\
	static int map_##name params						\
	{									\
		struct map *m = find_map(sm);					\
										\
		if (fails(m->data ? "data." #name : "metadata." #name))	\
			return error;						\
		return m->real.name args;					\
	}

MAP_OP(get_nr_blocks, (struct dm_space_map *sm, dm_block_t *count), (sm, count))
MAP_OP(get_nr_free, (struct dm_space_map *sm, dm_block_t *count), (sm, count))
MAP_OP(get_count, (struct dm_space_map *sm, dm_block_t b, u32 *result), (sm, b, result))
MAP_OP(commit, (struct dm_space_map *sm), (sm))
MAP_OP(inc_blocks, (struct dm_space_map *sm, dm_block_t b, dm_block_t e), (sm, b, e))
MAP_OP(dec_blocks, (struct dm_space_map *sm, dm_block_t b, dm_block_t e), (sm, b, e))
MAP_OP(new_block, (struct dm_space_map *sm, dm_block_t *b), (sm, b))
MAP_OP(root_size, (struct dm_space_map *sm, size_t *result), (sm, result))
MAP_OP(copy_root, (struct dm_space_map *sm, void *to, size_t len), (sm, to, len))
MAP_OP(register_threshold_callback,
       (struct dm_space_map *sm, dm_block_t threshold, dm_sm_threshold_fn fn, void *context),
       (sm, threshold, fn, context))

static void hook(struct map *m);

/* The metadata's puts its own operations back. */
static int map_extend(struct dm_space_map *sm, dm_block_t extra)
{
	struct map *m = find_map(sm);
	int r;

	if (fails(m->data ? "data.extend" : "metadata.extend"))
		return error;
	*sm = m->real;
	r = sm->extend(sm, extra);
	hook(m);
	return r;
}

static void map_destroy(struct dm_space_map *sm)
{
	struct map *m = find_map(sm);

	m->sm = NULL;
	m->real.destroy(sm);
}

static void hook(struct map *m)
{
	struct dm_space_map *sm = m->sm;

	m->real = *sm;
	sm->destroy = map_destroy;
	sm->extend = map_extend;
	sm->get_nr_blocks = map_get_nr_blocks;
	sm->get_nr_free = map_get_nr_free;
	sm->get_count = map_get_count;
	sm->commit = map_commit;
	sm->inc_blocks = map_inc_blocks;
	sm->dec_blocks = map_dec_blocks;
	sm->new_block = map_new_block;
	sm->root_size = map_root_size;
	sm->copy_root = map_copy_root;
	if (sm->register_threshold_callback)
		sm->register_threshold_callback = map_register_threshold_callback;
}

static void add_map(struct dm_space_map *sm, bool data)
{
	struct map *m = find_map(NULL);

	if (WARN_ON(!m))
		return;
	m->sm = sm;
	m->data = data;
	hook(m);
}

typeof(dm_sm_disk_create) __real_dm_sm_disk_create, __wrap_dm_sm_disk_create;
struct dm_space_map *__wrap_dm_sm_disk_create(struct dm_transaction_manager *tm, dm_block_t nr)
{
	struct dm_space_map *sm;

	if (fails("dm_sm_disk_create"))
		return ERR_PTR(error);
	sm = __real_dm_sm_disk_create(tm, nr);
	if (!IS_ERR(sm))
		add_map(sm, true);
	return sm;
}

typeof(dm_sm_disk_open) __real_dm_sm_disk_open, __wrap_dm_sm_disk_open;
struct dm_space_map *__wrap_dm_sm_disk_open(struct dm_transaction_manager *tm, void *root,
					    size_t len)
{
	struct dm_space_map *sm;

	if (fails("dm_sm_disk_open"))
		return ERR_PTR(error);
	sm = __real_dm_sm_disk_open(tm, root, len);
	if (!IS_ERR(sm))
		add_map(sm, true);
	return sm;
}

typeof(dm_tm_create_with_sm) __real_dm_tm_create_with_sm, __wrap_dm_tm_create_with_sm;
int __wrap_dm_tm_create_with_sm(struct dm_block_manager *bm, dm_block_t superblock,
				struct dm_transaction_manager **tm, struct dm_space_map **sm)
{
	int r = fails("dm_tm_create_with_sm") ? error :
		__real_dm_tm_create_with_sm(bm, superblock, tm, sm);

	if (!r)
		add_map(*sm, false);
	return r;
}

typeof(dm_tm_open_with_sm) __real_dm_tm_open_with_sm, __wrap_dm_tm_open_with_sm;
int __wrap_dm_tm_open_with_sm(struct dm_block_manager *bm, dm_block_t superblock, void *root,
			      size_t len, struct dm_transaction_manager **tm,
			      struct dm_space_map **sm)
{
	int r = fails("dm_tm_open_with_sm") ? error :
		__real_dm_tm_open_with_sm(bm, superblock, root, len, tm, sm);

	if (!r)
		add_map(*sm, false);
	return r;
}
