/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	NAMES = 100,		/* beside its own are tried */
	DESCRIPTORS = 256,	/* that others may have given us are looked at */
};

/*
 * What a signal has to remove, or nothing.  Our number is in the name, so if it is
 * there and not ours, who made it is dead.
 */
static char litter[PATH_MAX];

static int say(const struct new_file *f, const char *text)
{
	tool_progress_end();
	tool_say(f->tool, f->path, "%s", text);
	return -EUCLEAN;
}

static int say_error(const struct new_file *f)
{
	return say(f, strerror(errno));
}

static void clean_up(int sig)
{
	unlink(litter);
	kill(getpid(), sig);
}

/* Those that are ignored stay so, as nohup(1) wants it. */
static void catch_signals(void)
{
	static const int all[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	const struct sigaction action = {
		.sa_handler = clean_up, .sa_flags = (int)SA_RESETHAND,
	};
	struct sigaction old;

	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!sigaction(all[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(all[i], &action, NULL);
}

/* The directory of the final name with the slash behind it, or nothing. */
static int directory(const struct new_file *f)
{
	const char *slash = strrchr(f->final, '/');

	return slash ? (int)(slash - f->final) + 1 : 0;
}

/* It is to be opened as a directory. */
static int open_directory(const struct new_file *f, int flags, mode_t mode)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%.*s.", directory(f), f->final);
	return open(name, flags | O_CLOEXEC, mode);
}

/*
 * Makes a name beside the final one, of an empty file or, if that is nameless, of
 * the file.  A descriptor or 0; -1 and errno.
 */
static int make_name(struct new_file *f, mode_t mode)
{
	int fd = -1;

	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(litter, sizeof(litter), "%.*s.%s.%d.%u", directory(f), f->final,
			 f->tool->name, (int)getpid(), i);
		fd = f->is_nameless ?
			linkat(AT_FDCWD, f->temporary, AT_FDCWD, litter, AT_SYMLINK_FOLLOW) :
			open(litter, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	if (fd < 0) {
		*litter = '\0';
		return fd;
	}
	strcpy(f->temporary, litter);
	f->is_nameless = false;
	return fd;
}

/* By which name a process can get at what it has open. */
static const char *name_of(int fd, char name[PATH_MAX])
{
	snprintf(name, PATH_MAX, "/proc/self/fd/%d", fd);
	return name;
}

/* The descriptor of a file beside the final one; or -1, and errno says why. */
static int open_beside(struct new_file *f, mode_t mode)
{
	int fd = open_directory(f, O_TMPFILE | O_RDWR, mode);

	catch_signals();
	/* Without /proc it could get no name in the end. */
	f->is_nameless = fd >= 0 && !access(name_of(fd, f->temporary), F_OK);
	if (f->is_nameless)
		return fd;
	if (fd >= 0)
		close(fd);
	return make_name(f, mode);
}

static void forget(struct new_file *f)
{
	unlink(litter);
	*litter = *f->temporary = *f->final = '\0';
	f->is_nameless = false;
}

static int open_new(struct new_file *f, mode_t mode)
{
	/* What a link leads to cannot be named before it is there. */
	if (readlink(f->path, f->temporary, 1) > 0) {
		*f->temporary = '\0';
		f->fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	} else {
		snprintf(f->final, sizeof(f->final), "%s", f->path);
		f->fd = open_beside(f, mode);
	}
	if (f->fd < 0)
		return say_error(f);
	f->unless_kept = "was not made";
	return 0;
}

static bool is_same(int fd, const struct stat *st)
{
	struct stat other;

	return !fstat(fd, &other) && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* A file that was mounted in the place of another, as containers have them, stays there. */
static bool is_mount(int fd)
{
#ifdef STATX_ATTR_MOUNT_ROOT
	struct statx x;

	return !statx(fd, "", AT_EMPTY_PATH, 0, &x) && x.stx_attributes & STATX_ATTR_MOUNT_ROOT;
#else
	/* Not every C library has it. */
	(void)fd;
	return false;
#endif
}

/*
 * May another file take the place of @st?  Then it gets the name of that, links
 * resolved.  Another name, or a descriptor, would keep what was there before.
 */
static bool find_name(struct new_file *f, const struct stat *st)
{
	char name[PATH_MAX];
	struct stat other;
	ssize_t len;

	if (st->st_nlink != 1 || is_mount(f->fd))
		return false;
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (fd != f->fd && is_same(fd, st))
			return false;
	len = readlink(name_of(f->fd, name), f->final, sizeof(f->final) - 1);
	if (len > 0)
		f->final[len] = '\0';
	return !stat(f->final, &other) && is_same(f->fd, &other);
}

/*
 * The access control list of the old file, or none: without it the group would get what
 * the mask of the list leaves to all who are in it.
 */
static bool take_list(const struct new_file *f)
{
#ifdef TOOLS_CHOSEN
	/* Boot images have no such lists, and room for little. */
	(void)f;
	return true;
#else
	static const char list[] = "system.posix_acl_access";
	char value[4096];
	ssize_t len = fgetxattr(f->fd, list, value, sizeof(value));

	if (len >= 0)
		return !setxattr(f->temporary, list, value, (size_t)len, 0);
	return errno != ERANGE && (!removexattr(f->temporary, list) || errno != EPERM);
#endif
}

/* With the owner and the rights of the one whose place it is to take. */
static bool is_like(const struct new_file *f, const struct stat *st)
{
	return !chown(f->temporary, st->st_uid, st->st_gid) && take_list(f) &&
	       !chmod(f->temporary, st->st_mode & 07777);
}

/* It is open to be written in place, and stays so unless another can take its place. */
static int open_there(struct new_file *f)
{
	struct stat st;
	int fd = -1;

	if (fstat(f->fd, &st))
		return say_error(f);
	if (!S_ISREG(st.st_mode))
		return 0;
	f->unless_kept = "is left as it was";
	if (find_name(f, &st))
		fd = open_beside(f, 0600);
	f->replaces = fd >= 0 && is_like(f, &st);
	if (!f->replaces)
		forget(f);
	if (fd >= 0) {
		close(f->replaces ? f->fd : fd);
		f->fd = f->replaces ? fd : f->fd;
	}
	return 0;
}

int new_file_open(struct new_file *f, const struct tool *tool, const char *path, mode_t mode)
{
	*f = (struct new_file){ .tool = tool, .path = path, .fd = -1 };
	if (!strcmp(path, "-")) {
		f->path = "standard output";
		f->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return f->fd < 0 ? say_error(f) : 0;
	}
	if (tool_is_no_file(tool, path, false, "a file or a pipe"))
		return -EUCLEAN;
	/* Who may not write to it may not replace it either. */
	f->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (f->fd >= 0)
		return open_there(f);
	return errno == ENOENT ? open_new(f, mode) : say_error(f);
}

int new_file_open_whole(struct new_file *f, const struct tool *tool, const char *path, mode_t mode)
{
	*f = (struct new_file){ .tool = tool, .path = path, .replaces = true };
	snprintf(f->final, sizeof(f->final), "%s", path);
	f->fd = open_beside(f, mode);
	if (f->fd < 0)
		return say_error(f);
	f->unless_kept = access(path, F_OK) ? "was not made" : "is left as it was";
	return 0;
}

bool new_file_is_terminal(const struct new_file *f)
{
	return isatty(f->fd) && say(f, "is a terminal, wanted -o FILE or a pipe");
}

int new_file_begin(struct new_file *f)
{
	if (!f->unless_kept || *f->temporary)
		return 0;
	f->unless_kept = "is not whole";
	return ftruncate(f->fd, 0) ? say_error(f) : 0;
}

/* A name is safe when its directory is; some file systems know no flushing of one. */
static int flush_directory(const struct new_file *f)
{
	int fd = open_directory(f, O_RDONLY | O_DIRECTORY, 0);
	int r = fd >= 0 && fsync(fd) && errno == EIO;

	close(fd);
	return r;
}

/* Only one with a name can be closed before: what closing says comes too late else. */
static int name_it(struct new_file *f)
{
	int fd = f->fd;

	if (f->is_nameless) {
		if (make_name(f, 0) < 0)
			return -1;
	} else {
		f->fd = -1;
		if (close(fd))
			return -1;
	}
	return *f->temporary ? rename(f->temporary, f->final) : 0;
}

int new_file_keep(struct new_file *f, bool safe)
{
	safe = (safe || f->replaces) && f->unless_kept;
	if ((safe && fsync(f->fd)) || name_it(f))
		return say_error(f);
	*litter = '\0';
	f->unless_kept = NULL;
	return safe && *f->final && flush_directory(f) ? say_error(f) : 0;
}

void new_file_close(struct new_file *f)
{
	if (f->unless_kept)
		say(f, f->unless_kept);
	if (f->fd >= 0)
		close(f->fd);
	forget(f);
	f->fd = -1;
}

int new_file_end(struct new_file *f, int r)
{
	if (f->tool && r && r != -EPIPE && r != -EUCLEAN)
		r = say(f, strerror(-r));
	new_file_close(f);
	return r;
}

/* One line of stdin, and not a byte of the next; what is too long is no yes. */
static bool is_yes(void)
{
	char answer[5] = "";

	for (size_t i = 0; i < sizeof(answer) - 1; i++)
		if (read(STDIN_FILENO, answer + i, 1) != 1 || answer[i] == '\n') {
			answer[i] = '\0';
			break;
		}
	return !strcmp(answer, "y") || !strcmp(answer, "yes");
}

bool tool_may_overwrite(const struct tool *tool, const char *path, bool force)
{
	if (force || !tool_has_metadata(path))
		return true;
	if (tool_is_quiet())
		return false;
	fprintf(stderr, "%s: %s: has metadata, which will be lost; go on? [y/N] ", tool->name,
		path);
	fflush(stderr);
	if (is_yes())
		return true;
	tool_say(tool, path, "is left as it is; --force goes on without a question");
	return false;
}
