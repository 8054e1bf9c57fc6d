/* SPDX-License-Identifier: Apache-2.0 */
/*
 * esctl: looks into a running endpointsecurityd, and helps when something is stuck. The commands
 * are a table, a row each; --help prints it. Owns the connection for the length of one command.
 */
#include "tools/esctl/commands.h"
#include "tools/esctl/nearest.h"

#include <stdio.h>
#include <string.h>

struct command {
	const char *name;
	const char *arguments;
	int least, most; /* words behind the name */
	command_function *run;
	const char *help;
};

enum { ANY = 1000 };

static const struct command commands[] = {
	{"status", "", 0, 0, command_status, "Print what the daemon is and has done."},
	{"clients", "", 0, 0, command_clients, "List clients: subscriptions, queue, drops, debts."},
	{"pending", " [--why]", 0, 1, command_pending,
	 "List what is held, waiting for an answer, and why."},
	{"events", "", 0, 0, command_events,
	 "List every event and what this machine can do with it."},
	{"mutes", " [CLIENT]", 0, 1, command_mutes, "List mutes, of one client or of all."},
	{"mute", " CLIENT KIND PATH|PID [EVENT...]", 2, ANY, command_mute, "Mute for a client."},
	{"unmute", " CLIENT KIND [PATH|PID [EVENT...]]", 2, ANY, command_unmute,
	 "Take mutes away."},
	{"denials", "", 0, 0, command_denials, "List the last denials, kills and losses."},
	{"missed", " [CLIENT]", 0, 1, command_missed,
	 "List what was answered for clients that were stopped."},
	{"debug", " CLIENT [pass|hold|deny]", 1, 2, command_debug,
	 "Show or set what a stop by a debugger does."},
	{"cache", " clear", 1, 1, command_cache, "Forget the cached answers of all clients."},
	{"release-all", "", 0, 0, command_release_all,
	 "Let go of everything that is held, at once."},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

struct settings {
	bool json;
	const char *socket;
};

static int take_help(struct settings *settings, const char *argument);
static int take_version(struct settings *settings, const char *argument);

static int take_json(struct settings *settings, const char *argument)
{
	(void)argument;
	settings->json = true;
	return -1;
}

static int take_socket(struct settings *settings, const char *argument)
{
	settings->socket = argument;
	return -1;
}

/* take returns an exit code, or -1 to go on. */
static const struct option_row {
	const char *name;
	const char *argument;
	int (*take)(struct settings *settings, const char *argument);
	const char *help;
} options[] = {
	{"--json", NULL, take_json, "Print the daemon's JSON instead of tables."},
	{"--socket", "PATH", take_socket, "Speak with the daemon at this socket."},
	{"--version", NULL, take_version, "Print the version and exit."},
	{"--help", NULL, take_help, "Print this help and exit."},
};
enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static int take_version(struct settings *settings, const char *argument)
{
	(void)settings;
	(void)argument;
	puts("esctl " SLUICE_VERSION);
	return EXIT_SUCCESS;
}

static int take_help(struct settings *settings, const char *argument)
{
	const int column = 44;

	(void)settings;
	(void)argument;
	puts("usage: esctl [OPTION...] COMMAND [ARGUMENT...]\n"
	     "\n"
	     "Looks into a running endpointsecurityd. Needs root.\n");
	for (int row = 0; row < COMMAND_COUNT; row++) {
		int width = printf("  %s%s", commands[row].name, commands[row].arguments);

		printf("%*s%s\n", width < column ? column - width : 1, "", commands[row].help);
	}
	puts("");
	for (int row = 0; row < OPTION_COUNT; row++) {
		int width = printf("  %s%s%s", options[row].name, options[row].argument ? " " : "",
				   options[row].argument ? options[row].argument : "");

		printf("%*s%s\n", column - width, "", options[row].help);
	}
	puts("\n"
	     "CLIENT is a number of esctl clients. KIND is prefix, literal, target-prefix,\n"
	     "target-literal, process, cgroup or tree (a process and its descendants); or a\n"
	     "whole preset, --desktop [PID] or --build [PID]; unmute also takes all-paths and\n"
	     "all-target-paths.\n"
	     "EVENT is a name of esctl events, or a short one (open) for both its forms.");
	return EXIT_SUCCESS;
}

static int take_option(struct settings *settings, char *const **next)
{
	const char *word = *(*next)++;

	for (int row = 0; row < OPTION_COUNT; row++) {
		const char *argument = NULL;

		if (strcmp(options[row].name, word) != 0)
			continue;
		if (options[row].argument) {
			argument = **next;
			if (!argument) {
				fprintf(stderr, "esctl: %s needs a value: %s %s\n", word, word,
					options[row].argument);
				return EXIT_USAGE;
			}
			(*next)++;
		}
		return options[row].take(settings, argument);
	}
	fprintf(stderr, "esctl: unknown option '%s'. esctl --help lists the options.\n", word);
	return EXIT_USAGE;
}

static const struct command *find_command(const char *name)
{
	struct nearest nearest = {.word = name};

	for (int row = 0; row < COMMAND_COUNT; row++) {
		if (strcmp(commands[row].name, name) == 0)
			return &commands[row];
		nearest_consider(&nearest, commands[row].name);
	}
	fprintf(stderr, "esctl: unknown command '%s'.%s%s%s esctl --help lists the commands.\n",
		name, nearest.name ? " Did you mean '" : "", nearest.name ? nearest.name : "",
		nearest.name ? "'?" : "");
	return NULL;
}

static int run(const struct settings *settings, char *const *words)
{
	const struct command *command = find_command(words[0]);
	struct invocation invocation = {
		.daemon = {.socket = settings->socket}, .json = settings->json, .words = words + 1};
	int code;

	if (!command)
		return EXIT_USAGE;
	while (invocation.words[invocation.count])
		invocation.count++;
	if (invocation.count < command->least || invocation.count > command->most) {
		fprintf(stderr, "esctl: it is: esctl %s%s\n", command->name, command->arguments);
		return EXIT_USAGE;
	}
	code = command->run(&invocation);
	daemon_done(&invocation.daemon);
	return code;
}

int main(int count, char **words)
{
	struct settings settings = {0};
	char *const *next = words + (count > 0);
	int code;

	while (*next && **next == '-') {
		code = take_option(&settings, &next);
		if (code >= 0)
			return code;
	}
	if (!*next) {
		fputs("esctl: which command? For example: esctl status\n"
		      "esctl --help lists the commands.\n",
		      stderr);
		return EXIT_USAGE;
	}
	code = run(&settings, next);
	if (fflush(stdout) != 0 && code == EXIT_SUCCESS)
		code = EXIT_FAILURE;
	return code;
}
