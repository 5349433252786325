/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xml_lane - takes apart the lines that nearly all of a dump consists of.
 *
 *	    <single_mapping origin_block="N" data_block="N" time="N"/>
 *	    <range_mapping origin_begin="N" data_begin="N" length="N" time="N"/>
 *	    <ref name="N"/>
 *
 * To the byte: one blank between attributes, digits only, a newline at once.
 * Only blanks in front may be any number.  What differs is no line for here,
 * though it may still be good XML.
 */
#ifndef THIN_XML_LANE_H
#define THIN_XML_LANE_H

#include "meta/thin.h"

enum xml_lane_kind {
	XML_LANE_NONE,
	XML_LANE_SINGLE,
	XML_LANE_RANGE,
	XML_LANE_REF,
};

struct xml_lane_line {
	struct thin_run run;
	const char *name;
	size_t len_name;
};

/* No line is longer than so many bytes, which can be read from @p on. */
#define XML_LANE_MAX 200

/*
 * Takes one line apart.  Returns what it is and sets *@next to the start of
 * the next one.  Numbers have at most 19 digits, a time fits its field.
 */
enum xml_lane_kind xml_lane_parse(const char *p, struct xml_lane_line *line,
				  const char **next);

#endif
