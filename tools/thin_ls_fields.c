/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "thin_ls_fields.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "meta/format.h"

enum what {
	DEV,
	TRANSACTION,
	CREATE_TIME,
	SNAP_TIME,
	MAPPED,
	EXCLUSIVE,
	SHARED,
	HIGHEST,		/* the end of what is mapped, so one more */
};

enum unit {
	BLOCKS,			/* or no unit at all */
	SECTORS,
	BYTES,
	ROUNDED,
};

struct thin_ls_field {
	const char *name;
	enum what what;
	enum unit unit;
};

static const struct thin_ls_field fields[] = {
	{ "DEV", DEV, BLOCKS },
	{ "MAPPED_BLOCKS", MAPPED, BLOCKS },
	{ "EXCLUSIVE_BLOCKS", EXCLUSIVE, BLOCKS },
	{ "SHARED_BLOCKS", SHARED, BLOCKS },
	{ "HIGHEST_BLOCK", HIGHEST, BLOCKS },
	{ "MAPPED_SECTORS", MAPPED, SECTORS },
	{ "EXCLUSIVE_SECTORS", EXCLUSIVE, SECTORS },
	{ "SHARED_SECTORS", SHARED, SECTORS },
	{ "HIGHEST_SECTOR", HIGHEST, SECTORS },
	{ "MAPPED_BYTES", MAPPED, BYTES },
	{ "EXCLUSIVE_BYTES", EXCLUSIVE, BYTES },
	{ "SHARED_BYTES", SHARED, BYTES },
	{ "HIGHEST_BYTE", HIGHEST, BYTES },
	{ "MAPPED", MAPPED, ROUNDED },
	{ "EXCLUSIVE", EXCLUSIVE, ROUNDED },
	{ "SHARED", SHARED, ROUNDED },
	{ "HIGHEST_MAPPED", HIGHEST, ROUNDED },
	{ "TRANSACTION", TRANSACTION, BLOCKS },
	{ "CREATE_TIME", CREATE_TIME, BLOCKS },
	{ "SNAP_TIME", SNAP_TIME, BLOCKS },
};

enum {
	NR_FIELDS = sizeof(fields) / sizeof(*fields),
};

static enum thin_ls_depth depth_of(const struct thin_ls_field *field)
{
	switch (field->what) {
	case MAPPED:
	case HIGHEST:
		return THIN_LS_MAPPED;
	case EXCLUSIVE:
	case SHARED:
		return THIN_LS_EXCLUSIVE;
	default:
		return THIN_LS_DEVICES;
	}
}

static const struct thin_ls_field *find(const char *name, size_t len)
{
	for (unsigned i = 0; i < NR_FIELDS; i++)
		if (strlen(fields[i].name) == len && !memcmp(fields[i].name, name, len))
			return &fields[i];
	return NULL;
}

const char *thin_ls_columns_parse(struct thin_ls_columns *c, const char *text, size_t *len)
{
	*c = (struct thin_ls_columns){ .nr = 0 };
	for (;;) {
		const struct thin_ls_field *field;

		*len = strcspn(text, ",");
		field = find(text, *len);
		if (!field || c->nr == THIN_LS_COLUMNS_MAX)
			return text;
		c->fields[c->nr++] = field;
		if (depth_of(field) > c->depth)
			c->depth = depth_of(field);
		text += *len;
		if (!*text++)
			return NULL;
	}
}

char *thin_ls_columns_names(char text[THIN_LS_NAMES_MAX], char between)
{
	size_t len = 0;

	for (unsigned i = 0; i < NR_FIELDS; i++)
		len += (size_t)snprintf(text + len, THIN_LS_NAMES_MAX - len, "%s%c", fields[i].name,
					i + 1 < NR_FIELDS ? between : '\0');
	return text;
}

static uint64_t number(const struct thin_ls_field *field, const struct thin_ls_device *d)
{
	switch (field->what) {
	case DEV:
		return d->details.dev_id;
	case TRANSACTION:
		return d->details.transaction_id;
	case CREATE_TIME:
		return d->details.creation_time;
	case SNAP_TIME:
		return d->details.snapshotted_time;
	case MAPPED:
		return d->mapped;
	case EXCLUSIVE:
		return d->exclusive;
	case SHARED:
		return d->mapped - d->exclusive;
	case HIGHEST:
		break;
	}
	return d->highest;
}

/* Keys may be as large as they like, so what is too large stays the largest. */
static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t in_unit(const struct thin_ls_field *field, const struct thin_ls_device *d,
			uint32_t block_size)
{
	static const uint32_t sector_size[] = {
		[SECTORS] = 1, [BYTES] = META_SECTOR_SIZE, [ROUNDED] = META_SECTOR_SIZE,
	};
	uint64_t size, v = number(field, d);

	if (field->unit == BLOCKS)
		return v;
	size = times(block_size, sector_size[field->unit]);
	if (field->what != HIGHEST)
		return times(v, size);
	/* The last one of the block. */
	return v == UINT64_MAX ? v : times(v + 1, size) - 1;
}

/* "": there is no such thing. */
static char *cell(const struct thin_ls_field *field, const struct thin_ls_device *d,
		  uint32_t block_size, char text[UNITS_TEXT_MAX])
{
	uint64_t v = in_unit(field, d, block_size);

	*text = '\0';
	if (field->what == HIGHEST && !d->mapped)
		return text;
	if (field->unit == ROUNDED)
		return units_rounded(v, text);
	snprintf(text, UNITS_TEXT_MAX, "%" PRIu64, v);
	return text;
}

static int width_of(const struct thin_ls_field *field, const struct thin_ls_list *list,
		    bool headers)
{
	size_t width = headers ? strlen(field->name) : 1;
	char text[UNITS_TEXT_MAX];

	for (size_t i = 0; i < list->nr; i++) {
		size_t len = strlen(cell(field, &list->devices[i], list->data_block_size, text));

		width = len > width ? len : width;
	}
	return (int)width;
}

void thin_ls_print(const struct thin_ls_columns *c, const struct thin_ls_list *list, bool headers)
{
	int widths[THIN_LS_COLUMNS_MAX];
	char text[UNITS_TEXT_MAX];

	for (unsigned k = 0; k < c->nr; k++) {
		widths[k] = width_of(c->fields[k], list, headers);
		if (headers)
			printf("%*s ", widths[k], c->fields[k]->name);
	}
	if (headers)
		putchar('\n');
	for (size_t i = 0; i < list->nr; i++) {
		for (unsigned k = 0; k < c->nr; k++) {
			cell(c->fields[k], &list->devices[i], list->data_block_size, text);
			printf("%*s ", widths[k], *text ? text : "-");
		}
		putchar('\n');
	}
}

static void print_key(const char *name)
{
	putchar('"');
	for (; *name; name++)
		putchar(tolower(*name));
	fputs("\": ", stdout);
}

/* A name comes once in an object. */
static bool is_again(const struct thin_ls_columns *c, unsigned k)
{
	for (unsigned i = 0; i < k; i++)
		if (c->fields[i] == c->fields[k])
			return true;
	return false;
}

void thin_ls_print_json(const struct thin_ls_columns *c, const struct thin_ls_list *list)
{
	char text[UNITS_TEXT_MAX];

	printf("{\n  \"data_block_size_sectors\": %" PRIu32 ",\n  \"devices\": [",
	       list->data_block_size);
	for (size_t i = 0; i < list->nr; i++) {
		fputs(i ? ",\n    {" : "\n    {", stdout);
		for (unsigned k = 0; k < c->nr; k++) {
			const char *quote = c->fields[k]->unit == ROUNDED ? "\"" : "";

			if (is_again(c, k))
				continue;
			cell(c->fields[k], &list->devices[i], list->data_block_size, text);
			fputs(k ? ", " : "", stdout);
			print_key(c->fields[k]->name);
			printf("%s%s%s", *text ? quote : "", *text ? text : "null",
			       *text ? quote : "");
		}
		putchar('}');
	}
	fputs(list->nr ? "\n  ]\n}\n" : "]\n}\n", stdout);
}
