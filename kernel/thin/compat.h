/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat - the only file that asks which kernel this is.
 *
 * Built and tested: Debian's 6.1 (device-mapper 4.47).  With 6.12 it builds if validators
 * (metadata.c) get a const.  But what is locked in its prison must not cross a multiple of
 * BIO_PRISON_MAX_RANGE blocks, so discards would have to be cut there first: by
 * dm_target.max_discard_granularity, and another max_hw_discard_sectors.
 */
#ifndef MULTISNAP_COMPAT_H
#define MULTISNAP_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#error "multisnap knows the interfaces of Linux 6.1 only"
#endif

#endif
