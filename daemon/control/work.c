/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that take long to make. A thread of its own makes each, from nothing that belongs to the
 * control thread, which meanwhile sees to clients that die.
 *
 * Owns the thread; the answer is handed on by later.c.
 */
#include "daemon/control/connection.h"

#include <errno.h>
#include <pthread.h>

struct job {
	const struct work *work;
	void *data;
	struct later_kind kind;
	pthread_t thread;
	struct later *later;
	struct answer answer; /* as far as the thread makes it */
	int result;
};

static void *make(void *context)
{
	struct job *job = context;

	job->result = job->work->make(job->data, &job->answer);
	later_done(job->later);
	return NULL;
}

static int finish(struct connection *connection, void *data, struct answer *answer)
{
	struct job *job = data;
	int result;

	(void)connection;
	pthread_join(job->thread, NULL);
	result = job->result;
	*answer = job->answer;
	job->work->free(job->data);
	free(job);
	return result;
}

static int start(struct connection *connection, const struct request *request, struct job *job,
		 struct answer *answer)
{
	int result = later_owe(connection, request, &job->kind, job, answer);

	if (result < 0)
		return result;
	job->later = later_of(connection);
	result = pthread_create(&job->thread, NULL, make, job);
	if (result != 0)
		later_cancel(connection, answer);
	return -result;
}

int work_begin(struct connection *connection, const struct request *request,
	       const struct work *work, void *data, struct answer *answer)
{
	struct job *job = calloc(1, sizeof(*job));
	int result = -ENOMEM;

	if (job) {
		job->work = work;
		job->data = data;
		job->kind = (struct later_kind){.finish = finish, .late = work->late};
		result = start(connection, request, job, answer);
	}
	if (result < 0) {
		work->free(data);
		free(job);
	}
	return result;
}
