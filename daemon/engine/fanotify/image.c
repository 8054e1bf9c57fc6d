/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathers what an exec brings with it. The parsers look only at the bytes they were given; what
 * reads from a process reads its own memory and its own entries of /proc, and paths that a process
 * chose are looked up in the kernel's caches alone: a path may lead to a server that never answers.
 */
#include "daemon/engine/fanotify/image.h"
#include "base/cleanup.h"
#include "daemon/engine/fanotify/proc.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* The name a program was run by, as the kernel gives it to the new image (AT_EXECFN). */
size_t image_name(pid_t pid, char *ret_name, size_t size)
{
	OWNED_DESCRIPTOR int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	unsigned long vector[2 * 64];
	struct iovec remote, local = {ret_name, size - 1};
	ssize_t length = proc_read(proc, pid, "auxv", (char *)vector, sizeof(vector));

	for (size_t i = 0; length > 0 && i + 1 < (size_t)length / sizeof(vector[0]); i += 2) {
		if (vector[i] != AT_EXECFN)
			continue;
		/* The name stands at the very end of the stack: up to the end of its page. */
		remote.iov_base = (void *)vector[i + 1];
		remote.iov_len = 4096 - vector[i + 1] % 4096;
		if (remote.iov_len > size - 1)
			remote.iov_len = size - 1;
		length = process_vm_readv(pid, &local, 1, &remote, 1, 0);
		if (length <= 0)
			return 0;
		ret_name[length] = '\0';
		return strlen(ret_name);
	}
	return 0;
}

/* PROX_FDTYPE_* of the API. */
enum { TYPE_VNODE = 1, TYPE_SOCKET = 2, TYPE_KQUEUE = 5, TYPE_PIPE = 6 };

bool image_put_strings(struct builder *builder, const char *text, size_t length,
		       struct record_array *ret_array)
{
	struct record_string *strings;
	size_t count = 0, left = length;
	const char *at = text;

	for (size_t i = 0; i < length && count < IMAGE_STRINGS_MAX; i++)
		count += text[i] == '\0';
	/* The texts come to lie behind the array: one byte more each, for a NUL of ours. */
	if (builder_room(builder) < count * sizeof(*strings) + length + 64)
		return false;
	strings = builder_array(builder, count, sizeof(*strings), ret_array);
	for (size_t i = 0; i < count && strings; i++) {
		size_t size = strnlen(at, left);

		strings[i] = builder_string(builder, at, size);
		at += size + 1;
		left -= size + 1;
	}
	return left == 0;
}

void image_put_text(struct builder *builder, pid_t pid, char *scratch, struct payload_exec *payload)
{
	OWNED_DESCRIPTOR int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint32_t *missing = &builder->record->missing;
	ssize_t length = proc_read_long(proc, pid, "cmdline", scratch, IMAGE_TEXT_MAX);

	if (length <= 0 || !image_put_strings(builder, scratch, (size_t)length, &payload->args))
		*missing |= RECORD_MISSING_ARGUMENTS;
	length = proc_read_long(proc, pid, "environ", scratch, IMAGE_TEXT_MAX);
	if (length < 0 || !image_put_strings(builder, scratch, (size_t)length, &payload->env))
		*missing |= RECORD_MISSING_ENVIRONMENT;
}

static void put_working_directory(struct builder *builder, pid_t pid, struct file_facts *scratch,
				  struct record_file *ret_file)
{
	struct statx status;
	char link[40];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	length = readlink(link, scratch->path, sizeof(scratch->path) - 1);
	if (length <= 0 ||
	    statx(AT_FDCWD, link, FACTS_STATX_FLAGS, FACTS_STATX_MASK, &status) < 0) {
		builder->record->missing |= RECORD_MISSING_WORKING_DIRECTORY;
		ret_file->flags = RECORD_FILE_PRESENT | RECORD_FILE_NO_STAT;
		ret_file->path = builder_string(builder, "", 0);
		return;
	}
	scratch->path[length] = '\0';
	scratch->path_length = (size_t)length;
	scratch->flags = RECORD_FILE_PRESENT;
	facts_stat(&status, &scratch->stat);
	facts_strip_deleted(scratch);
	facts_put_file(builder, scratch, ret_file);
}

static void describe_descriptor(int directory, const char *name, struct record_descriptor *ret)
{
	unsigned long long pipe_id;
	char target[64];
	ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);

	ret->fd = (int32_t)strtol(name, NULL, 10);
	ret->fdtype = TYPE_VNODE;
	if (length <= 0)
		return;
	target[length] = '\0';
	if (strncmp(target, "socket:", 7) == 0) {
		ret->fdtype = TYPE_SOCKET;
	} else if (sscanf(target, "pipe:[%llu]", &pipe_id) == 1) {
		ret->fdtype = TYPE_PIPE;
		ret->pipe_id = pipe_id;
	} else if (strcmp(target, "anon_inode:[eventpoll]") == 0) {
		ret->fdtype = TYPE_KQUEUE;
	}
}

static void put_descriptors(struct builder *builder, pid_t pid, struct payload_exec *payload)
{
	struct record_descriptor list[IMAGE_DESCRIPTORS_MAX] = {0};
	struct record_descriptor *place;
	struct dirent *entry;
	size_t count = 0;
	char path[40];
	DIR *directory;

	payload->last_fd.value = -1;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	directory = opendir(path);
	if (!directory) {
		builder->record->missing |= RECORD_MISSING_DESCRIPTORS;
		return;
	}
	while ((entry = readdir(directory)) != NULL) {
		long fd = strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] == '.')
			continue;
		if (fd > payload->last_fd.value)
			payload->last_fd.value = fd;
		if (count < IMAGE_DESCRIPTORS_MAX)
			describe_descriptor(dirfd(directory), entry->d_name, &list[count++]);
	}
	closedir(directory);
	place = builder_array(builder, count, sizeof(*place), &payload->fds);
	if (place)
		memcpy(place, list, count * sizeof(*place));
}

void image_put_context(struct builder *builder, pid_t pid, struct file_facts *scratch,
		       struct payload_exec *payload)
{
	put_working_directory(builder, pid, scratch, &payload->cwd);
	put_descriptors(builder, pid, payload);
}

void image_machine(unsigned int machine, struct payload_exec *payload)
{
	/* CPU_TYPE_* of the API: a family, and 0x01000000 for 64 bits. */
	static const struct {
		unsigned int machine;
		uint32_t type;
		uint32_t subtype;
	} table[] = {
		{EM_386, 7, 3},
		{EM_X86_64, 0x01000007, 3},
		{EM_ARM, 12, 0},
		{EM_AARCH64, 0x0100000c, 0},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].machine != machine)
			continue;
		payload->image_cputype.value = table[i].type;
		payload->image_cpusubtype.value = table[i].subtype;
	}
}

unsigned int image_own_machine(void)
{
#if defined(__x86_64__)
	return EM_X86_64;
#elif defined(__aarch64__)
	return EM_AARCH64;
#else
	return EM_NONE;
#endif
}

bool image_elf_machine(const unsigned char *head, size_t length, unsigned int *ret_machine)
{
	uint16_t machine;

	if (length < offsetof(Elf32_Ehdr, e_machine) + sizeof(machine) ||
	    memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	memcpy(&machine, head + offsetof(Elf32_Ehdr, e_machine), sizeof(machine));
	*ret_machine = machine;
	return true;
}

int image_interpreter(const char *head, size_t length, const char **ret_path, size_t *ret_length)
{
	const char *at = head + 2, *end = head + length, *first;

	if (length < 2 || head[0] != '#' || head[1] != '!')
		return -ENOENT;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	for (first = at; at < end; at++)
		if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\0')
			break;
	if (at == first || at == end)
		return -EBADMSG;
	*ret_path = first;
	*ret_length = (size_t)(at - first);
	return 0;
}

int image_open_seen_by(pid_t pid, const char *path, size_t length)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_CACHED | RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	OWNED_DESCRIPTOR int from = -1;
	char link[40], name[FACTS_PATH_SIZE];
	int result;

	if (length == 0 || length >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, path, length);
	name[length] = '\0';
	snprintf(link, sizeof(link), "/proc/%d/%s", pid, name[0] == '/' ? "root" : "cwd");
	from = open(link, O_PATH | O_CLOEXEC);
	if (from < 0)
		return -errno;
	/* Below the working directory `..` may lead anywhere the process itself could go. */
	if (name[0] != '/')
		how.resolve &= ~(uint64_t)RESOLVE_IN_ROOT;
	result = (int)syscall(SYS_openat2, from, name, &how, sizeof(how));
	return result < 0 ? -errno : result;
}
