/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge - says whether a pool that somebody describes can be written.
 *
 * It hears of the superblock, definitions, devices and their mappings in the
 * order of the description, together with the line where each stands, holds
 * them against the rules, and keeps what passes in a spool.  When all has been
 * heard, judge_replay() tells it in the order in which it can be written:
 * definitions that are shared, then devices by id.  What only one device refers
 * to is told as that device's own, as it then needs no leaves of its own.
 */
#ifndef THIN_JUDGE_H
#define THIN_JUDGE_H

#include "base/bits.h"
#include "base/refs.h"
#include "thin/issue.h"
#include "thin/spool.h"

/* A stretch of the spool and the thin blocks in it. */
struct judge_section {
	uint64_t begin, end;		/* in the spool */
	uint64_t first, last;		/* thin blocks, if nr_blocks is not 0 */
	uint64_t nr_blocks;
};

struct judge_def {
	struct judge_section section;
	size_t name;			/* in the names */
	uint64_t line;
	uint64_t nr_refs;
};

struct judge_device {
	struct judge_section section;	/* blocks of refs included */
	struct thin_device device;
};

enum {
	JUDGE_AHEAD = 64,
};

struct judge {
	const struct thin_restore_opts *opts;
	uint64_t nr_room;		/* metadata blocks of the output */
	struct thin_issue *issue;	/* the caller's */
	uint64_t line;			/* set before each call */

	struct thin_pool pool;
	struct refs data_refs;
	struct bits ids;
	struct spool spool;

	struct judge_def *defs;
	size_t nr_defs, room_defs;
	struct judge_device *devices;
	size_t nr_devices, room_devices;
	char *names;			/* of definitions, each with its NUL */
	size_t len_names, room_names;
	uint32_t *slots;		/* name -> index of its definition + 1 */
	size_t nr_slots;

	struct judge_section open;	/* the definition or device being heard */
	uint64_t nr_open;		/* its own entries, without refs */
	uint64_t open_line;		/* where it begins */
	bool warned_time;		/* in it */
	uint32_t latest;		/* time of all there is, the pool's included */
	uint64_t nr_entries;		/* of devices and definitions in use */
	uint64_t most_entries;		/* more cannot fit */

	struct thin_run ahead[JUDGE_AHEAD];	/* still to be counted */
	size_t nr_ahead;
};

/*
 * 0 or -ENOMEM; judge_exit() is for both.  @nr_room: metadata blocks of the
 * output; what cannot fit into them is judged, but not kept.
 */
int judge_init(struct judge *j, const struct thin_restore_opts *o, uint64_t nr_room,
	       struct thin_issue *issue);
void judge_exit(struct judge *j);

/*
 * What is heard.  All give 0; -EUCLEAN with j->issue filled; -ENOMEM; -ENOSPC
 * when the superblock alone says that the output is too small; or what the
 * spool gave.
 */
int judge_pool(struct judge *j, const struct thin_pool *pool);
int judge_def_begin(struct judge *j, const char *name, size_t len);
int judge_def_end(struct judge *j);
int judge_device_begin(struct judge *j, const struct thin_device *device);
int judge_device_end(struct judge *j);
int judge_ref(struct judge *j, const char *name, size_t len);

/* @is_single only matters for the words of an issue. */
int judge_run(struct judge *j, const struct thin_run *run, bool is_single);

/* All has been heard. */
int judge_end(struct judge *j);

/* Is it too much for the output, whatever way it is written? */
bool judge_is_too_much(const struct judge *j);

/* The fewest metadata blocks that could hold it. */
uint64_t judge_least(const struct judge *j);

/* Tells @emit all of it; any number of times after judge_end(). */
int judge_replay(struct judge *j, const struct thin_emit *emit, void *arg);

#endif
