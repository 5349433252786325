/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each thread of a static glibc has a pointer to the state of the resolver, and
 * its definition brings all of the resolver, 65 kB, with it.  Here no name of a host
 * is ever looked up, so this will do.  It is weak: should a glibc have the resolver
 * for another reason, its own is taken.
 */
extern __thread void *__libc_resp;

__thread void *__libc_resp __attribute__((weak));
