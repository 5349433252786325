/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xml_parse - the XML of a dump, told to a judge.
 *
 * Knows which elements there are, where they may stand and what attributes
 * they have; what the values mean is the judge's business.
 */
#ifndef THIN_XML_PARSE_H
#define THIN_XML_PARSE_H

#include "thin/judge.h"

/*
 * Reads @fd to its end.  0, and judge_end() may be called; -EUCLEAN with
 * j->issue filled; or what reading or the judge gave.  @done counts bytes and
 * may be NULL.
 */
int xml_parse(int fd, struct judge *j, uint64_t *done);

#endif
