/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the text files of /proc that describe a task. The parsers take a run of bytes and hand on
 * numbers; they look at nothing behind its end and need no NUL there.
 *
 * A process chooses its own name (comm) freely, also with blanks, brackets and line ends: `stat` is
 * therefore read from the last closing bracket on.
 */
#include "daemon/engine/fanotify/proc.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct text {
	const char *at;
	const char *end;
};

static bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

static void skip_blanks(struct text *text)
{
	while (text->at < text->end && is_blank(*text->at))
		text->at++;
}

static unsigned int digit_of(char character)
{
	if (character >= 'a' && character <= 'f')
		return (unsigned int)(character - 'a') + 10;
	return (unsigned int)character - '0';
}

static bool ends_number(const struct text *text)
{
	return text->at == text->end || is_blank(*text->at) || *text->at == '\n';
}

/* A decimal or (with 0x) hexadecimal number, up to a blank, the line's end or the text's. */
static int take_number(struct text *text, int64_t *ret_number)
{
	uint64_t number = 0;
	unsigned int base = 10;
	bool negative = false;
	const char *first;

	skip_blanks(text);
	if (text->at < text->end && *text->at == '-') {
		negative = true;
		text->at++;
	}
	if (text->end - text->at > 2 && text->at[0] == '0' && text->at[1] == 'x') {
		base = 16;
		text->at += 2;
	}
	for (first = text->at; text->at < text->end && digit_of(*text->at) < base; text->at++)
		number = number * base + digit_of(*text->at);
	if (text->at == first || !ends_number(text))
		return -EBADMSG;
	*ret_number = (int64_t)(negative ? 0 - number : number);
	return 0;
}

static int take_word(struct text *text)
{
	const char *first;

	skip_blanks(text);
	for (first = text->at; text->at < text->end && !is_blank(*text->at); text->at++)
		;
	return text->at == first ? -EBADMSG : 0;
}

/* Fields of `stat` behind the name, counted from state = 0. */
enum {
	STAT_PARENT = 1,
	STAT_GROUP,
	STAT_SESSION,
	STAT_TERMINAL,
	STAT_THREADS = 17,
	STAT_START = 19,
	STAT_CODE_START = 23,
	STAT_CODE_END,
	STAT_STACK_START,
	STAT_LAST
};

int stat_parse(const char *text, size_t length, struct proc_stat *ret_stat)
{
	const char *bracket = memrchr(text, ')', length);
	struct text rest = {text, text + length};
	int64_t numbers[STAT_LAST];
	int64_t pid;
	char state;

	if (!bracket || take_number(&rest, &pid) < 0)
		return -EBADMSG;
	rest.at = bracket + 1;
	skip_blanks(&rest);
	if (rest.at == rest.end)
		return -EBADMSG;
	state = *rest.at++;
	for (int field = STAT_PARENT; field < STAT_LAST; field++)
		if (take_number(&rest, &numbers[field]) < 0)
			return -EBADMSG;
	if (rest.at == rest.end) /* the last number may be cut */
		return -EBADMSG;
	*ret_stat = (struct proc_stat){
		.pid = (pid_t)pid,
		.state = state,
		.parent = (pid_t)numbers[STAT_PARENT],
		.group = (pid_t)numbers[STAT_GROUP],
		.session = (pid_t)numbers[STAT_SESSION],
		.terminal = (uint32_t)numbers[STAT_TERMINAL],
		.threads = (int)numbers[STAT_THREADS],
		.start_ticks = (uint64_t)numbers[STAT_START],
		.code_start = (uint64_t)numbers[STAT_CODE_START],
		.code_end = (uint64_t)numbers[STAT_CODE_END],
		.stack_start = (uint64_t)numbers[STAT_STACK_START],
	};
	return 0;
}

/* Puts the cursor behind the label at the beginning of a line. */
static bool find_line(struct text *text, const char *label)
{
	size_t label_length = strlen(label);

	while (text->at < text->end) {
		const char *newline = memchr(text->at, '\n', (size_t)(text->end - text->at));

		if (!newline)
			return false;
		if ((size_t)(newline - text->at) > label_length &&
		    memcmp(text->at, label, label_length) == 0) {
			text->at += label_length;
			return true;
		}
		text->at = newline + 1;
	}
	return false;
}

static int line_numbers(struct text *text, const char *label, int64_t *ret_numbers, int count)
{
	if (!find_line(text, label))
		return -EBADMSG;
	for (int i = 0; i < count; i++)
		if (take_number(text, &ret_numbers[i]) < 0)
			return -EBADMSG;
	return 0;
}

int status_parse(const char *text, size_t length, struct proc_status *ret_status)
{
	struct text rest = {text, text + length};
	int64_t process, uids[2], gids[2];

	/* The name is the first line; the kernel writes its line ends as \n, two characters. */
	if (line_numbers(&rest, "Tgid:", &process, 1) < 0 ||
	    line_numbers(&rest, "Uid:", uids, 2) < 0 || line_numbers(&rest, "Gid:", gids, 2) < 0)
		return -EBADMSG;
	*ret_status = (struct proc_status){
		.process = (pid_t)process,
		.real_uid = (uint32_t)uids[0],
		.effective_uid = (uint32_t)uids[1],
		.real_gid = (uint32_t)gids[0],
		.effective_gid = (uint32_t)gids[1],
	};
	return 0;
}

/* The third field of "number:controllers:path". */
static const char *cgroup_path(const char *line, const char *newline)
{
	const char *colon = memchr(line, ':', (size_t)(newline - line));

	if (colon)
		colon = memchr(colon + 1, ':', (size_t)(newline - colon - 1));
	return colon ? colon + 1 : NULL;
}

int cgroup_parse(const char *text, size_t length, const char **ret_path, size_t *ret_length)
{
	const char *end = text + length;
	const char *found = NULL;
	size_t found_length = 0;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *path = newline ? cgroup_path(text, newline) : NULL;
		bool unified = path && text[0] == '0' && text[1] == ':';

		if (!newline)
			break;
		if (unified || (path && !found)) {
			found = path;
			found_length = (size_t)(newline - path);
		}
		if (unified)
			break;
		text = newline + 1;
	}
	if (!found)
		return -EBADMSG;
	*ret_path = found;
	*ret_length = found_length;
	return 0;
}

int syscall_parse(const char *text, size_t length, struct proc_syscall *ret_syscall)
{
	struct text rest = {text, text + length};
	struct proc_syscall call = {0};
	int64_t number;

	if (length >= 7 && memcmp(text, "running", 7) == 0)
		return -EAGAIN;
	if (take_number(&rest, &number) < 0)
		return -EBADMSG;
	call.number = (long)number;
	for (int i = 0; i < 6; i++) {
		if (take_number(&rest, &number) < 0)
			return -EBADMSG;
		call.arguments[i] = (uint64_t)number;
	}
	if (take_word(&rest) < 0) /* the stack pointer: what stands before it is whole */
		return -EBADMSG;
	*ret_syscall = call;
	return 0;
}

static int proc_open(int proc, pid_t pid, const char *name)
{
	char path[64];
	int file;

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	file = openat(proc, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return file < 0 ? -errno : file;
}

ssize_t proc_read(int proc, pid_t pid, const char *name, char *buffer, size_t size)
{
	OWNED_DESCRIPTOR int file = proc_open(proc, pid, name);
	ssize_t length;

	if (file < 0)
		return file;
	length = read(file, buffer, size - 1);
	if (length < 0)
		return -errno;
	buffer[length] = '\0';
	return length;
}

ssize_t proc_read_long(int proc, pid_t pid, const char *name, char *buffer, size_t size)
{
	OWNED_DESCRIPTOR int file = proc_open(proc, pid, name);
	size_t used = 0;

	if (file < 0)
		return file;
	while (used < size - 1) {
		ssize_t length = read(file, buffer + used, size - 1 - used);

		if (length < 0 && used == 0)
			return -errno;
		if (length <= 0)
			break;
		used += (size_t)length;
	}
	buffer[used] = '\0';
	return (ssize_t)used;
}

uint32_t proc_read_number(int proc, pid_t pid, const char *name, uint32_t otherwise)
{
	char text[32];
	ssize_t length = proc_read(proc, pid, name, text, sizeof(text));
	struct text rest = {text, text + (length > 0 ? length : 0)};
	int64_t number;

	if (length <= 0 || take_number(&rest, &number) < 0)
		return otherwise;
	return (uint32_t)number;
}
