/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_receive_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "base/units.h"
#include "meta/thin_stream.h"
#include "new_file.h"
#include "thin/wire.h"

#define FIRST_LINE	"thin_receive state 1\n"
#define STATE_MAX	4096u

/* ms1-TO-FROM-SIZE-POSITION-CHECKSUM; FROM is 0 if there is no base. */
char *receive_token_text(const struct receive_token *t, char text[RECEIVE_TOKEN_TEXT_MAX])
{
	char to[DIGEST_TEXT_MAX], from[DIGEST_TEXT_MAX];
	int len = sprintf(text, "ms1-%s-%s-%" PRIu64 "-%" PRIu64, digest_text(t->to, to),
			  t->incremental ? digest_text(t->from, from) : "0", t->device_size,
			  t->position);

	sprintf(text + len, "-%08" PRIx32, wire_csum(text, (size_t)len));
	return text;
}

/* The word before the next '-', or NULL. */
static char *next_word(char **at)
{
	return strsep(at, "-");
}

static int parse_digest(const char *s, uint8_t to[DIGEST_SIZE])
{
	return s && strlen(s) == DIGEST_TEXT_MAX - 1 ? digest_parse(s, to) : -EINVAL;
}

static int parse_number(const char *s, uint64_t *to)
{
	return s ? units_parse_u64(s, strlen(s), THIN_STREAM_SIZE_MAX, to) : -EINVAL;
}

int receive_token_parse(const char *text, struct receive_token *t)
{
	char copy[RECEIVE_TOKEN_TEXT_MAX], again[RECEIVE_TOKEN_TEXT_MAX];
	char *at = copy, *word;

	*t = (struct receive_token){ .position = 0 };
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	word = next_word(&at);
	if (strcmp(word, "ms1") || parse_digest(next_word(&at), t->to))
		return -EINVAL;
	word = next_word(&at);
	t->incremental = word && strcmp(word, "0");
	if (!word || (t->incremental && parse_digest(word, t->from)))
		return -EINVAL;
	if (parse_number(next_word(&at), &t->device_size) ||
	    parse_number(next_word(&at), &t->position))
		return -EINVAL;
	/* What it says must be written like this, checksum and all. */
	return strcmp(receive_token_text(t, again), text) ? -EINVAL : 0;
}

static size_t state_text(const struct receive_state *s, char text[STATE_MAX])
{
	char token[RECEIVE_TOKEN_TEXT_MAX];
	size_t len = (size_t)sprintf(text, FIRST_LINE "token %s\ntouched %" PRIu64
				     "\ncomplete %d\n", receive_token_text(&s->token, token),
				     s->touched, s->complete);

	for (unsigned i = 0; i < s->nr_marks; i++)
		len += (size_t)sprintf(text + len, "mark %" PRIu64 " %" PRIu32 " %08" PRIx32 "\n",
				       s->marks[i].position, s->marks[i].length,
				       s->marks[i].csum);
	return len + (size_t)sprintf(text + len, "csum %08" PRIx32 "\n", wire_csum(text, len));
}

static int parse_state(const char *text, struct receive_state *s)
{
	char token[RECEIVE_TOKEN_TEXT_MAX], again[STATE_MAX];
	int complete, len = 0;

	*s = (struct receive_state){ .touched = 0 };
	if (sscanf(text, FIRST_LINE "token %159s touched %" SCNu64 " complete %d\n%n", token,
		   &s->touched, &complete, &len) != 3 || !len)
		return -EUCLEAN;
	s->complete = complete == 1;
	if (receive_token_parse(token, &s->token))
		return -EUCLEAN;
	while (s->nr_marks < RECEIVE_MARKS) {
		struct receive_mark *m = &s->marks[s->nr_marks];
		int n = 0;

		if (sscanf(text + len, "mark %" SCNu64 " %" SCNu32 " %" SCNx32 "\n%n",
			   &m->position, &m->length, &m->csum, &n) != 3 || !n)
			break;
		if (m->length > THIN_STREAM_DATA_MAX || m->position > THIN_STREAM_SIZE_MAX)
			return -EUCLEAN;
		len += n;
		s->nr_marks++;
	}
	/* As above; nothing else may be there, and the checksum must be right. */
	again[state_text(s, again)] = '\0';
	return strcmp(again, text) ? -EUCLEAN : 0;
}

int receive_state_load(const char *path, struct receive_state *s)
{
	char text[STATE_MAX];
	FILE *f = fopen(path, "re");
	size_t len;
	int r;

	if (!f)
		return -errno;
	len = fread(text, 1, sizeof(text) - 1, f);
	r = ferror(f) ? -errno : 0;
	fclose(f);
	text[len] = '\0';
	return r ? r : parse_state(text, s);
}

int receive_state_store(const char *path, const struct receive_state *s)
{
	char text[STATE_MAX];
	struct new_file f;
	int r = new_file_open_whole(&f, &thin_receive_tool, path, 0600);

	if (r)
		return r;
	r = fdio_write(f.fd, text, state_text(s, text));
	if (r) {
		tool_progress_end();
		tool_say(&thin_receive_tool, path, "%s", strerror(-r));
		r = -EUCLEAN;
	}
	r = r ? r : new_file_keep(&f, true);
	new_file_close(&f);
	return r;
}
