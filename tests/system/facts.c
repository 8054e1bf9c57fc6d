/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares messages with the machine: /proc of the subject, stat(2) of the file, the clocks. Fails
 * the test at the first fact that is not true.
 */
#include "tests/system/facts.h"

#include "base/clock.h"
#include "tests/system/stage.h"

#include <bsm/libbsm.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Wall clock and monotonic clock drift apart, and start times count in hundredths. */
#define SECONDS_OFF 2

bool facts_is_missing(const es_message_t *message, uint64_t bits)
{
	return (es_linux_missing(message) & bits) != 0;
}

void facts_check_missing(const es_message_t *message, uint64_t allowed)
{
	uint64_t missing = es_linux_missing(message);

	if (missing & ~allowed)
		fail_msg("%s misses 0x%llx, at most 0x%llx may be",
			 es_linux_event_name(message->event_type), (unsigned long long)missing,
			 (unsigned long long)allowed);
}

void facts_check_file(const es_file_t *file, const char *path)
{
	struct stat status;

	assert_non_null(file);
	assert_token_equal(file->path, path);
	assert_false(file->path_truncated);
	assert_int_equal(lstat(path, &status), 0);
	assert_int_equal(file->stat.st_ino, status.st_ino);
	assert_int_equal(file->stat.st_dev, status.st_dev);
	assert_int_equal(file->stat.st_mode & S_IFMT, status.st_mode & S_IFMT);
	assert_int_equal(file->stat.st_uid, status.st_uid);
}

static uint64_t namespace_of(const char *name)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	assert_int_equal(stat(path, &status), 0);
	return status.st_ino;
}

static void check_clocks(const es_message_t *message)
{
	uint64_t now = clock_now_ns();
	time_t wall = time(NULL);

	assert_true(message->mach_time <= now);
	assert_true(message->mach_time + 60 * NANOSECONDS_PER_SECOND > now);
	assert_in_range(message->time.tv_sec, wall - 60, wall + SECONDS_OFF);
	assert_in_range(message->process->start_time.tv_sec, wall - 600, wall + SECONDS_OFF);
	if (message->action_type == ES_ACTION_TYPE_AUTH)
		assert_true(message->deadline > message->mach_time);
}

void facts_check(const es_message_t *message, const struct subject *subject)
{
	const es_process_t *process = message->process;
	const es_linux_process_t *linux_facts = es_linux_process(process);
	char executable[PATH_MAX] = "";

	assert_int_equal(message->version, 11);
	check_clocks(message);
	assert_int_equal(audit_token_to_pid(process->audit_token), subject_pid(subject));
	assert_int_not_equal(audit_token_to_pidversion(process->audit_token), 0);
	assert_int_equal(audit_token_to_ruid(process->audit_token), getuid());
	assert_int_equal(audit_token_to_euid(process->audit_token), geteuid());
	assert_int_equal(audit_token_to_rgid(process->audit_token), getgid());
	assert_int_equal(audit_token_to_egid(process->audit_token), getegid());
	assert_int_equal(process->ppid, getpid());
	assert_int_equal(process->original_ppid, getpid());
	assert_int_equal(audit_token_to_pid(process->parent_audit_token), getpid());
	assert_int_equal(process->group_id, getpgrp());
	assert_int_equal(process->session_id, getsid(0));
	assert_false(process->is_es_client);
	assert_false(process->is_platform_binary);
	assert_true(readlink("/proc/self/exe", executable, sizeof(executable) - 1) > 0);
	facts_check_file(process->executable, executable);
	if (message->thread)
		assert_int_not_equal(message->thread->thread_id, 0);
	else
		assert_true(facts_is_missing(message, ES_LINUX_MISSING_THREAD));
	assert_non_null(linux_facts);
	assert_int_equal(linux_facts->mount_namespace, namespace_of("mnt"));
	assert_int_equal(linux_facts->pid_namespace, namespace_of("pid"));
}

void facts_check_same_run(const es_process_t *one, const es_process_t *other)
{
	assert_memory_equal(&one->audit_token, &other->audit_token, sizeof(one->audit_token));
	assert_int_equal(one->start_time.tv_sec, other->start_time.tv_sec);
	assert_int_equal(one->start_time.tv_usec, other->start_time.tv_usec);
	assert_string_equal(one->executable->path.data, other->executable->path.data);
}

static void ignore(es_client_t *client, const es_message_t *message, void *context)
{
	(void)client;
	(void)message;
	(void)context;
}

bool facts_event_is_had(es_event_type_t event)
{
	es_client_t *client = NULL;
	es_linux_support_t support = ES_LINUX_SUPPORT_NONE;
	char reason[512] = "";

	assert_int_equal(es_new_client_f(&client, ignore, NULL), ES_NEW_CLIENT_RESULT_SUCCESS);
	assert_int_equal(es_linux_event_support(client, event, &support, reason, sizeof(reason)),
			 ES_RETURN_SUCCESS);
	if (support == ES_LINUX_SUPPORT_NONE) {
		assert_true(strlen(reason) > 0);
		assert_int_equal(es_subscribe(client, &event, 1), ES_RETURN_ERROR);
		assert_true(strlen(es_linux_last_error()) > 0);
		print_message("# %s cannot be had here: %s\n", es_linux_event_name(event), reason);
	}
	assert_int_equal(es_delete_client(client), ES_RETURN_SUCCESS);
	return support != ES_LINUX_SUPPORT_NONE;
}
