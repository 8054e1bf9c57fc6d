/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calling process as a Mach task: its own audit token, from what the process knows of itself.
 *
 * Owns nothing. The pidversion is the daemon's to give and stays 0 here.
 */
#include <fcntl.h>
#include <mach/mach.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SELF ((mach_port_t)0x103)

mach_port_t mach_task_self(void)
{
	return SELF;
}

/* A number the audit subsystem keeps for this process; all ones, "unset", where there is none. */
static unsigned int read_audit_number(const char *path)
{
	char text[16] = "";
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (file < 0)
		return UINT32_MAX;
	length = read(file, text, sizeof(text) - 1);
	close(file);
	return length > 0 ? (unsigned int)strtoul(text, NULL, 10) : UINT32_MAX;
}

kern_return_t task_info(task_name_t task, task_flavor_t flavor, task_info_t info,
			mach_msg_type_number_t *count)
{
	audit_token_t token;

	if (task != SELF || flavor != TASK_AUDIT_TOKEN || *count < TASK_AUDIT_TOKEN_COUNT)
		return KERN_INVALID_ARGUMENT;

	token = (audit_token_t){{
		read_audit_number("/proc/self/loginuid"),
		geteuid(),
		getegid(),
		getuid(),
		getgid(),
		(unsigned int)getpid(),
		read_audit_number("/proc/self/sessionid"),
		0,
	}};
	memcpy(info, &token, sizeof(token));
	*count = TASK_AUDIT_TOKEN_COUNT;
	return KERN_SUCCESS;
}

static const struct {
	kern_return_t error;
	const char *text;
} error_texts[] = {
	{KERN_SUCCESS, "(os/kern) successful"},
	{KERN_INVALID_ADDRESS, "(os/kern) invalid address"},
	{KERN_PROTECTION_FAILURE, "(os/kern) protection failure"},
	{KERN_NO_SPACE, "(os/kern) no space available"},
	{KERN_INVALID_ARGUMENT, "(os/kern) invalid argument"},
	{KERN_FAILURE, "(os/kern) failure"},
	{KERN_RESOURCE_SHORTAGE, "(os/kern) resource shortage"},
	{KERN_ABORTED, "(os/kern) aborted"},
	{KERN_INVALID_TASK, "(os/kern) invalid task"},
	{KERN_NOT_SUPPORTED, "(os/kern) not supported"},
};

char *mach_error_string(kern_return_t error)
{
	for (size_t i = 0; i < sizeof(error_texts) / sizeof(error_texts[0]); i++) {
		if (error_texts[i].error == error)
			return (char *)(uintptr_t)error_texts[i].text;
	}
	return (char *)(uintptr_t) "unknown error code";
}
