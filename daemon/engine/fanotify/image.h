/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exec brings with it: arguments, environment, working directory, descriptors, kind of
 * machine code, interpreter.
 */
#ifndef SLUICE_DAEMON_ENGINE_FANOTIFY_IMAGE_H
#define SLUICE_DAEMON_ENGINE_FANOTIFY_IMAGE_H

#include "daemon/engine/fanotify/facts.h"
#include "wire/builder.h"
#include "wire/payload.h"

enum {
	IMAGE_TEXT_MAX = 96 * 1024, /* bytes of arguments, and of environment; more is cut */
	IMAGE_STRINGS_MAX = 4096, /* arguments, and variables; more are cut */
	IMAGE_DESCRIPTORS_MAX = 64, /* listed; last_fd tells of the rest */
	IMAGE_HEAD_SIZE = 256, /* as much as the kernel looks at to choose a loader */
};

/*
 * Strings that lie one behind the other, each with its NUL, as an array of record_string. False:
 * not all of it is there (cut, or no room).
 */
bool image_put_strings(struct builder *builder, const char *text, size_t length,
		       struct record_array *ret_array);

/* Arguments and environment of a living process, from its /proc. scratch: IMAGE_TEXT_MAX bytes. */
void image_put_text(struct builder *builder, pid_t pid, char *scratch,
		    struct payload_exec *payload);
/* Working directory and descriptors of a living process. */
void image_put_context(struct builder *builder, pid_t pid, struct file_facts *scratch,
		       struct payload_exec *payload);

/* The name a living process was run by, with a NUL. Returns its length; 0: not known. */
size_t image_name(pid_t pid, char *ret_name, size_t size);

/* The API's cpu_type_t and cpu_subtype_t of this ELF machine; 0 where it has none. */
void image_machine(unsigned int machine, struct payload_exec *payload);
unsigned int image_own_machine(void);

/* Pure parsers of a file's first bytes. */

/* Is it ELF? Its machine. */
bool image_elf_machine(const unsigned char *head, size_t length, unsigned int *ret_machine);
/* The interpreter of a script, as `#!` names it; -ENOENT: no script; -EBADMSG: cut. */
int image_interpreter(const char *head, size_t length, const char **ret_path, size_t *ret_length);

/*
 * Opens a path as a process sees it, with O_PATH. Only what the kernel has in its caches is found:
 * it never waits for a server or a disk. A descriptor or negative errno (-EAGAIN: not cached).
 */
int image_open_seen_by(pid_t pid, const char *path, size_t length);

#endif
