/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What subjects do, as operations of struct deed. Each returns 0 or errno and leaves no descriptor
 * open unless it says so.
 */
#ifndef SLUICE_TESTS_SYSTEM_DEEDS_H
#define SLUICE_TESTS_SYSTEM_DEEDS_H

#include "tests/system/subject.h"

/* Opens `path` for reading and closes it, `number` times. */
int deed_open_often(const struct deed *deed);
/* Opens `path` with the flags `number`, mode 0600 where it is made, and closes it. */
int deed_open(const struct deed *deed);
/* The same, and keeps it open; deed_close_kept closes it. */
int deed_open_kept(const struct deed *deed);
int deed_close_kept(const struct deed *deed);
/* Opens `path` for writing, writes `number` bytes, closes it. */
int deed_write(const struct deed *deed);
int deed_mkdir(const struct deed *deed);
int deed_mknod(const struct deed *deed); /* a fifo */
int deed_symlink(const struct deed *deed); /* `path` is made and points to `other` */
int deed_unlink(const struct deed *deed);
int deed_rmdir(const struct deed *deed);
int deed_rename(const struct deed *deed);
int deed_link(const struct deed *deed);
int deed_chmod(const struct deed *deed);
int deed_chown(const struct deed *deed); /* the user id `number`, the group stays */
int deed_utimes(const struct deed *deed); /* both times are `number` seconds after 1970 */
int deed_truncate(const struct deed *deed);
int deed_readdir(const struct deed *deed);

/* Forks a child that exits with `number` and waits for it. */
int deed_fork(const struct deed *deed);
/* Forks a child that executes `path` with the argument `other`, and waits for it. errno of exec. */
int deed_spawn(const struct deed *deed);
/* Executes `path` with the argument `other`: comes back only on failure. */
int deed_exec(const struct deed *deed);
/* Exits with `number`, or by the signal -number. Never comes back. */
int deed_exit(const struct deed *deed);
/* The deed of another thread: opens `path`. `number` bytes of the result: see deed_thread_id. */
int deed_open_in_thread(const struct deed *deed);
/* `number` threads open `path` at once. EPERM if one could not. */
int deed_open_in_threads(const struct deed *deed);
/* The thread that did the last deed_open_in_thread. */
int deed_thread_id(const struct deed *deed);

int deed_mount(const struct deed *deed); /* a tmpfs over `path` */
int deed_unmount(const struct deed *deed);
int deed_setuid(const struct deed *deed);
int deed_setgid(const struct deed *deed);
int deed_seteuid(const struct deed *deed);
int deed_trace(const struct deed *deed); /* attaches to process `number`, and lets go of it */

#endif
