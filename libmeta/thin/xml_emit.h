/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xml_emit - a pool as the XML that thin_restore reads. */
#ifndef THIN_XML_EMIT_H
#define THIN_XML_EMIT_H

#include "thin/dump_format.h"

extern const struct dump_format xml_emit_format;

#endif
