/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about execs. One execve opens several files, and the kernel asks about each: the
 * program, the interpreter of a script, the dynamic loader. Only the first is a question; that the
 * others belong to the same execve is read from the kernel's own stack of the held task, which no
 * program can forge. Where that stack cannot be read every one of them is asked about.
 *
 * The subject is still what it was before: its arguments and environment to be are read from its
 * memory, and could still be changed by another of its threads.
 */
#include "base/clock.h"
#include "daemon/engine/fanotify/auth.h"
#include "daemon/engine/fanotify/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	TRIES = 20,
	PAUSE_NS = 5000,
	READ_MILLISECONDS = 20, /* for what lies in the subject's memory */
};

/* Does the kernel open this on behalf of a program whose exec was asked about? */
static bool within_exec(pid_t tid)
{
	/* Functions that open what a program needs, after the program itself was opened. */
	static const char *const loaders[] = {"load_elf_binary", "load_script", "load_misc_binary",
					      "load_elf_fdpic_binary", "load_flat_binary"};
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	char path[40], text[4096];
	ssize_t length = 0;

	snprintf(path, sizeof(path), "/proc/%d/stack", tid);
	for (int i = 0; i < TRIES && length == 0; i++) {
		OWNED_DESCRIPTOR int file = open(path, O_RDONLY | O_CLOEXEC);

		if (i > 0)
			nanosleep(&pause, NULL);
		/* A task that is not asleep yet has no stack to show. */
		length = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
	}
	if (length <= 0)
		return false;
	text[length] = '\0';
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++)
		if (strstr(text, loaders[i]))
			return true;
	return false;
}

/* The file that will run: asking->file, or the interpreter that is named in it. */
struct target {
	const struct file_facts *program;
	bool script;
	unsigned int machine;
};

static void find_target(struct asking *asking, struct target *ret_target)
{
	char head[IMAGE_HEAD_SIZE];
	ssize_t length = pread(asking->descriptor, head, sizeof(head), 0);
	struct file_facts *other = &asking->other;
	OWNED_DESCRIPTOR int interpreter = -1;
	const char *path;
	size_t path_length;

	*ret_target = (struct target){.program = &asking->file, .machine = image_own_machine()};
	if (length <= 0)
		return;
	image_elf_machine((unsigned char *)head, (size_t)length, &ret_target->machine);
	if (image_interpreter(head, (size_t)length, &path, &path_length) < 0)
		return;
	ret_target->script = true;
	ret_target->program = other;
	interpreter = image_open_seen_by(asking->tid, path, path_length);
	if (interpreter >= 0 && facts_of_descriptor(interpreter, other) == 0)
		return;
	memset(other, 0, sizeof(*other));
	memcpy(other->path, path, path_length);
	other->path_length = path_length;
	other->flags = RECORD_FILE_PRESENT | RECORD_FILE_NO_STAT;
}

/* The process as it will be. */
static void put_target(struct asking *asking, const struct target *target,
		       struct record_process *ret_process)
{
	const struct file_facts *program = target->program;
	struct tracking *tracking = asking->engine->tracking;
	struct process *process;
	struct image *image;

	tracking_lock(tracking);
	process = tracking_thread(tracking, asking->tid);
	image = image_new(program->path, program->path_length, &program->stat, program->flags);
	if (process && image) {
		struct image *now = process->image;

		if (!tracking_own_mount(tracking, program->mount_id))
			image->file_flags |= RECORD_FILE_FOREIGN;
		process->image = image;
		facts_put_process(&asking->builder, process, ret_process);
		process->image = now;
		ret_process->token.words[RECORD_TOKEN_PIDVERSION] = process_table_promise(
			tracking_table(tracking), process);
		image_unref(process->next_image);
		process->next_image = TAKE(image);
	}
	image_unref(image);
	tracking_unlock(tracking);
}

static void put_arguments(struct asking *asking, struct payload_exec *payload)
{
	struct reader_request request = {.pid = asking->tid};
	struct builder *builder = &asking->builder;
	uint32_t *missing = &builder->record->missing;
	const struct reader_result *result = NULL;
	struct proc_syscall call;

	if (opening_syscall(asking->opening, asking->tid, &call) == 0 &&
	    opening_exec_arguments(&call, &request.name, request.lists, &request.narrow))
		result = reader_read(asking->reader, &request,
				     clock_now_ns() +
					     READ_MILLISECONDS * NANOSECONDS_PER_MILLISECOND);
	if (!result) {
		*missing |= RECORD_MISSING_ARGUMENTS | RECORD_MISSING_ENVIRONMENT;
		return;
	}
	payload->dyld_exec_path = builder_string(builder, result->name, result->name_length);
	if (!image_put_strings(builder, result->lists[0].text, result->lists[0].length,
			       &payload->args) ||
	    !result->lists[0].whole)
		*missing |= RECORD_MISSING_ARGUMENTS;
	if (!image_put_strings(builder, result->lists[1].text, result->lists[1].length,
			       &payload->env) ||
	    !result->lists[1].whole)
		*missing |= RECORD_MISSING_ENVIRONMENT;
}

void exec_ask(struct asking *asking)
{
	struct payload_exec *payload;
	struct policy_question question = {
		.event = EVENT_AUTH_EXEC,
		.subject = &asking->subject,
		.targets = asking->event.targets,
		.target_count = 1,
	};
	struct target target;

	if (within_exec(asking->tid))
		return;
	payload = asking_begin(asking, EVENT_AUTH_EXEC);
	if (!payload)
		return;
	find_target(asking, &target);
	put_target(asking, &target, &payload->target);
	asking->event.targets[0] = facts_target(&asking->builder, &payload->target.executable);
	asking->event.target_count = 1;
	asking->subject.token = &asking->builder.record->process.token;
	if (!delivery_would_tell(asking->engine->delivery, &question))
		return;
	if (target.script)
		facts_put_file(&asking->builder, &asking->file, &payload->script);
	/* The answer to a script depends on two files: only one is its identity. */
	asking->uncertain = target.script;
	put_arguments(asking, payload);
	image_put_context(&asking->builder, asking->tid, &asking->other, payload);
	image_machine(target.machine, payload);
	asking_ask(asking);
}
