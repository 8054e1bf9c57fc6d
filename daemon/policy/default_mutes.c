/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default mute set: programs without which nobody could log in, log, or find out what hangs.
 *
 * As executables, what init, logging, devices, logins and name look-ups need: they must not wait
 * for a client that may itself wait for them. As targets of exec, the diagnostic tools: they must
 * always be able to start, even while a client hangs. esctl is static, so it opens no library then.
 * Clients read and change the set like any other mutes.
 *
 * Owns the users these programs belong to. See docs/decisions/0053-default-mutes.md.
 */
#include "daemon/policy/default_mutes.h"

#include <string.h>

#define ROOT_ALONE         \
	{                  \
		NULL, NULL \
	}
#define USERS_OF_THE_BUS             \
	{                            \
		"messagebus", "dbus" \
	}

const struct default_mute default_mutes[] = {
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd", ROOT_ALONE},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-executor", ROOT_ALONE},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-journald", ROOT_ALONE},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-logind", ROOT_ALONE},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-networkd", {"systemd-network", NULL}},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-resolved", {"systemd-resolve", NULL}},
	{CONTROL_MUTE_LITERAL, "/usr/lib/systemd/systemd-userdbd", ROOT_ALONE},
	{CONTROL_MUTE_LITERAL, "/usr/bin/udevadm", ROOT_ALONE},
	{CONTROL_MUTE_LITERAL, "/usr/bin/dbus-daemon", USERS_OF_THE_BUS},
	{CONTROL_MUTE_LITERAL, "/usr/bin/dbus-broker", USERS_OF_THE_BUS},
	{CONTROL_MUTE_LITERAL, "/usr/bin/dbus-broker-launch", USERS_OF_THE_BUS},
	{CONTROL_MUTE_LITERAL, "/usr/sbin/rsyslogd", {"syslog", NULL}},
	{CONTROL_MUTE_LITERAL, "/usr/sbin/auditd", ROOT_ALONE},
	{CONTROL_MUTE_LITERAL, "/usr/sbin/nscd", {"nscd", NULL}},
	{CONTROL_MUTE_LITERAL, "/usr/sbin/agetty", ROOT_ALONE},
	{CONTROL_MUTE_TARGET_LITERAL, ESCTL_PATH, ROOT_ALONE},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/gdb", ROOT_ALONE},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/gdbserver", ROOT_ALONE},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/lldb", ROOT_ALONE},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/lldb-server", ROOT_ALONE},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/strace", ROOT_ALONE},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/perf", ROOT_ALONE},
	{CONTROL_MUTE_TARGET_LITERAL, "/usr/bin/lsof", ROOT_ALONE},
};

enum { COUNT = sizeof(default_mutes) / sizeof(default_mutes[0]) };

const size_t default_mute_count = COUNT;

static uid_t users[COUNT]; /* 0, which is root, where there is none */

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

void default_mutes_find_users(bool (*find)(const char *name, uid_t *ret_uid))
{
	for (size_t i = 0; i < COUNT; i++) {
		const char *const *names = default_mutes[i].users;

		for (size_t name = 0; name < DEFAULT_MUTE_USERS && names[name]; name++)
			if (find(names[name], &users[i]))
				break;
	}
}

static bool is_user(uid_t uid, uid_t user)
{
	return uid == 0 || uid == user;
}

bool default_mute_trusts(const struct record_token *token, enum control_mute_kind kind,
			 const char *path, unsigned int event)
{
	if (event_describe(event)->action != EVENT_ACTION_AUTH)
		return true;
	for (size_t i = 0; i < COUNT; i++)
		if (default_mutes[i].kind == kind && strcmp(default_mutes[i].path, path) == 0)
			return is_user(token->words[RECORD_TOKEN_EUID], users[i]) &&
			       is_user(token->words[RECORD_TOKEN_RUID], users[i]);
	return true;
}
