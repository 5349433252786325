/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options_value - what an option takes, and where its value goes. */
#ifndef TOOLS_OPTIONS_VALUE_H
#define TOOLS_OPTIONS_VALUE_H

#include "tool.h"

/* Has it a value?  no_argument, required_argument or optional_argument of getopt. */
int options_argument(enum opt_kind kind);

/* Is @word one of @words, which have any of " <|>" between them? */
bool options_has_word(const char *words, const char *word);

/* Is its value the name of a file or a device, or may it be? */
bool options_takes_name(const struct opt *o);

/*
 * Takes option @o with the value @arg; NULL for none.  -m=7 is understood as well
 * as -m7.  0; an error after the words; or -ENOMEM.
 */
int options_take(const struct tool *tool, const struct opt *o, const char *arg);

/* Might the word @s be the value of @o, which had none but may have one? */
bool options_is_value(const struct opt *o, const char *s);

/* Takes it as that. */
void options_take_apart(const struct tool *tool, const struct opt *o, const char *s);

#endif
