// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module: four target types.  If another module has the names thin-pool and
 * thin, the first names of the two still work.
 */
#include <linux/module.h>

#include "pool.h"

/* 0 also if somebody else has the name; @registered says. */
static int register_type(struct target_type *type, bool *registered)
{
	int r = dm_register_target(type);

	*registered = !r;
	if (r == -EEXIST) {
		DMWARN("target %s is there already, from another module", type->name);
		r = 0;
	}
	return r;
}

static struct {
	struct target_type *type;
	bool registered;
} types[] = {
	{ &ms_thin_types[1] }, { &ms_pool_types[1] }, { &ms_thin_types[0] }, { &ms_pool_types[0] },
};

static void unregister_types(void)
{
	unsigned int i = ARRAY_SIZE(types);

	while (i--)
		if (types[i].registered)
			dm_unregister_target(types[i].type);
}

static int __init ms_init(void)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(types) && !r; i++)
		r = register_type(types[i].type, &types[i].registered);
	if (r)
		unregister_types();
	return r;
}

static void __exit ms_exit(void)
{
	unregister_types();
}

module_init(ms_init);
module_exit(ms_exit);

MODULE_DESCRIPTION("device-mapper thin provisioning and snapshots");
MODULE_AUTHOR("the multisnap developers");
MODULE_LICENSE("GPL");
MODULE_ALIAS("dm-multisnap-pool");
MODULE_ALIAS("dm-thin-pool");
MODULE_ALIAS("dm-thin");
