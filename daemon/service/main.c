/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpointsecurityd: reads its options, prepares its process and its log, and runs the service.
 */
#include "base/clock.h"
#include "daemon/service/machine.h"
#include "daemon/service/service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

enum { LOG_SECONDS = 1 }; /* for the log's last lines */

/* The log must not end up in a descriptor that was opened for something else. */
static void fill_standard_descriptors(void)
{
	int descriptor;

	do
		descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (descriptor >= 0 && descriptor <= STDERR_FILENO);
	if (descriptor >= 0)
		close(descriptor);
}

/* A private daemon must not be ended by the terminal before its program, nor hold its folder. */
static void detach(const struct options *options)
{
	if (!options->private_daemon)
		return;
	setsid();
	fcntl(options->descriptor, F_SETFD, FD_CLOEXEC);
	if (chdir("/") < 0)
		return; /* then it stays where it is, which hinders an unmount at most */
}

int main(int argc, char **argv)
{
	char error[CONTROL_TEXT_MAX] = "";
	struct options options;
	OWNED_MEMORY char *root = NULL;
	struct journal *journal = NULL;
	sigset_t signals;
	int result;
	int exit_code;

	fill_standard_descriptors();
	result = options_read(&options, argc, argv, stdout, error);
	if (result == OPTIONS_DONE)
		return SERVICE_OK;
	if (result < 0) {
		fprintf(stderr, "endpointsecurityd: %s\n", error);
		return SERVICE_USAGE;
	}
	machine_prepare();
	/* The log's thread takes no signal. */
	sigfillset(&signals);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	result = journal_new(&journal, options.log, STDERR_FILENO);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	if (result < 0) {
		fprintf(stderr, "endpointsecurityd: no log: %s\n", strerror(-result));
		return SERVICE_UNAVAILABLE;
	}
	/* Relative to where the program was started; one that is not there is told of later. */
	root = options.root ? realpath(options.root, NULL) : NULL;
	options.root = root ? root : options.root;
	detach(&options);
	exit_code = service_run(&options, journal);
	journal_free(journal, clock_now_ns() + LOG_SECONDS * NANOSECONDS_PER_SECOND);
	return exit_code;
}
