/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xml_words - says what is wrong with XML, and in which line. */
#ifndef TOOLS_XML_WORDS_H
#define TOOLS_XML_WORDS_H

#include "meta/thin_restore.h"
#include "tool.h"

/* As "tool: INPUT:LINE: ...". */
void xml_words_say(const struct tool *tool, const char *input, const struct thin_issue *i);

/* The same for what is odd but will do, while progress may be shown. */
void xml_words_warn(const struct tool *tool, const char *input, const struct thin_issue *i);

#endif
