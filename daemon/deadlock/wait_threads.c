/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits for threads and processes: futexes, the end of children, ptrace. Numbers in a process'
 * memory and arguments are those of its own pid namespace.
 *
 * A futex says nothing of who will wake it. Three uses of it do, by what stands in memory: a
 * priority inheriting lock, which has its owner's number; glibc's mutex, two words behind which its
 * owner's number stands; and the number of a thread whose end is waited for. A number counts only
 * if it is that of a living thread.
 */
#include "daemon/deadlock/waits.h"

#include "base/task.h"

#include <linux/futex.h>
#include <linux/ptrace.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { MUTEX_CONTENDED = 2, MUTEX_OWNER = 8 }; /* glibc's word, and where its owner stands */

/* The process of a thread that our own numbers name. 0: there is none. */
static pid_t process_of(struct effort *effort, pid_t tid)
{
	char text[PEEK_TEXT_MAX];
	struct thread_status status;
	ssize_t size = peek_read(effort, text, sizeof(text), "/proc/%d/status", tid);

	return size > 0 && thread_status_parse(text, (size_t)size, &status) == 0 ? status.pid : 0;
}

/* ---- Futexes ---- */

struct futex {
	unsigned int operation;
	uint32_t expected;
	uint32_t word;
	bool shared; /* with other processes */
	uint64_t address;
};

static uint32_t owner_of_lock(const struct waiting *waiting, const struct futex *futex)
{
	uint32_t owner = 0;

	if (futex->operation == FUTEX_LOCK_PI || futex->operation == FUTEX_LOCK_PI2)
		return futex->word & FUTEX_TID_MASK;
	if (futex->operation != FUTEX_WAIT || futex->expected != MUTEX_CONTENDED ||
	    futex->word != MUTEX_CONTENDED ||
	    peek_memory(waiting->effort, waiting->pid, futex->address + MUTEX_OWNER, &owner,
			sizeof(owner)) < 0)
		return 0;
	return owner;
}

/* Adds the thread that this process calls so. */
static bool add_owner(const struct waiting *waiting, uint32_t number, bool shared,
		      struct graph_wait *wait)
{
	pid_t tid, pid;

	if (number == 0 || number > FUTEX_TID_MASK)
		return false;
	if (task_find(waiting->pid, (pid_t)number, &tid) == 0) {
		peek_add_holder(wait, waiting->pid, tid);
		return true;
	}
	if (!shared || !peek_same_numbers(waiting->effort, waiting->pid))
		return false;
	pid = process_of(waiting->effort, (pid_t)number);
	if (pid > 0)
		peek_add_holder(wait, pid, (pid_t)number);
	return pid > 0;
}

void wait_for_futex(const struct waiting *waiting, struct graph_wait *wait)
{
	const uint64_t *arguments = waiting->call->arguments;
	struct futex futex = {
		.operation = (unsigned int)arguments[1] & FUTEX_CMD_MASK,
		.shared = !(arguments[1] & FUTEX_PRIVATE_FLAG),
		.expected = (uint32_t)arguments[2],
		.address = arguments[0],
	};

	wait_say(wait, "sleeps in futex");
	if (peek_memory(waiting->effort, waiting->pid, futex.address, &futex.word,
			sizeof(futex.word)) < 0)
		return;
	if (add_owner(waiting, owner_of_lock(waiting, &futex), futex.shared, wait)) {
		wait_say(wait, "a mutex it holds");
	} else if ((futex.operation == FUTEX_WAIT || futex.operation == FUTEX_WAIT_BITSET) &&
		   futex.word == futex.expected && futex.word > 1 &&
		   add_owner(waiting, futex.word, false, wait)) {
		wait_say(wait, "the end of this thread");
	} else {
		return;
	}
	wait->waits = true;
	wait->whole = arguments[3] == 0;
}

/* ---- Processes ---- */

/* The one child that is waited for; 0: any. */
static pid_t child_asked(const struct waiting *waiting)
{
	const uint64_t *arguments = waiting->call->arguments;
	pid_t number = 0;

	if (waiting->call->number == SYS_wait4)
		number = (pid_t)arguments[0];
	else if (arguments[0] == P_PID)
		number = (pid_t)arguments[1];
	return number > 0 && peek_same_numbers(waiting->effort, waiting->pid) ? number : 0;
}

void wait_for_children(const struct waiting *waiting, struct graph_wait *wait)
{
	pid_t child = child_asked(waiting);

	wait_say(wait, "wait for its end");
	wait->waits = true;
	wait->whole = true;
	if (child > 0)
		peek_add_holder(wait, child, 0);
	else
		peek_children(waiting->effort, waiting->pid, wait);
}

/*
 * To begin to trace somebody takes the lock that an exec of theirs holds from its beginning to its
 * end.
 */
void wait_to_trace(const struct waiting *waiting, struct graph_wait *wait)
{
	const uint64_t *arguments = waiting->call->arguments;
	pid_t pid;

	if ((arguments[0] != PTRACE_ATTACH && arguments[0] != PTRACE_SEIZE) ||
	    !strstr(waiting->place, "ptrace_attach") ||
	    !peek_same_numbers(waiting->effort, waiting->pid))
		return;
	pid = process_of(waiting->effort, (pid_t)arguments[1]);
	if (pid <= 0)
		return;
	wait_say(wait, "ptrace while it executes a program");
	wait->waits = true;
	wait->whole = true;
	peek_add_holder(wait, pid, 0);
}
