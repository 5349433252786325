/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_receive_judge - is this the stream for this target? */
#ifndef TOOLS_THIN_RECEIVE_JUDGE_H
#define TOOLS_THIN_RECEIVE_JUDGE_H

#include "thin_receive_apply.h"

/*
 * Reads the state and holds the header against it; begins a new one in
 * r->state.  Each: 0, or -EUCLEAN after saying what is wrong.
 */
int receive_judge_state(struct receiver *r);

/* Is on the target what was written there last? */
int receive_judge_marks(struct receiver *r);

/* Is on the target what the base has, by a record of proofs? */
int receive_judge_proofs(struct receiver *r, const struct wire_record *rec);

#endif
