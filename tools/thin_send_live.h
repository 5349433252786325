/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_send_live - a source that is active: see thin_send_source.h. */
#ifndef TOOLS_THIN_SEND_LIVE_H
#define TOOLS_THIN_SEND_LIVE_H

#include "thin_send_source.h"

/* As send_source_open(), _confirm() and _close(). */
int send_live_open(struct send_source *s);
int send_live_confirm(struct send_source *s, const struct survey *before);
void send_live_close(struct send_source *s);

#endif
