/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sample records of every event, as an ordinary Linux machine could make them: for replays, for the
 * benchmark, and as seeds of fuzzers.
 */
#ifndef SLUICE_TESTS_SAMPLE_RECORD_H
#define SLUICE_TESTS_SAMPLE_RECORD_H

#include "wire/record.h"

#include <stddef.h>

struct sample_options {
	__u64 number; /* of the record: sequence numbers, times and inodes follow it */
	__u32 pid;
	__u32 group_id;
};

/*
 * Makes a record of this event in buffer (8-aligned, RECORD_SIZE_MAX bytes are always enough).
 * Returns its size, 0 if the event is unknown or the buffer too small.
 */
size_t sample_record(void *buffer, size_t capacity, unsigned int event,
		     const struct sample_options *options);

#endif
