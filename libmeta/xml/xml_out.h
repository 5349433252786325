/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xml_out - elements out, one at a time, into memory of the caller's.
 *
 *	<device dev_id="1">		xml_begin, xml_attr_u64, xml_content
 *	  <ref name="1"/>		xml_begin, xml_attr_u64, xml_empty
 *	</device>			xml_end
 *
 * One element a line, two blanks a level.  All return what is behind the text.
 * Names are constants, so that these become a few stores each; they need no
 * escaping.  There must be room for the text and XML_SLACK bytes more.
 */
#ifndef XML_XML_OUT_H
#define XML_XML_OUT_H

#include "xml/decimal.h"

#define XML_SLACK 8u

TEXT_INLINE char *xml_indent(char *to, unsigned level)
{
	memset(to, ' ', 2 * (size_t)level);
	return to + 2 * (size_t)level;
}

TEXT_INLINE char *xml_begin(char *to, unsigned level, const char *name)
{
	return text_put(text_put(xml_indent(to, level), "<"), name);
}

TEXT_INLINE char *xml_attr_u64(char *to, const char *name, uint64_t value)
{
	to = text_put(text_put(text_put(to, " "), name), "=\"");
	return text_put(decimal_put(to, value), "\"");
}

TEXT_INLINE char *xml_attr_empty(char *to, const char *name)
{
	return text_put(text_put(text_put(to, " "), name), "=\"\"");
}

TEXT_INLINE char *xml_content(char *to)
{
	return text_put(to, ">\n");
}

TEXT_INLINE char *xml_empty(char *to)
{
	return text_put(to, "/>\n");
}

TEXT_INLINE char *xml_end(char *to, unsigned level, const char *name)
{
	return text_put(text_put(text_put(xml_indent(to, level), "</"), name), ">\n");
}

#endif
