/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pdata/block.h"

bool codes_seen[NR_FAULT_CODES];

static void *must(void *p)
{
	if (!p) {
		fprintf(stderr, "unit: out of memory\n");
		exit(1);
	}
	return p;
}

static int disk_read(struct engine *e, void *data, size_t len, uint64_t offset)
{
	struct disk *d = (struct disk *)e;

	__atomic_fetch_add(&d->nr_reads, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&d->nr_blocks_read, len / META_BLOCK_SIZE, __ATOMIC_RELAXED);
	for (uint64_t b = offset / META_BLOCK_SIZE; b < (offset + len) / META_BLOCK_SIZE; b++)
		if (bits_has(&d->unreadable, b))
			return -EIO;
	memcpy(data, d->data + offset, len);
	return 0;
}

static int disk_write(struct engine *e, const void *data, size_t len, uint64_t offset)
{
	struct disk *d = (struct disk *)e;

	/* Several threads may write; where the power fails matters with one. */
	if (__atomic_load_n(&d->nr_writes, __ATOMIC_RELAXED) == d->most_writes)
		return -EIO;
	__atomic_add_fetch(&d->nr_writes, 1, __ATOMIC_RELAXED);
	memcpy(d->data + offset, data, len);
	return 0;
}

static int disk_flush(struct engine *e)
{
	struct disk *d = (struct disk *)e;

	return d->nr_writes == d->most_writes ? -EIO : 0;
}

static int disk_close(struct engine *e)
{
	(void)e;
	return 0;
}

static const struct engine_ops disk_ops = {
	.read = disk_read, .write = disk_write, .flush = disk_flush, .close = disk_close,
};

void disk_init(struct disk *d, uint64_t nr_blocks)
{
	*d = (struct disk){
		.engine = { .ops = &disk_ops, .size = nr_blocks * META_BLOCK_SIZE },
		.nr_blocks = nr_blocks, .most_writes = UINT64_MAX,
	};
	d->data = must(alloc_blocks(nr_blocks));
	memset(d->data, 0, nr_blocks * META_BLOCK_SIZE);
	if (bits_init(&d->unreadable, nr_blocks))
		must(NULL);
}

void disk_exit(struct disk *d)
{
	bits_exit(&d->unreadable);
	free(d->data);
}

void *disk_block(const struct disk *d, uint64_t where)
{
	return must(where < d->nr_blocks ? d->data + where * META_BLOCK_SIZE : NULL);
}

uint64_t disk_new(struct disk *d)
{
	return d->next++;
}

void put32(void *to, uint32_t v)
{
	__le32 v_le = cpu_to_le32(v);

	memcpy(to, &v_le, sizeof(v_le));
}

void put64(void *to, uint64_t v)
{
	__le64 v_le = cpu_to_le64(v);

	memcpy(to, &v_le, sizeof(v_le));
}

uint32_t get32(const void *from)
{
	__le32 v_le;

	memcpy(&v_le, from, sizeof(v_le));
	return le32_to_cpu(v_le);
}

uint64_t get64(const void *from)
{
	__le64 v_le;

	memcpy(&v_le, from, sizeof(v_le));
	return le64_to_cpu(v_le);
}

void reseal(void *block, uint32_t salt)
{
	block_seal(block, get64((char *)block + 8), salt);
}

void node_make(void *block, uint32_t flags, uint32_t value_size)
{
	struct node_disk *n = block;

	/* Old entries stay behind the used ones in real nodes as well. */
	memset(block, 0xa5, META_BLOCK_SIZE);
	n->header = (struct node_header_disk){
		.flags = cpu_to_le32(flags), .value_size = cpu_to_le32(value_size),
		.max_entries = cpu_to_le32(node_max_entries(value_size)),
	};
}

void *node_key_at(void *block, uint32_t i)
{
	return (char *)block + sizeof(struct node_header_disk) + i * sizeof(__le64);
}

void *node_value_at(void *block, uint32_t i)
{
	const struct node_disk *n = block;
	uint32_t max = le32_to_cpu(n->header.max_entries);

	return (char *)node_key_at(block, max) + i * le32_to_cpu(n->header.value_size);
}

void node_put(void *block, uint64_t key, const void *value)
{
	struct node_disk *n = block;
	uint32_t i = le32_to_cpu(n->header.nr_entries);

	put64(node_key_at(block, i), key);
	memcpy(node_value_at(block, i), value, le32_to_cpu(n->header.value_size));
	n->header.nr_entries = cpu_to_le32(i + 1);
}

void node_put64(void *block, uint64_t key, uint64_t value)
{
	__le64 v_le = cpu_to_le64(value);

	node_put(block, key, &v_le);
}

void node_shrink(void *block, uint32_t max)
{
	struct node_disk *n = block;
	uint32_t size = le32_to_cpu(n->header.value_size) * le32_to_cpu(n->header.nr_entries);

	memmove(node_key_at(block, max), node_value_at(block, 0), size);
	n->header.max_entries = cpu_to_le32(max);
}

static uint64_t make_leaf(struct disk *d, const struct tree_spec *s, uint64_t begin, uint64_t end)
{
	uint64_t where = disk_new(d);
	void *block = disk_block(d, where);

	node_make(block, NODE_LEAF, s->value_size);
	for (uint64_t i = begin; i < end; i++)
		node_put(block, s->keys ? s->keys[i] : i,
			 (const char *)s->values + i * s->value_size);
	block_seal(block, where, NODE_SALT);
	return where;
}

uint64_t tree_make(struct disk *d, const struct tree_spec *s)
{
	uint64_t nr_leaves = (s->nr + s->per_leaf - 1) / s->per_leaf;
	uint64_t root;

	if (nr_leaves < 2)
		return make_leaf(d, s, 0, s->nr);
	root = disk_new(d);
	node_make(disk_block(d, root), NODE_INTERNAL, sizeof(__le64));
	for (uint64_t i = 0; i < nr_leaves; i++) {
		uint64_t begin = s->nr * i / nr_leaves;

		node_put64(disk_block(d, root), s->keys ? s->keys[begin] : begin,
			   make_leaf(d, s, begin, s->nr * (i + 1) / nr_leaves));
	}
	block_seal(disk_block(d, root), root, NODE_SALT);
	return root;
}

struct thin_check_report *check_disk(struct disk *d, unsigned nr_threads)
{
	const struct thin_check_opts opts = { .nr_threads = nr_threads };
	struct thin_check_report *rep;

	if (thin_check(&d->engine, &opts, &rep))
		must(NULL);
	for (size_t i = 0; i < rep->nr_faults; i++)
		codes_seen[rep->faults[i].code] = true;
	return rep;
}

void print_report(const struct thin_check_report *rep)
{
	bool printed[NR_FAULT_CODES] = { false };
	char text[FAULT_TEXT_MAX];

	/* The first of each code. */
	for (size_t i = 0; i < rep->nr_faults; i++) {
		if (printed[rep->faults[i].code])
			continue;
		printed[rep->faults[i].code] = true;
		fprintf(stderr, "    %s: %s\n", fault_name(rep->faults[i].code),
			fault_text(&rep->faults[i], text));
	}
}

int repair_in_place(struct engine *e, enum thin_check_mend_what what, unsigned nr_threads)
{
	struct thin_check_mending how = { .what = what, .nr_threads = nr_threads };
	int r = thin_check_mend(e, &how);

	thin_check_free(how.trees);
	return r;
}
