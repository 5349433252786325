/* SPDX-License-Identifier: GPL-2.0-or-later */
/* le - little-endian bytes to numbers and back, under the kernel's names. */
#ifndef BASE_LE_H
#define BASE_LE_H

#include <asm/byteorder.h>
#include <linux/types.h>
#include <stdint.h>

static inline uint32_t le32_to_cpu(__le32 v)
{
	return __le32_to_cpu(v);
}

static inline uint64_t le64_to_cpu(__le64 v)
{
	return __le64_to_cpu(v);
}

static inline __le32 cpu_to_le32(uint32_t v)
{
	return __cpu_to_le32(v);
}

static inline __le64 cpu_to_le64(uint64_t v)
{
	return __cpu_to_le64(v);
}

#endif
