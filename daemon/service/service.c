/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the parts together: delivery, engine, deadline thread, control server, watchdog; then turns
 * the event loop. It decides nothing on events or clients; it owns every part and takes them down
 * in the order that leaves nobody held: clients first, then the engine.
 *
 * A private daemon that cannot work still serves its program, and refuses the client with the
 * reason, so that the program hears more than a broken socket.
 */
#include "daemon/service/service.h"

#include "base/clock.h"
#include "daemon/control/admission.h"
#include "daemon/control/entries.h"
#include "daemon/control/limits.h"
#include "daemon/control/server.h"
#include "daemon/deadline/clock.h"
#include "daemon/deadlock/finder.h"
#include "daemon/guard/guard.h"
#include "daemon/policy/default_mutes.h"
#include "daemon/service/listen.h"
#include "daemon/service/machine.h"
#include "daemon/service/notes.h"
#include "daemon/service/watchdog.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

enum { REPLACE_SECONDS = 10 };

struct service {
	const struct options *options;
	struct journal *journal;
	sd_event *event;
	struct denials *denials;
	struct delivery *delivery;
	struct engine *engine;
	struct deadline_clock *clock;
	struct guard *guard;
	struct finder *finder;
	struct server *server;
	struct listening *listening;
	struct watchdog *watchdog;
	struct sockaddr_un address; /* where it listens */
	int exit_code; /* where starting failed */
	int refusal; /* of a private daemon that cannot work */
	char error[CONTROL_TEXT_MAX];
};

static void take_note(void *context, const struct delivery_note *note)
{
	struct service *service = context;
	struct finder_why why = {.text = ""};
	char text[NOTE_TEXT_MAX];
	int priority;

	finder_tell(service->finder, note->client_id, &why);
	priority = note_describe(note, why.text, text);

	denials_add(service->denials, note);
	journal_say(service->journal, priority, text);
}

/* Before the engine is there nobody is held. */
static void release_nobody(void *context, uint64_t hold, bool allow)
{
	(void)context;
	(void)hold;
	(void)allow;
}

/* What is wrong with starting here; exit code and refusal set. */
static int check_start(struct service *service)
{
	if (machine_switched_off("/proc/cmdline")) {
		strcpy(service->error,
		       "The kernel was started with endpointsecurity=off, so nothing "
		       "is watched and nothing gated. Start it without to change that.");
		service->exit_code = SERVICE_OK;
		service->refusal = -ECANCELED;
		return -ECANCELED;
	}
	service->refusal = machine_check_rights(service->error);
	service->exit_code = SERVICE_NOT_PERMITTED;
	if (service->refusal != 0)
		return -EPERM;
	service->refusal = machine_check_root(service->options->root, service->error);
	service->exit_code = SERVICE_CONFIGURATION;
	return service->refusal;
}

static int start_engine(struct service *service)
{
	const struct engine_operations *operations = service->options->engine;
	const struct engine_options options = {.root = service->options->root,
					       .daemon_pid = getpid()};
	int result = check_start(service);

	if (result < 0)
		return result;
	result = operations->new (&service->engine, &options, service->delivery, service->error);
	if (result < 0) {
		service->exit_code = SERVICE_UNAVAILABLE;
		service->refusal = result;
		if (!service->error[0])
			snprintf(service->error, sizeof(service->error),
				 "The engine %s does not start: %s.", operations->name,
				 strerror(-result));
		return result;
	}
	delivery_set_release(service->delivery, operations->release, service->engine);
	return 0;
}

/* ---- What the guard needs of the engine ---- */

static void add_debugger(void *context, unsigned int index, pid_t root)
{
	struct service *service = context;
	const struct engine_operations *operations = service->options->engine;
	struct record_token token;

	if (service->engine && operations->process_token(service->engine, root, &token) == 0)
		operations->subtree_add(service->engine, index, &token);
}

static void remove_debuggers(void *context, unsigned int index)
{
	struct service *service = context;

	if (service->engine)
		service->options->engine->subtree_remove(service->engine, index);
}

static bool is_debugger(void *context, unsigned int index, pid_t pid)
{
	struct service *service = context;
	const struct engine_operations *operations = service->options->engine;
	struct record_token token;

	return service->engine && operations->process_token(service->engine, pid, &token) == 0 &&
	       operations->subtree_has(service->engine, index, &token);
}

static int start_guard(struct service *service)
{
	const struct guard_engine engine = {.context = service,
					    .add = add_debugger,
					    .remove = remove_debuggers,
					    .has = is_debugger};

	return guard_new(&service->guard, service->delivery, &engine);
}

/* ---- What the finder finds ---- */

static bool tell_why(void *context, uint64_t client_id, struct server_why *ret_why)
{
	struct service *service = context;
	struct finder_why why;

	if (!finder_tell(service->finder, client_id, &why))
		return false;
	ret_why->cycle = why.cycle == FINDER_PLAUSIBLE ? "plausible"
			 : why.cycle == FINDER_PROVEN  ? "proven"
						       : NULL;
	memcpy(ret_why->text, why.text, sizeof(ret_why->text));
	return true;
}

static int start_finder(struct service *service)
{
	const struct finder_options options = {
		.delivery = service->delivery,
		.say = journal_say,
		.say_context = service->journal,
	};

	return finder_new(&service->finder, &options);
}

static void end_when_idle(void *context)
{
	struct service *service = context;

	sd_event_exit(service->event, SERVICE_OK);
}

static int start_server(struct service *service)
{
	const struct options *options = service->options;
	const struct server_options server = {
		.event = service->event,
		.delivery = service->delivery,
		.operations = options->engine,
		.engine = service->engine,
		.refusal = service->refusal,
		.refusal_text = service->error,
		.denials = service->denials,
		.entries_directory = options->private_daemon ? NULL : options->clients,
		.root = options->root,
		.private_daemon = options->private_daemon,
		.development = options->development,
		.debug_policy = options->debug_policy,
		.say = journal_say,
		.say_context = service->journal,
		.why = tell_why,
		.why_context = service,
		.idle = options->private_daemon ? end_when_idle : NULL,
		.idle_context = service,
	};

	default_mutes_find_users(entries_find_user);
	return server_new(&service->server, &server);
}

/* Takes the sockets systemd holds; how many. */
static int listen_to_activation(struct service *service)
{
	socklen_t size = sizeof(service->address);
	int count = sd_listen_fds(1);
	int taken = 0;

	for (int index = 0; index < count; index++) {
		int socket = SD_LISTEN_FDS_START + index;

		if (sd_is_socket_unix(socket, SOCK_SEQPACKET, 1, NULL, 0) > 0 &&
		    server_listen(service->server, socket) == 0) {
			if (taken++ == 0)
				getsockname(socket, (struct sockaddr *)&service->address, &size);
			continue;
		}
		journal_say(service->journal, LOG_WARNING,
			    "a socket from systemd is no listening local packet socket "
			    "(ListenSequentialPacket=); it is not used");
		close(socket);
	}
	return taken;
}

static int start_listening(struct service *service)
{
	const struct options *options = service->options;
	OWNED_DESCRIPTOR int socket = -1;
	int result;

	if (options->private_daemon)
		return server_adopt(service->server, options->descriptor);
	if (listen_to_activation(service) > 0)
		return 0;
	service->exit_code = SERVICE_UNAVAILABLE;
	snprintf(service->address.sun_path, sizeof(service->address.sun_path), "%s",
		 options->socket);
	result = listening_new(&service->listening, options->socket, options->replace,
			       clock_now_ns() + REPLACE_SECONDS * NANOSECONDS_PER_SECOND,
			       service->error);
	if (result == -EBUSY)
		service->exit_code = SERVICE_BUSY;
	if (result < 0)
		return result;
	socket = listening_take(service->listening);
	result = server_listen(service->server, socket);
	if (result == 0)
		(void)TAKE_DESCRIPTOR(socket);
	return result;
}

/*
 * From here on this daemon is the only one behind the socket, and nobody has been served yet: what
 * the one before has told of processes holds on.
 */
static void start_versions(struct service *service)
{
	const struct engine_operations *operations = service->options->engine;
	const char *socket = service->address.sun_path;
	char path[MACHINE_PATH_MAX];
	char text[CONTROL_TEXT_MAX] = "";
	int result;

	if (service->options->private_daemon)
		return;
	result = machine_memory_file(path, socket, ".versions");
	if (result == 0)
		result = operations->keep_versions(service->engine, path, text);
	else
		snprintf(text, sizeof(text), "There is no place in memory for a file beside %s.",
			 socket);
	if (text[0])
		journal_say(service->journal, LOG_NOTICE, text);
	if (result < 0)
		journal_print(service->journal, LOG_WARNING,
			      "pidversions will begin anew with the next daemon: %s",
			      strerror(-result));
}

static void say_alive(void *context)
{
	(void)context;
	sd_notify(0, "WATCHDOG=1");
}

static void say_stuck(void *context, const char *who)
{
	struct service *service = context;

	journal_print(service->journal, LOG_CRIT, "%s does not get on; the watchdog is not fed",
		      who);
}

static int start_watchdog(struct service *service)
{
	struct watchdog_options options = {
		.event = service->event,
		.operations = service->options->engine,
		.engine = service->engine,
		.clock = service->clock,
		.alive = say_alive,
		.stuck = say_stuck,
		.context = service,
	};
	uint64_t limit_us;

	if (sd_watchdog_enabled(0, &limit_us) <= 0)
		return 0;
	options.period_us = limit_us / 2;
	return watchdog_new(&service->watchdog, &options);
}

static int end_on_signal(sd_event_source *source, const struct signalfd_siginfo *info,
			 void *context)
{
	struct service *service = context;

	(void)source;
	journal_print(service->journal, LOG_INFO, "ending, asked by signal %u of process %u",
		      info->ssi_signo, info->ssi_pid);
	sd_event_exit(service->event, SERVICE_OK);
	return 0;
}

static int reload_on_signal(sd_event_source *source, const struct signalfd_siginfo *info,
			    void *context)
{
	struct service *service = context;

	(void)source;
	(void)info;
	if (server_reload(service->server) == 0)
		journal_say(service->journal, LOG_INFO, "admission files are read again");
	return 0;
}

static int start_signals(struct service *service)
{
	int result = sd_event_add_signal(service->event, NULL, SIGTERM, end_on_signal, service);

	if (result >= 0)
		result = sd_event_add_signal(service->event, NULL, SIGINT, end_on_signal, service);
	if (result >= 0)
		result = sd_event_add_signal(service->event, NULL, SIGHUP, reload_on_signal,
					     service);
	return result < 0 ? result : 0;
}

static int start(struct service *service)
{
	const struct delivery_options delivery = {
		.release = release_nobody,
		.note = take_note,
		.note_context = service,
	};
	int result;

	service->exit_code = SERVICE_UNAVAILABLE;
	result = sd_event_new(&service->event);
	if (result >= 0)
		result = start_signals(service);
	if (result >= 0)
		result = denials_new(&service->denials, LIMIT_DENIALS);
	if (result >= 0)
		result = delivery_new(&service->delivery, &delivery);
	if (result < 0)
		return result;
	result = start_engine(service);
	if (result < 0 && !service->options->private_daemon)
		return result;
	result = deadline_clock_new(&service->clock, service->delivery);
	if (result == 0)
		result = start_guard(service);
	if (result == 0)
		result = start_finder(service);
	if (result == 0)
		result = start_server(service);
	if (result == 0)
		result = start_listening(service);
	if (result == 0)
		start_versions(service);
	if (result == 0)
		result = start_watchdog(service);
	return result;
}

static void stop(struct service *service)
{
	guard_free(service->guard);
	if (service->server)
		server_stop(service->server);
	if (service->engine)
		service->options->engine->free(service->engine);
	watchdog_free(service->watchdog);
	server_free(service->server);
	listening_free(service->listening);
	deadline_clock_free(service->clock);
	/* Of a thread that does not end nothing may be freed. */
	if (!finder_free(service->finder))
		delivery_free(service->delivery);
	denials_free(service->denials);
	sd_event_unref(service->event);
}

static int loop(struct service *service)
{
	int result;

	if (!service->options->private_daemon)
		journal_print(service->journal, LOG_INFO, "ready: engine %s, watching %s",
			      service->options->engine->name,
			      service->options->root ? service->options->root : "the machine");
	sd_notify(0, "READY=1");
	result = sd_event_loop(service->event);
	sd_notify(0, "STOPPING=1");
	return result < 0 ? SERVICE_UNAVAILABLE : result;
}

int service_run(const struct options *options, struct journal *journal)
{
	struct service service = {.options = options, .journal = journal};
	sigset_t signals;
	int result;
	int exit_code;

	/* All threads inherit it; the event loop takes them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	result = start(&service);
	if (result < 0) {
		exit_code = service.exit_code;
		journal_print(journal, exit_code == SERVICE_OK ? LOG_NOTICE : LOG_ERR, "%s",
			      service.error[0] ? service.error : strerror(-result));
	} else {
		exit_code = loop(&service);
	}
	stop(&service);
	return exit_code;
}
