/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at the machine before anything is started, and prepares the process: a daemon that answers
 * for others must not be swapped out, killed for memory or out of descriptors while they wait.
 */
#include "daemon/service/machine.h"

#include "base/cleanup.h"
#include "daemon/control/admission.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum {
	DESCRIPTORS = 65536,
	NICENESS = -10, /* others wait for it; also while it dies */
};
/* As linux/capability.h numbers them. */
enum capability { CAPABILITY_IPC_LOCK = 14, CAPABILITY_SYS_ADMIN = 21 };

/* Reads a small file of /proc as text; false if that fails. */
static bool read_text(const char *path, char *text, size_t room)
{
	OWNED_DESCRIPTOR int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = file < 0 ? -1 : read(file, text, room - 1);

	text[size > 0 ? size : 0] = '\0';
	return size >= 0;
}

bool machine_switched_off(const char *path)
{
	char text[8192];
	char *rest = text;
	const char *word;

	if (!read_text(path, text, sizeof(text)))
		return false;
	while ((word = strsep(&rest, " \t\n")))
		if (strcmp(word, "endpointsecurity=off") == 0)
			return true;
	return false;
}

static bool has_capability(enum capability capability)
{
	char text[8192];
	const char *line;

	if (!read_text("/proc/self/status", text, sizeof(text)))
		return false;
	line = strstr(text, "\nCapEff:");
	return line && strtoull(line + strlen("\nCapEff:"), NULL, 16) >> capability & 1;
}

int machine_check_rights(char text[CONTROL_TEXT_MAX])
{
	if (geteuid() != 0) {
		snprintf(text, CONTROL_TEXT_MAX,
			 "Only root may watch this machine, and this is uid %u. Start it as root: "
			 "systemctl start endpointsecurityd, or sudo.",
			 geteuid());
		return ADMISSION_NOT_PRIVILEGED;
	}
	if (!has_capability(CAPABILITY_SYS_ADMIN)) {
		snprintf(text, CONTROL_TEXT_MAX,
			 "This is root, but without CAP_SYS_ADMIN, which the kernel wants for "
			 "permission events. In a container add the capability (docker run "
			 "--cap-add SYS_ADMIN); in a unit see CapabilityBoundingSet=.");
		return ADMISSION_NOT_PERMITTED;
	}
	return 0;
}

int machine_check_root(const char *root, char text[CONTROL_TEXT_MAX])
{
	struct stat status;

	if (!root)
		return 0;
	if (stat(root, &status) < 0) {
		int result = -errno;

		snprintf(text, CONTROL_TEXT_MAX,
			 "Cannot watch %.300s: %s. Give --root (ES_ROOT) a directory that exists.",
			 root, strerror(-result));
		return result;
	}
	if (!S_ISDIR(status.st_mode)) {
		snprintf(text, CONTROL_TEXT_MAX,
			 "Cannot watch %.300s: it is no directory. Give --root (ES_ROOT) one.",
			 root);
		return -ENOTDIR;
	}
	return 0;
}

static bool in_memory(const char *folder)
{
	struct statfs status;

	return statfs(folder, &status) == 0 &&
	       (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

/* As a name in /dev/shm, which everybody shares: the socket's path, in one word. */
static int name_in_shared_memory(char path[MACHINE_PATH_MAX], const char *socket,
				 const char *suffix)
{
	static const char shared[] = "/dev/shm";
	int length = snprintf(path, MACHINE_PATH_MAX, "%s/endpointsecurityd%s%s", shared, socket,
			      suffix);

	if (!in_memory(shared))
		return -EOPNOTSUPP;
	if (length >= MACHINE_PATH_MAX)
		return -ENAMETOOLONG;
	for (char *at = path + sizeof(shared); *at; at++)
		if (*at == '/')
			*at = '%';
	return 0;
}

int machine_memory_file(char ret_path[MACHINE_PATH_MAX], const char *socket, const char *suffix)
{
	OWNED_MEMORY char *folder = strdup(socket);
	OWNED_MEMORY char *real = folder ? realpath(dirname(folder), NULL) : NULL;
	char whole[MACHINE_PATH_MAX], path[MACHINE_PATH_MAX];
	const char *slash = strrchr(socket, '/');

	if (!real)
		return -errno;
	if (snprintf(whole, sizeof(whole), "%s/%s", real, slash ? slash + 1 : socket) >=
		    MACHINE_PATH_MAX ||
	    snprintf(path, sizeof(path), "%s%s", whole, suffix) >= MACHINE_PATH_MAX)
		return -ENAMETOOLONG;
	if (!in_memory(real)) {
		int result = name_in_shared_memory(path, whole, suffix);

		if (result < 0)
			return result;
	}
	strcpy(ret_path, path);
	return 0;
}

static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur = DESCRIPTORS;
	if (limit.rlim_max < DESCRIPTORS)
		limit.rlim_max = DESCRIPTORS;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void escape_memory_killer(void)
{
	static const char least[] = "-1000";
	OWNED_DESCRIPTOR int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* Not allowed in some containers; then it is killed like others. */
	if (file >= 0 && write(file, least, sizeof(least) - 1) < 0)
		return;
}

void machine_prepare(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

	signal(SIGPIPE, SIG_IGN);
	setpriority(PRIO_PROCESS, 0, NICENESS);
	raise_descriptors();
	escape_memory_killer();
	/* Under a limit, locking would make later mappings fail; then rather none is locked. */
	if (has_capability(CAPABILITY_IPC_LOCK) || setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0)
		mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}
