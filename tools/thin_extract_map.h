/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_extract_map - the mappings of one volume: from metadata, from what can
 * be saved of it, or from XML.
 */
#ifndef TOOLS_THIN_EXTRACT_MAP_H
#define TOOLS_THIN_EXTRACT_MAP_H

#include "thin_extract.h"

struct extract_map;

/*
 * Opens q->metadata.  With q->repair it is read now, and what was found is said.
 * 0, or -EUCLEAN after the words.
 */
int extract_map_open(struct extract_map **m, const struct extract_request *q);
void extract_map_close(struct extract_map *m);

/* Has q->repair lost mappings of the volume, or put older ones in their place? */
bool extract_map_is_short(const struct extract_map *m);

/*
 * Tells @emit the pool, and the volume without definitions; any number of times.
 * 0; -EUCLEAN after the words, also if a call gave -ECANCELED because it has
 * said them; or what a call gave.
 */
int extract_map_tell(struct extract_map *m, const struct thin_emit *emit, void *arg);

#endif
