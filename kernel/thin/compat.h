/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat - the only file that asks which kernel this is.
 *
 * Built and tested: Debian's 6.1 (device-mapper 4.47).
 */
#ifndef MULTISNAP_COMPAT_H
#define MULTISNAP_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#error "multisnap knows the interfaces of Linux 6.1 only"
#endif

#endif
