/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_shrink_files.h"

#include <errno.h>

#include "data_device.h"

static int open_xml_input(const struct tool *tool, const char *path, struct input *in)
{
	int r = input_open(in, tool, path, false);

	return r ? r : tool_want_xml(tool, in->name, in->fd,
				     "add --binary, and the output will be metadata as well");
}

/* A device is no place for XML. */
static bool has_no_place(const struct tool *tool, const char *path)
{
	return tool_is_no_file(tool, path, false,
			       "a file for XML; with --binary the output is metadata");
}

int shrink_files_write_xml(struct shrink_files *f, struct thin_shrink *s)
{
	int r = new_file_begin(&f->xml);

	r = r ? r : thin_shrink_write_xml(s, f->xml.fd);
	return r ? r : new_file_keep(&f->xml, true);
}

static int open_xml_output(const struct tool *tool, const char *path, struct new_file *f)
{
	return has_no_place(tool, path) ? -EUCLEAN : new_file_open(f, tool, path, 0666);
}

int shrink_files_open(struct shrink_files *f, const struct shrink_request *q)
{
	bool copies = !q->no_copy && !q->dry_run;
	int r;

	r = q->binary ? tool_open(&thin_shrink_tool, q->input, ENGINE_READ, &f->in) :
			open_xml_input(&thin_shrink_tool, q->input, &f->xml_in);
	if (!r && !q->dry_run &&
	    (tool_is_taken(&thin_shrink_tool, q->output, q->input, "the input") ||
	     tool_is_taken(&thin_shrink_tool, q->output, q->data, "the data")))
		r = -EUCLEAN;
	if (!r && !q->dry_run)
		r = q->binary ? tool_open_output(&thin_shrink_tool, q->output, &f->out) :
				open_xml_output(&thin_shrink_tool, q->output, &f->xml);
	if (!r && q->data && !q->no_copy)
		r = data_device_open(&thin_shrink_tool, q->data, q->input,
				     copies ? ENGINE_WRITE | ENGINE_DIRECT : ENGINE_READ, q->yes,
				     &f->data);
	return r;
}

int shrink_files_close(struct shrink_files *f, int r)
{
	int closed;

	input_close(&f->xml_in);
	engine_close(f->in);
	closed = engine_close(f->data);
	r = r ? r : closed;
	closed = engine_close(f->out);
	return new_file_end(&f->xml, r ? r : closed);
}
