/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled with -Wpadded as an error: everything two sides share has its padding written out.
 * Hands on nothing; sizes are asserted beside each struct.
 */
#include "wire/control.h"
#include "wire/events.h"
#include "wire/payload.h"
#include "wire/record.h"
#include "wire/ring.h"
#include "wire/verdict.h"

/* A record and its payload follow each other without a gap. */
_Static_assert(sizeof(struct record) % 8 == 0, "payload on a multiple of 8");
#define ASSERT_PAYLOAD(number, constant, action, member, cache, targets) \
	_Static_assert(sizeof(struct payload_##member) % 8 == 0, #member);
WIRE_EVENTS(ASSERT_PAYLOAD)
#undef ASSERT_PAYLOAD
