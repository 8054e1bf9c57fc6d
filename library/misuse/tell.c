/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a misuse to standard error (library/misuse/tell.h). Owns the table of what was told, so
 * that a program that does it a thousand times a second reads of it once. The table has an end:
 * what comes after that is not told.
 */
#include "library/misuse/tell.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PLACES_MAX = 512, LINE_MAX_BYTES = 1024 };

static struct {
	pthread_mutex_t lock;
	unsigned int count;
	struct {
		const void *place;
		enum misuse misuse;
	} told[PLACES_MAX];
} places = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Bool is_new(enum misuse misuse, const void *place)
{
	_Bool found = 0;

	pthread_mutex_lock(&places.lock);
	for (unsigned int i = 0; i < places.count && !found; i++)
		found = places.told[i].place == place && places.told[i].misuse == misuse;
	if (!found && places.count < PLACES_MAX) {
		places.told[places.count].place = place;
		places.told[places.count++].misuse = misuse;
	} else {
		found = 1;
	}
	pthread_mutex_unlock(&places.lock);
	return !found;
}

static void name_place(const void *place, char *text, size_t size)
{
	Dl_info info;

	if (!place || !dladdr(place, &info) || !info.dli_fname)
		snprintf(text, size, "%p", place);
	else if (info.dli_sname)
		snprintf(text, size, "%s+0x%zx in %s", info.dli_sname,
			 (size_t)((const char *)place - (const char *)info.dli_saddr),
			 info.dli_fname);
	else
		snprintf(text, size, "%s+0x%zx", info.dli_fname,
			 (size_t)((const char *)place - (const char *)info.dli_fbase));
}

void misuse_tell(enum misuse misuse, const void *place, const struct message *message,
		 const char *format, ...)
{
	char what[LINE_MAX_BYTES / 2];
	char where[LINE_MAX_BYTES / 4];
	char which[LINE_MAX_BYTES / 4] = "";
	va_list arguments;

	if (!is_new(misuse, place))
		return;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	name_place(place, where, sizeof(where));
	if (message)
		snprintf(which, sizeof(which), " [%s, message %llu]",
			 event_describe(message->record->event)->constant,
			 (unsigned long long)message->message.global_seq_num);
	dprintf(STDERR_FILENO, "EndpointSecurity: misuse: %s%s (%s)\n", what, which, where);
}
