/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * salvage - what the parts of a repair work on, and the order of their work.
 *
 *	sound	 is anything wrong at all?  if not, that was it
 *	scan	 what every block is
 *	roots	 which device trees to begin with
 *	counts	 where the space maps are, if nothing sound says so
 *	census	 which devices there are, and where their trees begin; with
 *		 naming	 for those that are called differently
 *	trees	 goes down from there; what it cannot use leaves a hole
 *	tally	 takes off the counts what is pointed to and mapped
 *	graft	 nodes that nothing sound points to go into the holes
 *	doubt	 do the numbers add up?  if not, all that once more without suspects
 *	older	 what is still missing comes from leaves of older transactions
 *	proof	 judges the result as a checker would
 *	replaced what of older trees is not what was there last
 *	tour	 counts, and tells each device what happened to it
 *
 * Nothing is moved: a hole is filled at the number that the lost block had, so
 * what shared it shares what stands there now.  All changes are in the
 * overlay; what a reader sees there is a sound pool.
 */
#ifndef THIN_SALVAGE_H
#define THIN_SALVAGE_H

#include "base/alloc.h"
#include "thin/findings.h"
#include "thin/ledger.h"
#include "thin/scan.h"

#define SALVAGE_NONE UINT32_MAX

/* Keys that something may have, both ends included. */
struct span {
	uint64_t low;
	uint64_t last;
};

struct salvage_device {
	struct thin_device device;
	uint64_t said;			/* mapped blocks by its details; UINT64_MAX: not known */
	uint64_t root;			/* 0: not known */
	bool has_details;
	bool has_root;			/* a top-level tree names it */
};

/* Where a node should be and is none. */
struct hole {
	uint64_t where;			/* the number that it has or gets, */
	uint64_t was;			/* and the one that pointers to it had */
	uint64_t parent;		/* 0 for a root */
	struct span span;
	uint32_t device;		/* of a root: index; else SALVAGE_NONE */
	uint32_t height;		/* SALVAGE_NONE: not known, as for a root */
	uint32_t *pieces;		/* nodes of any level below, by their keys */
	size_t nr_pieces, room_pieces;
	uint32_t *hints;		/* children that what is left of the node names */
	uint32_t nr_hints;
};

/* Something to tell each device that comes past block @where. */
struct mark {
	uint64_t where;
	struct thin_finding finding;
};

struct thin_salvage {
	struct thin_repair_report report;
	struct thin_repair_opts opts;
	struct overlay overlay;
	struct scan scan;
	struct ledger ledger;
	struct sm_root maps[2];		/* where the counts are: of metadata, of data */
	struct refs found;		/* how often leaves in use map data blocks */
	bool has_sb;
	struct thin_sb sb;
	struct thin_pool pool;
	uint64_t mapping_root, details_root;	/* 0: lost */
	bool tops_whole, details_whole;
	bool differing;			/* both are, but have not the same devices */
	struct bits reached;		/* nodes that the trees in use lead to */
	struct bits held;		/* and only the metadata snapshot's */
	struct bits open;		/* pieces of holes that end with another hole */
	uint32_t *owners;		/* by block: index of a device that reaches it */
	uint32_t reaching;		/* the device that does now */
	bool counting;			/* mappings of what is reached, one leaf at a time */
	bool older;			/* what is reached now is of an older transaction, */
	bool all_older;			/* and so is everything */
	struct bits taken;		/* numbers given to new nodes */
	uint64_t next_number;
	struct salvage_device *devices;	/* by id */
	size_t nr_devices, room_devices;
	struct hole *holes;
	size_t nr_holes, room_holes;
	uint32_t *hole_of;		/* by block: index of a hole plus one */
	struct mark *marks;		/* by block, once sorted */
	size_t nr_marks, room_marks;
	uint64_t nr_mapped_to;		/* one more than the highest data block in use */
	uint32_t older_time;		/* the latest that came from older leaves */
	uint16_t *lengths;		/* if all is sound: by block, mappings of a leaf */
	struct findings findings;
	struct thin_repair_device *results;
	void *buffers[2 * (SCAN_MAX_HEIGHT + 1)];	/* one for each level of a descent */
};

/* Has block @where a pointer that was not found, or none at all if that is not known? */
static inline bool salvage_is_missed(struct thin_salvage *s, uint64_t where)
{
	return ledger_knows(&s->ledger.metadata, where) ?
		ledger_missing(&s->ledger.metadata, where) > 0 : !bits_has(&s->reached, where);
}

/* How many pointers to it were found, if its count is not known. */
static inline uint64_t salvage_nr_found(struct thin_salvage *s, uint64_t where)
{
	struct ledger_side *side = &s->ledger.metadata;
	int64_t nr = side->loaded && where < side->refs.nr ? -refs_get(&side->refs, where) : 0;

	return nr > 0 ? (uint64_t)nr : 0;
}

/* May block @where, which is in use, have more pointers than were found?  Nobody knows. */
static inline bool salvage_is_shared(struct thin_salvage *s, uint64_t where)
{
	int64_t limit = ledger_limit(&s->ledger.metadata, where);

	return !ledger_knows(&s->ledger.metadata, where) && bits_has(&s->reached, where) &&
	       (!limit || (int64_t)salvage_nr_found(s, where) + 1 < limit);
}

/*
 * The keys below entry @i of an inner node that may have those of @span.  Who
 * goes down by these, and one level with each step, comes past each node with
 * keys once, whatever nodes say.
 */
static inline struct span salvage_span(const struct node *n, uint32_t i, struct span span)
{
	uint64_t low = node_key(n, i), next = i + 1 < n->nr_entries ? node_key(n, i + 1) - 1 :
								     span.last;

	return (struct span){
		low > span.low ? low : span.low, next < span.last ? next : span.last,
	};
}

/* Makes room for one more; @array points to the pointer.  0 or -ENOMEM. */
static inline int salvage_room(void *array, size_t *room, size_t nr, size_t size)
{
	return alloc_room(array, room, nr, 1, size);
}

/* A number that no sound node has; 0 if there is none. */
uint64_t salvage_number(struct thin_salvage *s);

/* The last key that is below piece @i of @h, or may be. */
uint64_t salvage_piece_last(const struct thin_salvage *s, const struct hole *h, size_t i);

/* Tells of the pool, or of one device. */
void salvage_tell(struct thin_salvage *s, const struct thin_finding *f);

/* Tells of the pool that this is so with block @where. */
void salvage_tell_pool(struct thin_salvage *s, enum thin_finding_code code, uint64_t where);

/*
 * Tells each device that reaches block @where; without a range, of all keys that
 * the block may have there.  0 or -ENOMEM.
 */
int salvage_mark(struct thin_salvage *s, uint64_t where, const struct thin_finding *f);

/* Reads the node @where with leaves of @value_size into the buffer of @level. */
int salvage_read(struct thin_salvage *s, uint64_t where, uint32_t value_size, unsigned level,
		 struct node *n);

#endif
