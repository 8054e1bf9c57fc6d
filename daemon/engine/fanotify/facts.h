/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts put into records: files and processes, in the words of wire/record.h.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_FACTS_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_FACTS_H

#include "daemon/delivery/delivery.h"
#include "daemon/engine/fanotify/process.h"
#include "wire/builder.h"

#include <fcntl.h>
#include <sys/stat.h>

enum {
	/* What the kernel gives as a path fits one page; a longer one has no name it could give. */
	FACTS_PATH_SIZE = 4096,
	/* With these statx(2) never goes to the server of a network or FUSE file system. */
	FACTS_STATX_FLAGS = AT_STATX_DONT_SYNC,
	FACTS_STATX_MASK = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID,
};

/* A file as an event knows it. */
struct file_facts {
	char path[FACTS_PATH_SIZE];
	size_t path_length; /* 0: not known */
	uint32_t flags; /* enum record_file_flags */
	uint64_t mount_id;
	struct record_stat stat;
};

void facts_stat(const struct statx *from, struct record_stat *ret_stat);
struct delivery_identity facts_identity(const struct record_stat *stat);

/*
 * What an open descriptor stands for: stat and mount, and its path. own_mounts: see tracking.h; the
 * caller marks what is foreign. 0 or negative errno; without a path path_length is 0.
 */
int facts_of_descriptor(int descriptor, struct file_facts *ret_facts);
/* The same in two steps: the path costs as much as the rest, and is not always needed. */
int facts_stat_of_descriptor(int descriptor, struct file_facts *ret_facts);
void facts_path_of_descriptor(int descriptor, struct file_facts *facts);

/* Takes " (deleted)" off the path of a file that has no name any more. */
void facts_strip_deleted(struct file_facts *facts);

void facts_put_file(struct builder *builder, const struct file_facts *facts,
		    struct record_file *ret_file);
void facts_put_image(struct builder *builder, const struct image *image,
		     struct record_file *ret_file);
/* Everything about the process as it is now. What is not known is marked in the record. */
void facts_put_process(struct builder *builder, const struct process *process,
		       struct record_process *ret_process);
/* The process as mutes look at it, but for its token. It points into the record. */
void facts_put_subject(const struct builder *builder, const struct process *process,
		       const struct record_process *put, struct policy_subject *ret_subject);
/* The file as a target for muting. It points into the record. */
struct policy_file facts_target(const struct builder *builder, const struct record_file *file);
struct policy_file facts_text_target(const struct builder *builder, struct record_string path,
				     bool foreign);

#endif
