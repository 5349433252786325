/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_extract_map.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "conclude.h"
#include "input.h"
#include "meta/thin_repair.h"
#include "thin_repair_words.h"
#include "xml_words.h"

struct extract_map {
	const struct extract_request *request;
	struct engine *engine;
	struct thin_salvage *salvage;
	struct input xml;		/* or not open */
};

static int salvage(struct extract_map *m)
{
	const struct extract_request *q = m->request;
	struct progress progress = { 0, 0 };
	struct thin_repair_opts o = {
		.overrides = overrides_read(&q->overrides),
		.nr_threads = (unsigned)q->threads.value,
		.progress = &progress,
	};
	int r;

	tool_progress_begin("reading", &progress);
	r = thin_salvage_new(m->engine, &o, &m->salvage);
	tool_progress_end();
	if (!r) {
		thin_repair_print_words(&thin_extract_tool, q->metadata, NULL,
					thin_salvage_report(m->salvage));
		return 0;
	}
	return thin_repair_say_failure(&thin_extract_tool, q->metadata, r);
}

static int open_xml(struct extract_map *m)
{
	const struct extract_request *q = m->request;

	if (q->repair || q->metadata_snap.set) {
		tool_say(&thin_extract_tool, q->metadata,
			 "is XML, for which there is neither --repair nor --metadata-snap");
		return -EUCLEAN;
	}
	return input_open(&m->xml, &thin_extract_tool, q->metadata, false);
}

static int open_metadata(struct extract_map *m)
{
	const struct extract_request *q = m->request;
	unsigned flags = q->metadata_snap.set ? ENGINE_SHARED : ENGINE_READ;
	int r = tool_open(&thin_extract_tool, q->metadata, flags, &m->engine);

	if (r || q->repair ||
	    !(q->overrides.data_block_size.set || q->overrides.nr_data_blocks.set))
		return r;
	tool_mistake(&thin_extract_tool,
		     "--data-block-size and --nr-data-blocks are for XML and for --repair");
	return -EUCLEAN;	/* all is said */
}

int extract_map_open(struct extract_map **to, const struct extract_request *q)
{
	struct extract_map *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->request = q;
	m->xml.fd = -1;
	if (tool_is_xml(q->metadata))
		r = open_xml(m);
	else
		r = open_metadata(m);
	if (!r && q->repair)
		r = salvage(m);
	if (r) {
		extract_map_close(m);
		return r;
	}
	*to = m;
	return 0;
}

void extract_map_close(struct extract_map *m)
{
	if (!m)
		return;
	thin_salvage_free(m->salvage);
	engine_close(m->engine);
	input_close(&m->xml);
	free(m);
}

bool extract_map_is_short(const struct extract_map *m)
{
	const struct thin_repair_report *rep;

	if (!m->salvage)
		return false;
	rep = thin_salvage_report(m->salvage);
	for (size_t i = 0; i < rep->nr_findings; i++) {
		const struct thin_finding *f = &rep->findings[i];

		if ((f->dev_id == m->request->dev_id.value ||
		     f->dev_id == THIN_FINDING_NO_DEV) &&
		    thin_finding_class(f) >= THIN_OLDER)
			return true;
	}
	return false;
}

static int tell_xml(struct extract_map *m, const struct thin_emit *emit, void *arg)
{
	struct thin_issue issue = { .line = 0 };
	struct thin_restore_opts o = {
		.overrides = overrides_read(&m->request->overrides),
		.spool_dir = tool_temporary_dir(),
	};
	int r;

	if (lseek(m->xml.fd, 0, SEEK_SET))
		return -errno;
	r = thin_load_xml(m->xml.fd, (uint32_t)m->request->dev_id.value, &o, emit, arg,
			  &issue);
	if (r == -EUCLEAN)
		xml_words_say(&thin_extract_tool, m->request->metadata, &issue);
	return r == -ECANCELED ? -EUCLEAN : r;
}

/* Puts what reading the metadata gave into words. */
static int conclude(const struct extract_map *m, int r, const struct fault *f)
{
	const struct extract_request *q = m->request;
	bool can_be_saved = r == -EUCLEAN && !q->repair && f->where;

	r = conclude_tell(&thin_extract_tool, q->metadata, r, f, &q->metadata_snap);
	if (can_be_saved)
		tool_say(&thin_extract_tool, q->metadata, "--repair extracts what can be saved");
	return r == -ECANCELED ? -EUCLEAN : r;
}

int extract_map_tell(struct extract_map *m, const struct thin_emit *emit, void *arg)
{
	const struct extract_request *q = m->request;
	struct thin_load_opts o = {
		.metadata_snap = q->metadata_snap.set,
		.metadata_snap_block = q->metadata_snap.has_value ? q->metadata_snap.value : 0,
		.expand = true, .dev_ids = &q->dev_id.value, .nr_dev_ids = 1,
		.nr_threads = (unsigned)q->threads.value,
	};
	struct fault f;
	bool found = false;
	int r;

	if (m->xml.fd >= 0)
		return tell_xml(m, emit, arg);
	o.dev_found = &found;
	r = m->salvage ? thin_salvage_load(m->salvage, &o, emit, arg, &f) :
			 thin_load(m->engine, &o, emit, arg, &f);
	return conclude(m, r, &f);
}
