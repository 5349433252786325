/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * acl - access control lists, for systems without setfacl.
 *
 *	acl FILE	prints the list of a file, or "none"
 *	acl KIND FILE	user 65534 may read and write it, the owner too, the group may not;
 *			KIND is "access", or "default" for what a directory hands down
 *
 * Status 77 if the file system has no such lists.
 */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

struct entry {
	uint16_t tag, may;
	uint32_t id;
};

static int set(const char *kind, const char *file)
{
	const struct entry entries[] = {
		{ htole16(1), htole16(6), UINT32_MAX }, { htole16(2), htole16(6), htole32(65534) },
		{ htole16(4), 0, UINT32_MAX }, { htole16(16), htole16(6), UINT32_MAX },
		{ htole16(32), 0, UINT32_MAX },
	};
	uint32_t list[1 + 2 * sizeof(entries) / sizeof(*entries)] = { htole32(2) };
	char name[64];

	memcpy(list + 1, entries, sizeof(entries));
	snprintf(name, sizeof(name), "system.posix_acl_%s", kind);
	if (!setxattr(file, name, list, sizeof(list), 0))
		return 0;
	perror(file);
	return errno == EOPNOTSUPP ? 77 : 1;
}

int main(int argc, char **argv)
{
	unsigned char list[4096];
	ssize_t len;

	if (argc == 3)
		return set(argv[1], argv[2]);
	if (argc != 2)
		return 1;
	len = getxattr(argv[1], "system.posix_acl_access", list, sizeof(list));
	if (len < 0)
		fputs("none", stdout);
	for (ssize_t i = 0; i < len; i++)
		printf("%02x", list[i]);
	putchar('\n');
	return 0;
}
