/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/old_maps.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "pdata/bitmap.h"

static int mark_bitmaps(void *arg, const struct node *n, uint64_t where,
			const struct walk_span *span)
{
	(void)span;
	for (uint32_t i = 0; i < n->nr_entries; i++) {
		const struct index_entry_disk *d = node_value(n, i);

		walk_claim(arg, where, le64_to_cpu(d->bitmap), KIND_BITMAP);
	}
	return 0;
}

static int mark_nothing(void *arg, const struct node *n, uint64_t where,
			const struct walk_span *span)
{
	(void)arg;
	(void)n;
	(void)where;
	(void)span;
	return 0;
}

static int mark_tree(struct walk *w, uint64_t root, bool is_index)
{
	const struct walk_tree tree = {
		.kind = is_index ? KIND_INDEX_TREE : KIND_OVERFLOW, .arg = w,
		.value_size = is_index ? sizeof(struct index_entry_disk) : sizeof(__le32),
		.leaf = is_index ? mark_bitmaps : mark_nothing,
	};
	struct walk_root r = { .where = root };

	return walk_run(w, &tree, &r, 1);
}

static int mark_index(struct walk *w, uint64_t where)
{
	struct index_disk *d = alloc_blocks(1);
	struct fault f;

	if (!d)
		return -ENOMEM;
	if (walk_claim(w, THIN_SB_WHERE, where, KIND_INDEX) &&
	    !engine_read(w->engine, d, where, 1) && !index_check(d, where, &f))
		for (unsigned i = 0; i < INDEX_MAX_BITMAPS; i++)
			walk_claim(w, where, le64_to_cpu(d->entries[i].bitmap), KIND_BITMAP);
	free(d);
	return 0;
}

int old_maps_mark(struct walk *w, const struct sm_root *data, const struct sm_root *metadata)
{
	struct fault_sink *was = w->sink, nobody;
	int r = fault_sink_init(&nobody, 1);

	w->sink = &nobody;
	w->refs = NULL;
	r = r ? r : mark_index(w, metadata->index_root);
	r = r ? r : mark_tree(w, metadata->overflow_root, false);
	r = r ? r : mark_tree(w, data->index_root, true);
	r = r ? r : mark_tree(w, data->overflow_root, false);
	r = r ? r : nobody.error;
	w->sink = was;
	fault_sink_exit(&nobody);
	return r;
}
