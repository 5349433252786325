/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sound - metadata that a check finds nothing wrong with, so that nothing of it
 * has to be looked for.
 *
 * Whatever else is on the device is not looked at then, and each leaf is read
 * once by the check and once when it is written anew: how much room the result
 * takes is found out by how many mappings leaves have, and counts of data blocks
 * are those of the space map, which the check has proved.
 */
#ifndef THIN_SOUND_H
#define THIN_SOUND_H

#include "thin/salvage.h"

/*
 * If nothing is wrong, nothing else is wanted and something is mapped, makes
 * @s what it is after a repair; s->lengths then says so.  Else @s is as it was.
 * 0 or -ENOMEM.
 */
int sound_take(struct thin_salvage *s);

/*
 * Begins @l with the counts of the data blocks of @s, which is sound.  As
 * ledger_load_data(); ledger_exit() is due in any case.
 */
int sound_load_counts(const struct thin_salvage *s, struct ledger *l);

#endif
