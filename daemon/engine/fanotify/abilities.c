/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out at start what this kernel lets this process do, and holds the table that says for each
 * event what the engine makes of it and how well. An event without a row cannot be told of by
 * fanotify or the connector, and is never pretended.
 */
#include "daemon/engine/fanotify/abilities.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/engine/fanotify/connector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>

enum { ACKNOWLEDGEMENT_MILLISECONDS = 200 };

/* What an event stands on. */
enum need { NEED_PERMISSION = 1, NEED_NAME = 2, NEED_CONNECTOR = 4, NEED_IGNORE = 8 };

static const struct ability {
	uint16_t event;
	uint8_t level; /* enum control_support_level */
	uint8_t needs; /* enum need */
	const char *reason;
} table[] = {
	{EVENT_AUTH_OPEN, CONTROL_SUPPORT_AUTH, NEED_PERMISSION,
	 "openat2 and io_uring are asked about with all access flags"},
	{EVENT_AUTH_EXEC, CONTROL_SUPPORT_AUTH, NEED_PERMISSION,
	 "a program in memory alone (memfd) is not seen"},
	{EVENT_AUTH_READDIR, CONTROL_SUPPORT_AUTH, NEED_PERMISSION | NEED_IGNORE, ""},
	{EVENT_NOTIFY_EXEC, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR,
	 "arguments of a program that ends at once may be missing"},
	{EVENT_NOTIFY_FORK, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR, ""},
	{EVENT_NOTIFY_EXIT, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR,
	 "the status is missing where the kernel's message was lost"},
	{EVENT_NOTIFY_OPEN, CONTROL_SUPPORT_NOTIFY, NEED_NAME,
	 "without open flags; repeated opens may come as one"},
	{EVENT_NOTIFY_CLOSE, CONTROL_SUPPORT_NOTIFY, NEED_NAME, "repeated closes may come as one"},
	{EVENT_NOTIFY_CREATE, CONTROL_SUPPORT_NOTIFY, NEED_NAME, ""},
	{EVENT_NOTIFY_UNLINK, CONTROL_SUPPORT_NOTIFY, NEED_NAME, ""},
	{EVENT_NOTIFY_RENAME, CONTROL_SUPPORT_NOTIFY, NEED_NAME,
	 "whether something was replaced is not told"},
	{EVENT_NOTIFY_LINK, CONTROL_SUPPORT_NOTIFY, NEED_NAME, "the other name may be missing"},
	{EVENT_NOTIFY_WRITE, CONTROL_SUPPORT_NOTIFY, NEED_NAME, "repeated writes may come as one"},
	{EVENT_NOTIFY_TRUNCATE, CONTROL_SUPPORT_NOTIFY, NEED_NAME,
	 "inferred: a file seen before that got shorter and was not opened with O_TRUNC"},
	{EVENT_NOTIFY_SETMODE, CONTROL_SUPPORT_NOTIFY, NEED_NAME,
	 "inferred: by comparing with what was seen of the file before"},
	{EVENT_NOTIFY_SETOWNER, CONTROL_SUPPORT_NOTIFY, NEED_NAME,
	 "inferred: by comparing with what was seen of the file before"},
	{EVENT_NOTIFY_UTIMES, CONTROL_SUPPORT_NOTIFY, NEED_NAME,
	 "inferred: by comparing with what was seen of the file before"},
	{EVENT_NOTIFY_READDIR, CONTROL_SUPPORT_NOTIFY, NEED_NAME | NEED_IGNORE, ""},
	{EVENT_NOTIFY_MOUNT, CONTROL_SUPPORT_NOTIFY, 0, "who mounted is not told"},
	{EVENT_NOTIFY_UNMOUNT, CONTROL_SUPPORT_NOTIFY, 0, "who unmounted is not told"},
	{EVENT_NOTIFY_TRACE, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR, ""},
	{EVENT_NOTIFY_SETUID, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR,
	 "inferred from the change: the system call is not told"},
	{EVENT_NOTIFY_SETGID, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR,
	 "inferred from the change: the system call is not told"},
	{EVENT_NOTIFY_SETEUID, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR,
	 "inferred from the change: the system call is not told"},
	{EVENT_NOTIFY_SETEGID, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR,
	 "inferred from the change: the system call is not told"},
	{EVENT_NOTIFY_SETREUID, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR,
	 "inferred from the change: the system call is not told"},
	{EVENT_NOTIFY_SETREGID, CONTROL_SUPPORT_NOTIFY, NEED_CONNECTOR,
	 "inferred from the change: the system call is not told"},
};

/* What an errno of fanotify_init or fanotify_mark means, and what to do. */
static const char *explain(int error)
{
	static const struct {
		int error;
		const char *text;
	} texts[] = {
		{-EPERM, "CAP_SYS_ADMIN is missing: run as root, and in a container allow it with "
			 "--cap-add SYS_ADMIN"},
		{-EMFILE, "the limit of fanotify groups is reached: end another program that uses "
			  "fanotify or raise fs.fanotify.max_user_groups"},
		{-ENOSYS, "this kernel has no fanotify (CONFIG_FANOTIFY)"},
		{-EINVAL, "this kernel lacks it (CONFIG_FANOTIFY_ACCESS_PERMISSIONS, or a kernel "
			  "older than 5.17)"},
		{-ENOMEM, "out of memory"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].error == error)
			return texts[i].text;
	return "fanotify refused";
}

static const char *explain_connector(int error)
{
	if (error == -EPERM)
		return "the process connector speaks only to the initial namespaces";
	return "this kernel has no process connector (CONFIG_PROC_EVENTS)";
}

static int make_group(unsigned int flags, unsigned int file_flags, int *ret_group)
{
	int group = fanotify_init(flags | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_MARKS,
				  file_flags | O_CLOEXEC | O_LARGEFILE);

	*ret_group = group;
	return group < 0 ? -errno : 0;
}

/* Tries a mark on the daemon's own executable, in a group of its own that is gone at once. */
static int try_mark(unsigned int class, unsigned int flags, uint64_t mask)
{
	OWNED_DESCRIPTOR int group = fanotify_init(class | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY);

	if (group < 0)
		return -errno;
	if (fanotify_mark(group, FAN_MARK_ADD | flags, mask, AT_FDCWD, "/proc/self/exe") < 0)
		return -errno;
	return 0;
}

/*
 * When a process dies, the kernel ends what it had open from the highest descriptor down. A subject
 * that waits in the permission group holds the marks of the other group too, whose end waits for
 * it: ended first, it would wait for ever, and the subject with it.
 */
static void put_above(int *permission, int name)
{
	int above = *permission >= 0 ? fcntl(*permission, F_DUPFD_CLOEXEC, name + 1) : -1;

	if (above < 0)
		return;
	close(*permission);
	*permission = above;
}

void abilities_probe(struct abilities *ret_abilities, struct ability_groups *ret_groups)
{
	struct ability_groups groups = {-1, -1, -1};
	struct abilities abilities;

	/* Permission events never overflow: a subject whose event was dropped would just go on. */
	abilities.permission_error = make_group(
		FAN_CLASS_CONTENT | FAN_REPORT_TID | FAN_UNLIMITED_QUEUE,
		O_RDONLY | O_NONBLOCK | O_NOATIME, &groups.permission);
	if (abilities.permission_error == 0)
		abilities.permission_error = try_mark(FAN_CLASS_CONTENT, 0, FAN_OPEN_EXEC_PERM);
	abilities.name_error = make_group(
		FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME_TARGET | FAN_REPORT_PIDFD, 0, &groups.name);
	put_above(&groups.permission, groups.name);
	abilities.ignore_error = try_mark(
		FAN_CLASS_NOTIF, FAN_MARK_IGNORE | FAN_MARK_IGNORED_SURV_MODIFY, FAN_ACCESS);
	abilities.connector_error = connector_open(
		clock_now_ns() + ACKNOWLEDGEMENT_MILLISECONDS * NANOSECONDS_PER_MILLISECOND,
		&groups.connector);
	*ret_abilities = abilities;
	*ret_groups = groups;
}

int abilities_sufficient(const struct abilities *abilities, char error[CONTROL_TEXT_MAX])
{
	if (abilities->permission_error == 0 || abilities->name_error == 0)
		return 0;
	snprintf(error, CONTROL_TEXT_MAX, "fanotify cannot be used: %s",
		 explain(abilities->name_error));
	return abilities->name_error;
}

/* Which of the needs is not met; NULL: all are. */
static const char *unmet(const struct abilities *abilities, unsigned int needs)
{
	if (needs & NEED_PERMISSION && abilities->permission_error)
		return explain(abilities->permission_error);
	if (needs & NEED_NAME && abilities->name_error)
		return explain(abilities->name_error);
	if (needs & NEED_CONNECTOR && abilities->connector_error)
		return explain_connector(abilities->connector_error);
	if (needs & NEED_IGNORE && abilities->ignore_error)
		return "needs Linux 6.0";
	return NULL;
}

static const struct ability *find(int event)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].event == event)
			return &table[i];
	return NULL;
}

void abilities_support(const struct abilities *abilities, unsigned int event,
		       struct engine_support *ret_support)
{
	const struct event_description *description = event_describe(event);
	const struct ability *ability = find((int)event);
	const char *reason = "fanotify does not tell of it";

	ret_support->level = CONTROL_SUPPORT_NONE;
	if (ability) {
		reason = unmet(abilities, ability->needs);
		if (!reason) {
			ret_support->level = ability->level;
			reason = ability->reason;
		}
	} else if (description && description->action == EVENT_ACTION_AUTH &&
		   find(event_counterpart(event))) {
		reason = "fanotify tells of it afterwards but cannot hold it";
	}
	snprintf(ret_support->reason, sizeof(ret_support->reason), "%s", reason);
}
