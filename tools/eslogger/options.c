/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: a table of options, a row each with its name, what its argument is called, its
 * help and the function that takes it. `--help` prints the table; a test holds it against the man
 * page.
 */
#include "tools/eslogger/options.h"

#include "tools/eslogger/events.h"

#include <errno.h>
#include <string.h>

struct reading {
	struct options *options;
	FILE *errors;
};

struct option_row {
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
	int (*take)(struct reading *reading, const char *argument);
};

static int take_help(struct reading *reading, const char *argument)
{
	(void)argument;
	reading->options->help = true;
	return 0;
}

static int take_version(struct reading *reading, const char *argument)
{
	(void)argument;
	reading->options->version = true;
	return 0;
}

static int take_list_events(struct reading *reading, const char *argument)
{
	(void)argument;
	reading->options->list_events = true;
	return 0;
}

static int take_format(struct reading *reading, const char *argument)
{
	if (strcmp(argument, "json") == 0)
		return 0;
	fprintf(reading->errors, "eslogger: unknown format '%s'. The only format is json.\n",
		argument);
	return -EINVAL;
}

static int take_token_format(struct reading *reading, const char *argument)
{
	if (strcmp(argument, "array") == 0) {
		reading->options->tokens = ENCODE_TOKENS_ARRAY;
		return 0;
	}
	if (strcmp(argument, "object") == 0) {
		reading->options->tokens = ENCODE_TOKENS_OBJECT;
		return 0;
	}
	fprintf(reading->errors, "eslogger: unknown token format '%s'. Choose array or object.\n",
		argument);
	return -EINVAL;
}

static int take_record(struct reading *reading, const char *argument)
{
	reading->options->record = argument;
	return 0;
}

static int take_replay(struct reading *reading, const char *argument)
{
	reading->options->replay = argument;
	return 0;
}

static int refuse_oslog(struct reading *reading, const char *argument)
{
	(void)argument;
	fprintf(reading->errors,
		"eslogger: Linux has no unified log, so --oslog and its options do "
		"nothing here. To send the lines to the journal, type:\n"
		"  eslogger EVENT... | systemd-cat -t com.apple.eslogger\n");
	return -EINVAL;
}

static const struct option_row rows[] = {
	{"--list-events", NULL, "Print the names of all events and exit.", take_list_events},
	{"--format", "FORMAT", "Output format; json, the default, is the only one.", take_format},
	{"--token-format", "FORMAT",
	 "Audit tokens as array (message version 10 and newer, the default) or object (older).",
	 take_token_format},
	{"--record", "FILE",
	 "Store the records of the events in FILE (- is stdout), print nothing.", take_record},
	{"--replay", "FILE", "Read stored records from FILE (- is stdin) instead of watching.",
	 take_replay},
	{"--oslog", NULL, "Refused: Linux has no unified log.", refuse_oslog},
	{"--oslog-subsystem", "NAME", "Refused, as --oslog.", refuse_oslog},
	{"--oslog-category", "NAME", "Refused, as --oslog.", refuse_oslog},
	{"--version", NULL, "Print the version and exit.", take_version},
	{"--help", NULL, "Print this help and exit.", take_help},
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

void options_help(FILE *output)
{
	fputs("usage: eslogger [--format json] [--token-format FORMAT] [--record FILE] EVENT...\n"
	      "       eslogger --replay FILE [--token-format FORMAT] [--record FILE] [EVENT...]\n"
	      "       eslogger --list-events\n"
	      "\n"
	      "Prints events of this machine as lines of JSON. Gates nothing. Needs root.\n"
	      "\n",
	      output);
	for (unsigned int row = 0; row < ROW_COUNT; row++) {
		int width = fprintf(output, "  %s%s%s", rows[row].name,
				    rows[row].argument ? " " : "",
				    rows[row].argument ? rows[row].argument : "");

		fprintf(output, "%*s%s\n", 28 - width, "", rows[row].help);
	}
}

/* The row of --name or --name=value; the value, if it is there, goes to *ret_value. */
static const struct option_row *find_row(const char *text, const char **ret_value)
{
	size_t length = strcspn(text, "=");

	for (unsigned int row = 0; row < ROW_COUNT; row++) {
		if (strlen(rows[row].name) != length || strncmp(rows[row].name, text, length) != 0)
			continue;
		*ret_value = text[length] ? text + length + 1 : NULL;
		return &rows[row];
	}
	return NULL;
}

/* Takes the option at arguments[*index] and steps over its value. */
static int read_option(struct reading *reading, int count, char *const *arguments, int *index)
{
	const char *value = NULL;
	const struct option_row *row = find_row(arguments[*index], &value);

	if (!row) {
		fprintf(reading->errors,
			"eslogger: unknown option '%s'. eslogger --help lists the options.\n",
			arguments[*index]);
		return -EINVAL;
	}
	if (value && !row->argument) {
		fprintf(reading->errors, "eslogger: %s takes no value.\n", row->name);
		return -EINVAL;
	}
	if (row->argument && !value) {
		if (*index + 1 >= count) {
			fprintf(reading->errors, "eslogger: %s needs a value: %s %s\n", row->name,
				row->name, row->argument);
			return -EINVAL;
		}
		value = arguments[++*index];
	}
	return row->take(reading, value);
}

static int read_event(struct reading *reading, const char *name)
{
	const struct event *event = event_named(name);
	struct options *options = reading->options;

	if (!event) {
		const struct event *nearest = event_nearest(name);

		fprintf(reading->errors,
			"eslogger: unknown event '%s'.%s%s%s "
			"eslogger --list-events lists all events.\n",
			name, nearest ? " Did you mean '" : "", nearest ? nearest->name : "",
			nearest ? "'?" : "");
		return -EINVAL;
	}
	if (!options->wanted[event->notify])
		options->wanted_count++;
	options->wanted[event->notify] = true;
	return 0;
}

int options_read(struct options *ret_options, int count, char *const *arguments, FILE *errors)
{
	struct options options = {0};
	struct reading reading = {.options = &options, .errors = errors};
	bool only_events = false;

	for (int index = 1; index < count; index++) {
		bool option = !only_events && arguments[index][0] == '-';
		int result = 0;

		if (option && strcmp(arguments[index], "--") == 0)
			only_events = true;
		else if (option)
			result = read_option(&reading, count, arguments, &index);
		else
			result = read_event(&reading, arguments[index]);
		if (result < 0)
			return result;
	}
	if (options.wanted_count == 0 && !options.replay && !options.help && !options.version &&
	    !options.list_events) {
		fputs("eslogger: which events? For example: eslogger exec open\n"
		      "eslogger --list-events lists all events, --help says more.\n",
		      errors);
		return -EINVAL;
	}
	*ret_options = options;
	return 0;
}
