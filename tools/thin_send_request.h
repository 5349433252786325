/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_send_request - judges what the command line of thin_send asks for. */
#ifndef TOOLS_THIN_SEND_REQUEST_H
#define TOOLS_THIN_SEND_REQUEST_H

#include "thin_receive_state.h"
#include "thin_send.h"

/* Says what is wrong with the command line.  -EINVAL. */
int send_mistake(const char *words);

/* Judges @q and fills in what became of its words.  0, or -EINVAL after the words. */
int send_request_read(struct send_request *q);

/* Where to go on, from --resume or --resume-from.  0, or an error after the words. */
int send_request_token(const struct send_request *q, struct receive_token *t);

#endif
