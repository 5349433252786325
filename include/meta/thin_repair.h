/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_repair - saves what can be saved from damaged metadata of a thin pool.
 *
 * The device is read and never written.  Everything sound on it is found,
 * whether something points to it or not, and put together again; what comes
 * out is written to another device, or handed out as the calls of a struct
 * thin_emit.  What was lost, what is doubtful and what is older than the rest
 * is told as findings, which are plain data.
 */
#ifndef META_THIN_REPAIR_H
#define META_THIN_REPAIR_H

#include "meta/thin_dump.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * NOTE		put right, nothing is missing
 * DOUBT	here by evidence, not because something sound says so
 * OLDER	in place of something newer that is lost
 * LOSS		gone
 */
enum thin_finding_class {
	THIN_NOTE,
	THIN_DOUBT,
	THIN_OLDER,
	THIN_LOSS,
	NR_THIN_FINDING_CLASSES
};

/*
 * Code, class, message.  In a message {b} is the metadata block, {f} and {w}
 * are the numbers found and wanted, {n} is a number of mappings.
 */
#define THIN_FINDINGS(X) \
	X(SB_MENDED, NOTE, "superblock: one wrong bit put right") \
	X(SB_MOVED, DOUBT, "superblock found in block {b}, wanted in block 0") \
	X(SB_LOST, DOUBT, "superblock is lost; roots, times and sizes are found by evidence") \
	X(NR_DATA_BLOCKS, DOUBT, \
	  "the size of the data device is a guess: {f} data blocks, from what is mapped") \
	X(TRANSACTION, DOUBT, "the transaction id is a guess: {f}, from the devices") \
	X(ROOTS, OLDER, \
	  "device trees of an older transaction, mapping root {f} and details root {w}") \
	X(ROOTS_FOUND, DOUBT, \
	  "device trees found by evidence, mapping root {f} and details root {w}") \
	X(DEVICES, DOUBT, \
	  "of the two trees that list devices, at {f} and {w}, one is damaged; a device that " \
	  "the other one lacks is lost") \
	X(EMPTIED, DOUBT, \
	  "nothing is mapped, but older device trees have {w} devices and {n} mappings") \
	X(COUNTS_LOST, NOTE, \
	  "counts of blocks cannot be read; what looks sound cannot be compared with them") \
	X(TIME, NOTE, "time corrected from {f} to {w}") \
	X(SNAP_TIMES, NOTE, "snapshot times of all devices raised to {w}: they share blocks") \
	X(HELD_DROPPED, NOTE, "the metadata snapshot in block {b} is left out") \
	X(BLOCK_MENDED, NOTE, "block {b}: one wrong bit put right") \
	X(KEY_MENDED, DOUBT, "block {b}: key {f} put right, {w} by what it points to") \
	X(BLOCK_MOVED, DOUBT, "block {b} found in block {f}") \
	X(DEVICE_FOUND, DOUBT, "the device's mappings, in block {b}, are found by evidence") \
	X(DEVICE_UNKNOWN, DOUBT, \
	  "nothing says which device this was; the tree is in block {b}, the id is made up") \
	X(DEVICE_NAMED, DOUBT, "one of the two trees that list devices has it as device {f}") \
	X(DEVICE_OLDER, OLDER, "the device's mappings, in block {b}, are older ones") \
	X(DEVICE_DROPPED, NOTE, "has details but no mappings; left out") \
	X(DETAILS_OLDER, DOUBT, "details come from an older transaction") \
	X(DETAILS_MADE, DOUBT, "details are lost; made anew, times {w}") \
	X(DETAILS_TIMES, NOTE, "times corrected to fit the pool's") \
	X(MAPPED_BLOCKS, DOUBT, "details say {f} mapped blocks, found {w}; corrected") \
	X(ATTACHED, DOUBT, "{n} mappings below lost block {b}, found by evidence") \
	X(OLDER, OLDER, "{n} mappings of an older transaction; newer ones are lost") \
	X(REPLACED, OLDER, \
	  "{n} mappings as an older transaction had them; block {b} was given up since, here or " \
	  "by another device") \
	X(LOST, LOSS, "lost with block {b}, which {n} older mappings stand for") \
	X(DEVICE_LOST, LOSS, "all mappings are lost, block {b}") \
	X(MISSING, LOSS, "{n} of {w} mappings are lost") \
	X(STRAY, LOSS, "mapping to data block {f}, wanted one below {w}; dropped") \
	X(LATE, DOUBT, "block {b}: {n} mappings have a time behind the pool's, which is {w}") \
	X(MISPLACED, DOUBT, \
	  "block {b} may be another device's: others share what it must have alone") \
	X(EXCHANGED, DOUBT, "block {b} may have changed places with block {f}") \
	X(TWICE, LOSS, "data block {f} is mapped twice by the device; the older one dropped") \
	X(OVERPOINTED, DOUBT, "block {b} is pointed to more often than counted") \
	X(UNPLACED, LOSS, "{n} mappings below {f} blocks belong to nobody that is known") \
	X(OVERCLAIMED, DOUBT, "{n} data blocks are mapped more often than counted")

enum thin_finding_code {
#define THIN_FINDING_ENUM(code, class, text) THIN_FINDING_##code,
	THIN_FINDINGS(THIN_FINDING_ENUM)
#undef THIN_FINDING_ENUM
	NR_THIN_FINDINGS
};

#define THIN_FINDING_NO_DEV UINT32_MAX

struct thin_finding {
	enum thin_finding_code code;
	uint32_t dev_id;		/* or THIN_FINDING_NO_DEV */
	uint64_t where;			/* metadata block */
	uint64_t begin;			/* thin blocks; half open, */
	uint64_t end;			/* begin == end for no range, UINT64_MAX: to the end */
	uint64_t nr;
	uint64_t found;
	uint64_t wanted;
};

#define THIN_FINDING_TEXT_MAX 256

/* "NOTE", "DOUBT", ... and "LOST", "ATTACHED", ... as the tables have them. */
enum thin_finding_class thin_finding_class(const struct thin_finding *f);
const char *thin_finding_class_name(enum thin_finding_class c);
const char *thin_finding_name(const struct thin_finding *f);

/* Puts @f into words, without device and range; returns @text. */
char *thin_finding_text(const struct thin_finding *f, char text[THIN_FINDING_TEXT_MAX]);

/* A device of the result. */
struct thin_repair_device {
	struct thin_device device;
	uint64_t mapped_before;		/* as its details said; UINT64_MAX: not known */
};

struct thin_repair_report {
	struct thin_pool pool;		/* of the result */
	uint64_t mapping_root;		/* that it began with; 0: lost */
	uint64_t details_root;
	const struct thin_repair_device *devices;
	size_t nr_devices;
	const struct thin_finding *findings;	/* by device and place; a bounded number */
	size_t nr_findings;
	uint64_t nr_by_class[NR_THIN_FINDING_CLASSES];	/* of all */
	uint64_t nr_mappings;		/* once for each device */
	uint64_t nr_needed;		/* metadata blocks of the output; 0: not known */
	uint64_t nr_found;		/* that it has */
};

struct thin_repair_opts {
	struct thin_overrides overrides;
	struct thin_overrides spare;	/* counts if the superblock is lost, behind overrides */
	bool has_mapping_root;		/* both or none */
	bool has_details_root;
	uint64_t mapping_root;
	uint64_t details_root;
	unsigned nr_threads;		/* 0: one per processor */
	struct progress *progress;	/* or NULL */
};

struct thin_salvage;

/*
 * Puts together what can be saved; all of @in is read for that, unless a check of
 * it finds nothing wrong and @o wants nothing else.  0 and *@s, which
 * borrows @in and goes to thin_salvage_free(); -ENOKEY when the superblock is
 * lost and neither overrides nor spare has a data block size; -ENODATA when no devices are to
 * be found; -ENOENT when there is no tree at the roots of @o; -EINVAL for
 * overrides that no pool can have; -ERANGE when mappings are behind the end of
 * the data device that overrides want, or all are behind the superblock's; -ENOSPC
 * when more has to be made anew than there is room for; -ENOMEM.
 */
int thin_salvage_new(struct engine *in, const struct thin_repair_opts *o,
		     struct thin_salvage **s);
void thin_salvage_free(struct thin_salvage *s);

/* What was found; good as long as @s. */
const struct thin_repair_report *thin_salvage_report(const struct thin_salvage *s);

/* As thin_load() and thin_dump() for what was saved. */
int thin_salvage_load(struct thin_salvage *s, const struct thin_load_opts *o,
		      const struct thin_emit *emit, void *arg, struct fault *f);
int thin_salvage_dump(struct thin_salvage *s, int fd, enum thin_dump_format format,
		      const struct thin_load_opts *o, struct fault *f);

/*
 * Finds out how many blocks the output takes, as report->nr_needed; then
 * writes it to @out, unless that is NULL.  The superblock is wiped first and
 * written last.  0; -ENOSPC when @out is too small, which is then as it was;
 * -EUCLEAN with @f if what was put together cannot be read; or what writing
 * gave.
 */
int thin_salvage_write(struct thin_salvage *s, struct engine *out, struct fault *f);

/* A pair of device trees that agree: one transaction, or what is left of it. */
struct thin_roots {
	uint64_t mapping_root;
	uint64_t details_root;
	bool current;			/* the superblock has them */
	bool held;			/* a metadata snapshot has them */
	uint32_t time;			/* the latest of its devices */
	uint64_t transaction_id;	/* the latest that one was made in */
	uint64_t transaction_min;	/* it was in use in one of these; equal if a */
	uint64_t transaction_max;	/* superblock says so; UINT64_MAX: not known */
	uint64_t devices;		/* thin_roots_devices() of their ids */
	uint64_t nr_devices;
	uint64_t nr_whole;		/* devices of which nothing is missing */
	uint64_t nr_mapped;		/* mappings that are there */
	uint32_t first_dev_id, last_dev_id;
};

/*
 * Lists pairs of device trees on @in, the newest first; free() *@roots.  0 or
 * -ENOMEM.
 */
int thin_roots_find(struct engine *in, const struct thin_repair_opts *o,
		    struct thin_roots **roots, size_t *nr);

/* A number for a set of device ids, which ascend; another set has another one. */
uint64_t thin_roots_devices(const uint32_t *ids, size_t nr);

/* A transaction, and if that is known, which devices there were. */
struct thin_roots_wish {
	uint64_t transaction_id;
	bool has_devices;
	uint64_t devices;
};

struct thin_roots_choice {
	size_t index;
	size_t nr;			/* pairs that may be of that transaction */
	bool known;			/* a superblock says that this one is */
	bool whole;			/* nothing of it is missing */
};

/*
 * Chooses a pair of a list of thin_roots_find(): one that a superblock says to
 * be of the transaction, else of those that may be, the newest that is whole.
 * Those that have the devices of a later transaction come last: the first thing
 * that a transaction does is to make devices or to delete them.  0, or -ENOENT
 * when there is none.
 */
int thin_roots_choose(const struct thin_roots *roots, size_t nr, const struct thin_roots_wish *w,
		      struct thin_roots_choice *c);

#ifdef __cplusplus
}
#endif

#endif
