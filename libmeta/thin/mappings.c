/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/mappings.h"

#define MOST_ENTRIES 252u

/* Entries of a leaf whose data blocks follow each other. */
struct data_run {
	uint64_t begin;
	uint32_t len;
	uint32_t first;			/* entry */
	uint64_t tag;			/* index of the first block's */
};

/* A rule that mappings may break, and by what. */
struct rule {
	enum fault_code code;
	uint64_t limit;			/* the value must be below */
	uint64_t wanted;		/* what the message says */
};

static uint64_t judged_value(const struct rule *rule, uint64_t mapping)
{
	return rule->code == FAULT_MAPPING_BLOCK ? thin_mapping_block(mapping) :
						   thin_mapping_time(mapping);
}

/* One fault for each stretch of entries that break @rule. */
static void report(struct mappings *m, const struct node *n, uint64_t where,
		   const struct walk_span *span, const struct rule *rule)
{
	struct fault f = { .begin = 0, .end = 0 };

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t mapping = node_value64(n, i);
		uint64_t value = judged_value(rule, mapping);
		bool bad = value >= rule->limit;

		if (bad && f.begin == f.end) {
			fault(&f, rule->code, where, rule->code == FAULT_MAPPING_SHARED ?
			      thin_mapping_block(mapping) : value, rule->wanted);
			f.kind = KIND_MAPPING;
			f.dev_id = span->owner & OWNER_ID;
			f.shared = span->owner & OWNER_MANY;
			f.begin = node_key(n, i);
		}
		if (bad)
			f.end = node_key(n, i) + 1;
		if (f.begin != f.end && (!bad || i + 1 == n->nr_entries)) {
			fault_sink_add(m->walk->sink, &f);
			f.begin = f.end;
		}
	}
}

/* The largest block and time, which tell whether all are in bounds. */
static void find_largest(const struct node *n, uint64_t *block, uint32_t *time)
{
	uint64_t most = 0;
	uint32_t latest = 0;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t mapping = node_value64(n, i);
		uint32_t t = thin_mapping_time(mapping);

		most = mapping > most ? mapping : most;
		latest = t > latest ? t : latest;
	}
	*block = thin_mapping_block(most);
	*time = latest;
}

static unsigned collect_runs(const struct mappings *m, const struct node *n,
			     struct data_run runs[MOST_ENTRIES])
{
	uint64_t expected = UINT64_MAX;
	unsigned nr = 0;

	for (uint32_t i = 0; i < n->nr_entries; i++) {
		uint64_t block = thin_mapping_block(node_value64(n, i));

		if (block == expected && block < m->nr_data_blocks) {
			runs[nr - 1].len++;
			expected++;
			continue;
		}
		expected = UINT64_MAX;
		if (block >= m->nr_data_blocks)
			continue;
		refs_prefetch(m->data, block);
		runs[nr++] = (struct data_run){ .begin = block, .len = 1, .first = i };
		expected = block + 1;
	}
	return nr;
}

/* @least: mappings of this time and later are the device's own. */
static void note_run(struct mappings *m, const struct node *n, const struct data_run *run,
		     uint16_t flags, uint32_t least)
{
	struct keytags *tags = m->tags;
	const struct data_run r = *run;
	uint64_t index = r.tag;

	for (uint32_t i = 0; i < r.len; i++) {
		uint16_t tag = keytag(node_key(n, r.first + i), flags);

		if (!bits_has(&tags->several, r.begin + i))
			continue;
		if (thin_mapping_time(node_value64(n, r.first + i)) >= least)
			tag |= KEYTAG_LATE;
		keytags_note(tags, index++, r.begin + i, tag);
	}
}

/* Each loop asks for the memory that the next one needs. */
static void count_leaf(struct mappings *m, const struct node *n, const struct walk_span *span)
{
	bool live = span->owner & OWNER_LIVE;
	struct data_run runs[MOST_ENTRIES];
	unsigned nr = collect_runs(m, n, runs);

	for (unsigned i = 0; i < nr; i++)
		refs_add_run(m->data, runs[i].begin, runs[i].len, -1);
	if (!m->tags)
		return;
	for (unsigned i = 0; i < nr; i++) {
		runs[i].tag = keytags_index(m->tags, runs[i].begin);
		keytags_prefetch(m->tags, runs[i].tag);
	}
	for (unsigned i = 0; i < nr; i++)
		note_run(m, n, &runs[i], live ? KEYTAG_LIVE : 0, live ? span->least : UINT32_MAX);
}

static void note_end(uint64_t *end, uint64_t block)
{
	uint64_t was = __atomic_load_n(end, __ATOMIC_RELAXED);

	while (was <= block && !__atomic_compare_exchange_n(end, &was, block + 1, true,
							    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static int do_leaf(void *arg, const struct node *n, uint64_t where, const struct walk_span *span)
{
	const struct walk_span said = *span;
	struct mappings *m = arg;
	uint64_t block;
	uint32_t time;

	m->walk->spans[where].nr_entries = n->nr_entries;
	find_largest(n, &block, &time);
	if (m->end && n->nr_entries)
		note_end(m->end, block);
	if (block >= m->nr_data_blocks)
		report(m, n, where, &said, &(struct rule){
			FAULT_MAPPING_BLOCK, m->nr_data_blocks, m->nr_data_blocks });
	if (time > m->time)
		report(m, n, where, &said, &(struct rule){
			FAULT_MAPPING_TIME, (uint64_t)m->time + 1, m->time });
	/* A leaf that several devices reach shares all that it maps. */
	if (said.owner & OWNER_MANY && n->nr_entries && time >= said.least)
		report(m, n, where, &said, &(struct rule){
			FAULT_MAPPING_SHARED, said.least, time });
	if (m->data)
		count_leaf(m, n, &said);
	return 0;
}

struct walk_tree mappings_tree(struct mappings *m)
{
	return (struct walk_tree){
		.kind = KIND_MAPPING, .value_size = sizeof(__le64), .shareable = true,
		.keep_inners = true, .leaf = do_leaf, .arg = m,
	};
}
