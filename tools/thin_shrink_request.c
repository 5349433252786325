/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_shrink_request.h"

const char *shrink_request_mistake(const struct shrink_request *q)
{
	if (!q->input || !*q->input)
		return "an input is needed: -i FILE";
	if ((!q->output || !*q->output) && !q->dry_run)
		return "an output is needed: -o FILE, or --dry-run";
	if ((!q->data || !*q->data) && !q->dry_run && !q->no_copy)
		return "the data is needed: --data {device|file}, or --dry-run, or --no-copy";
	if (!q->nr_blocks.set || !q->nr_blocks.value)
		return "the new size is needed: --nr-blocks, at least 1";
	return NULL;
}
