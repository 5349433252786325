/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_restore - the XML of a dump becomes the metadata of a thin-pool.
 *
 * All of the XML is read and judged before the first block is written.  Then
 * the superblock is wiped, everything else written, and the superblock written
 * last, so a restore that fails or is killed leaves either what was there
 * before or nothing that looks valid.
 *
 * What is wrong with the XML is told as data, as faults are (meta/fault.h):
 * a code, a line, an element and an attribute, what was found and what was
 * wanted.
 */
#ifndef META_THIN_RESTORE_H
#define META_THIN_RESTORE_H

#include "meta/thin.h"
#include "meta/thin_overrides.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Code, severity, message.  In a message {t} is text from the XML, {f} and {w}
 * are the numbers found and wanted.
 */
#define THIN_ISSUES(X) \
	X(SYNTAX, ERROR, "{t}, wanted well-formed XML") \
	X(DOCTYPE, ERROR, "found a document type, wanted none") \
	X(TOKEN_SIZE, ERROR, "found a tag or comment of more than {w} bytes, wanted shorter ones") \
	X(TEXT, ERROR, "found text between elements, wanted blanks") \
	X(ELEMENT_UNKNOWN, ERROR, "found an unknown element, wanted {t}") \
	X(ELEMENT_PLACE, ERROR, "found in the wrong place, wanted {t}") \
	X(ATTRIBUTE_UNKNOWN, ERROR, "found an unknown attribute, wanted none of this name") \
	X(ATTRIBUTE_MISSING, ERROR, "not found, wanted one") \
	X(NUMBER, ERROR, "found \"{t}\", wanted a decimal number from 0 to {w}") \
	X(DATA_BLOCK_SIZE, ERROR, \
	  "found {f}, wanted a multiple of 128 from 128 to 2097152 sectors") \
	X(DATA_BLOCKS, ERROR, "found {f}, wanted at most {w}") \
	X(DEVICE_TWICE, ERROR, "found {f} for the second time, wanted each only once") \
	X(MAPPING_ORDER, ERROR, "found {f}, wanted more than {w}") \
	X(MAPPING_END, ERROR, "found {f} blocks, wanted at most {w} from there on") \
	X(MAPPING_LENGTH, ERROR, "found {f}, wanted at least {w}") \
	X(DEF_TWICE, ERROR, "found \"{t}\" for the second time, wanted each only once") \
	X(DEF_UNKNOWN, ERROR, "found \"{t}\", wanted a def that comes before") \
	X(REF_ORDER, ERROR, "found mappings from {f} on, wanted more than {w}") \
	X(DEF_UNUSED, WARNING, "found \"{t}\", which no device refers to; left out") \
	X(MAPPED_BLOCKS, WARNING, "found {f}, wanted the {w} that are mapped; corrected") \
	X(TIME, WARNING, "found {f}, wanted at most the superblock's {w}; that is raised") \
	X(TRANSACTION, WARNING, "lowered from {f} to {w}")

enum thin_issue_code {
#define THIN_ISSUE_ENUM(code, severity, text) THIN_ISSUE_##code,
	THIN_ISSUES(THIN_ISSUE_ENUM)
#undef THIN_ISSUE_ENUM
	NR_THIN_ISSUES
};

#define THIN_ISSUE_NAME_MAX	48

struct thin_issue {
	enum thin_issue_code code;
	uint64_t line;				/* 0: not from the XML */
	char element[THIN_ISSUE_NAME_MAX];	/* what does not fit is cut; "" for none */
	char attribute[THIN_ISSUE_NAME_MAX];
	char text[THIN_ISSUE_NAME_MAX];
	uint64_t found;
	uint64_t wanted;
};

/* Enough for every issue in words. */
#define THIN_ISSUE_TEXT_MAX 320

/* Warnings can be restored, errors cannot. */
bool thin_issue_is_warning(enum thin_issue_code code);

/* The code as the table above has it: "MAPPING_ORDER". */
const char *thin_issue_name(enum thin_issue_code code);

/* Puts @i into words, without line and newline; returns @text. */
char *thin_issue_text(const struct thin_issue *i, char text[THIN_ISSUE_TEXT_MAX]);

struct thin_restore_opts {
	struct thin_overrides overrides;	/* in place of what the XML says */

	/*
	 * What does not fit into a few dozen megabytes while it is judged goes
	 * to a file without a name in this directory.  NULL: stays in memory.
	 */
	const char *spool_dir;

	bool no_lane;		/* reads every line the slow way; for tests */

	/* Takes what is odd but can be restored.  May be NULL. */
	void (*warn)(void *arg, const struct thin_issue *i);
	void *warn_arg;

	struct progress *progress;	/* may be NULL */
};

struct thin_restore_report {
	/* After -EUCLEAN, what is wrong. */
	struct thin_issue issue;

	/*
	 * After -ENOSPC: metadata blocks.  @is_least: or more.  If nr_needed is
	 * 0, it was the file system below @out that is full.
	 */
	uint64_t nr_needed;
	uint64_t nr_found;
	bool is_least;

	/* After other errors: it was the XML that could not be read. */
	bool is_input;

	/* After 0. */
	uint64_t nr_devices;
	uint64_t nr_mappings;		/* entries in the leaves */
	uint64_t nr_blocks;		/* metadata blocks in use */
};

/*
 * Restores what @xml_fd says, from where it is to its end, to @out, which must
 * be open for writing.
 *
 * 0; -EUCLEAN when the XML is wrong, with rep->issue; -ENOSPC when @out is too
 * small, with the sizes in @rep; -EINVAL when an override is illegal; in these
 * cases @out is as it was.  -ENOMEM, or what reading and writing gave; then
 * @out may have lost what it held, but holds nothing that looks valid.
 */
int thin_restore(struct engine *out, int xml_fd, const struct thin_restore_opts *o,
		 struct thin_restore_report *rep);

/*
 * Reads XML to its end, judges all of it as thin_restore() does, and then tells
 * @emit the pool and one device, without definitions; there is no device if it
 * has no such one.  @o is as there; what does not concern reading is ignored.
 *
 * 0; -EUCLEAN with @issue; -EINVAL when an override is illegal; -EFBIG for
 * more than any metadata can hold; -ENOMEM; what reading gave, or a call
 * returned.
 */
int thin_load_xml(int fd, uint32_t dev_id, const struct thin_restore_opts *o,
		  const struct thin_emit *emit, void *arg, struct thin_issue *issue);

#ifdef __cplusplus
}
#endif

#endif
