/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_receive_words - what thin_receive prints on stdout. */
#ifndef TOOLS_THIN_RECEIVE_WORDS_H
#define TOOLS_THIN_RECEIVE_WORDS_H

#include "thin_receive_apply.h"

/* What was received, or would be. */
void receive_print(const struct receiver *r);

/* Where the state in @path goes on.  0, an error, or -EUCLEAN after the words. */
int receive_print_token(const char *path);

#endif
