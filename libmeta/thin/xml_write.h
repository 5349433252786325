/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xml_write - takes the calls of struct thin_emit and writes XML to a file. */
#ifndef THIN_XML_WRITE_H
#define THIN_XML_WRITE_H

#include "meta/thin.h"

struct xml_write {
	int fd;				/* borrowed */
	char *buffer;
	size_t used;
};

/* 0 or -ENOMEM; xml_write_exit() is for both. */
int xml_write_init(struct xml_write *w, int fd);
void xml_write_exit(struct xml_write *w);

/*
 * Called with a struct xml_write.  What is written arrives with pool_end at the
 * latest.  What writing gave.
 */
extern const struct thin_emit xml_write_emit;

#endif
