/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Coverage of a module in a kernel that has none: what the kernel's gcov support does
 * for modules, for this one alone.  Its converter is taken from the kernel's source.
 *
 * Each source file has its data in /proc/multisnap-gcov, NAME.gcda, for gcov.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "gcc_4_7.c"

extern void (*ms_constructors_begin[])(void);
extern void (*ms_constructors_end[])(void);

static bool constructed;

/* What compiled code calls. */
void __gcov_init(struct gcov_info *info);
void __gcov_init(struct gcov_info *info)
{
	gcov_info_link(info);
}

void __gcov_exit(void);
void __gcov_exit(void)
{
}

void __gcov_merge_add(gcov_type *counters, unsigned int nr);
void __gcov_merge_add(gcov_type *counters, unsigned int nr)
{
}

/* What the converter calls. */
size_t store_gcov_u32(void *buffer, size_t at, u32 value)
{
	if (buffer)
		*(u32 *)(buffer + at) = value;
	return sizeof(value);
}

size_t store_gcov_u64(void *buffer, size_t at, u64 value)
{
	return store_gcov_u32(buffer, at, (u32)value) +
	       store_gcov_u32(buffer, at + 4, (u32)(value >> 32));
}

static int show(struct seq_file *m, void *v)
{
	struct gcov_info *info = m->private;
	size_t size = convert_to_gcda(NULL, info);
	char *data = kvmalloc(size, GFP_KERNEL);

	if (!data)
		return -ENOMEM;
	convert_to_gcda(data, info);
	seq_write(m, data, size);
	kvfree(data);
	return 0;
}

/* The module never ends: a test's guest does. */
static int set_gcov(const char *value, const struct kernel_param *kp)
{
	struct proc_dir_entry *dir;
	struct gcov_info *info;
	void (**f)(void);

	if (constructed)
		return -EBUSY;
	constructed = true;
	__module_get(THIS_MODULE);
	dir = proc_mkdir("multisnap-gcov", NULL);
	for (f = ms_constructors_begin; f < ms_constructors_end; f++)
		(*f)();
	for (info = gcov_info_next(NULL); info; info = gcov_info_next(info))
		proc_create_single_data(kbasename(gcov_info_filename(info)), 0400, dir, show,
					info);
	return 0;
}

static const struct kernel_param_ops gcov_ops = { .set = set_gcov };
module_param_cb(gcov, &gcov_ops, NULL, 0200);
