/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Presets (preset.h): reads /proc, the environment and the links of systemd. Owns nothing; hands on
 * a short list of control groups and process trees, which the daemon is then asked to mute.
 */
#include "tools/esctl/preset.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void add(struct preset *preset, const struct preset_subject *subject)
{
	if (preset->count < PRESET_SUBJECTS_MAX)
		preset->subjects[preset->count++] = *subject;
}

static void add_tree(struct preset *preset, pid_t pid)
{
	add(preset, &(struct preset_subject){.kind = CONTROL_MUTE_TREE, .pid = pid});
}

static void add_cgroup(struct preset *preset, const char *cgroup, size_t length)
{
	struct preset_subject subject = {.kind = CONTROL_MUTE_CGROUP};

	if (length >= sizeof(subject.cgroup))
		return;
	memcpy(subject.cgroup, cgroup, length);
	add(preset, &subject);
}

/* A file of /proc/PID/ as text. False: there is none. */
static bool read_file(pid_t pid, const char *name, char *text, size_t room)
{
	char path[64];
	ssize_t size;
	int file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	size = read(file, text, room - 1);
	close(file);
	text[size > 0 ? size : 0] = '\0';
	return size > 0;
}

/* A process' parent, and whether it has a controlling terminal. */
static bool look(pid_t pid, pid_t *ret_parent, bool *ret_terminal)
{
	char text[1024];
	const char *behind_name;
	int parent, terminal;

	if (!read_file(pid, "stat", text, sizeof(text)))
		return false;
	behind_name = strrchr(text, ')');
	if (!behind_name || sscanf(behind_name, ") %*c %d %*d %*d %d", &parent, &terminal) != 2)
		return false;
	*ret_parent = parent;
	*ret_terminal = terminal != 0;
	return true;
}

int preset_build(struct preset *preset, pid_t pid)
{
	pid_t next = pid ? pid : getpid(), top = pid, parent;
	bool terminal;

	/* A program that was named is what was meant. */
	while (!pid && next > 1 && look(next, &parent, &terminal) && terminal) {
		top = next;
		next = parent;
	}
	if (!top) {
		fputs("esctl: there is no terminal here. Say which process tree builds: --build "
		      "PID\n",
		      stderr);
		return -ENOENT;
	}
	add_tree(preset, top);
	return 0;
}

size_t preset_user_slice(const char *cgroup)
{
	static const char beginning[] = "/user.slice/user-", end[] = ".slice";
	const char *slice;

	if (strncmp(cgroup, beginning, strlen(beginning)) != 0)
		return 0;
	slice = strstr(cgroup + strlen(beginning), end);
	if (!slice ||
	    memchr(cgroup + strlen(beginning), '/', (size_t)(slice - cgroup) - strlen(beginning)))
		return 0;
	return (size_t)(slice - cgroup) + strlen(end);
}

/* The login that `pid` belongs to: its user's slice; without one, all below the first process. */
static void add_login(struct preset *preset, pid_t pid)
{
	char text[4096];
	const char *cgroup = NULL;
	size_t length = 0;
	pid_t parent;
	bool terminal;

	if (read_file(pid, "cgroup", text, sizeof(text)))
		cgroup = strstr(text, "0::/");
	if (cgroup)
		length = preset_user_slice(cgroup + strlen("0::"));
	if (length > 0) {
		add_cgroup(preset, cgroup + strlen("0::"), length);
		return;
	}
	while (look(pid, &parent, &terminal) && parent > 1)
		pid = parent;
	if (pid > 1)
		add_tree(preset, pid);
}

/* Who listens at this socket. 0: nobody, or the first process, which listens for others. */
static pid_t listener(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ucred peer = {.pid = 0};
	socklen_t size = sizeof(peer);
	OWNED_DESCRIPTOR int socket_of = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
						0);

	if (socket_of < 0 || strlen(path) >= sizeof(address.sun_path))
		return 0;
	strcpy(address.sun_path, path);
	if (connect(socket_of, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockopt(socket_of, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return 0;
	return peer.pid > 1 ? peer.pid : 0;
}

/* The display server, which may run outside the user's slice. */
static void add_display(struct preset *preset)
{
	const char *display = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char path[128];
	pid_t server;

	if (display && display[0] == ':') {
		snprintf(path, sizeof(path), "/tmp/.X11-unix/X%d", atoi(display + 1));
		server = listener(path);
		if (server)
			add_tree(preset, server);
	}
	if (wayland && runtime) {
		snprintf(path, sizeof(path), "%s/%s", runtime, wayland);
		server = listener(wayland[0] == '/' ? wayland : path);
		if (server)
			add_tree(preset, server);
	}
}

/* The services that every program of a desktop waits for, by the names that systemd gives them. */
static void add_services(struct preset *preset)
{
	static const char *const services[] = {
		"/system.slice/dbus.service",		"/system.slice/dbus-broker.service",
		"/system.slice/polkit.service",		"/system.slice/systemd-journald.service",
		"/system.slice/systemd-logind.service",
	};
	char target[256], cgroup[PRESET_CGROUP_MAX];
	ssize_t size = readlink("/etc/systemd/system/display-manager.service", target,
				sizeof(target) - 1);

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		add_cgroup(preset, services[i], strlen(services[i]));
	if (size <= 0)
		return;
	target[size] = '\0';
	size = snprintf(cgroup, sizeof(cgroup), "/system.slice/%s",
			strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
	add_cgroup(preset, cgroup, (size_t)size);
}

int preset_desktop(struct preset *preset, pid_t pid)
{
	add_login(preset, pid ? pid : getpid());
	add_display(preset);
	add_services(preset);
	return 0;
}
