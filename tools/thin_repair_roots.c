/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_repair_roots.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	WHEN_MAX = 48,
	LIST_MAX = 512,
};

/* "5", "3..5" or, without a superblock, "3..". */
static const char *when(const struct thin_roots *p, char text[WHEN_MAX])
{
	int len = snprintf(text, WHEN_MAX, "%" PRIu64, p->transaction_min);

	if (p->transaction_max == UINT64_MAX)
		snprintf(text + len, (size_t)(WHEN_MAX - len), "..");
	else if (p->transaction_max != p->transaction_min)
		snprintf(text + len, (size_t)(WHEN_MAX - len), "..%" PRIu64, p->transaction_max);
	return text;
}

int thin_repair_list_roots(const struct thin_repair_request *q, struct engine *in)
{
	struct thin_repair_opts opts = thin_repair_request_opts(q, NULL);
	struct thin_roots *roots = NULL;
	char text[WHEN_MAX];
	size_t nr = 0;
	int r = thin_roots_find(in, &opts, &roots, &nr);

	if (r)
		return r;
	printf("%6s %12s %12s %8s %12s %8s %8s %12s  %s\n", "NUMBER", "MAPPING_ROOT",
	       "DETAILS_ROOT", "TIME", "TRANSACTION", "DEVICES", "WHOLE", "MAPPED", "IDS");
	for (size_t i = 0; i < nr; i++) {
		const struct thin_roots *p = &roots[i];

		printf("%6zu %12" PRIu64 " %12" PRIu64 " %8" PRIu32 " %12s %8" PRIu64 " %8" PRIu64
		       " %12" PRIu64 "  ", i, p->mapping_root, p->details_root, p->time,
		       when(p, text), p->nr_devices, p->nr_whole, p->nr_mapped);
		if (p->nr_devices)
			printf("%" PRIu32 "..%" PRIu32, p->first_dev_id, p->last_dev_id);
		printf("%s%s\n", p->current ? " current" : "", p->held ? " held" : "");
	}
	free(roots);
	if (!nr)
		tool_say(&thin_repair_tool, q->input, "has no device trees");
	return nr ? 0 : -EUCLEAN;
}

static bool is_like(const struct thin_roots *a, const struct thin_roots *b)
{
	return a->transaction_min == b->transaction_min && a->transaction_max == b->transaction_max;
}

/* "5 (number 0), 0..5 (numbers 1 to 15)"; as much as there is room for. */
static const char *list(const struct thin_roots *roots, size_t nr, char text[LIST_MAX])
{
	char one[WHEN_MAX];
	size_t len = 0, end;

	strcpy(text, "none at all");
	for (size_t i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr && is_like(&roots[i], &roots[end]); end++)
			;
		if (len > LIST_MAX - 2 * WHEN_MAX - 64) {
			snprintf(text + len, LIST_MAX - len, ", ...");
			break;
		}
		len += (size_t)snprintf(text + len, LIST_MAX - len, "%s%s (number%s %zu", i ? ", " :
					"", when(&roots[i], one), end - i > 1 ? "s" : "", i);
		if (end - i > 1)
			len += (size_t)snprintf(text + len, LIST_MAX - len, " to %zu", end - 1);
		len += (size_t)snprintf(text + len, LIST_MAX - len, ")");
	}
	return text;
}

static void take(struct thin_repair_request *q, const struct thin_roots *p)
{
	q->mapping_root = (struct opt_u64){ .set = true, .value = p->mapping_root };
	q->details_root = (struct opt_u64){ .set = true, .value = p->details_root };
}

static int take_number(struct thin_repair_request *q, const struct thin_roots *roots, size_t nr)
{
	if (q->roots.value < nr) {
		take(q, &roots[q->roots.value]);
		return 0;
	}
	tool_say(&thin_repair_tool, q->input, "--roots: there is no number %" PRIu64
		 " in the list of --list-roots, which has %zu", q->roots.value, nr);
	return -EUCLEAN;
}

static void say_choice(const struct thin_repair_request *q, const struct thin_roots *p,
		       const struct thin_roots_choice *c)
{
	char which[64] = "";

	if (p->current)
		return;
	if (c->nr > 1)
		snprintf(which, sizeof(which), "%zu pairs of device trees may be of it; ", c->nr);
	tool_say(&thin_repair_tool, q->input, "transaction %" PRIu64 ": %staking number %zu of "
		 "--list-roots, %s, with %" PRIu64 " devices", q->transaction.value, which,
		 c->index, c->known ? "which a superblock says to be of it" :
		 c->whole ? "the newest that is whole" : "none is whole", p->nr_devices);
}

/* With the devices that lvm2's backup has, if there is one. */
static int wish_for(const struct thin_repair_request *q, struct thin_roots_wish *w)
{
	uint32_t *ids;

	*w = (struct thin_roots_wish){ .transaction_id = q->transaction.value };
	if (!q->lvm_backup)
		return 0;
	ids = calloc(q->pool.nr_thins + 1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < q->pool.nr_thins; i++)
		ids[i] = q->pool.thins[i].device_id;
	w->has_devices = true;
	w->devices = thin_roots_devices(ids, q->pool.nr_thins);
	free(ids);
	return 0;
}

static int take_transaction(struct thin_repair_request *q, const struct thin_roots *roots,
			    size_t nr)
{
	struct thin_roots_choice c;
	struct thin_roots_wish w;
	char text[LIST_MAX];
	int r = wish_for(q, &w);

	if (r)
		return r;
	r = thin_roots_choose(roots, nr, &w, &c);
	if (!r) {
		take(q, &roots[c.index]);
		say_choice(q, &roots[c.index], &c);
		return 0;
	}
	tool_say(&thin_repair_tool, q->input, "transaction %" PRIu64 ": no device trees %s are "
		 "left, there are %s; see --list-roots", q->transaction.value,
		 w.has_devices ? "with the volumes of the --lvm-backup" : "that may be of it",
		 list(roots, nr, text));
	return -EUCLEAN;
}

int thin_repair_look_up_roots(struct thin_repair_request *q, struct engine *in)
{
	struct thin_repair_opts opts = thin_repair_request_opts(q, NULL);
	struct thin_roots *roots = NULL;
	size_t nr = 0;
	int r;

	if (!q->roots.set && !q->transaction.set)
		return 0;
	r = thin_roots_find(in, &opts, &roots, &nr);
	if (!r)
		r = q->roots.set ? take_number(q, roots, nr) : take_transaction(q, roots, nr);
	free(roots);
	return r;
}
