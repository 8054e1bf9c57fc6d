/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What es_linux_last_error() says: the words for the last failure of each thread.
 */
#ifndef SLUICE_LIBRARY_CLIENT_FAILURE_H
#define SLUICE_LIBRARY_CLIENT_FAILURE_H

enum { FAILURE_TEXT_MAX = 1024 };

/* Cut to FAILURE_TEXT_MAX. */
__attribute__((format(__printf__, 1, 2))) void failure_set(const char *format, ...);

#endif
