/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_receive_checkpoint - from time to time all that was written is made safe, read
 * back with --verify, and noted in the state, from which an interrupted stream goes on.
 */
#ifndef TOOLS_THIN_RECEIVE_CHECKPOINT_H
#define TOOLS_THIN_RECEIVE_CHECKPOINT_H

#include "thin_receive_apply.h"

/*
 * Everything below @position is in place; what is written next ends at @end.
 * 0, or -EUCLEAN after the words, as all of these.
 */
int receive_checkpoint(struct receiver *r, uint64_t position, uint64_t end);

/* Before a record is written: the same, if it is time for it. */
int receive_checkpoint_if_due(struct receiver *r, const struct wire_record *rec);

/* Only notes the state. */
int receive_checkpoint_state(struct receiver *r);

/* A record has been written, which the next checkpoint may want to look at. */
void receive_remember(struct receiver *r, const struct wire_record *rec);

/* Says what the system said of the target; -EUCLEAN. */
int receive_say_target(struct receiver *r, int e);

#endif
