/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * issue - how the readers of XML make what meta/thin_restore.h calls issues.
 */
#ifndef THIN_ISSUE_H
#define THIN_ISSUE_H

#include <errno.h>

#include "meta/thin_restore.h"

/*
 * Fills @i, with nothing in text, and returns -EUCLEAN.  @element and
 * @attribute may be NULL.
 */
int thin_issue_set(struct thin_issue *i, enum thin_issue_code code, const char *element,
		   const char *attribute, uint64_t found, uint64_t wanted);

/* Puts @len bytes from the XML into i->text, as far as they fit and print. */
void thin_issue_set_text(struct thin_issue *i, const char *text, size_t len);

#endif
