/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tool - what all tools share: one table of options that drives parsing,
 * --help and the lint of the manual pages; exit status; words for errors;
 * progress.
 *
 * Results go to stdout, everything else to stderr.  Exit status is 0 for good
 * and 1 for anything else; never 2, which lvm2 takes for "not installed".
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/thin.h"

struct tool {
	const char *name;
	const char *summary;		/* a sentence for --help */
	const char *operands;		/* "{device|file}", or "" */
	unsigned nr_operands;		/* exactly so many */
	const char *examples;		/* lines for --help, or NULL */
	const char *meant;		/* see options_name.h, or NULL */
	bool is_offline;		/* not even for the metadata snapshot of a live pool */
	int (*main)(int argc, char **argv);
};

enum opt_kind {
	OPT_KIND_END,
	OPT_KIND_FLAG,			/* bool */
	OPT_KIND_U64,			/* struct opt_u64; a value is needed */
	OPT_KIND_MAYBE_U64,		/* struct opt_u64; the value is optional */
	OPT_KIND_LIST,			/* struct opt_list; repeatable */
	OPT_KIND_STRING,		/* const char *; the last one wins */
	OPT_KIND_WORD,			/* const char *; one of some words, as above */
	OPT_KIND_STRINGS,		/* struct opt_strings; repeatable */
	OPT_KIND_MAYBE_WORD,		/* struct opt_word; one of some words, optional */
};

struct opt_u64 {
	bool set;
	bool has_value;
	bool apart;			/* the optional value was a word behind the operands */
	uint64_t value;
};

struct opt_list {
	uint64_t *values;		/* free() it */
	size_t nr;
};

struct opt_strings {
	const char **values;		/* free() it */
	size_t nr;
};

struct opt_word {
	unsigned nr;			/* how often it was given; the last one wins */
	const char *word;		/* or NULL */
};

struct opt {
	enum opt_kind kind;
	uint16_t letter;		/* or 0 */
	uint16_t step;			/* a number is a multiple of it and not 0; 0: any */
	const char *name;
	void *value;
	const char *arg;		/* "<block>", or NULL; of a word: "all|of|them" */
	const char *help;		/* NULL: accepted but not shown */
	uint64_t max;			/* largest value of a number */
	const char *known;		/* values: "one|of|them", "some,of,them"; or NULL */
};

#define OPT_FLAG(letter, name, value, help) \
	{ OPT_KIND_FLAG, letter, 0, name, value, NULL, help, 0, NULL }
#define OPT_U64(letter, name, value, arg, help) \
	{ OPT_KIND_U64, letter, 0, name, value, arg, help, UINT64_MAX, NULL }
#define OPT_U32(letter, name, value, arg, help) \
	{ OPT_KIND_U64, letter, 0, name, value, arg, help, UINT32_MAX, NULL }
/* A number up to @max, and unless @step is 0 a multiple of it, not 0. */
#define OPT_NUMBER(letter, name, value, arg, help, max, step) \
	{ OPT_KIND_U64, letter, step, name, value, arg, help, max, NULL }
#define OPT_MAYBE_U64(letter, name, value, arg, help) \
	{ OPT_KIND_MAYBE_U64, letter, 0, name, value, arg, help, UINT64_MAX, NULL }
#define OPT_LIST(letter, name, value, arg, help) \
	{ OPT_KIND_LIST, letter, 0, name, value, arg, help, UINT32_MAX, NULL }
#define OPT_STRING(letter, name, value, arg, help) \
	{ OPT_KIND_STRING, letter, 0, name, value, arg, help, 0, NULL }
#define OPT_STRINGS(letter, name, value, arg, help) \
	{ OPT_KIND_STRINGS, letter, 0, name, value, arg, help, 0, NULL }
#define OPT_MAYBE_WORD(letter, name, value, words, help) \
	{ OPT_KIND_MAYBE_WORD, letter, 0, name, value, words, help, 0, words }
/* A string of which all values, or those that it is made of, are known. */
#define OPT_KNOWN(letter, name, value, arg, help, known) \
	{ OPT_KIND_STRING, letter, 0, name, value, arg, help, 0, known }
/* A string that must be one of @words, "one|of|them". */
#define OPT_WORD(letter, name, value, arg, help, words) \
	{ OPT_KIND_WORD, letter, 0, name, value, arg, help, 0, words }
#define OPT_END { OPT_KIND_END, 0, 0, NULL, NULL, NULL, NULL, 0, NULL }

/* tool_start() returns it when the tool is to go on; else the exit status. */
#define TOOL_RUN (-1)

/*
 * Reads the command line.  Answers --help and --version, and mistakes with one
 * line.  -h, -V, -v and --io-engine are understood by every tool.  Operands
 * and options may be mixed, long names cut short; empty operands do not count.
 * Afterwards *@argv points to the operands, NULL at the end.
 */
int tool_start(const struct tool *tool, const struct opt *opts, int argc, char ***argv);

/*
 * Behind tool_start(): makes the tool quiet if it is to be, and says @mistake
 * unless it is NULL; then it returns true, and the status is 1.
 */
bool tool_is_mistaken(const struct tool *tool, bool quiet, const char *mistake);

/* Says @words, a mistake in the command line, and who knows more.  -EINVAL. */
int tool_mistake(const struct tool *tool, const char *words);

/* As that for the value @found of an option. */
int tool_mistaken_value(const struct tool *tool, const char *option, const char *found,
			const char *wanted);

/* Where large things may go for a while: $TMPDIR, or else /tmp. */
const char *tool_temporary_dir(void);

/* Says "tool: subject: message" on stderr, unless tool_be_quiet(). */
void tool_say(const struct tool *tool, const char *subject, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* From now on nothing goes to stderr. */
void tool_be_quiet(void);
bool tool_is_quiet(void);

/* Prints @len bytes; as what printf() prints they may not arrive, which is told later. */
void tool_print(const char *text, size_t len);

/* Sends what was printed so far; tool_status() tells if it did not arrive. */
void tool_flush(void);

/*
 * The exit status for @r: 0, or a negative errno, which is put into words
 * unless it is -EPIPE or -EUCLEAN (whose fault has been told already).  Also
 * finds out whether stdout took everything.
 */
int tool_status(const struct tool *tool, const char *subject, int r);

/*
 * Says why @path could not be opened, which gave @r: what it is and that @wanted is
 * what was wanted; or that others hold it, and @next.  Returns -EUCLEAN.
 */
int tool_say_cannot_open(const struct tool *tool, const char *path, int r, const char *wanted,
			 const char *next);

/*
 * Says so if what is at @path can be no file that is read or written from beginning
 * to end: a directory, a socket, or unless it @may_be_block a block device.
 */
bool tool_is_no_file(const struct tool *tool, const char *path, bool may_be_block,
		     const char *wanted);

/*
 * Opens metadata with what the user should know said in words: what it is
 * when it is no device or file, too small, XML, cache metadata, held by the
 * kernel.  0, or -EUCLEAN after the words.
 */
int tool_open(const struct tool *tool, const char *path, unsigned flags, struct engine **e);

/*
 * Opens what metadata is to be written to, whatever is on it now.  0, or
 * -EUCLEAN after the words.
 */
int tool_open_output(const struct tool *tool, const char *path, struct engine **e);

/*
 * As tool_open(), for any metadata, of dm-cache and dm-era too, and for what
 * may have been metadata once.
 */
int tool_open_any(const struct tool *tool, const char *path, struct engine **e);

/*
 * Says so if what @fd can read from the beginning is metadata, binary or packed, where
 * XML is wanted; @next is what to do about binary metadata.  -EUCLEAN then, else 0.
 */
int tool_want_xml(const struct tool *tool, const char *name, int fd, const char *next);

/* Is it XML, by how it begins? */
bool tool_is_xml(const char *path);

/* Does the superblock of a thin pool, a cache or an era device stand there? */
bool tool_has_metadata(const char *path);

/* Do two names mean the same file or device? */
bool tool_is_same_file(const char *a, const char *b);

/* As that; and says of @path then that it is @what, as "the input", as well. */
bool tool_is_taken(const struct tool *tool, const char *path, const char *other,
		   const char *what);

/* A loop device that uses the file @path, if there is one. */
bool tool_find_loop(const char *path, char device[32]);

/* Tells the fault, then what to do about it, both as "tool: subject: ...". */
void tool_say_fault(const struct tool *tool, const char *subject, const struct fault *f);

/*
 * Draws how far @p is on stderr, from half a second on, if stderr is a
 * terminal and the tool is not quiet.  tool_progress_end() wipes it out; it
 * must be called before anything else is printed.
 */
void tool_progress_begin(const char *what, struct progress *p);
void tool_progress_end(void);

extern const struct tool thin_check_tool;
extern const struct tool thin_dump_tool;
extern const struct tool thin_repair_tool;
extern const struct tool thin_restore_tool;
extern const struct tool thin_metadata_size_tool;
extern const struct tool thin_rmap_tool;
extern const struct tool thin_delta_tool;
extern const struct tool thin_ls_tool;
extern const struct tool thin_trim_tool;
extern const struct tool thin_shrink_tool;
extern const struct tool thin_send_tool;
extern const struct tool thin_receive_tool;
extern const struct tool thin_extract_tool;
extern const struct tool thin_metadata_pack_tool;
extern const struct tool thin_metadata_unpack_tool;

#endif
