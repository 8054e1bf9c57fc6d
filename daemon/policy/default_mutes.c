/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default mute set: programs without which nobody could log in, log, or find out what hangs.
 *
 * As executables, what init, logging, devices, logins and name look-ups need: they must not wait
 * for a client that may itself wait for them. As targets of exec, the diagnostic tools: they must
 * always be able to start, even while a client hangs. esctl is static, so it opens no library then.
 * Clients read and change the set like any other mutes.
 */
#include "daemon/policy/default_mutes.h"

const struct default_mute default_mutes[] = {
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd"},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-executor"},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-journald"},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-logind"},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-networkd"},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-resolved"},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-userdbd"},
	{CONTROL_MUTE_LITERAL, "/usr/bin/udevadm"},
	{CONTROL_MUTE_LITERAL, "/usr/bin/dbus-daemon"},
	{CONTROL_MUTE_LITERAL, "/usr/bin/dbus-broker"},
	{CONTROL_MUTE_LITERAL, "/usr/bin/dbus-broker-launch"},
	{CONTROL_MUTE_LITERAL, "/usr/sbin/rsyslogd"},
	{CONTROL_MUTE_LITERAL, "/usr/sbin/auditd"},
	{CONTROL_MUTE_LITERAL, "/usr/sbin/nscd"},
	{CONTROL_MUTE_LITERAL, "/usr/sbin/agetty"},
	{CONTROL_MUTE_TARGET_LITERAL, ESCTL_PATH},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/gdb"},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/gdbserver"},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/lldb"},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/lldb-server"},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/strace"},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/perf"},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/lsof"},
};

const size_t default_mute_count = sizeof(default_mutes) / sizeof(default_mutes[0]);

/*
 * Executables: every AUTH event but EXEC, KEXTLOAD and MOUNT, which init does for others. Targets:
 * EXEC alone.
 */
struct event_set default_mute_events(enum control_mute_kind kind)
{
	struct event_set events = {{0}};

	if (kind == CONTROL_MUTE_TARGET_LITERAL) {
		event_set_add(&events, EVENT_AUTH_EXEC);
		return events;
	}
	for (unsigned int event = 0; event < EVENT_LAST; event++) {
		if (event_describe(event)->action == EVENT_ACTION_AUTH)
			event_set_add(&events, event);
	}
	event_set_remove(&events, EVENT_AUTH_EXEC);
	event_set_remove(&events, EVENT_AUTH_KEXTLOAD);
	event_set_remove(&events, EVENT_AUTH_MOUNT);
	return events;
}
