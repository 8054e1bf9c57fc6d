/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest runner's own test: a guest boots, owns its machine, and its kernel has the event
 * sources the engines build on. Prints which of the optional ones this kernel offers, and holds a
 * whole machine for a moment. A watchdog process ends the listener if it is stuck, which frees what
 * it holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/guest/guest.h"
#include "tests/skip.h"

/* Newer than Debian 12's headers. */
enum {
	NEW_FAN_REPORT_FD_ERROR = 0x00002000,
	NEW_FAN_REPORT_MNT = 0x00004000,
	NEW_FAN_PRE_ACCESS = 0x00100000,
	NEW_FAN_MNT_ATTACH = 0x01000000,
	NEW_FAN_MARK_MNTNS = 0x00000110,
};

#define PLACE	    "/tmp/boots"
#define PATIENCE_MS 10000

static uint64_t deadline_in(unsigned int milliseconds)
{
	return clock_now_ns() + milliseconds * NANOSECONDS_PER_MILLISECOND;
}

/* Ends `victim` when the time is up; ends with its parent. The caller kills and reaps it. */
static pid_t watchdog(pid_t victim, int milliseconds)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	poll(NULL, 0, milliseconds);
	kill(victim, SIGKILL);
	_exit(0);
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A process that opens `path` for reading and exits with the errno of that. `listener` is not its
 * to hold. */
static pid_t opener(const char *path, int listener)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	close(listener);
	_exit(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) >= 0 ? 0 : errno);
}

static int wait_readable(int descriptor, uint64_t deadline)
{
	struct pollfd wanted = {.fd = descriptor, .events = POLLIN};

	return poll(&wanted, 1, clock_milliseconds_until(deadline));
}

static int needs_a_guest(void **state)
{
	(void)state;
	if (!guest_owns_machine())
		SKIP_BECAUSE("runs in a guest only, see tests/guest/README.md");
	if (mkdir(PLACE, 0755) < 0)
		return -1;
	return mount("boots", PLACE, "tmpfs", 0, NULL);
}

static int leaves_the_place(void **state)
{
	(void)state;
	umount2(PLACE, MNT_DETACH);
	return rmdir(PLACE);
}

static void the_machine_is_a_guest_of_its_own(void **state)
{
	struct utsname machine;

	(void)state;
	assert_int_equal(uname(&machine), 0);
	print_message("# Linux %s\n", machine.release);
	assert_string_equal(machine.nodename, "guest");
	assert_int_equal(getuid(), 0);
}

/* One optional facility: what must be possible since which kernel, and may be on older ones. */
static const struct facility {
	const char *name;
	int since; /* 614 is 6.14 */
	unsigned int init_flags;
	unsigned int mark_flags;
	uint64_t mask;
	const char *path;
} facilities[] = {
	{"FAN_REPORT_PIDFD", 515, FAN_REPORT_PIDFD, 0, FAN_OPEN, PLACE},
	{"FAN_REPORT_TARGET_FID", 517, FAN_REPORT_DFID_NAME_TARGET, 0, FAN_CREATE, PLACE},
	{"FAN_RENAME", 517, FAN_REPORT_DFID_NAME_TARGET, FAN_MARK_FILESYSTEM, FAN_RENAME, PLACE},
	{"FAN_REPORT_FD_ERROR", 613, NEW_FAN_REPORT_FD_ERROR, 0, FAN_OPEN, PLACE},
	{"FAN_PRE_ACCESS", 614, FAN_CLASS_PRE_CONTENT, 0, NEW_FAN_PRE_ACCESS, PLACE "/ext4"},
	{"FAN_MNT_ATTACH", 615, NEW_FAN_REPORT_MNT, NEW_FAN_MARK_MNTNS, NEW_FAN_MNT_ATTACH,
	 "/proc/self/ns/mnt"},
};

static void run(const char *const *command)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		/* What it says is of no interest, unless it complains. */
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execvp(command[0], (char *const *)command);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void make_ext4(const char *image, const char *place)
{
	run((const char *const[]){"truncate", "-s", "4M", image, NULL});
	run((const char *const[]){"mke2fs", "-F", image, NULL});
	run((const char *const[]){"mount", "-t", "ext4", "-o", "loop", image, place, NULL});
}

static int offers(const struct facility *facility)
{
	OWNED_DESCRIPTOR int group = fanotify_init(FAN_CLOEXEC | facility->init_flags, O_RDONLY);

	if (group < 0 || fanotify_mark(group, FAN_MARK_ADD | facility->mark_flags, facility->mask,
				       AT_FDCWD, facility->path) < 0)
		return -errno;
	return 0;
}

static void optional_facilities_are_there_since_their_kernel(void **state)
{
	struct utsname machine;
	int major = 0, minor = 0;

	(void)state;
	assert_int_equal(uname(&machine), 0);
	assert_int_equal(sscanf(machine.release, "%d.%d", &major, &minor), 2);
	assert_int_equal(mkdir(PLACE "/ext4", 0755), 0);
	make_ext4(PLACE "/image", PLACE "/ext4");
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
		int answer = offers(&facilities[i]);

		print_message("# %s: %s\n", facilities[i].name, answer ? strerror(-answer) : "yes");
		assert_true(answer == 0 || major * 100 + minor < facilities[i].since);
	}
	assert_int_equal(umount(PLACE "/ext4"), 0);
}

static void content_groups_can_be_made(void **state)
{
	OWNED_DESCRIPTOR int with_thread = -1;
	OWNED_DESCRIPTOR int queueless = -1;

	(void)state;
	with_thread = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_REPORT_TID, O_RDONLY);
	assert_true(with_thread >= 0);
	queueless = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_UNLIMITED_QUEUE |
					  FAN_UNLIMITED_MARKS,
				  O_RDONLY | O_LARGEFILE);
	assert_true(queueless >= 0);
}

/* What the connector calls the events; its header hides them inside a struct that has changed. */
enum { CONNECTOR_FORK = 0x00000001 };

static int listen_to_processes(int connector)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	char buffer[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof(uint32_t))]
		__attribute__((aligned(NLMSG_ALIGNTO))) = {0};
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)buffer;
	struct cn_msg *message = NLMSG_DATA(header);
	uint32_t wanted = PROC_CN_MCAST_LISTEN;

	header->nlmsg_len = NLMSG_LENGTH(sizeof(*message) + sizeof(wanted));
	header->nlmsg_type = NLMSG_DONE;
	message->id = (struct cb_id){.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
	message->len = sizeof(wanted);
	memcpy(message->data, &wanted, sizeof(wanted));
	if (bind(connector, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return send(connector, buffer, header->nlmsg_len, 0) == (ssize_t)header->nlmsg_len ? 0 : -1;
}

static void the_process_connector_tells_of_a_fork(void **state)
{
	uint64_t deadline = deadline_in(PATIENCE_MS);
	OWNED_DESCRIPTOR int connector = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
						NETLINK_CONNECTOR);
	uint32_t child = 0;
	pid_t pid;

	(void)state;
	assert_true(connector >= 0);
	assert_int_equal(listen_to_processes(connector), 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	while (child != (uint32_t)pid) {
		char buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
		struct cn_msg *message = NLMSG_DATA((struct nlmsghdr *)(void *)buffer);
		struct proc_event *event = (struct proc_event *)(void *)message->data;

		assert_int_equal(wait_readable(connector, deadline), 1);
		assert_true(recv(connector, buffer, sizeof(buffer), 0) > 0);
		if ((uint32_t)event->what == CONNECTOR_FORK)
			child = (uint32_t)event->event_data.fork.child_tgid;
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_tmpfs_names_what_was_created(void **state)
{
	OWNED_DESCRIPTOR int group = fanotify_init(
		FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_REPORT_DFID_NAME_TARGET, O_RDONLY);
	struct fanotify_event_info_fid *info;
	struct fanotify_event_metadata *event;
	struct file_handle *handle;
	char buffer[4096] __attribute__((aligned(8)));

	(void)state;
	assert_true(group >= 0);
	assert_int_equal(fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
				       FAN_CREATE | FAN_DELETE | FAN_RENAME | FAN_ONDIR, AT_FDCWD,
				       PLACE),
			 0);
	assert_int_equal(mkdir(PLACE "/a-name", 0700), 0);
	assert_int_equal(wait_readable(group, deadline_in(PATIENCE_MS)), 1);
	assert_true(read(group, buffer, sizeof(buffer)) > 0);
	event = (struct fanotify_event_metadata *)(void *)buffer;
	info = (struct fanotify_event_info_fid *)(void *)(buffer + event->metadata_len);
	handle = (struct file_handle *)(void *)info->handle;
	assert_int_equal(event->mask, FAN_CREATE | FAN_ONDIR);
	assert_int_equal(info->hdr.info_type, FAN_EVENT_INFO_TYPE_DFID_NAME);
	assert_string_equal((char *)handle->f_handle + handle->handle_bytes, "a-name");
	assert_int_equal(rmdir(PLACE "/a-name"), 0);
}

/* The call a held task is in. It is told of before it sleeps: until then it is "running". */
static void look_at_held(pid_t subject, uint64_t deadline, unsigned long *ret_number,
			 unsigned long *ret_flags)
{
	unsigned long directory, name;
	char path[64];
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", subject, subject);
	while (found != 4) {
		FILE *held = fopen(path, "re");

		assert_non_null(held);
		found = fscanf(held, "%lu %lx %lx %lx", ret_number, &directory, &name, ret_flags);
		fclose(held);
		assert_true(found == 4 || clock_now_ns() < deadline);
	}
}

/* Answers every question of the group; those of `subject` with `answer`, after a look at the held
 * task. */
static void answer_subject(int group, pid_t subject, uint32_t answer)
{
	uint64_t deadline = deadline_in(PATIENCE_MS);
	struct fanotify_event_metadata event = {0};

	while (event.pid != subject) {
		struct fanotify_response response;

		assert_int_equal(wait_readable(group, deadline), 1);
		assert_int_equal(read(group, &event, sizeof(event)), sizeof(event));
		response = (struct fanotify_response){.fd = event.fd, .response = FAN_ALLOW};
		if (event.pid == subject) {
			unsigned long number = 0, flags = 0;

			look_at_held(subject, deadline, &number, &flags);
			assert_int_equal(number, SYS_openat);
			assert_int_equal(flags, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
			assert_int_equal(waitpid(subject, NULL, WNOHANG), 0);
			response.response = answer;
		}
		assert_int_equal(write(group, &response, sizeof(response)), sizeof(response));
		close(event.fd);
	}
}

static void a_whole_machine_is_held_and_answered(void **state)
{
	static const struct {
		uint32_t answer;
		int result;
	} verdicts[] = {{FAN_ALLOW, 0}, {FAN_DENY, EPERM}};
	OWNED_DESCRIPTOR int group = -1;
	pid_t guard = watchdog(getpid(), PATIENCE_MS);

	(void)state;
	group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_REPORT_TID, O_RDONLY);
	assert_true(group >= 0);
	assert_int_equal(fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM,
				       AT_FDCWD, "/"),
			 0);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		pid_t subject = opener("/etc/passwd", group);
		int status = 0;

		answer_subject(group, subject, verdicts[i].answer);
		assert_int_equal(waitpid(subject, &status, 0), subject);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), verdicts[i].result);
	}
	print_message("# /proc/TID/syscall of a held task: its open flags\n");
	end_child(guard);
}

static void the_watchdog_frees_what_a_stuck_listener_holds(void **state)
{
	OWNED_DESCRIPTOR int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK,
						   O_RDONLY);
	int status = 0;
	pid_t listener, subject, guard;

	(void)state;
	assert_true(group >= 0);
	assert_int_equal(
		fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_ONDIR, AT_FDCWD, PLACE), 0);
	listener = fork();
	if (listener == 0) {
		/* Holds the group, and never answers. */
		poll(NULL, 0, -1);
		_exit(1);
	}
	subject = opener(PLACE, group);
	assert_int_equal(wait_readable(group, deadline_in(PATIENCE_MS)), 1);
	assert_int_equal(waitpid(subject, NULL, WNOHANG), 0);
	close(TAKE_DESCRIPTOR(group));
	guard = watchdog(listener, 100);
	assert_int_equal(waitpid(subject, &status, 0), subject);
	assert_int_equal(status, 0);
	assert_int_equal(waitpid(listener, &status, 0), listener);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(waitpid(guard, &status, 0), guard);
	assert_int_equal(status, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine_is_a_guest_of_its_own),
		cmocka_unit_test(optional_facilities_are_there_since_their_kernel),
		cmocka_unit_test(content_groups_can_be_made),
		cmocka_unit_test(the_process_connector_tells_of_a_fork),
		cmocka_unit_test(a_tmpfs_names_what_was_created),
		cmocka_unit_test(a_whole_machine_is_held_and_answered),
		cmocka_unit_test(the_watchdog_frees_what_a_stuck_listener_holds),
	};

	return cmocka_run_group_tests(tests, needs_a_guest, leaves_the_place);
}
