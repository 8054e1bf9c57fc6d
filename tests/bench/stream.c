/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored records, measured (stream.h). Makes a stream of the ordinary events of a machine, and owns
 * its file until it is measured. Rates are by processor time, so that others on the machine matter
 * less.
 */
#include "tests/bench/stream.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/sample/record.h"
#include "wire/events.h"

#include <EndpointSecurity/ESLinux.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { RECORDS = 100000, ROUNDS = 3, LINES = 1000 };

static const unsigned int kinds[] = {EVENT_NOTIFY_OPEN,	  EVENT_NOTIFY_EXEC,  EVENT_NOTIFY_CLOSE,
				     EVENT_NOTIFY_CREATE, EVENT_NOTIFY_EXIT,  EVENT_NOTIFY_FORK,
				     EVENT_NOTIFY_RENAME, EVENT_NOTIFY_UNLINK};

static int write_stream(const char *path)
{
	static _Alignas(8) unsigned char record[RECORD_SIZE_MAX];
	FILE *stream = fopen(path, "we");

	if (!stream)
		return -errno;
	for (unsigned int number = 0; number < RECORDS; number++) {
		const struct sample_options options = {
			.number = number, .pid = 1000 + number % 50, .group_id = 77};
		unsigned int kind = kinds[number % (sizeof(kinds) / sizeof(kinds[0]))];
		size_t size = sample_record(record, sizeof(record), kind, &options);

		if (fwrite(record, size, 1, stream) != 1)
			break;
	}
	return fclose(stream) == 0 ? 0 : -errno;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double used_seconds(const struct rusage *usage)
{
	return seconds(usage->ru_utime) + seconds(usage->ru_stime);
}

static void ignore(es_client_t *client, const es_message_t *message, void *context)
{
	(void)client;
	(void)message;
	(void)context;
}

static double decode_rate(const char *path)
{
	OWNED_DESCRIPTOR int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct rusage before, after;
	uint64_t messages = 0;

	getrusage(RUSAGE_SELF, &before);
	if (fd < 0 || es_linux_replay_f(fd, ignore, NULL, &messages) != ES_RETURN_SUCCESS)
		return 0;
	getrusage(RUSAGE_SELF, &after);
	return (double)messages / (used_seconds(&after) - used_seconds(&before));
}

/* Runs eslogger over the stream, its output into a descriptor. Returns the time it used. */
static double run_eslogger(const char *eslogger, const char *path, int output)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(output, STDOUT_FILENO);
		execl(eslogger, eslogger, "--replay", path, NULL);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0)
		return 0;
	return used_seconds(&usage);
}

static double print_rate(const char *eslogger, const char *path)
{
	OWNED_DESCRIPTOR int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	double used = run_eslogger(eslogger, path, null);

	return used > 0 ? RECORDS / used : 0;
}

static double text_rate(const char *eslogger, const char *path, const char *lines_path)
{
	OWNED_DESCRIPTOR int fd = open(lines_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	static struct json_object *objects[LINES];
	OWNED_MEMORY char *line = NULL;
	unsigned int count = 0;
	size_t room = 0;
	FILE *stream;
	uint64_t start;

	if (run_eslogger(eslogger, path, fd) <= 0)
		return 0;
	stream = fopen(lines_path, "re");
	while (stream && count < LINES && getline(&line, &room, stream) > 0)
		objects[count++] = json_tokener_parse(line);
	if (stream)
		fclose(stream);
	start = clock_now_ns();
	for (unsigned int index = 0; index < count; index++)
		json_object_to_json_string_ext(objects[index], JSON_C_TO_STRING_PLAIN);
	start = clock_now_ns() - start;
	for (unsigned int index = 0; index < count; index++)
		json_object_put(objects[index]);
	return count * (double)NANOSECONDS_PER_SECOND / (double)start;
}

static void keep_better(double *best, double value)
{
	if (value > *best)
		*best = value;
}

int stream_measure(const char *folder, const char *eslogger, struct stream_rates *ret_rates)
{
	struct stream_rates rates = {0};
	char path[512], lines[512];
	int result;

	snprintf(path, sizeof(path), "%s/stream", folder);
	snprintf(lines, sizeof(lines), "%s/lines", folder);
	result = write_stream(path);
	for (int round = 0; round < ROUNDS && result == 0; round++) {
		keep_better(&rates.decoded, decode_rate(path));
		keep_better(&rates.printed, print_rate(eslogger, path));
	}
	if (result == 0)
		rates.json_c = text_rate(eslogger, path, lines);
	unlink(path);
	unlink(lines);
	*ret_rates = rates;
	return result;
}
