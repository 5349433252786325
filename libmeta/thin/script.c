/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin/script.h"

static struct script_step step_of(enum script_kind kind, uint32_t value)
{
	return (struct script_step){ kind, value };
}

static const struct segment *segment_of_def(const struct script *s)
{
	return &s->segments->all[s->segments->by_id[s->next]];
}

static struct script_step next_def(struct script *s)
{
	s->leaf = segment_of_def(s)->first;
	s->state = SCRIPT_IN_DEF;
	return step_of(SCRIPT_DEF_BEGIN, s->next + 1);
}

static struct script_step next_in_def(struct script *s)
{
	uint32_t leaf = s->leaf;

	if (leaf == FOREST_NONE) {
		s->state = SCRIPT_AT_DEF;
		s->next++;
		return step_of(SCRIPT_DEF_END, 0);
	}
	s->leaf = segments_next_leaf(s->forest, leaf);
	return step_of(SCRIPT_LEAF, leaf);
}

static struct script_step next_device(struct script *s)
{
	if (s->next == s->devices->nr) {
		s->state = SCRIPT_AT_END;
		return step_of(s->devices->damaged ? SCRIPT_NO_DEVICES : SCRIPT_POOL_END, 0);
	}
	s->state = SCRIPT_IN_DEVICE;
	s->segment = 0;
	if (s->roots)
		forest_walk_init(&s->walk, s->forest, s->roots[s->next]);
	return step_of(SCRIPT_DEVICE_BEGIN, s->next);
}

static struct script_step end_device(struct script *s)
{
	s->state = SCRIPT_AT_DEVICE;
	s->next++;
	return step_of(SCRIPT_DEVICE_END, 0);
}

/* The segment that all of a step's leaves are in, plus one; 0: go deeper. */
static uint32_t segment_of_step(const struct script *s, struct forest_step step)
{
	if (!s->segments)
		return 0;
	if (step.kind == FOREST_STEP_NODE)
		return segments_of_node(s->forest, &s->forest->nodes[step.index]);
	return s->forest->leaves[step.index].segment;
}

static struct script_step next_in_device(struct script *s)
{
	struct forest_step step;
	uint32_t segment;

	for (;;) {
		step = forest_walk_next(&s->walk);
		if (step.kind == FOREST_STEP_END)
			return end_device(s);
		if (step.kind == FOREST_STEP_DAMAGE) {
			s->state = SCRIPT_AT_END;
			return step_of(SCRIPT_DAMAGE, step.index);
		}
		segment = segment_of_step(s, step);
		if (segment && step.kind == FOREST_STEP_NODE)
			forest_walk_skip(&s->walk);
		if (!segment && step.kind == FOREST_STEP_LEAF)
			return step_of(SCRIPT_LEAF, step.index);
		/* A segment has many leaves but one ref. */
		if (segment && segment != s->segment) {
			s->segment = segment;
			return step_of(SCRIPT_REF, s->segments->all[segment - 1].id);
		}
	}
}

bool script_next(struct script *s, struct script_step *step)
{
	switch (s->state) {
	case SCRIPT_AT_POOL:
		s->state = SCRIPT_AT_DEF;
		*step = step_of(SCRIPT_POOL_BEGIN, 0);
		return true;
	case SCRIPT_AT_DEF:
		if (s->segments && s->next < s->segments->nr_ids) {
			*step = next_def(s);
			return true;
		}
		s->next = 0;
		s->state = SCRIPT_AT_DEVICE;
		/* fall through */
	case SCRIPT_AT_DEVICE:
		*step = next_device(s);
		return true;
	case SCRIPT_IN_DEF:
		*step = next_in_def(s);
		return true;
	case SCRIPT_IN_DEVICE:
		*step = s->roots ? next_in_device(s) : end_device(s);
		return true;
	case SCRIPT_AT_END:
		break;
	}
	return false;
}

uint32_t script_device(const struct script *s)
{
	uint32_t device = s->state == SCRIPT_IN_DEF ? segment_of_def(s)->user : s->next;

	return device < s->devices->nr ? s->devices->devices[device].dev_id : FAULT_NO_DEV;
}
