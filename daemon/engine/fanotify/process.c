/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of processes: living ones and those that ended lately, in one set of chains by pid,
 * and threads that are not the first of their process in another.
 *
 * A pid has at most one living process; older ones of the same pid stay behind it in the chain, so
 * that an event that comes late finds who caused it. References keep what is taken out of the table
 * alive for those who still tell of it; they count under the lock of the table's owner.
 */
#include "daemon/engine/fanotify/process.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
	FIRST_VERSION_MAX = 0x3fffffff,
	BUCKETS_AT_ONCE = 256, /* looked at by process_table_uncounted */
};

struct thread {
	struct thread *next;
	pid_t tid;
	uint32_t losses; /* after which it was added */
	struct process *process; /* owned */
};

struct process_table {
	struct process_limits limits;
	uint32_t version; /* the highest that was given */
	struct versions *versions; /* NULL: they end with the daemon */
	uint32_t losses; /* of news; from 1 */
	size_t living;
	size_t gone;
	size_t thread_count;
	struct process *oldest_gone;
	struct process *newest_gone;
	struct process *processes[PROCESS_BUCKETS];
	struct thread *threads[PROCESS_BUCKETS];
};

struct image *image_new(const char *path, size_t length, const struct record_stat *stat,
			uint32_t file_flags)
{
	struct image *image = calloc(1, sizeof(*image) + length + 1);

	if (!image)
		return NULL;
	image->references = 1;
	image->file_flags = file_flags;
	image->stat = *stat;
	image->path_length = length;
	memcpy(image->path, path, length);
	return image;
}

struct image *image_ref(struct image *image)
{
	if (image)
		image->references++;
	return image;
}

struct image *image_unref(struct image *image)
{
	if (image && --image->references == 0)
		free(image);
	return NULL;
}

struct surroundings *surroundings_new(const char *cgroup, size_t length)
{
	struct surroundings *surroundings = calloc(1, sizeof(*surroundings) + length + 1);

	if (!surroundings)
		return NULL;
	surroundings->references = 1;
	surroundings->cgroup_length = length;
	memcpy(surroundings->cgroup_path, cgroup, length);
	return surroundings;
}

struct surroundings *surroundings_ref(struct surroundings *surroundings)
{
	if (surroundings)
		surroundings->references++;
	return surroundings;
}

struct surroundings *surroundings_unref(struct surroundings *surroundings)
{
	if (surroundings && --surroundings->references == 0)
		free(surroundings);
	return NULL;
}

struct process *process_ref(struct process *process)
{
	if (process)
		process->references++;
	return process;
}

struct process *process_unref(struct process *process)
{
	if (!process || --process->references > 0)
		return NULL;
	image_unref(process->next_image);
	image_unref(process->image);
	surroundings_unref(process->surroundings);
	free(process);
	return NULL;
}

static size_t bucket_of(pid_t id)
{
	return (size_t)id % PROCESS_BUCKETS;
}

int process_table_new(struct process_table **ret_table, const struct process_limits *limits)
{
	struct process_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->limits = *limits;
	table->losses = 1;
	/* Where nothing says how far the daemon before came, its tokens are to name nobody. */
	if (getrandom(&table->version, sizeof(table->version), GRND_NONBLOCK) < 0)
		table->version = 0;
	table->version &= FIRST_VERSION_MAX;
	*ret_table = table;
	return 0;
}

struct process_table *process_table_free(struct process_table *table)
{
	if (!table)
		return NULL;
	for (size_t i = 0; i < PROCESS_BUCKETS; i++) {
		for (struct thread *thread = table->threads[i], *next; thread; thread = next) {
			next = thread->next;
			process_unref(thread->process);
			free(thread);
		}
		for (struct process *process = table->processes[i], *next; process;
		     process = next) {
			next = process->next;
			process_unref(process);
		}
	}
	versions_free(table->versions);
	free(table);
	return NULL;
}

/* Raised at every fork and exec of the machine, never 0. */
static uint32_t next_version(struct process_table *table)
{
	if (++table->version == 0)
		table->version = 1;
	if (table->versions)
		versions_raise(table->versions, table->version);
	return table->version;
}

/* Takes it out of its chain; the table's reference goes with it. */
static void unlist(struct process_table *table, struct process *process)
{
	struct process **place = &table->processes[bucket_of(process_pid(process))];

	while (*place && *place != process)
		place = &(*place)->next;
	if (!*place)
		return;
	*place = process->next;
	process->listed = false;
	process_unref(process);
}

static void forget_oldest_gone(struct process_table *table)
{
	struct process *oldest = table->oldest_gone;

	table->oldest_gone = oldest->next_gone;
	if (!table->oldest_gone)
		table->newest_gone = NULL;
	table->gone--;
	unlist(table, oldest);
}

/* Nobody is to take it for this any more. */
static void drop_version(struct process_table *table, struct process *process)
{
	if (process->kept)
		versions_drop(table->versions, process->kept);
	process->kept = 0;
	process->run_known = false;
}

void process_table_end(struct process_table *table, struct process *process)
{
	if (process->gone)
		return;
	drop_version(table, process);
	process->gone = true;
	process->threads = 0;
	if (!process->listed)
		return;
	table->living--;
	table->gone++;
	process->next_gone = NULL;
	if (table->newest_gone)
		table->newest_gone->next_gone = process;
	else
		table->oldest_gone = process;
	table->newest_gone = process;
	while (table->oldest_gone && table->gone > table->limits.gone)
		forget_oldest_gone(table);
}

static struct process *process_new(struct process_table *table, pid_t pid)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->references = 1;
	process->threads = 1;
	process->token.words[RECORD_TOKEN_PID] = (uint32_t)pid;
	process->token.words[RECORD_TOKEN_PIDVERSION] = next_version(table);
	return process;
}

struct process *process_table_add(struct process_table *table, pid_t pid)
{
	struct process *before = process_table_find(table, pid);
	struct process *process;
	size_t bucket = bucket_of(pid);

	if (before)
		process_table_end(table, before);
	if (table->living >= table->limits.living)
		return NULL;
	process = process_new(table, pid);
	if (!process)
		return NULL;
	process->doubt.seen = process->doubt.counted = table->losses;
	process->listed = true;
	process->next = table->processes[bucket];
	table->processes[bucket] = process;
	table->living++;
	return process;
}

struct process *process_table_fork(struct process_table *table, struct process *parent, pid_t pid)
{
	struct process *child = process_table_add(table, pid);

	if (!child)
		return NULL;
	for (int word = RECORD_TOKEN_AUID; word < RECORD_TOKEN_WORDS; word++)
		if (word != RECORD_TOKEN_PID && word != RECORD_TOKEN_PIDVERSION)
			child->token.words[word] = parent->token.words[word];
	child->parent = parent->token;
	child->parent_pid = process_pid(parent);
	child->original_parent_pid = process_pid(parent);
	child->group = parent->group;
	child->session = parent->session;
	child->stale = parent->stale;
	child->image = image_ref(parent->image);
	child->surroundings = surroundings_ref(parent->surroundings);
	child->subtrees = parent->subtrees;
	return child;
}

static struct process *find(struct process_table *table, pid_t pid, bool gone)
{
	struct process *process = table->processes[bucket_of(pid)];

	/* New ones are put in front: the first of a kind is the latest. */
	while (process && (process_pid(process) != pid || process->gone != gone))
		process = process->next;
	return process;
}

struct process *process_table_find(struct process_table *table, pid_t pid)
{
	return find(table, pid, false);
}

struct process *process_table_gone(struct process_table *table, pid_t pid)
{
	return find(table, pid, true);
}

struct process *process_table_exact(struct process_table *table, const struct record_token *token)
{
	pid_t pid = (pid_t)token->words[RECORD_TOKEN_PID];
	struct process *process = table->processes[bucket_of(pid)];

	while (process &&
	       (process_pid(process) != pid || process->token.words[RECORD_TOKEN_PIDVERSION] !=
						       token->words[RECORD_TOKEN_PIDVERSION]))
		process = process->next;
	return process;
}

static struct thread **find_thread(struct process_table *table, pid_t tid)
{
	struct thread **place = &table->threads[bucket_of(tid)];

	while (*place && (*place)->tid != tid)
		place = &(*place)->next;
	return place;
}

int process_table_thread_add(struct process_table *table, pid_t tid, struct process *process)
{
	struct thread **place;
	struct thread *thread;

	process_table_thread_remove(table, tid);
	if (table->thread_count >= table->limits.threads)
		return -ENOSPC;
	thread = calloc(1, sizeof(*thread));
	if (!thread)
		return -ENOMEM;
	thread->tid = tid;
	thread->losses = table->losses;
	thread->process = process_ref(process);
	place = &table->threads[bucket_of(tid)];
	thread->next = *place;
	*place = thread;
	table->thread_count++;
	return 0;
}

void process_table_thread_remove(struct process_table *table, pid_t tid)
{
	struct thread **place = find_thread(table, tid);
	struct thread *thread = *place;

	if (!thread)
		return;
	*place = thread->next;
	process_unref(thread->process);
	free(thread);
	table->thread_count--;
}

struct process *process_table_thread(struct process_table *table, pid_t tid)
{
	struct thread *thread = *find_thread(table, tid);

	/* From before a loss: the number may be another's by now. */
	if (!thread || thread->losses != table->losses || thread->process->gone)
		return NULL;
	return thread->process;
}

void process_table_each(struct process_table *table,
			void (*each)(void *context, struct process *process), void *context)
{
	for (size_t i = 0; i < PROCESS_BUCKETS; i++) {
		struct process *process = table->processes[i];

		while (process) {
			struct process *held = process_ref(process);

			if (!process->gone)
				each(context, process);
			process = held->next;
			process_unref(held);
		}
	}
}

void process_table_keep(struct process_table *table, struct process *process)
{
	if (!table->versions || process->kept || !process->listed || !process->run_known)
		return;
	process->kept = versions_put(table->versions, (uint32_t)process_pid(process),
				     process->token.words[RECORD_TOKEN_PIDVERSION], &process->run);
}

uint32_t process_table_promise(struct process_table *table, struct process *process)
{
	if (!process->exec_pidversion)
		process->exec_pidversion = next_version(table);
	return process->exec_pidversion;
}

void process_table_exec(struct process_table *table, struct process *process)
{
	drop_version(table, process);
	process->token.words[RECORD_TOKEN_PIDVERSION] = process_table_promise(table, process);
	process->exec_pidversion = 0;
}

/* ---- Once news were lost ---- */

void process_table_doubt(struct process_table *table)
{
	table->losses++;
}

bool process_table_seen(const struct process_table *table, const struct process *process)
{
	return process->doubt.seen == table->losses;
}

bool process_table_counted(const struct process_table *table, const struct process *process)
{
	return process->doubt.counted == table->losses;
}

void process_table_ending(const struct process_table *table, struct process *process,
			  uint32_t status)
{
	process->doubt.ending = table->losses;
	process->doubt.status = status;
}

bool process_table_ended_with(const struct process_table *table, const struct process *process,
			      uint32_t *ret_status)
{
	if (process->doubt.ending != table->losses)
		return false;
	*ret_status = process->doubt.status;
	return true;
}

void process_table_see(const struct process_table *table, struct process *process)
{
	process->doubt.seen = table->losses;
}

void process_table_count(const struct process_table *table, struct process *process, int threads)
{
	process->threads = threads;
	process->doubt.counted = table->losses;
	process->doubt.threads = 0;
}

size_t process_table_uncounted(const struct process_table *table, size_t *bucket,
			       struct process *processes[PROCESS_PAGE])
{
	size_t end = *bucket + BUCKETS_AT_ONCE;
	size_t count = 0;

	for (; *bucket < PROCESS_BUCKETS && *bucket < end; ++*bucket) {
		size_t before = count;
		struct process *process = table->processes[*bucket];

		for (; process && count < PROCESS_PAGE; process = process->next)
			if (!process->gone && !process_table_counted(table, process))
				processes[count++] = process;
		/* A bucket that does not fit is for the next page. */
		if (process && before > 0) {
			count = before;
			break;
		}
	}
	for (size_t i = 0; i < count; i++)
		process_ref(processes[i]);
	return count;
}

/* ---- What the daemon before has left ---- */

static void give_anew(void *context, struct process *process)
{
	process->exec_pidversion = 0;
	if (!process->kept)
		process->token.words[RECORD_TOKEN_PIDVERSION] = next_version(context);
}

static void find_parent(void *context, struct process *process)
{
	struct process *parent = process_table_find(context, process->parent_pid);

	if (parent)
		process->parent = parent->token;
}

void process_table_adopt(struct process_table *table, struct versions *versions,
			 int (*look)(const struct gather *gather, struct process *process),
			 const struct gather *gather)
{
	table->versions = versions;
	if (versions_last(versions) != 0)
		table->version = versions_last(versions);
	for (uint32_t place = 1; place <= versions_places(versions); place++) {
		const struct versions_entry *entry = versions_at(versions, place);
		struct process *process = entry ? process_table_find(table, (pid_t)entry->pid)
						: NULL;

		if (process && !process->kept && entry->version != 0 &&
		    look(gather, process) == 0 && run_same(&process->run, &entry->run)) {
			process->token.words[RECORD_TOKEN_PIDVERSION] = entry->version;
			process->kept = place;
		} else if (entry) {
			versions_drop(versions, place);
		}
	}
	process_table_each(table, give_anew, table);
	process_table_each(table, find_parent, table);
}

size_t process_table_living(const struct process_table *table)
{
	return table->living;
}
