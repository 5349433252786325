/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdata/block.h"

#include <stdbool.h>
#include <string.h>

#include "base/crc32c.h"

#define ARRAY_SALT 595846735u	/* dm-cache and dm-era; thin has none */

static const struct {
	uint32_t salt;
	enum block_kind kind;
} types[] = {
	{ THIN_SB_SALT, KIND_SB },
	{ NODE_SALT, KIND_NODE },
	{ BITMAP_SALT, KIND_BITMAP },
	{ INDEX_SALT, KIND_INDEX },
	{ ARRAY_SALT, KIND_ARRAY },
};

/* Before the salt. */
static uint32_t checksum(const void *block)
{
	return crc32c(~0u, (const char *)block + 4, META_BLOCK_SIZE - 4);
}

static bool is_zero(const void *block)
{
	const char *p = block;

	return !p[0] && !memcmp(p, p + 1, META_BLOCK_SIZE - 1);
}

static enum block_kind kind_by_salt(uint32_t salt)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].salt == salt)
			return types[i].kind;
	return KIND_FREE;
}

enum block_kind block_kind_of(const void *block)
{
	const struct block_header_disk *d = block;
	enum block_kind kind = kind_by_salt(le32_to_cpu(d->csum) ^ checksum(block));

	return kind == KIND_FREE && is_zero(block) ? KIND_ZERO : kind;
}

static int bad_checksum(const void *block, uint64_t where, uint32_t salt, struct fault *f)
{
	const struct block_header_disk *d = block;
	enum block_kind kind = block_kind_of(block);

	if (kind != KIND_FREE)
		return fault(f, FAULT_BLOCK_TYPE, where, kind, kind_by_salt(salt));
	return fault(f, FAULT_BLOCK_CSUM, where, le32_to_cpu(d->csum), checksum(block) ^ salt);
}

int block_check(const void *block, uint64_t where, uint32_t salt, struct fault *f)
{
	const struct block_header_disk *d = block;

	if (le32_to_cpu(d->csum) != (checksum(block) ^ salt))
		return bad_checksum(block, where, salt, f);
	if (le64_to_cpu(d->where) != where)
		return fault(f, FAULT_BLOCK_WHERE, where, le64_to_cpu(d->where), where);
	return 0;
}

void block_seal(void *block, uint64_t where, uint32_t salt)
{
	struct block_header_disk *d = block;

	d->where = cpu_to_le64(where);
	d->csum = cpu_to_le32(checksum(block) ^ salt);
}
