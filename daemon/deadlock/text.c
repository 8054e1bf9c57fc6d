/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the kernel's texts apart: a cursor that never passes the end of what was read. A process
 * chooses its name as it likes, so what follows it is looked for from the last bracket on.
 */
#include "daemon/deadlock/text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct text {
	const char *at;
	const char *end;
};

static void skip_blanks(struct text *text)
{
	while (text->at < text->end && (*text->at == ' ' || *text->at == '\t'))
		text->at++;
}

static bool at_end_of_word(const struct text *text)
{
	return text->at == text->end || isspace((unsigned char)*text->at);
}

/* The next word of the line; empty: the line has no more. */
static struct text take_word(struct text *text)
{
	struct text word;

	skip_blanks(text);
	word.at = text->at;
	while (!at_end_of_word(text))
		text->at++;
	word.end = text->at;
	return word;
}

static bool is_word(const struct text *word, const char *expected)
{
	size_t length = strlen(expected);

	return (size_t)(word->end - word->at) == length && memcmp(word->at, expected, length) == 0;
}

static unsigned int digit_of(char character)
{
	if (character >= 'a' && character <= 'f')
		return (unsigned int)(character - 'a') + 10;
	return (unsigned int)(unsigned char)character - '0';
}

/* All of a word as a number. */
static int number_of(struct text word, unsigned int base, uint64_t *ret_number)
{
	bool negative = word.at < word.end && *word.at == '-';
	uint64_t number = 0;

	word.at += negative;
	if (word.at == word.end)
		return -EBADMSG;
	for (; word.at < word.end; word.at++) {
		if (digit_of(*word.at) >= base)
			return -EBADMSG;
		if (__builtin_mul_overflow(number, (uint64_t)base, &number) ||
		    __builtin_add_overflow(number, (uint64_t)digit_of(*word.at), &number))
			return -EBADMSG;
	}
	*ret_number = negative ? 0 - number : number;
	return 0;
}

static int take_number(struct text *text, unsigned int base, uint64_t *ret_number)
{
	return number_of(take_word(text), base, ret_number);
}

static int take_hexadecimal(struct text *text, uint64_t *ret_number)
{
	struct text word = take_word(text);

	if (word.end - word.at < 3 || word.at[0] != '0' || word.at[1] != 'x')
		return -EBADMSG;
	word.at += 2;
	return number_of(word, 16, ret_number);
}

/* The next line, without its end; false: there is none, or it is cut. */
static bool take_line(struct text *text, struct text *ret_line)
{
	const char *end = text->at < text->end
				  ? memchr(text->at, '\n', (size_t)(text->end - text->at))
				  : NULL;

	if (!end)
		return false;
	*ret_line = (struct text){text->at, end};
	text->at = end + 1;
	return true;
}

static void copy_name(char *name, size_t room, struct text from)
{
	size_t length = (size_t)(from.end - from.at);

	length = length < room - 1 ? length : room - 1;
	for (size_t i = 0; i < length; i++)
		name[i] = isprint((unsigned char)from.at[i]) ? from.at[i] : '?';
	name[length] = '\0';
}

/* ---- Threads ---- */

enum { STAT_PARENT = 1, STAT_START = 19 }; /* fields behind the state */

int thread_stat_parse(const char *text, size_t size, struct thread_stat *ret_stat)
{
	const char *open = memchr(text, '(', size);
	const char *close = memrchr(text, ')', size);
	struct thread_stat stat = {.name = ""};
	struct text rest = {close ? close + 1 : text, text + size};
	struct text state;
	uint64_t number = 0;

	if (!open || !close || close < open)
		return -EBADMSG;
	copy_name(stat.name, sizeof(stat.name), (struct text){open + 1, close});
	state = take_word(&rest);
	if (state.end - state.at != 1)
		return -EBADMSG;
	stat.state = *state.at;
	for (int field = STAT_PARENT; field <= STAT_START; field++) {
		if (take_number(&rest, 10, &number) < 0)
			return -EBADMSG;
		if (field == STAT_PARENT)
			stat.parent = (pid_t)number;
	}
	if (rest.at == rest.end) /* the number may be cut */
		return -EBADMSG;
	stat.start = number;
	*ret_stat = stat;
	return 0;
}

int thread_status_parse(const char *text, size_t size, struct thread_status *ret_status)
{
	static const char *const keys[] = {
		"Tgid:", "TracerPid:", "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"};
	enum { KEYS = sizeof(keys) / sizeof(keys[0]) };
	uint64_t numbers[KEYS];
	unsigned int found = 0;
	struct text rest = {text, text + size};
	struct text line;

	while (take_line(&rest, &line)) {
		struct text key = take_word(&line);

		for (unsigned int i = 0; i < KEYS; i++) {
			if (!is_word(&key, keys[i]))
				continue;
			if (take_number(&line, 10, &numbers[i]) < 0)
				return -EBADMSG;
			found |= 1U << i;
		}
	}
	if (found != (1U << KEYS) - 1)
		return -EBADMSG;
	*ret_status = (struct thread_status){
		.pid = (pid_t)numbers[0],
		.tracer = (pid_t)numbers[1],
		.switches = numbers[2] + numbers[3],
	};
	return 0;
}

int thread_call_parse(const char *text, size_t size, struct thread_call *ret_call)
{
	struct thread_call call = {.number = -1};
	struct text rest = {text, text + size};
	struct text line, word;
	uint64_t number;

	if (!take_line(&rest, &line))
		return -EBADMSG;
	word = take_word(&line);
	if (is_word(&word, "running"))
		return -EAGAIN;
	if (number_of(word, 10, &number) < 0)
		return -EBADMSG;
	call.number = (long)number;
	for (int i = 0; call.number >= 0 && i < THREAD_ARGUMENTS; i++)
		if (take_hexadecimal(&line, &call.arguments[i]) < 0)
			return -EBADMSG;
	*ret_call = call;
	return 0;
}

/* ---- Locks ---- */

static enum lock_kind lock_kind_of(const struct text *word)
{
	if (is_word(word, "FLOCK"))
		return LOCK_FLOCK;
	if (is_word(word, "POSIX"))
		return LOCK_POSIX;
	return is_word(word, "OFDLCK") ? LOCK_OFD : LOCK_OTHER;
}

/* The file as major:minor:inode; the last of them is the inode. */
static int inode_of(struct text word, uint64_t *ret_inode)
{
	const char *colon = word.at < word.end ? memrchr(word.at, ':', (size_t)(word.end - word.at))
					       : NULL;

	if (!colon)
		return -EBADMSG;
	word.at = colon + 1;
	return number_of(word, 10, ret_inode);
}

int lock_line_parse(const char *text, size_t size, struct lock_line *ret_line)
{
	struct lock_line lock = {.blocked = false};
	struct text rest = {text, text + size};
	struct text line, word;
	uint64_t pid;

	if (!take_line(&rest, &line))
		return -EBADMSG;
	word = take_word(&line);
	if (word.at == word.end || word.end[-1] != ':')
		return -EBADMSG;
	word = take_word(&line);
	lock.blocked = is_word(&word, "->");
	if (lock.blocked)
		word = take_word(&line);
	lock.kind = lock_kind_of(&word);
	take_word(&line); /* advisory or mandatory */
	take_word(&line); /* for reading or writing */
	if (take_number(&line, 10, &pid) < 0 || inode_of(take_word(&line), &lock.inode) < 0)
		return -EBADMSG;
	lock.pid = (pid_t)pid;
	*ret_line = lock;
	return 0;
}

/* ---- Descriptors and mounts ---- */

int descriptor_info_parse(const char *text, size_t size, struct descriptor_info *ret_info)
{
	struct descriptor_info info = {.inode = 0};
	struct text rest = {text, text + size};
	bool flagged = false;
	struct text line;
	uint64_t number;

	while (take_line(&rest, &line)) {
		struct text key = take_word(&line);

		if (is_word(&key, "flags:") && take_number(&line, 8, &number) == 0) {
			info.flags = (unsigned int)number;
			flagged = true;
		}
		if (is_word(&key, "ino:") && take_number(&line, 10, &number) == 0)
			info.inode = number;
		info.watched += is_word(&key, "tfd:");
	}
	if (!flagged)
		return -EBADMSG;
	*ret_info = info;
	return 0;
}

static bool lies_under(const char *path, const struct text *mount)
{
	size_t length = (size_t)(mount->end - mount->at);

	if (length == 1 && *mount->at == '/')
		return path[0] == '/';
	/* A NUL in the text must not make it look as long as the path. */
	return strnlen(path, length) == length && memcmp(path, mount->at, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

enum { MOUNT_POINT = 4 }; /* the fifth word of a line */

int file_system_parse(const char *text, size_t size, const char *path,
		      char ret_type[FILE_SYSTEM_MAX])
{
	struct text rest = {text, text + size};
	struct text type = {NULL, NULL};
	ptrdiff_t longest = -1;
	struct text line;

	while (take_line(&rest, &line)) {
		struct text mount = {NULL, NULL};
		struct text word;

		for (int i = 0; i <= MOUNT_POINT; i++)
			mount = take_word(&line);
		do
			word = take_word(&line);
		while (word.at != word.end && !is_word(&word, "-"));
		word = take_word(&line);
		/* Of two at one place the later lies on top. */
		if (word.at == word.end || mount.end - mount.at < longest ||
		    !lies_under(path, &mount))
			continue;
		longest = mount.end - mount.at;
		type = word;
	}
	if (longest < 0)
		return -ENOENT;
	copy_name(ret_type, FILE_SYSTEM_MAX, type);
	return 0;
}
