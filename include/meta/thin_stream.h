/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thin_stream - the bytes of a stream of thin_send: one thin device, whole or
 * as what has changed since another one, in the order of its addresses.
 *
 *	header | proofs ... | body ... | end
 *
 * All of it is records: a head of 56 bytes, then as many bytes of payload as
 * the head says.  Numbers are little-endian; what is unused is 0.
 *
 * The chain.  head_csum is the CRC-32C over the head before it, and begins with
 * the head_csum of the record before, with all ones in the first record.  The
 * head has the checksum of the payload, and the header has a random id.  So a
 * flipped bit, a record that is missing, doubled, elsewhere or of another
 * stream breaks the chain at that place, and a stream without its end is
 * incomplete.  The end has a digest of 128 bits of all heads before it.
 * CRC-32C is reflected, of polynomial 0x82f63b78, begins with all ones unless
 * said otherwise, and is not inverted in the end.
 *
 * Grains.  Proofs, and all places where a record begins or ends, count grains
 * of 64 KiB, but for the end of the device; data blocks are whole grains.
 *
 * Proofs come only with what has changed since a base.  They are checksums of
 * what the base has where it is going to be replaced, and of samples from all
 * over the rest.  A receiver looks at all of them before it writes anything.
 *
 * The body says what is where, without gaps: position is where the record
 * before has ended.  It begins at 0, or where a stream goes on that was
 * interrupted, and ends with the device.
 *
 * After an abort the sender has found that what it sent is no good.
 */
#ifndef META_THIN_STREAM_H
#define META_THIN_STREAM_H

#include <asm/byteorder.h>
#include <linux/types.h>

#define THIN_STREAM_MAGIC	0x53746854u	/* "ThtS" */
#define THIN_STREAM_VERSION	1u
#define THIN_STREAM_GRAIN	65536u
#define THIN_STREAM_DATA_MAX	1048576u	/* bytes of content of a data record */
#define THIN_STREAM_PROOFS_MAX	4096u		/* grains in a record of proofs */
#define THIN_STREAM_SIZE_MAX	(1ull << 62)	/* of a device */

enum thin_stream_type {
	THIN_STREAM_HEADER = 1,
	THIN_STREAM_PROOFS,	/* payload: the CRC-32C of each grain of the base */
	THIN_STREAM_ZERO_PROOF,	/* the base reads as zeroes here */
	THIN_STREAM_DATA,	/* payload: content, deflated or as it is */
	THIN_STREAM_ZERO,	/* mapped, and reads as zeroes */
	THIN_STREAM_HOLE,	/* not mapped, or no longer; reads as zeroes */
	THIN_STREAM_SAME,	/* as the base has it */
	THIN_STREAM_END,	/* payload: struct thin_stream_end_disk */
	THIN_STREAM_ABORT,
	THIN_STREAM_TYPES
};

enum thin_stream_record_flags {
	THIN_STREAM_DEFLATED = 1,	/* zlib's format */
};

struct thin_stream_record_disk {
	__le32 magic;
	__le32 type;
	__le64 sequence;		/* 0, 1, 2, ... */
	__le64 position;		/* of the device, bytes */
	__le64 length;			/* of the device, bytes */
	__le32 stored;			/* bytes of payload */
	__le32 flags;
	__le32 content_csum;		/* of data as it is on the device */
	__le32 payload_csum;		/* of payload as it is here */
	__le32 unused;
	__le32 head_csum;
};

enum thin_stream_flags {
	THIN_STREAM_INCREMENTAL = 1,	/* there is a base */
	THIN_STREAM_SIZE_GUESSED = 2,	/* it ends with its, or its base's, last mapping */
};

#define THIN_STREAM_NAME_MAX 128u

/*
 * An identity is a digest of what metadata says of a device: its id, when it
 * was made, the size of data blocks and all mappings.  It stays the same as
 * long as no mapping changes, and nobody has to keep it.
 */
struct thin_stream_header_disk {
	__le32 version;
	__le32 flags;
	__u8 id[16];			/* random, of this stream alone */
	__u8 to[16];			/* identity of the device */
	__u8 from[16];			/* of the base */
	__le32 to_dev;			/* thin devices' ids in the pool */
	__le32 from_dev;
	__le64 device_size;		/* bytes */
	__le64 begin;			/* of the body; not 0: it goes on there */
	__le64 data_bytes;		/* mapped, from there on: for progress */
	__le32 data_block_size;		/* sectors */
	__le32 pool_time;		/* for people: the pool's counter of snapshots, */
	__le64 transaction_id;		/* its transaction, */
	__le64 created;			/* seconds since 1970 */
	__u8 pool[THIN_STREAM_NAME_MAX]; /* UUID of the pool's device, or empty */
};

struct thin_stream_end_disk {
	__le64 nr_records;		/* before this one */
	__le64 data_bytes;		/* of the device, in records of each type */
	__le64 zero_bytes;
	__le64 hole_bytes;
	__le64 same_bytes;
	__u8 digest[16];		/* of the heads of all records before */
};

#endif
