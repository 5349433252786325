/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/le.h"
#include "meta/thin_repair.h"
#include "pool_image.h"
#include "unit.h"

static const struct thin_repair_opts none = { .nr_threads = 1 };

static void set_time(struct pool_image *i, uint32_t leaf, uint32_t at, uint32_t time)
{
	struct node_disk *d = pool_image_block(i, leaf);
	__le64 *value = &d->keys[node_max_entries(8) + at];

	*value = cpu_to_le64(thin_mapping_pack(thin_mapping_block(le64_to_cpu(*value)), time));
	pool_image_reseal(i, leaf);
}

static void set_details(struct pool_image *i, uint32_t at, uint32_t mapped, uint32_t time)
{
	struct node_disk *d = pool_image_block(i, i->details);
	struct thin_details_disk details = {
		.mapped_blocks = cpu_to_le64(mapped), .creation_time = cpu_to_le32(time),
		.snapshotted_time = cpu_to_le32(time),
	};

	memcpy((char *)(d->keys + node_max_entries(24)) + at * sizeof(details), &details,
	       sizeof(details));
	pool_image_reseal(i, i->details);
}

/*
 * Device 3 is a snapshot of device 2, made at time 2; block 201 is theirs, from
 * time 1.  Device 1 is older than that.
 */
static void make(struct pool_image *i, bool exchanged, uint32_t leaves[3])
{
	pool_image_init(i);
	leaves[0] = pool_image_leaf(i, 10, 100, 2);
	leaves[1] = pool_image_leaf(i, 10, 200, 2);
	leaves[2] = pool_image_leaf(i, 10, 200, 3);
	set_time(i, leaves[1], 0, 1);
	set_time(i, leaves[1], 1, 1);
	set_time(i, leaves[2], 0, 1);
	set_time(i, leaves[2], 1, 1);
	pool_image_device(i, 1, leaves[exchanged]);
	pool_image_device(i, 2, leaves[!exchanged]);
	pool_image_device(i, 3, leaves[2]);
	pool_image_finish(i);
	set_details(i, 0, 2, 1);
	set_details(i, 1, 2, 2);
	set_details(i, 2, 3, 2);
}

/* The finding @code about block @where; NULL if there is none. */
static const struct thin_finding *find(const struct thin_salvage *s, enum thin_finding_code code,
				       uint32_t where)
{
	const struct thin_repair_report *rep = thin_salvage_report(s);

	for (size_t i = 0; i < rep->nr_findings; i++)
		if (rep->findings[i].code == code && rep->findings[i].where == where)
			return &rep->findings[i];
	return NULL;
}

static void exchanged(void)
{
	const struct thin_finding *f;
	struct pool_image image;
	struct thin_salvage *s;
	uint32_t leaves[3];

	make(&image, true, leaves);
	CU_ASSERT_EQUAL_FATAL(thin_salvage_new(image.engine, &none, &s), 0);
	f = find(s, THIN_FINDING_MISPLACED, leaves[1]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	/* It is all that the device has. */
	CU_ASSERT(f->dev_id == 1 && f->begin == f->end);
	f = find(s, THIN_FINDING_EXCHANGED, leaves[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT(f->dev_id == 2 && f->begin == f->end && f->found == leaves[1]);
	/* Device 3 would have the same trouble. */
	CU_ASSERT_PTR_NULL(find(s, THIN_FINDING_EXCHANGED, leaves[2]));
	thin_salvage_free(s);
	pool_image_exit(&image);
}

static void in_place(void)
{
	struct pool_image image;
	struct thin_salvage *s;
	uint32_t leaves[3];

	make(&image, false, leaves);
	CU_ASSERT_EQUAL_FATAL(thin_salvage_new(image.engine, &none, &s), 0);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_PTR_NULL(find(s, THIN_FINDING_MISPLACED, leaves[i]));
		CU_ASSERT_PTR_NULL(find(s, THIN_FINDING_EXCHANGED, leaves[i]));
	}
	thin_salvage_free(s);
	pool_image_exit(&image);
}

void test_misplaced_suite(void);
void test_misplaced_suite(void)
{
	static CU_TestInfo tests[] = {
		{ "tells both of two leaves that have changed places", exchanged },
		{ "tells nothing of what snapshots share", in_place },
		CU_TEST_INFO_NULL,
	};

	add_suite("misplaced", tests);
}
