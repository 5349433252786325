/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_shrink_request.h"

const char *shrink_request_mistake(const struct shrink_request *q)
{
	if (!q->input)
		return "missing option: -i FILE";
	if (!q->output && !q->dry_run)
		return "missing option: -o FILE, or --dry-run";
	if (!q->data && !q->dry_run && !q->no_copy)
		return "missing option: --data {device|file}, or --dry-run, or --no-copy";
	if (!q->nr_blocks.set)
		return "missing option: --nr-blocks <number>";
	if (!q->nr_blocks.value)
		return "--nr-blocks: found \"0\", wanted at least 1";
	return NULL;
}
