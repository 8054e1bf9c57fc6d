/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event ring, in the layout of BPF's ring buffer: a page the consumer writes, a page the
 * producer writes, then the data, mapped twice in a row so that a record that wraps is still one
 * run of bytes. Each record has an 8-byte header; positions only grow, and position & (size - 1) is
 * the place.
 *
 * Two descriptors carry it: the consumer's page (client writes) and producer's page with data
 * (client reads). Pure: compiles as BPF and as C. Atomic access to the positions is the user's:
 * acquire to read the other side's, release to publish one's own.
 */
#ifndef SLUICE_WIRE_RING_H
#define SLUICE_WIRE_RING_H

#include <linux/types.h>

enum {
	RING_PAGE_SIZE = 4096,
	RING_HEADER_SIZE = 8,
	RING_SIZE_DEFAULT = 4 * 1024 *
			    1024, /* of the data; a power of two, at least twice RECORD_SIZE_MAX */
	RING_ANSWERERS = 15, /* threads beside the handler's; a further one takes the oldest's place
			      */
};

/* Bits of the header's first word, as the kernel has them. */
#define RING_BUSY	 (1U << 31)
#define RING_DISCARD	 (1U << 30)
#define RING_LENGTH_MASK (RING_DISCARD - 1)

struct ring_header {
	__u32 length; /* of the record without this header, with RING_BUSY and RING_DISCARD */
	__u32 page_offset;
};

struct ring_consumer_page {
	__u64 position;
	__u8 reserved[56];
	__u32 waiting; /* 1 while the consumer sleeps on its doorbell: ring it after publishing */
	__u32 reserved_2;
	__u64 handled; /* position up to which the handler has returned */
	/* Threads as the client's own pid namespace numbers them; 0: none. Hints: whoever uses them
	 * looks whether the client's process has such a thread. */
	__u32 handler_tid; /* calls the handler */
	__u32 answerer_count; /* how many were ever written, each at the count % RING_ANSWERERS */
	__u32 answerers[RING_ANSWERERS]; /* other threads that answered */
	__u32 reserved_3;
};

struct ring_producer_page {
	__u64 position;
	__u8 reserved[56];
	__u32 waiting; /* 1 while whoever collects verdicts sleeps: ring the answer bell */
	__u32 reserved_2;
	__u64 dropped; /* messages the client does not get, because something was full */
};

/* Bytes a record of this length takes in the ring. */
static inline __u64 ring_footprint(__u32 length)
{
	return ((__u64)length + RING_HEADER_SIZE + 7) & ~7ULL;
}

_Static_assert(sizeof(struct ring_header) == RING_HEADER_SIZE, "layout");
_Static_assert(sizeof(struct ring_consumer_page) == 152, "layout");
_Static_assert(sizeof(struct ring_producer_page) == 80, "layout");

#endif
