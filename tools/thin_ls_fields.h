/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin_ls_fields - the columns that thin_ls can print, and how it does. */
#ifndef TOOLS_THIN_LS_FIELDS_H
#define TOOLS_THIN_LS_FIELDS_H

#include "meta/thin_ls.h"

struct thin_ls_field;

#define THIN_LS_COLUMNS_MAX 64u

struct thin_ls_columns {
	const struct thin_ls_field *fields[THIN_LS_COLUMNS_MAX];
	unsigned nr;
	enum thin_ls_depth depth;	/* what has to be known for them */
};

/*
 * Reads names with commas between them.  NULL; or the name that there is none
 * of, "" for none at all, its length in *@len.
 */
const char *thin_ls_columns_parse(struct thin_ls_columns *c, const char *text, size_t *len);

/* All names, with @between between them. */
#define THIN_LS_NAMES_MAX 1024u
char *thin_ls_columns_names(char text[THIN_LS_NAMES_MAX], char between);

/* Cells are at the right of their columns; to stdout, as is JSON. */
void thin_ls_print(const struct thin_ls_columns *c, const struct thin_ls_list *list,
		   bool headers);
void thin_ls_print_json(const struct thin_ls_columns *c, const struct thin_ls_list *list);

#endif
