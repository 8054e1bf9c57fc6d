/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the command line by the table in options.def, and prints the same table as help.
 */
#include "daemon/service/options.h"

#include "daemon/control/entries.h"
#include "daemon/service/options.def"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Engines by the names --engine knows; the first is the one of `auto`. */
static const struct engine_operations *const engines[] = {&engine_fanotify};
enum { ENGINE_COUNT = sizeof(engines) / sizeof(engines[0]) };

struct reading {
	struct options options;
	FILE *output;
	char *error;
};

#define WRONG(reading, ...) (snprintf((reading)->error, CONTROL_TEXT_MAX, __VA_ARGS__), -EINVAL)

static int take_engine(struct reading *reading, const char *value)
{
	if (strcmp(value, "auto") == 0)
		return 0;
	for (unsigned int index = 0; index < ENGINE_COUNT; index++) {
		if (strcmp(value, engines[index]->name) != 0)
			continue;
		reading->options.engine = engines[index];
		return 0;
	}
	return WRONG(reading, "There is no engine '%s'. Choose fanotify or auto.", value);
}

static int take_root(struct reading *reading, const char *value)
{
	reading->options.root = value;
	return 0;
}

static int take_socket(struct reading *reading, const char *value)
{
	reading->options.socket = value;
	return 0;
}

static int take_clients(struct reading *reading, const char *value)
{
	reading->options.clients = value;
	return 0;
}

static int take_development(struct reading *reading, const char *value)
{
	(void)value;
	reading->options.development = true;
	return 0;
}

static int take_debug_policy(struct reading *reading, const char *value)
{
	int policy = debug_policy_find(value, strlen(value));

	if (policy < 0)
		return WRONG(reading, "There is no policy '%s'. Choose pass, hold or deny.", value);
	reading->options.debug_policy = (enum debug_policy)policy;
	return 0;
}

static int take_replace(struct reading *reading, const char *value)
{
	(void)value;
	reading->options.replace = true;
	return 0;
}

static int take_log(struct reading *reading, const char *value)
{
	static const char *const targets[] = {
		[JOURNAL_STDERR] = "stderr",
		[JOURNAL_JOURNAL] = "journal",
		[JOURNAL_NONE] = "none",
	};

	for (unsigned int index = 0; index < sizeof(targets) / sizeof(targets[0]); index++) {
		if (strcmp(value, targets[index]) != 0)
			continue;
		reading->options.log = index;
		reading->options.log_chosen = true;
		return 0;
	}
	return WRONG(reading, "There is no log '%s'. Choose stderr, journal or none.", value);
}

static int take_private(struct reading *reading, const char *value)
{
	(void)value;
	reading->options.private_daemon = true;
	return 0;
}

static int take_fd(struct reading *reading, const char *value)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || number < 0 || number > INT_MAX)
		return WRONG(reading, "'%s' is no descriptor.", value);
	reading->options.descriptor = (int)number;
	return 0;
}

static int take_foreground(struct reading *reading, const char *value)
{
	(void)reading;
	(void)value;
	return 0;
}

static int take_help(struct reading *reading, const char *value);

static int take_version(struct reading *reading, const char *value)
{
	(void)value;
	fprintf(reading->output, "endpointsecurityd %s\n", SLUICE_VERSION);
	return OPTIONS_DONE;
}

static const struct option_row {
	const char *name;
	const char *argument;
	int (*take)(struct reading *reading, const char *value);
	const char *help;
} rows[] = {
#define ROW(name, argument, take, help) {name, argument, take, help},
	SERVICE_OPTIONS(ROW)
#undef ROW
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static int take_help(struct reading *reading, const char *value)
{
	(void)value;
	fputs("Usage: endpointsecurityd [OPTION]...\n"
	      "Lets programs watch and authorise what happens on this machine (EndpointSecurity).\n"
	      "\n",
	      reading->output);
	for (unsigned int index = 0; index < ROW_COUNT; index++) {
		const struct option_row *row = &rows[index];

		fprintf(reading->output, "  --%s%s%s\n      %s\n", row->name,
			row->argument ? "=" : "", row->argument ? row->argument : "", row->help);
	}
	return OPTIONS_DONE;
}

/* The row of "--name" or "--name=value"; *ret_value is NULL for the former. */
static const struct option_row *find_row(const char *word, const char **ret_value)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);

	*ret_value = equals ? equals + 1 : NULL;
	if (length < 2 || memcmp(word, "--", 2) != 0)
		return NULL;
	for (unsigned int index = 0; index < ROW_COUNT; index++)
		if (strlen(rows[index].name) == length - 2 &&
		    memcmp(rows[index].name, word + 2, length - 2) == 0)
			return &rows[index];
	return NULL;
}

static int take_words(struct reading *reading, int argc, char **argv)
{
	for (int index = 1; index < argc; index++) {
		const char *value;
		const struct option_row *row = find_row(argv[index], &value);
		int result;

		if (!row)
			return WRONG(reading,
				     "There is no option '%s'. "
				     "`endpointsecurityd --help` lists them.",
				     argv[index]);
		if (row->argument && !value && index + 1 < argc)
			value = argv[++index];
		if (row->argument && !value)
			return WRONG(reading, "--%s needs %s behind it.", row->name, row->argument);
		if (!row->argument && value)
			return WRONG(reading, "--%s takes no value.", row->name);
		result = row->take(reading, value);
		if (result != 0)
			return result;
	}
	return 0;
}

int options_read(struct options *ret_options, int argc, char **argv, FILE *output,
		 char error[CONTROL_TEXT_MAX])
{
	struct reading reading = {
		.options = {.engine = engines[0],
			    .socket = CONTROL_SOCKET_PATH,
			    .clients = ENTRIES_DIRECTORY,
			    .descriptor = -1},
		.output = output,
		.error = error,
	};
	int result;

	result = take_words(&reading, argc, argv);
	if (result != 0)
		return result;
	if (reading.options.private_daemon != (reading.options.descriptor >= 0))
		return WRONG(&reading, "--private and --fd go together.");
	if (reading.options.private_daemon && reading.options.replace)
		return WRONG(&reading, "A private daemon replaces nothing.");
	/* The terminal is the program's. */
	if (reading.options.private_daemon && !reading.options.log_chosen)
		reading.options.log = JOURNAL_JOURNAL;
	*ret_options = reading.options;
	return 0;
}
