/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that reads another process' memory (process_vm_readv), and its replacement when it is
 * stuck in a page that never comes. Each worker has its own memory for what it reads, so that one
 * that comes back late disturbs nobody: it finds itself abandoned and ends.
 */
#include "daemon/engine/fanotify/reader.h"
#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>

enum { POINTERS = 64, PAGE = 4096 };

enum worker_state { WORKER_IDLE, WORKER_ASKED, WORKER_DONE, WORKER_ABANDONED };

/* Shared by the reader and its workers, whoever lives longest. */
struct account {
	unsigned int references;
	unsigned int stuck; /* workers left behind and not back */
};

struct worker {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum worker_state state;
	struct account *account;
	struct reader_request request;
	struct reader_result result;
};

struct reader {
	struct worker *worker; /* NULL: none is free */
	struct account *account;
};

static void account_unref(struct account *account)
{
	if (account && __atomic_sub_fetch(&account->references, 1, __ATOMIC_ACQ_REL) == 0)
		free(account);
}

static size_t read_memory(pid_t pid, uint64_t address, void *bytes, size_t size)
{
	struct iovec remote = {(void *)(uintptr_t)address, size};
	struct iovec local = {bytes, size};
	ssize_t length = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	return length < 0 ? 0 : (size_t)length;
}

/* A string, with its NUL, page by page: what lies behind it need not be there. */
static size_t read_string(pid_t pid, uint64_t address, char *text, size_t size)
{
	size_t used = 0;

	while (used < size) {
		size_t step = PAGE - (address + used) % PAGE;
		size_t got, length;

		if (step > size - used)
			step = size - used;
		got = read_memory(pid, address + used, text + used, step);
		length = strnlen(text + used, got);
		if (length < got)
			return used + length + 1;
		if (got < step)
			return 0;
		used += got;
	}
	return 0;
}

static uint64_t pointer_at(const void *bytes, size_t index, bool narrow)
{
	uint64_t wide;
	uint32_t half;

	if (!narrow) {
		memcpy(&wide, (const char *)bytes + index * sizeof(wide), sizeof(wide));
		return wide;
	}
	memcpy(&half, (const char *)bytes + index * sizeof(half), sizeof(half));
	return half;
}

static void read_list(const struct reader_request *request, uint64_t address,
		      struct reader_text *ret)
{
	size_t width = request->narrow ? 4 : 8;
	size_t strings = 0;
	uint64_t pointers[POINTERS];

	ret->length = 0;
	ret->whole = address == 0;
	while (address != 0 && strings < READER_STRINGS_MAX) {
		/* Not beyond the page: the list may end there. */
		size_t count = (PAGE - address % PAGE) / width;
		size_t got;

		if (count > POINTERS)
			count = POINTERS;
		if (count == 0)
			return;
		got = read_memory(request->pid, address, pointers, count * width) / width;
		if (got == 0)
			return;
		for (size_t i = 0; i < got; i++, strings++) {
			uint64_t pointer = pointer_at(pointers, i, request->narrow);
			size_t length;

			if (pointer == 0) {
				ret->whole = true;
				return;
			}
			length = read_string(request->pid, pointer, ret->text + ret->length,
					     READER_TEXT_MAX - ret->length);
			if (length == 0)
				return;
			ret->length += length;
		}
		address += got * width;
	}
}

static void serve(struct worker *worker)
{
	const struct reader_request *request = &worker->request;
	struct reader_result *result = &worker->result;
	size_t length = 0;

	if (request->name)
		length = read_string(request->pid, request->name, result->name, READER_NAME_MAX);
	result->name_length = length ? length - 1 : 0;
	for (int i = 0; i < 2; i++)
		read_list(request, request->lists[i], &result->lists[i]);
}

static struct worker *worker_free(struct worker *worker)
{
	account_unref(worker->account);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
	return NULL;
}

static void *work(void *context)
{
	struct worker *worker = context;
	bool abandoned = false;

	pthread_mutex_lock(&worker->lock);
	while (!abandoned) {
		while (worker->state == WORKER_IDLE || worker->state == WORKER_DONE)
			pthread_cond_wait(&worker->changed, &worker->lock);
		if (worker->state == WORKER_ASKED) {
			pthread_mutex_unlock(&worker->lock);
			serve(worker);
			pthread_mutex_lock(&worker->lock);
		}
		abandoned = worker->state == WORKER_ABANDONED;
		worker->state = WORKER_DONE;
		pthread_cond_signal(&worker->changed);
	}
	pthread_mutex_unlock(&worker->lock);
	__atomic_fetch_sub(&worker->account->stuck, 1, __ATOMIC_RELEASE);
	worker_free(worker);
	return NULL;
}

static struct worker *worker_new(struct account *account)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	pthread_condattr_t attributes;
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;
	int result;

	if (!worker)
		return NULL;
	worker->account = account;
	__atomic_fetch_add(&account->references, 1, __ATOMIC_RELAXED);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&worker->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&thread, &detached, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
	return result ? worker_free(worker) : worker;
}

int reader_new(struct reader **ret_reader)
{
	OWNED(reader_free) struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->account = calloc(1, sizeof(*reader->account));
	if (!reader->account)
		return -ENOMEM;
	reader->account->references = 1;
	reader->worker = worker_new(reader->account);
	if (!reader->worker)
		return -EAGAIN;
	*ret_reader = TAKE(reader);
	return 0;
}

/* The worker frees itself, and counts itself out, whenever it comes back. */
static void abandon(struct reader *reader, struct worker *worker)
{
	__atomic_fetch_add(&reader->account->stuck, 1, __ATOMIC_RELAXED);
	worker->state = WORKER_ABANDONED;
	pthread_cond_signal(&worker->changed);
	reader->worker = NULL;
}

struct reader *reader_free(struct reader *reader)
{
	struct worker *worker;

	if (!reader)
		return NULL;
	worker = reader->worker;
	if (worker) {
		pthread_mutex_lock(&worker->lock);
		abandon(reader, worker);
		pthread_mutex_unlock(&worker->lock);
	}
	account_unref(reader->account);
	free(reader);
	return NULL;
}

const struct reader_result *reader_read(struct reader *reader, const struct reader_request *request,
					uint64_t deadline_ns)
{
	const struct timespec deadline = clock_timespec(deadline_ns);
	const struct reader_result *result = NULL;
	struct worker *worker;
	int error = 0;

	if (!reader->worker &&
	    __atomic_load_n(&reader->account->stuck, __ATOMIC_ACQUIRE) < READER_THREADS_MAX)
		reader->worker = worker_new(reader->account);
	worker = reader->worker;
	if (!worker)
		return NULL;
	pthread_mutex_lock(&worker->lock);
	worker->request = *request;
	worker->state = WORKER_ASKED;
	pthread_cond_signal(&worker->changed);
	while (worker->state != WORKER_DONE && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&worker->changed, &worker->lock, &deadline);
	if (worker->state == WORKER_DONE)
		result = &worker->result;
	else
		abandon(reader, worker);
	pthread_mutex_unlock(&worker->lock);
	return result;
}
