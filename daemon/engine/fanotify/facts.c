/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns what is known of a file or process into the fields of a record. Nothing here is looked up
 * by name: a file is known by a descriptor the kernel gave, and statx(2) is told not to ask a
 * server, so that nothing here waits for another process.
 */
#include "daemon/engine/fanotify/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct record_time time_of(const struct statx_timestamp *from)
{
	return (struct record_time){.seconds = from->tv_sec, .nanoseconds = from->tv_nsec};
}

void facts_stat(const struct statx *from, struct record_stat *ret_stat)
{
	*ret_stat = (struct record_stat){
		.device = makedev(from->stx_dev_major, from->stx_dev_minor),
		.inode = from->stx_ino,
		.links = from->stx_nlink,
		.rdevice = makedev(from->stx_rdev_major, from->stx_rdev_minor),
		.size = (int64_t)from->stx_size,
		.blocks = (int64_t)from->stx_blocks,
		.mode = from->stx_mode,
		.uid = from->stx_uid,
		.gid = from->stx_gid,
		.block_size = from->stx_blksize,
		.accessed = time_of(&from->stx_atime),
		.modified = time_of(&from->stx_mtime),
		.changed = time_of(&from->stx_ctime),
	};
	if (from->stx_mask & STATX_BTIME)
		ret_stat->born = time_of(&from->stx_btime);
}

struct delivery_identity facts_identity(const struct record_stat *stat)
{
	return (struct delivery_identity){
		.device = stat->device,
		.inode = stat->inode,
		.changed_ns = stat->changed.seconds * 1000000000 + stat->changed.nanoseconds,
		.size = stat->size,
	};
}

void facts_strip_deleted(struct file_facts *facts)
{
	static const char suffix[] = " (deleted)";
	size_t length = sizeof(suffix) - 1;

	if (facts->stat.links > 0 || facts->path_length <= length)
		return;
	if (memcmp(facts->path + facts->path_length - length, suffix, length) != 0)
		return;
	facts->path_length -= length;
	facts->path[facts->path_length] = '\0';
}

int facts_stat_of_descriptor(int descriptor, struct file_facts *ret_facts)
{
	struct statx status;

	if (statx(descriptor, "", AT_EMPTY_PATH | FACTS_STATX_FLAGS, FACTS_STATX_MASK, &status) < 0)
		return -errno;
	facts_stat(&status, &ret_facts->stat);
	ret_facts->mount_id = status.stx_mnt_id;
	ret_facts->flags = RECORD_FILE_PRESENT;
	ret_facts->path_length = 0;
	return 0;
}

enum { DESCRIPTOR_TEXT = 12 }; /* digits and NUL */

/* /proc/self/fd, open for the life of the process: the way there is longer than what is read. */
static int own_descriptors = -1;

static void open_own_descriptors(void)
{
	own_descriptors = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The number's name, written from the end of the text. This is on every subject's way: without
 * printf. */
static const char *name_of(int descriptor, char text[DESCRIPTOR_TEXT])
{
	char *at = text + DESCRIPTOR_TEXT - 1;
	unsigned int rest = (unsigned int)descriptor;

	*at = '\0';
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	return at;
}

void facts_path_of_descriptor(int descriptor, struct file_facts *facts)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char link[DESCRIPTOR_TEXT];
	ssize_t length;

	pthread_once(&once, open_own_descriptors);
	length = readlinkat(own_descriptors, name_of(descriptor, link), facts->path,
			    sizeof(facts->path) - 1);
	/* Pipes, sockets and what lies outside of every root have no path that begins so. */
	if (length <= 0 || facts->path[0] != '/')
		length = 0;
	facts->path[length] = '\0';
	facts->path_length = (size_t)length;
	facts_strip_deleted(facts);
}

int facts_of_descriptor(int descriptor, struct file_facts *ret_facts)
{
	int result = facts_stat_of_descriptor(descriptor, ret_facts);

	if (result == 0)
		facts_path_of_descriptor(descriptor, ret_facts);
	return result;
}

static void put_path(struct builder *builder, const char *path, size_t length,
		     struct record_file *ret_file)
{
	if (length > RECORD_PATH_MAX) {
		length = RECORD_PATH_MAX;
		ret_file->flags |= RECORD_FILE_TRUNCATED;
	}
	if (length == 0)
		builder->record->missing |= RECORD_MISSING_PATH;
	ret_file->path = builder_string(builder, path, length);
}

void facts_put_file(struct builder *builder, const struct file_facts *facts,
		    struct record_file *ret_file)
{
	ret_file->flags = facts->flags;
	ret_file->stat = facts->stat;
	put_path(builder, facts->path, facts->path_length, ret_file);
	if (facts->flags & RECORD_FILE_NO_STAT)
		builder->record->missing |= RECORD_MISSING_STAT;
}

void facts_put_image(struct builder *builder, const struct image *image,
		     struct record_file *ret_file)
{
	ret_file->flags = RECORD_FILE_PRESENT | RECORD_FILE_NO_STAT;
	if (!image) {
		builder->record->missing |= RECORD_MISSING_EXECUTABLE;
		ret_file->path = builder_string(builder, "", 0);
		return;
	}
	ret_file->flags = image->file_flags;
	ret_file->stat = image->stat;
	put_path(builder, image->path, image->path_length, ret_file);
}

static void put_terminal(struct builder *builder, const struct surroundings *surroundings,
			 struct record_file *ret_file)
{
	if (!surroundings->terminal_path[0])
		return;
	ret_file->flags = RECORD_FILE_PRESENT;
	if (surroundings->terminal_stat.mode == 0)
		ret_file->flags |= RECORD_FILE_NO_STAT;
	ret_file->stat = surroundings->terminal_stat;
	put_path(builder, surroundings->terminal_path, strlen(surroundings->terminal_path),
		 ret_file);
}

void facts_put_process(struct builder *builder, const struct process *process,
		       struct record_process *ret_process)
{
	const struct surroundings *surroundings = process->surroundings;

	ret_process->flags = RECORD_PROCESS_PRESENT;
	ret_process->token = process->token;
	ret_process->parent = process->parent;
	ret_process->responsible = process->token;
	ret_process->ppid = process->parent_pid;
	ret_process->original_ppid = process->original_parent_pid;
	ret_process->group_id = process->group;
	ret_process->session_id = process->session;
	ret_process->start_time_us = process->start_time_us;
	facts_put_image(builder, process->image, &ret_process->executable);
	if (!surroundings) {
		builder->record->missing |= RECORD_MISSING_PROCESS;
		return;
	}
	ret_process->cgroup_path = builder_string(builder, surroundings->cgroup_path,
						  surroundings->cgroup_length);
	ret_process->cgroup_id = surroundings->cgroup_id;
	ret_process->cgroup_namespace = surroundings->cgroup_namespace;
	ret_process->ipc_namespace = surroundings->ipc_namespace;
	ret_process->mount_namespace = surroundings->mount_namespace;
	ret_process->network_namespace = surroundings->network_namespace;
	ret_process->pid_namespace = surroundings->pid_namespace;
	ret_process->user_namespace = surroundings->user_namespace;
	put_terminal(builder, surroundings, &ret_process->tty);
}

struct policy_file facts_text_target(const struct builder *builder, struct record_string path,
				     bool foreign)
{
	if (path.offset == 0 || path.length == 0)
		return (struct policy_file){0};
	return (struct policy_file){
		.path = (const char *)builder->record + path.offset,
		.path_length = path.length,
		.foreign = foreign,
	};
}

struct policy_file facts_target(const struct builder *builder, const struct record_file *file)
{
	return facts_text_target(builder, file->path, file->flags & RECORD_FILE_FOREIGN);
}

void facts_put_subject(const struct builder *builder, const struct process *process,
		       const struct record_process *put, struct policy_subject *ret_subject)
{
	const struct policy_file cgroup = facts_text_target(builder, put->cgroup_path, false);

	ret_subject->subtrees = process->subtrees;
	ret_subject->executable = facts_target(builder, &put->executable);
	ret_subject->cgroup = cgroup.path;
	ret_subject->cgroup_length = cgroup.path_length;
}
