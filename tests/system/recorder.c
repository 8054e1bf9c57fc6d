/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recording client. Its handler runs on the client's thread: it retains what concerns the test,
 * then answers. The test's thread looks at what was kept; a mutex stands between them.
 */
#include "tests/system/recorder.h"

#include "base/clock.h"
#include "tests/system/stage.h"

#include <EndpointSecurity/ESLinux.h>
#include <bsm/libbsm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct recorder {
	struct recorder *next;
	es_client_t *client;
	pid_t session;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* Under the mutex: */
	struct rule rules[RECORDER_RULES_MAX];
	size_t rule_count;
	const es_message_t *messages[RECORDER_MESSAGES_MAX];
	size_t message_count;
	size_t seen;
};

static struct recorder *all; /* used by the test's own thread alone */

/* ---- What a message is about ---- */

static const char *token(es_string_token_t text)
{
	return text.data ? text.data : "";
}

static const char *joined(const es_file_t *directory, es_string_token_t name, char *buffer,
			  size_t size)
{
	snprintf(buffer, size, "%s/%s", token(directory->path), token(name));
	return buffer;
}

static const char *created(const es_event_create_t *create, char *buffer, size_t size)
{
	if (create->destination_type == ES_DESTINATION_TYPE_EXISTING_FILE)
		return token(create->destination.existing_file->path);
	return joined(create->destination.new_path.dir, create->destination.new_path.filename,
		      buffer, size);
}

static const es_file_t *file_of(const es_message_t *message)
{
	const es_events_t *event = &message->event;
	const struct {
		es_event_type_t types[2];
		const es_file_t *file;
	} files[] = {
		{{ES_EVENT_TYPE_AUTH_OPEN, ES_EVENT_TYPE_NOTIFY_OPEN}, event->open.file},
		{{ES_EVENT_TYPE_NOTIFY_CLOSE, ES_EVENT_TYPE_NOTIFY_CLOSE}, event->close.target},
		{{ES_EVENT_TYPE_NOTIFY_UNLINK, ES_EVENT_TYPE_AUTH_UNLINK}, event->unlink.target},
		{{ES_EVENT_TYPE_NOTIFY_RENAME, ES_EVENT_TYPE_AUTH_RENAME}, event->rename.source},
		{{ES_EVENT_TYPE_NOTIFY_LINK, ES_EVENT_TYPE_AUTH_LINK}, event->link.source},
		{{ES_EVENT_TYPE_NOTIFY_WRITE, ES_EVENT_TYPE_NOTIFY_WRITE}, event->write.target},
		{{ES_EVENT_TYPE_NOTIFY_TRUNCATE, ES_EVENT_TYPE_AUTH_TRUNCATE},
		 event->truncate.target},
		{{ES_EVENT_TYPE_NOTIFY_SETMODE, ES_EVENT_TYPE_AUTH_SETMODE}, event->setmode.target},
		{{ES_EVENT_TYPE_NOTIFY_SETOWNER, ES_EVENT_TYPE_AUTH_SETOWNER},
		 event->setowner.target},
		{{ES_EVENT_TYPE_NOTIFY_UTIMES, ES_EVENT_TYPE_AUTH_UTIMES}, event->utimes.target},
		{{ES_EVENT_TYPE_NOTIFY_READDIR, ES_EVENT_TYPE_AUTH_READDIR}, event->readdir.target},
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		if (files[i].types[0] == message->event_type ||
		    files[i].types[1] == message->event_type)
			return files[i].file;
	}
	return NULL;
}

const char *message_path(const es_message_t *message, char *buffer, size_t size)
{
	const es_file_t *file;

	switch ((int)message->event_type) {
	case ES_EVENT_TYPE_AUTH_EXEC:
	case ES_EVENT_TYPE_NOTIFY_EXEC:
		return token(message->event.exec.target->executable->path);
	case ES_EVENT_TYPE_NOTIFY_CREATE:
		return created(&message->event.create, buffer, size);
	case ES_EVENT_TYPE_NOTIFY_MOUNT:
		return message->event.mount.statfs->f_mntonname;
	case ES_EVENT_TYPE_NOTIFY_UNMOUNT:
		return message->event.unmount.statfs->f_mntonname;
	default:
		file = file_of(message);
		return file ? token(file->path) : "";
	}
}

static bool matches(const es_message_t *message, const struct sought *sought)
{
	char buffer[4096];

	return message->event_type == sought->event &&
	       (!sought->pid || audit_token_to_pid(message->process->audit_token) == sought->pid) &&
	       (!sought->path ||
		strcmp(message_path(message, buffer, sizeof(buffer)), sought->path) == 0);
}

/* ---- The client's thread ---- */

/* What other programs of the machine do is none of the test's business. */
static bool concerns(const struct recorder *recorder, const es_message_t *message)
{
	char buffer[4096];

	return message->process->session_id == recorder->session ||
	       getsid(audit_token_to_pid(message->process->audit_token)) == recorder->session ||
	       strncmp(message_path(message, buffer, sizeof(buffer)), stage_root(),
		       strlen(stage_root())) == 0;
}

static struct rule rule_for(struct recorder *recorder, const es_message_t *message)
{
	for (size_t i = recorder->rule_count; i > 0; i--) {
		const struct rule *rule = &recorder->rules[i - 1];
		const struct sought sought = {.event = rule->event, .path = rule->path};

		if (matches(message, &sought))
			return *rule;
	}
	return (struct rule){.verdict = ALLOW};
}

static void answer(es_client_t *client, const es_message_t *message, const struct rule *rule)
{
	if (message->action_type != ES_ACTION_TYPE_AUTH || rule->verdict == DEFER)
		return;
	if (message->event_type == ES_EVENT_TYPE_AUTH_OPEN)
		es_respond_flags_result(client, message,
					rule->verdict == DENY ? 0
					: rule->flags	      ? rule->flags
							      : UINT32_MAX,
					rule->cache);
	else
		es_respond_auth_result(client, message,
				       rule->verdict == DENY ? ES_AUTH_RESULT_DENY
							     : ES_AUTH_RESULT_ALLOW,
				       rule->cache);
}

static void handle(es_client_t *client, const es_message_t *message, void *context)
{
	struct recorder *recorder = context;
	struct rule rule;

	pthread_mutex_lock(&recorder->mutex);
	rule = rule_for(recorder, message);
	recorder->seen++;
	if (concerns(recorder, message) && recorder->message_count < RECORDER_MESSAGES_MAX) {
		es_retain_message(message);
		recorder->messages[recorder->message_count++] = message;
		pthread_cond_broadcast(&recorder->changed);
	}
	pthread_mutex_unlock(&recorder->mutex);
	answer(client, message, &rule);
}

/* ---- The test's thread ---- */

static struct recorder *allocate(void)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	assert_non_null(recorder);
	recorder->session = getsid(0);
	pthread_mutex_init(&recorder->mutex, NULL);
	pthread_cond_init(&recorder->changed, NULL);
	recorder->next = all;
	all = recorder;
	return recorder;
}

static struct recorder *begin(struct recorder *recorder, es_new_client_result_t result,
			      const es_event_type_t *events, size_t count)
{
	if (result != ES_NEW_CLIENT_RESULT_SUCCESS)
		fail_msg("no client: %d, %s", (int)result, es_linux_last_error());
	if (es_subscribe(recorder->client, events, (uint32_t)count) != ES_RETURN_SUCCESS)
		fail_msg("no subscription: %s", es_linux_last_error());
	return recorder;
}

struct recorder *recorder_new(const es_event_type_t *events, size_t count)
{
	struct recorder *recorder = allocate();

	return begin(recorder, es_new_client_f(&recorder->client, handle, recorder), events, count);
}

struct recorder *recorder_new_descendants(const es_event_type_t *events, size_t count)
{
	struct recorder *recorder = allocate();

	return begin(recorder, es_new_descendants_client_f(&recorder->client, handle, recorder),
		     events, count);
}

es_client_t *recorder_client(const struct recorder *recorder)
{
	return recorder->client;
}

void recorder_rule(struct recorder *recorder, const struct rule *rule)
{
	pthread_mutex_lock(&recorder->mutex);
	assert_true(recorder->rule_count < RECORDER_RULES_MAX);
	recorder->rules[recorder->rule_count++] = *rule;
	pthread_mutex_unlock(&recorder->mutex);
}

static es_return_t end(struct recorder *recorder)
{
	es_return_t deleted = es_delete_client(recorder->client);

	for (struct recorder **place = &all; *place; place = &(*place)->next) {
		if (*place == recorder) {
			*place = recorder->next;
			break;
		}
	}
	for (size_t i = 0; i < recorder->message_count; i++)
		es_release_message(recorder->messages[i]);
	pthread_cond_destroy(&recorder->changed);
	pthread_mutex_destroy(&recorder->mutex);
	free(recorder);
	return deleted;
}

void recorder_free(struct recorder *recorder)
{
	if (recorder)
		assert_int_equal(end(recorder), ES_RETURN_SUCCESS);
}

unsigned int recorder_free_all(void)
{
	unsigned int count = 0;

	for (; all; count++)
		end(all);
	return count;
}

struct settled {
	struct recorder *recorder;
	bool done;
};

static void tell_settled(void *context)
{
	struct settled *settled = context;

	pthread_mutex_lock(&settled->recorder->mutex);
	settled->done = true;
	pthread_cond_broadcast(&settled->recorder->changed);
	pthread_mutex_unlock(&settled->recorder->mutex);
}

/* Waits for a change. False: the deadline has come. */
static bool wait_changed(struct recorder *recorder, uint64_t deadline)
{
	const struct timespec until = clock_timespec(deadline);

	return pthread_cond_clockwait(&recorder->changed, &recorder->mutex, CLOCK_MONOTONIC,
				      &until) == 0;
}

void recorder_settle(struct recorder *recorder)
{
	static struct settled settled; /* outlives a test that has failed */
	uint64_t deadline = stage_deadline();
	bool done;

	settled = (struct settled){.recorder = recorder};
	assert_int_equal(es_sync_client_f(recorder->client, tell_settled, &settled),
			 ES_RETURN_SUCCESS);
	pthread_mutex_lock(&recorder->mutex);
	while (!settled.done && wait_changed(recorder, deadline))
		;
	done = settled.done;
	pthread_mutex_unlock(&recorder->mutex);
	assert_true(done);
}

/* With the mutex held. Counts what matches; *ret_message is the index-th, if there is one. */
static size_t look(const struct recorder *recorder, const struct sought *sought, size_t index,
		   const es_message_t **ret_message)
{
	size_t count = 0;

	for (size_t i = 0; i < recorder->message_count; i++) {
		if (!matches(recorder->messages[i], sought))
			continue;
		if (count++ == index)
			*ret_message = recorder->messages[i];
	}
	return count;
}

void recorder_print(struct recorder *recorder)
{
	char buffer[4096];

	for (size_t i = 0; i < recorder->message_count; i++) {
		const es_message_t *message = recorder->messages[i];

		print_message("# kept: %s of %d %s (missing 0x%llx)\n",
			      es_linux_event_name(message->event_type),
			      (int)audit_token_to_pid(message->process->audit_token),
			      message_path(message, buffer, sizeof(buffer)),
			      (unsigned long long)es_linux_missing(message));
	}
}

const es_message_t *recorder_await_nth(struct recorder *recorder, const struct sought *sought,
				       size_t index)
{
	const es_message_t *message = NULL;
	uint64_t deadline = stage_deadline();

	pthread_mutex_lock(&recorder->mutex);
	while (look(recorder, sought, index, &message) <= index && wait_changed(recorder, deadline))
		;
	if (!message)
		recorder_print(recorder);
	pthread_mutex_unlock(&recorder->mutex);
	if (!message)
		fail_msg("no %s number %zu of %d for %s", es_linux_event_name(sought->event), index,
			 (int)sought->pid, sought->path ? sought->path : "anything");
	return message;
}

const es_message_t *recorder_await(struct recorder *recorder, const struct sought *sought)
{
	return recorder_await_nth(recorder, sought, 0);
}

size_t recorder_count(struct recorder *recorder, const struct sought *sought)
{
	const es_message_t *message = NULL;
	size_t count;

	recorder_settle(recorder);
	pthread_mutex_lock(&recorder->mutex);
	count = look(recorder, sought, SIZE_MAX, &message);
	pthread_mutex_unlock(&recorder->mutex);
	return count;
}

const es_message_t *recorder_message(struct recorder *recorder, size_t index)
{
	const es_message_t *message = NULL;

	pthread_mutex_lock(&recorder->mutex);
	if (index < recorder->message_count)
		message = recorder->messages[index];
	pthread_mutex_unlock(&recorder->mutex);
	return message;
}

size_t recorder_seen(struct recorder *recorder)
{
	size_t seen;

	pthread_mutex_lock(&recorder->mutex);
	seen = recorder->seen;
	pthread_mutex_unlock(&recorder->mutex);
	return seen;
}
