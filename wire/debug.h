/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a client's questions while a debugger has stopped it: the policies and their
 * names, as options, admission files, the environment and esctl have them.
 *
 * Pure.
 */
#ifndef SLUICE_WIRE_DEBUG_H
#define SLUICE_WIRE_DEBUG_H

#include <errno.h>
#include <linux/types.h>
#include <stddef.h>
#include <string.h>

enum debug_policy {
	DEBUG_POLICY_PASS, /* allowed */
	DEBUG_POLICY_HOLD, /* held until the deadline, which applies */
	DEBUG_POLICY_DENY,
	DEBUG_POLICY_LAST,
};

/* What a client's environment says. */
enum control_debug {
	CONTROL_DEBUG_UNSAID,
	CONTROL_DEBUG_SAID, /* and more, by an enum debug_policy */
	CONTROL_DEBUG_UNKNOWN = 255, /* something that is no policy */
};

/* CONTROL_CLIENT_DEBUG */
struct control_client_debug {
	__u64 client_id;
	__u32 policy; /* enum debug_policy */
	__u32 reserved;
};

/* NULL: there is no such policy. */
static inline const char *debug_policy_name(unsigned int policy)
{
	static const char *const names[DEBUG_POLICY_LAST] = {
		[DEBUG_POLICY_PASS] = "pass",
		[DEBUG_POLICY_HOLD] = "hold",
		[DEBUG_POLICY_DENY] = "deny",
	};

	return policy < DEBUG_POLICY_LAST ? names[policy] : NULL;
}

/* The policy of this name; -EINVAL: there is none. */
static inline int debug_policy_find(const char *name, size_t length)
{
	for (int policy = 0; policy < DEBUG_POLICY_LAST; policy++) {
		const char *known = debug_policy_name((unsigned int)policy);

		if (known && strlen(known) == length && memcmp(known, name, length) == 0)
			return policy;
	}
	return -EINVAL;
}

#endif
