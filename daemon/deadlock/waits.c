/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of system calls that wait. Numbers are those of the daemon's own architecture; a
 * process of another is shown with numbers alone and proves nothing.
 */
#include "daemon/deadlock/waits.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>

static const struct row {
	long number;
	const char *name;
	wait_function *find; /* NULL: whoever could end it is not known */
} rows[] = {
	{SYS_read, "read", wait_to_read},
	{SYS_readv, "readv", wait_to_read},
	{SYS_recvfrom, "recvfrom", wait_to_read},
	{SYS_recvmsg, "recvmsg", wait_to_read},
	{SYS_write, "write", wait_to_write},
	{SYS_writev, "writev", wait_to_write},
	{SYS_sendto, "sendto", wait_to_write},
	{SYS_sendmsg, "sendmsg", wait_to_write},
	{SYS_ppoll, "ppoll", wait_to_poll},
	{SYS_connect, "connect", wait_to_connect},
	{SYS_accept, "accept", wait_to_accept},
	{SYS_accept4, "accept4", wait_to_accept},
	{SYS_flock, "flock", wait_for_lock},
	{SYS_fcntl, "fcntl", wait_for_lock},
	{SYS_futex, "futex", wait_for_futex},
	{SYS_wait4, "wait4", wait_for_children},
	{SYS_waitid, "waitid", wait_for_children},
	{SYS_ptrace, "ptrace", wait_to_trace},
	{SYS_openat, "openat", wait_for_path_at},
	{SYS_execve, "execve", wait_for_path},
	{SYS_newfstatat, "stat", wait_for_path_at},
#ifdef SYS_open
	{SYS_open, "open", wait_for_path},
	{SYS_poll, "poll", wait_to_poll},
	{SYS_stat, "stat", wait_for_path},
	{SYS_epoll_wait, "epoll_wait", NULL},
	{SYS_pause, "pause", NULL},
	{SYS_select, "select", NULL},
#endif
	{SYS_epoll_pwait, "epoll_pwait", NULL},
	{SYS_pselect6, "pselect6", NULL},
	{SYS_nanosleep, "nanosleep", NULL},
	{SYS_clock_nanosleep, "clock_nanosleep", NULL},
	{SYS_rt_sigtimedwait, "rt_sigtimedwait", NULL},
	{SYS_rt_sigsuspend, "rt_sigsuspend", NULL},
	{SYS_fsync, "fsync", NULL},
};

void wait_say(struct graph_wait *wait, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(wait->what, sizeof(wait->what), format, arguments);
	va_end(arguments);
}

void wait_find(const struct waiting *waiting, struct graph_wait *ret_wait)
{
	const char *in = waiting->place[0] ? ", in " : "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].number != waiting->call->number)
			continue;
		wait_say(ret_wait, "sleeps in %s%s%s", rows[i].name, in, waiting->place);
		if (rows[i].find)
			rows[i].find(waiting, ret_wait);
		return;
	}
	if (waiting->call->number < 0)
		wait_say(ret_wait, "sleeps in the kernel%s%s", in, waiting->place);
	else
		wait_say(ret_wait, "sleeps in system call %ld%s%s", waiting->call->number, in,
			 waiting->place);
}
