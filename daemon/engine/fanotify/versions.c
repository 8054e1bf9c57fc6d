/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of pidversions (versions.h). Owns the descriptor, the lock on it and the mapping; hands
 * on entries that are whole: a daemon may be killed between any two stores, so an entry gets its
 * pid last and loses it first.
 *
 * The mapping is as large as the file may ever become. Behind the file's end nothing is touched;
 * the memory before it is allocated, so that a full file system is no signal.
 */
#include "daemon/engine/fanotify/versions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define WRONG(text, result, ...) (snprintf(text, CONTROL_TEXT_MAX, __VA_ARGS__), (result))

struct table {
	struct versions_head head;
	struct versions_entry entries[VERSIONS_MAX];
};

_Static_assert(sizeof(struct versions_head) == 64 && sizeof(struct versions_entry) == 40,
	       "the layout is VERSIONS_FORMAT's");

struct versions {
	int file;
	struct table *table; /* NULL: not mapped */
	bool full; /* it cannot grow any more */
	uint32_t places;
	uint32_t free_count;
	uint32_t free_places[VERSIONS_MAX];
};

static off_t size_of(uint32_t places)
{
	return (off_t)(sizeof(struct versions_head) + places * sizeof(struct versions_entry));
}

/* What every file of this boot and these pids has in its head. 0 or negative errno. */
static int describe(struct versions_head *ret_head)
{
	struct versions_head head = {.magic = VERSIONS_MAGIC, .format = VERSIONS_FORMAT};
	OWNED_DESCRIPTOR int boot = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (boot < 0 || read(boot, head.boot, sizeof(head.boot) - 1) < 0 ||
	    stat("/proc/self/ns/pid", &status) < 0)
		return -errno;
	head.pid_namespace = status.st_ino;
	*ret_head = head;
	return 0;
}

static int map(struct versions *versions)
{
	void *table = mmap(NULL, sizeof(struct table), PROT_READ | PROT_WRITE, MAP_SHARED,
			   versions->file, 0);

	if (table == MAP_FAILED)
		return -errno;
	versions->table = table;
	return 0;
}

static void offer(struct versions *versions, uint32_t place)
{
	versions->free_places[versions->free_count++] = place;
}

static int grow(struct versions *versions)
{
	uint32_t places = versions->places + VERSIONS_STEP;
	int result;

	result = places > VERSIONS_MAX ? -ENOSPC
				       : -posix_fallocate(versions->file, 0, size_of(places));
	versions->full = result < 0;
	if (result < 0)
		return result;
	/* The lowest is taken first. */
	for (uint32_t place = places; place > versions->places; place--)
		offer(versions, place);
	versions->places = places;
	return 0;
}

/* ---- One that is there ---- */

/* What is wrong with the file as such; NULL: nothing. Sets how many places it has. */
static const char *wrong_file(struct versions *versions)
{
	struct stat status;
	size_t size;

	if (fstat(versions->file, &status) < 0 || !S_ISREG(status.st_mode))
		return "no ordinary file";
	if (status.st_uid != geteuid() || (status.st_mode & 07777) != 0600 || status.st_nlink != 1)
		return "not this user's alone";
	size = (size_t)status.st_size - sizeof(struct versions_head);
	if (status.st_size < size_of(VERSIONS_STEP) || status.st_size > size_of(VERSIONS_MAX) ||
	    size % (VERSIONS_STEP * sizeof(struct versions_entry)) != 0)
		return "cut off";
	versions->places = (uint32_t)(size / sizeof(struct versions_entry));
	return NULL;
}

static const char *wrong_head(const struct versions_head *head, const struct versions_head *mine)
{
	if (memcmp(head->magic, mine->magic, sizeof(head->magic)) != 0)
		return "damaged";
	if (head->format != mine->format)
		return "of another version";
	if (memcmp(head->boot, mine->boot, sizeof(head->boot)) != 0 ||
	    head->pid_namespace != mine->pid_namespace)
		return "of another boot";
	return NULL;
}

/* Is `one` given after `other`? They are numbers on a circle. */
static bool later(uint32_t one, uint32_t other)
{
	return (int32_t)(one - other) > 0;
}

static void look_through(struct versions *versions)
{
	struct table *table = versions->table;

	for (uint32_t place = versions->places; place > 0; place--) {
		const struct versions_entry *entry = &table->entries[place - 1];

		if (entry->pid == 0)
			offer(versions, place);
		else if (later(entry->version, table->head.last))
			table->head.last = entry->version;
	}
}

/* Takes the file that is there. 0; 1: it is not one to go on with, and ret_why says why. */
static int adopt(struct versions *versions, const char *path, const struct versions_head *mine,
		 const char **ret_why)
{
	int result;

	/* A pipe in its place must not hold the daemon up. */
	versions->file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	*ret_why = versions->file < 0 ? strerrordesc_np(errno) : wrong_file(versions);
	if (*ret_why)
		return 1;
	if (flock(versions->file, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	result = map(versions);
	if (result < 0)
		return result;
	*ret_why = wrong_head(&versions->table->head, mine);
	if (*ret_why)
		return 1;
	look_through(versions);
	return 0;
}

/* ---- A new one ---- */

static int begin(struct versions *versions, const char *path, const struct versions_head *mine)
{
	struct versions_head *head;
	int result;

	versions->file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (versions->file < 0)
		return -errno;
	if (fchmod(versions->file, 0600) < 0 || flock(versions->file, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	result = grow(versions);
	if (result == 0)
		result = map(versions);
	if (result < 0) {
		unlink(path);
		return result;
	}
	head = &versions->table->head;
	head->format = mine->format;
	head->pid_namespace = mine->pid_namespace;
	memcpy(head->boot, mine->boot, sizeof(head->boot));
	atomic_signal_fence(memory_order_seq_cst);
	memcpy(head->magic, mine->magic, sizeof(head->magic));
	return VERSIONS_BEGUN;
}

static void let_go(struct versions *versions)
{
	if (versions->table)
		munmap(versions->table, sizeof(struct table));
	if (versions->file >= 0)
		close(versions->file); /* and with it the lock */
	versions->table = NULL;
	versions->file = -1;
	versions->places = 0;
	versions->free_count = 0;
}

static int put_aside(const char *path, const char *why, char text[CONTROL_TEXT_MAX])
{
	char aside[4096];

	snprintf(aside, sizeof(aside), "%s.old", path);
	if (rename(path, aside) < 0)
		return WRONG(text, -errno, "%.200s cannot be used (%s), nor put aside: %s.", path,
			     why, strerror(errno));
	return WRONG(text, 0,
		     "%.200s cannot be used (%s). It is put aside as %.200s, and pidversions begin "
		     "anew.",
		     path, why, aside);
}

static int open_or_begin(struct versions *versions, const char *path, char text[CONTROL_TEXT_MAX])
{
	struct versions_head mine;
	const char *why = NULL;
	struct stat status;
	int result = describe(&mine);

	if (result < 0)
		return WRONG(text, result, "Cannot tell which boot this is: %s.",
			     strerror(-result));
	if (lstat(path, &status) == 0) {
		result = adopt(versions, path, &mine, &why);
		if (result == 0)
			return 0;
		let_go(versions);
		if (result == -EBUSY)
			return WRONG(text, result, "%.200s is another daemon's.", path);
		if (result > 0)
			result = put_aside(path, why, text);
		if (result < 0)
			return result;
	}
	result = begin(versions, path, &mine);
	if (result < 0)
		return WRONG(text, result, "Cannot make %.200s: %s.", path, strerror(-result));
	return result;
}

int versions_open(struct versions **ret_versions, const char *path, char text[CONTROL_TEXT_MAX])
{
	OWNED(versions_free) struct versions *versions = calloc(1, sizeof(*versions));
	int result;

	if (!versions)
		return WRONG(text, -ENOMEM, "No memory for %.200s.", path);
	versions->file = -1;
	result = open_or_begin(versions, path, text);
	if (result >= 0)
		*ret_versions = TAKE(versions);
	return result;
}

struct versions *versions_free(struct versions *versions)
{
	if (versions)
		let_go(versions);
	free(versions);
	return NULL;
}

uint32_t versions_last(const struct versions *versions)
{
	return versions->table->head.last;
}

void versions_raise(struct versions *versions, uint32_t last)
{
	atomic_store_explicit(&versions->table->head.last, last, memory_order_release);
}

uint32_t versions_places(const struct versions *versions)
{
	return versions->places;
}

const struct versions_entry *versions_at(const struct versions *versions, uint32_t place)
{
	const struct versions_entry *entry = &versions->table->entries[place - 1];

	return entry->pid == 0 ? NULL : entry;
}

uint32_t versions_put(struct versions *versions, uint32_t pid, uint32_t version,
		      const struct run *run)
{
	struct versions_entry *entry;
	uint32_t place;

	if (versions->free_count == 0 && (versions->full || grow(versions) < 0))
		return 0;
	place = versions->free_places[--versions->free_count];
	entry = &versions->table->entries[place - 1];
	entry->version = version;
	entry->run = *run;
	atomic_store_explicit(&entry->pid, pid, memory_order_release);
	return place;
}

void versions_drop(struct versions *versions, uint32_t place)
{
	struct versions_entry *entry = &versions->table->entries[place - 1];

	if (entry->pid == 0)
		return;
	atomic_store_explicit(&entry->pid, 0, memory_order_release);
	/* Nobody may see what is put there next under this pid. Whoever looks does so when this
	 * daemon is dead: it is enough that the stores are made in their order. */
	atomic_signal_fence(memory_order_seq_cst);
	offer(versions, place);
}
