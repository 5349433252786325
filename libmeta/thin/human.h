/* SPDX-License-Identifier: GPL-2.0-or-later */
/* human - a pool as text for people; ranges have both their ends. */
#ifndef THIN_HUMAN_H
#define THIN_HUMAN_H

#include "thin/dump_format.h"

extern const struct dump_format human_format;

#endif
