/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eslogger: prints the events of a machine, or of a stored stream, as lines of JSON.
 *
 * The library calls the handler on a thread of its own; the handler encodes into the buffer and
 * writes when it is time (output.h). A second thread writes lines that have waited long enough. One
 * mutex guards buffer and output, and whoever writes holds it for as long as the reader pleases. So
 * the main thread, which owns the client and waits for a signal or for the reader to go away, takes
 * it with a deadline only.
 */
#include "tools/eslogger/encode.h"
#include "tools/eslogger/events.h"
#include "tools/eslogger/options.h"
#include "tools/eslogger/output.h"

#include <EndpointSecurity/ESLinux.h>
#include <EndpointSecurity/EndpointSecurity.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, PATIENCE_MILLISECONDS = 1000 };

struct logger {
	struct options options;
	pthread_mutex_t lock;
	struct encoder encoder; /* its buffer is also that of records */
	struct output output;
	pthread_t writer; /* writes what has waited long enough */
	int wake; /* eventfd: for the writer: a line waits, or writing failed */
	int failed; /* eventfd: writing failed */
	int handled; /* eventfd: what happened before the end has been handled */
	bool ending; /* nothing more is written */
	pid_t own_group; /* whose events are left out; 0: nobody's */
	uint64_t too_long; /* lines that did not fit into the buffer */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Appends the message as a line or as a record. False if there is no room for it. */
static bool append(struct logger *logger, es_client_t *client, const es_message_t *message)
{
	struct json *json = &logger->encoder.json;
	const void *record;
	size_t size;

	if (!logger->options.record)
		return encode_message(&logger->encoder, message,
				      client ? es_linux_dropped(client) : 0);
	record = es_linux_message_record(message, &size);
	if (size > json->capacity - json->used)
		return false;
	json_raw(json, record, size);
	return true;
}

static bool is_wanted(const struct logger *logger, const es_message_t *message)
{
	const struct event *event = event_of_type(message->event_type);

	if (logger->own_group && message->process &&
	    message->process->group_id == logger->own_group)
		return false;
	return logger->options.wanted_count == 0 || !event || logger->options.wanted[event->notify];
}

/* The last word: 0, or what kept lines from being written. */
static int exit_code(const struct logger *logger)
{
	int error = logger->output.error;

	if (logger->too_long)
		fprintf(stderr, "eslogger: left out %llu events longer than %d bytes\n",
			(unsigned long long)logger->too_long, OUTPUT_CAPACITY);
	/* A reader that went away has seen what it wanted. */
	if (error == 0 || error == -EPIPE)
		return EXIT_SUCCESS;
	fprintf(stderr, "eslogger: cannot write: %s\n", strerror(-error));
	return EXIT_FAILURE;
}

static void handle(es_client_t *client, const es_message_t *message, void *context)
{
	struct logger *logger = context;
	struct output *output = &logger->output;
	bool was_empty, wake;

	if (!is_wanted(logger, message))
		return;
	pthread_mutex_lock(&logger->lock);
	if (logger->ending) {
		pthread_mutex_unlock(&logger->lock);
		return;
	}
	was_empty = *output->used == 0;
	if (!append(logger, client, message)) {
		output_flush(output, now_ns());
		was_empty = true;
		if (!append(logger, client, message))
			logger->too_long++;
	}
	wake = output_line(output, now_ns(), was_empty) || output->error;
	pthread_mutex_unlock(&logger->lock);
	/* A replay has no other end. */
	if (!client && output->error)
		exit(exit_code(logger));
	if (wake)
		eventfd_write(logger->wake, 1);
}

static int milliseconds_until(uint64_t deadline_ns)
{
	uint64_t now = now_ns();

	if (deadline_ns == UINT64_MAX)
		return -1;
	return deadline_ns <= now ? 0 : (int)((deadline_ns - now) / 1000000 + 1);
}

/* Writes lines that have waited long enough. False once there will be nothing more to write. */
static bool write_waiting(struct logger *logger, uint64_t *ret_deadline_ns)
{
	struct output *output = &logger->output;
	bool working;

	pthread_mutex_lock(&logger->lock);
	if (logger->ending || output_deadline(output) <= now_ns())
		output_flush(output, now_ns());
	*ret_deadline_ns = output_deadline(output);
	working = !output->error && !logger->ending;
	pthread_mutex_unlock(&logger->lock);
	return working;
}

/* The writer: until the end, or until writing fails. */
static void *write_in_time(void *context)
{
	struct logger *logger = context;
	struct pollfd wake = {.fd = logger->wake, .events = POLLIN};
	uint64_t deadline_ns;

	while (write_waiting(logger, &deadline_ns)) {
		eventfd_t ignored;

		if (poll(&wake, 1, milliseconds_until(deadline_ns)) > 0)
			eventfd_read(logger->wake, &ignored);
	}
	eventfd_write(logger->failed, 1);
	return NULL;
}

/* Until a signal comes, the reader goes away or writing fails. */
static void wait_for_end(const struct logger *logger, int signals)
{
	struct pollfd watched[] = {
		{.fd = signals, .events = POLLIN},
		{.fd = logger->failed, .events = POLLIN},
		{.fd = logger->output.fd, .events = 0}, /* hang-up alone */
	};

	while (poll(watched, 3, -1) < 0)
		;
}

static const char *result_name(es_new_client_result_t result)
{
	static const char *const names[] = {
#define RESULT_NAME(name) [ES_NEW_CLIENT_RESULT_##name] = "ES_NEW_CLIENT_RESULT_" #name
		RESULT_NAME(SUCCESS),
		RESULT_NAME(ERR_INVALID_ARGUMENT),
		RESULT_NAME(ERR_INTERNAL),
		RESULT_NAME(ERR_NOT_ENTITLED),
		RESULT_NAME(ERR_NOT_PERMITTED),
		RESULT_NAME(ERR_NOT_PRIVILEGED),
		RESULT_NAME(ERR_TOO_MANY_CLIENTS),
#undef RESULT_NAME
	};

	return result < sizeof(names) / sizeof(names[0]) ? names[result] : "an unknown result";
}

/* Says of each event that cannot be had here why not. Returns how many there are. */
static unsigned int complain_of_events(es_client_t *client, const struct logger *logger)
{
	unsigned int complaints = 0;

	for (unsigned int index = 0; index < EVENTS_COUNT; index++) {
		es_linux_support_t support = ES_LINUX_SUPPORT_NONE;
		char reason[512] = "";

		if (!logger->options.wanted[events[index].notify])
			continue;
		if (es_linux_event_support(client, events[index].notify, &support, reason,
					   sizeof(reason)) == ES_RETURN_SUCCESS &&
		    support != ES_LINUX_SUPPORT_NONE)
			continue;
		fprintf(stderr, "eslogger: this machine cannot report '%s': %s\n",
			events[index].name, reason);
		complaints++;
	}
	return complaints;
}

static bool subscribe(es_client_t *client, const struct logger *logger)
{
	es_event_type_t wanted[EVENTS_COUNT];
	uint32_t count = 0;
	char reason[512];

	for (unsigned int index = 0; index < EVENTS_COUNT; index++)
		if (logger->options.wanted[events[index].notify])
			wanted[count++] = events[index].notify;
	if (es_subscribe(client, wanted, count) == ES_RETURN_SUCCESS)
		return true;
	snprintf(reason, sizeof(reason), "%s", es_linux_last_error());
	if (complain_of_events(client, logger) == 0)
		fprintf(stderr, "eslogger: failed to subscribe: %s\n", reason);
	else
		fputs("eslogger: leave these events out; esctl events tells of all\n", stderr);
	return false;
}

/* The signals that end it. Blocked before the library makes threads, which inherit the mask. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void say_handled(void *context)
{
	const struct logger *logger = context;

	eventfd_write(logger->handled, 1);
}

/*
 * Ends the client, when all that happened before has been handled. A reader that does not read
 * keeps the handler or the writer in write(2), and es_delete_client() would wait for it: then the
 * process just ends, which for NOTIFY events harms nobody.
 */
static void end_client(struct logger *logger, es_client_t *client)
{
	struct pollfd handled = {.fd = logger->handled, .events = POLLIN};
	struct timespec deadline;

	if (es_sync_client_f(client, say_handled, logger) == ES_RETURN_SUCCESS)
		poll(&handled, 1, PATIENCE_MILLISECONDS);
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += PATIENCE_MILLISECONDS / 1000;
	if (pthread_mutex_clocklock(&logger->lock, CLOCK_MONOTONIC, &deadline) != 0)
		_exit(EXIT_SUCCESS);
	logger->ending = true;
	pthread_mutex_unlock(&logger->lock);
	es_delete_client(client);
	eventfd_write(logger->wake, 1);
	if (pthread_clockjoin_np(logger->writer, NULL, CLOCK_MONOTONIC, &deadline) != 0)
		_exit(EXIT_SUCCESS);
}

static bool start_writer(struct logger *logger)
{
	int error = pthread_create(&logger->writer, NULL, write_in_time, logger);

	if (error)
		fprintf(stderr, "eslogger: cannot start a thread: %s\n", strerror(error));
	return error == 0;
}

static bool watch(struct logger *logger)
{
	es_client_t *client = NULL;
	es_new_client_result_t result;
	int signals = open_signals();
	bool subscribed;

	if (!start_writer(logger))
		return false;
	logger->own_group = getpgrp();
	result = es_new_client_f(&client, handle, logger);
	if (result != ES_NEW_CLIENT_RESULT_SUCCESS) {
		fprintf(stderr, "eslogger: failed to create a client: %s: %s\n",
			result_name(result), es_linux_last_error());
		close(signals);
		return false;
	}
	subscribed = subscribe(client, logger);
	if (subscribed)
		wait_for_end(logger, signals);
	end_client(logger, client);
	close(signals);
	return subscribed;
}

static bool replay(struct logger *logger)
{
	const char *path = logger->options.replay;
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	uint64_t messages = 0;
	es_return_t result;

	if (fd < 0) {
		fprintf(stderr, "eslogger: cannot open %s: %s\n", path, strerror(errno));
		return false;
	}
	result = es_linux_replay_f(fd, handle, logger, &messages);
	if (result != ES_RETURN_SUCCESS)
		fprintf(stderr, "eslogger: %s, after %llu events: %s\n", path,
			(unsigned long long)messages, es_linux_last_error());
	if (!standard)
		close(fd);
	return result == ES_RETURN_SUCCESS;
}

/* Where lines or records go: a descriptor, or -1 after having said why not. */
static int open_output(const char *record)
{
	int fd;

	if (!record)
		return STDOUT_FILENO;
	if (strcmp(record, "-") == 0) {
		if (!isatty(STDOUT_FILENO))
			return STDOUT_FILENO;
		fputs("eslogger: records are no text for a terminal; send them to a file\n",
		      stderr);
		return -1;
	}
	fd = open(record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		fprintf(stderr, "eslogger: cannot write %s: %s\n", record, strerror(errno));
	return fd;
}

/* They live as long as the process, as the buffer does: a thread may outlive its client. */
static bool open_events(struct logger *logger)
{
	int *const made[] = {&logger->wake, &logger->failed, &logger->handled};

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		*made[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (*made[i] < 0) {
			fprintf(stderr, "eslogger: cannot make an eventfd: %s\n", strerror(errno));
			return false;
		}
	}
	return true;
}

static int run(struct logger *logger)
{
	char *buffer = malloc(OUTPUT_CAPACITY);
	int fd = open_output(logger->options.record), code = EXIT_FAILURE;

	if (fd >= 0 && buffer && open_events(logger)) {
		bool done;

		encoder_init(&logger->encoder, logger->options.tokens, buffer, OUTPUT_CAPACITY);
		output_init(&logger->output, fd, buffer, &logger->encoder.json.used);
		done = logger->options.replay ? replay(logger) : watch(logger);
		output_flush(&logger->output, now_ns());
		code = exit_code(logger);
		if (!done)
			code = EXIT_FAILURE;
	}
	if (fd > STDERR_FILENO)
		close(fd);
	return code;
}

int main(int count, char **arguments)
{
	/* Not on the stack: threads use it until the process is gone. */
	static struct logger logger = {.lock = PTHREAD_MUTEX_INITIALIZER};

	if (options_read(&logger.options, count, arguments, stderr) < 0)
		return EXIT_USAGE;
	if (logger.options.help) {
		options_help(stdout);
	} else if (logger.options.version) {
		puts("eslogger " SLUICE_VERSION);
	} else if (logger.options.list_events) {
		for (unsigned int index = 0; index < EVENTS_COUNT; index++)
			puts(events[index].name);
	} else {
		/* A pipe whose reader went away is an error of write(2), not a signal. */
		signal(SIGPIPE, SIG_IGN);
		return run(&logger);
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
