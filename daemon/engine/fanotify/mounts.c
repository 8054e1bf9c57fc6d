/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads /proc/self/mountinfo into a list, and holds the table of file system types that are not
 * watched, or not held, with the reason for each.
 *
 * The parser works in place: it cuts the text into strings and undoes the octal escapes, so a list
 * of mounts is one text and one array.
 */
#include "daemon/engine/fanotify/mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	TEXT_FIRST = 64 * 1024,
	TEXT_MAX = 64 * 1024 * 1024, /* what lies behind it is left out */
};

static const char made_by_kernel[] = "its files are made by the kernel as they are read";
static const char served[] =
	"a server answers for its files: it may itself be waiting, and would hang who waits for it";
static const char devices[] = "to hold an open of a device the device itself would be opened";

static const struct mount_kind kinds[] = {
	{"autofs", MOUNT_RULE_NONE, "looking at it mounts something"},
	{"binfmt_misc", MOUNT_RULE_NONE, made_by_kernel},
	{"bpf", MOUNT_RULE_NONE, made_by_kernel},
	{"cgroup", MOUNT_RULE_NONE, made_by_kernel},
	{"cgroup2", MOUNT_RULE_NONE, made_by_kernel},
	{"configfs", MOUNT_RULE_NONE, made_by_kernel},
	{"debugfs", MOUNT_RULE_NONE, made_by_kernel},
	{"devpts", MOUNT_RULE_NONE, made_by_kernel},
	{"efivarfs", MOUNT_RULE_NONE, made_by_kernel},
	{"fusectl", MOUNT_RULE_NONE, made_by_kernel},
	{"hugetlbfs", MOUNT_RULE_NONE, "memory, not files"},
	{"mqueue", MOUNT_RULE_NONE, "queues, not files"},
	{"nsfs", MOUNT_RULE_NONE, made_by_kernel},
	{"proc", MOUNT_RULE_NONE, made_by_kernel},
	{"pstore", MOUNT_RULE_NONE, made_by_kernel},
	{"resctrl", MOUNT_RULE_NONE, made_by_kernel},
	{"rpc_pipefs", MOUNT_RULE_NONE, "pipes to a server, not files"},
	{"securityfs", MOUNT_RULE_NONE, made_by_kernel},
	{"selinuxfs", MOUNT_RULE_NONE, made_by_kernel},
	{"smackfs", MOUNT_RULE_NONE, made_by_kernel},
	{"sysfs", MOUNT_RULE_NONE, made_by_kernel},
	{"tracefs", MOUNT_RULE_NONE, made_by_kernel},
	{"devtmpfs", MOUNT_RULE_NOTIFY, devices},
	{"9p", MOUNT_RULE_NONE, served},
	{"afs", MOUNT_RULE_NONE, served},
	{"ceph", MOUNT_RULE_NONE, served},
	{"cifs", MOUNT_RULE_NONE, served},
	{"coda", MOUNT_RULE_NONE, served},
	{"fuse", MOUNT_RULE_NONE, served},
	{"fuseblk", MOUNT_RULE_NONE, served},
	{"gfs2", MOUNT_RULE_NONE, served},
	{"lustre", MOUNT_RULE_NONE, served},
	{"nfs", MOUNT_RULE_NONE, served},
	{"nfs4", MOUNT_RULE_NONE, served},
	{"ocfs2", MOUNT_RULE_NONE, served},
	{"orangefs", MOUNT_RULE_NONE, served},
	{"smb3", MOUNT_RULE_NONE, served},
	{"virtiofs", MOUNT_RULE_NONE, served},
};

const struct mount_kind *mount_kind_find(const char *type)
{
	size_t length = strcspn(type, ".");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].type) == length && memcmp(kinds[i].type, type, length) == 0)
			return &kinds[i];
	return NULL;
}

static bool is_octal(char character)
{
	return character >= '0' && character <= '7';
}

/* Blanks, line ends and backslashes stand as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
		    is_octal(from[3])) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* The next word of a line, NULL at its end. */
static char *take_word(char **line)
{
	char *word = *line + strspn(*line, " ");
	size_t length = strcspn(word, " ");

	if (length == 0)
		return NULL;
	*line = word + length;
	if (**line)
		*(*line)++ = '\0';
	return word;
}

/* 36 35 98:0 /root /point options tags... - type source options */
static bool parse_line(char *line, struct mount *ret_mount)
{
	enum { ID, PARENT, DEVICE, ROOT, POINT, OPTIONS, FIXED };
	char *words[FIXED], *word, *type, *source, *rest;
	unsigned long device_major;

	for (int i = 0; i < FIXED; i++) {
		words[i] = take_word(&line);
		if (!words[i])
			return false;
	}
	do
		word = take_word(&line);
	while (word && strcmp(word, "-") != 0);
	type = take_word(&line);
	source = take_word(&line);
	device_major = strtoul(words[DEVICE], &rest, 10);
	if (!type || *rest != ':')
		return false;
	*ret_mount = (struct mount){
		.id = strtoull(words[ID], NULL, 10),
		.parent = strtoull(words[PARENT], NULL, 10),
		.device = makedev((unsigned int)device_major,
				  (unsigned int)strtoul(rest + 1, NULL, 10)),
		.root = words[ROOT],
		.point = words[POINT],
		.type = type,
		.source = source ? source : "",
	};
	unescape(words[ROOT]);
	unescape(words[POINT]);
	unescape(type);
	if (source)
		unescape(source);
	return true;
}

size_t mountinfo_parse(char *text, size_t length, struct mount *mounts, size_t limit)
{
	char *end = text + length;
	size_t count = 0;

	while (text < end && count < limit) {
		char *newline = memchr(text, '\n', (size_t)(end - text));

		if (!newline)
			break;
		*newline = '\0';
		if (parse_line(text, &mounts[count]))
			count++;
		text = newline + 1;
	}
	return count;
}

/* The whole of the file, from its beginning. */
static int read_text(int file, char **ret_text, size_t *ret_length)
{
	size_t size = TEXT_FIRST, used = 0;
	char *text = malloc(size);

	while (text) {
		ssize_t length = pread(file, text + used, size - used, (off_t)used);
		char *larger;

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			break;
		used += (size_t)length;
		if (used < size || size >= TEXT_MAX)
			continue;
		size *= 2;
		larger = realloc(text, size);
		if (!larger)
			free(text);
		text = larger;
	}
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	*ret_length = used;
	return 0;
}

int mounts_read(int file, struct mounts *ret_mounts)
{
	struct mounts mounts = {0};
	size_t length, lines = 0;
	int result = read_text(file, &mounts.text, &length);

	if (result < 0)
		return result;
	for (size_t i = 0; i < length; i++)
		lines += mounts.text[i] == '\n';
	if (lines > MOUNTS_MAX)
		lines = MOUNTS_MAX;
	mounts.list = calloc(lines ? lines : 1, sizeof(*mounts.list));
	if (!mounts.list) {
		free(mounts.text);
		return -ENOMEM;
	}
	mounts.count = mountinfo_parse(mounts.text, length, mounts.list, lines);
	*ret_mounts = mounts;
	return 0;
}

void mounts_done(struct mounts *mounts)
{
	free(mounts->text);
	free(mounts->list);
	*mounts = (struct mounts){0};
}

const struct mount *mounts_find(const struct mounts *mounts, uint64_t id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->list[i].id == id)
			return &mounts->list[i];
	return NULL;
}
