/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lvm/backup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "meta/format.h"

/* Where a section is: volume group, "logical_volumes", volume, segment. */
enum {
	IN_GROUP = 1,
	IN_VOLUMES,
	IN_VOLUME,
	IN_SEGMENT,
};

/* A logical volume: what its last segment says. */
struct volume {
	struct lvm_config_text name, type, pool;
	uint64_t extents, chunk_size, transaction_id, device_id;
	bool has_chunk_size, has_transaction_id, has_device_id;
	uint64_t line;
};

struct reader {
	struct lvm_config_error at;
	struct lvm_backup_error *error;
	struct lvm_config_text group;	/* the section that has volumes */
	struct lvm_config_text top;	/* the one that we are in */
	bool in_volumes;
	uint64_t extent_size;
	struct volume *volumes;
	size_t nr, room;
};

static bool is(struct lvm_config_text t, const char *s)
{
	return t.len == strlen(s) && !memcmp(t.begin, s, t.len);
}

static bool is_same(struct lvm_config_text a, struct lvm_config_text b)
{
	return a.len == b.len && (!a.len || !memcmp(a.begin, b.begin, a.len));
}

static int wrong(struct reader *r, enum lvm_backup_problem problem)
{
	r->error->problem = problem;
	r->error->line = r->at.line;
	return -EUCLEAN;
}

/* So that a name may be shown to people. */
static bool is_name(struct lvm_config_text t)
{
	if (!t.len || t.len >= LVM_NAME_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.begin[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '+' || c == '_' || c == '.' || c == '-'))
			return false;
	}
	return true;
}

static int add_volume(struct reader *r, struct lvm_config_text name)
{
	if (!is_name(name))
		return wrong(r, LVM_BACKUP_NAME);
	if (alloc_room(&r->volumes, &r->room, r->nr, 1, sizeof(*r->volumes)))
		return -ENOMEM;
	r->volumes[r->nr++] = (struct volume){ .name = name, .line = r->at.line };
	return 0;
}

static int on_section(void *arg, unsigned depth, struct lvm_config_text name)
{
	struct reader *r = arg;

	if (!depth)
		r->top = name;
	if (depth == IN_GROUP) {
		r->in_volumes = is(name, "logical_volumes");
		if (r->in_volumes && r->group.len)
			return wrong(r, LVM_BACKUP_NO_GROUP);
		if (r->in_volumes && !is_name(r->top))
			return wrong(r, LVM_BACKUP_NAME);
		if (r->in_volumes)
			r->group = r->top;
	}
	return depth == IN_VOLUMES && r->in_volumes ? add_volume(r, name) : 0;
}

static int on_section_end(void *arg, unsigned depth)
{
	struct reader *r = arg;

	if (depth == IN_GROUP)
		r->in_volumes = false;
	return 0;
}

/* The volume whose segment we are in. */
static struct volume *volume_at(struct reader *r, unsigned depth)
{
	return r->in_volumes && depth == IN_SEGMENT && r->nr ? &r->volumes[r->nr - 1] : NULL;
}

static int on_string(void *arg, unsigned depth, struct lvm_config_text name,
		     struct lvm_config_text value)
{
	struct volume *v = volume_at(arg, depth);

	if (v && is(name, "type"))
		v->type = value;
	if (v && is(name, "thin_pool"))
		v->pool = value;
	return 0;
}

static int on_number(void *arg, unsigned depth, struct lvm_config_text name, uint64_t value)
{
	struct reader *r = arg;
	struct volume *v = volume_at(r, depth);

	if (depth == IN_GROUP && is(name, "extent_size"))
		r->extent_size = value;
	if (!v)
		return 0;
	if (is(name, "extent_count") && __builtin_add_overflow(v->extents, value, &v->extents))
		v->extents = UINT64_MAX;
	if (is(name, "chunk_size")) {
		v->chunk_size = value;
		v->has_chunk_size = true;
	}
	if (is(name, "transaction_id")) {
		v->transaction_id = value;
		v->has_transaction_id = true;
	}
	if (is(name, "device_id")) {
		v->device_id = value;
		v->has_device_id = true;
	}
	return 0;
}

static void list_name(struct reader *r, const char *name, size_t name_len)
{
	char *names = r->error->names;
	size_t len = strlen(names);

	if (len + name_len + sizeof(", ") > LVM_BACKUP_NAMES_MAX)
		return;
	if (len) {
		memcpy(names + len, ", ", 3);
		len += 2;
	}
	memcpy(names + len, name, name_len);
	names[len + name_len] = '\0';
}

/* The pool of this name, or the only one. */
static int find_pool(struct reader *r, const char *name, const struct volume **found)
{
	const struct volume *named = NULL, *last = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < r->nr; i++) {
		if (!is(r->volumes[i].type, "thin-pool"))
			continue;
		last = &r->volumes[i];
		if (name && is(last->name, name))
			named = last;
		list_name(r, last->name.begin, last->name.len);
		nr++;
	}
	*found = name ? named : last;
	if (!*found)
		return wrong(r, LVM_BACKUP_NO_POOL);
	r->at.line = (*found)->line;
	return !name && nr > 1 ? wrong(r, LVM_BACKUP_POOLS) : 0;
}

static void copy_name(char to[LVM_NAME_MAX], struct lvm_config_text t)
{
	memcpy(to, t.begin, t.len);
	to[t.len] = '\0';
}

/* Sizes that a pool can have, so that nobody needs to look again. */
static int take_sizes(struct reader *r, const struct volume *v, struct lvm_pool *p)
{
	uint64_t sectors;

	if (!v->has_chunk_size || !v->has_transaction_id ||
	    v->chunk_size < THIN_DATA_BLOCK_MIN || v->chunk_size > THIN_DATA_BLOCK_MAX ||
	    v->chunk_size % THIN_DATA_BLOCK_MIN)
		return wrong(r, LVM_BACKUP_SIZES);
	if (__builtin_mul_overflow(v->extents, r->extent_size, &sectors))
		return wrong(r, LVM_BACKUP_SIZES);
	p->nr_chunks = sectors / v->chunk_size;
	if (!p->nr_chunks || p->nr_chunks >= THIN_MAX_DATA_BLOCKS)
		return wrong(r, LVM_BACKUP_SIZES);
	p->chunk_size = (uint32_t)v->chunk_size;
	p->transaction_id = v->transaction_id;
	copy_name(p->name, v->name);
	copy_name(p->group, r->group);
	return 0;
}

static bool is_thin_of(const struct volume *v, const struct volume *pool)
{
	return is(v->type, "thin") && is_same(v->pool, pool->name) && v->has_device_id;
}

static int compare(const void *a, const void *b)
{
	const struct lvm_thin *x = a, *y = b;

	return (x->device_id > y->device_id) - (x->device_id < y->device_id);
}

static int find_twice(struct reader *r, const struct volume *pool, const struct lvm_pool *p)
{
	for (size_t i = 1; i < p->nr_thins; i++) {
		const struct lvm_thin *t = &p->thins[i];

		if (t->device_id != t[-1].device_id)
			continue;
		r->at.line = pool->line;
		*r->error->names = '\0';
		list_name(r, t[-1].name, strlen(t[-1].name));
		list_name(r, t->name, strlen(t->name));
		return wrong(r, LVM_BACKUP_TWICE);
	}
	return 0;
}

static int take_thins(struct reader *r, const struct volume *pool, struct lvm_pool *p)
{
	size_t nr = 0;

	for (size_t i = 0; i < r->nr; i++)
		nr += is_thin_of(&r->volumes[i], pool);
	p->thins = alloc_array(nr, sizeof(*p->thins));
	if (!p->thins)
		return -ENOMEM;
	for (size_t i = 0; i < r->nr; i++) {
		const struct volume *v = &r->volumes[i];
		struct lvm_thin *to = &p->thins[p->nr_thins];

		if (!is_thin_of(v, pool))
			continue;
		r->at.line = v->line;
		if (v->device_id > THIN_MAX_DEV_ID)
			return wrong(r, LVM_BACKUP_SIZES);
		to->device_id = (uint32_t)v->device_id;
		to->transaction_id = v->transaction_id;
		copy_name(to->name, v->name);
		p->nr_thins++;
	}
	if (nr)
		qsort(p->thins, nr, sizeof(*p->thins), compare);
	return find_twice(r, pool, p);
}

static int read_volumes(struct reader *r, const char *text, size_t len)
{
	static const struct lvm_config_ops ops = {
		.section = on_section, .section_end = on_section_end, .string = on_string,
		.number = on_number,
	};
	struct lvm_backup_error none = { .line = 0 };
	int error;

	*r->error = none;
	error = lvm_config_read(text, len, &ops, r, &r->at);
	/* What a call found wrong has been told. */
	if (error == -EUCLEAN && !r->error->line) {
		r->error->text = lvm_config_problem_text(r->at.problem);
		return wrong(r, LVM_BACKUP_TEXT);
	}
	return error || r->group.len ? error : wrong(r, LVM_BACKUP_NO_GROUP);
}

int lvm_backup_read(const char *text, size_t len, const char *name, struct lvm_pool *p,
		    struct lvm_backup_error *e)
{
	struct reader r = { .error = e };
	const struct volume *pool = NULL;
	int error;

	*p = (struct lvm_pool){ .nr_thins = 0 };
	error = read_volumes(&r, text, len);
	error = error ? error : find_pool(&r, name, &pool);
	error = error ? error : take_sizes(&r, pool, p);
	error = error ? error : take_thins(&r, pool, p);
	free(r.volumes);
	if (error)
		lvm_pool_exit(p);
	return error;
}

void lvm_pool_exit(struct lvm_pool *p)
{
	free(p->thins);
	*p = (struct lvm_pool){ .nr_thins = 0 };
}

const char *lvm_pool_name_of(const struct lvm_pool *p, uint32_t device_id)
{
	const struct lvm_thin key = { .device_id = device_id };
	const struct lvm_thin *found = NULL;

	if (p && p->nr_thins)
		found = bsearch(&key, p->thins, p->nr_thins, sizeof(key), compare);
	return found ? found->name : NULL;
}
