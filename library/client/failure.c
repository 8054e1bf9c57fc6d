/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words for a thread's last failure (library/client/failure.h). Each thread owns its own text,
 * so nothing is shared and nothing is freed.
 */
#include "library/client/failure.h"

#include <EndpointSecurity/ESLinux.h>
#include <EndpointSecurity/EndpointSecurity.h>
#include <stdarg.h>
#include <stdio.h>

static _Thread_local char last_failure[FAILURE_TEXT_MAX];

void failure_set(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(last_failure, sizeof(last_failure), format, arguments);
	va_end(arguments);
}

const char *es_linux_last_error(void)
{
	return last_failure;
}
