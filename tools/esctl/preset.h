/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Presets of `esctl mute`: which processes have to go on while somebody looks at a breakpoint. They
 * are found by how they belong together, not by their names: docs/decisions/0062-hard-mutes.md.
 */
#ifndef SLUICE_TOOLS_ESCTL_PRESET_H
#define SLUICE_TOOLS_ESCTL_PRESET_H

#include "wire/control.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PRESET_SUBJECTS_MAX = 16, PRESET_CGROUP_MAX = 256 };

struct preset_subject {
	enum control_mute_kind kind; /* CONTROL_MUTE_CGROUP or CONTROL_MUTE_TREE */
	char cgroup[PRESET_CGROUP_MAX];
	pid_t pid;
};

struct preset {
	size_t count;
	struct preset_subject subjects[PRESET_SUBJECTS_MAX];
};

/* pid 0: the caller's own. 0, or -ENOENT after a complaint. */
typedef int preset_function(struct preset *preset, pid_t pid);

/* What a login's screen, terminals and editors are, and the services they wait for. */
preset_function preset_desktop;
/* All that was started from the terminal that `pid` has. */
preset_function preset_build;

/* The length of "/user.slice/user-1000.slice" at the beginning of a control group; 0: in no user's.
 */
size_t preset_user_slice(const char *cgroup);

#endif
