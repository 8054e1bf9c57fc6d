/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads the directory of admission files and keeps what they say, in the order of their names.
 *
 * Users are looked up in /etc/passwd itself: a name service may be a client's subject, and the
 * daemon must never wait for one.
 */
#include "daemon/control/entries.h"

#include "daemon/control/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct loader {
	struct entries *entries;
	int directory;
	const char *path;
	void (*complain)(void *context, const char *text);
	void *context;
};

__attribute__((format(printf, 3, 4))) static void
complain(const struct loader *loader, const char *name, const char *format, ...)
{
	char reason[200];
	char text[sizeof(reason) + ENTRY_NAME_MAX + 128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	snprintf(text, sizeof(text), "%.100s/%s is left out: %s", loader->path, name, reason);
	loader->complain(loader->context, text);
}

static int is_entry_file(const struct dirent *file)
{
	const char *suffix = strrchr(file->d_name, '.');

	return file->d_name[0] != '.' && suffix && strcmp(suffix, ".conf") == 0;
}

static int compare_names(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

/* Reads the whole file; its size, or -1 after a complaint. */
static ssize_t read_file(const struct loader *loader, const char *name, char *bytes, size_t room)
{
	OWNED_DESCRIPTOR int file = openat(loader->directory, name,
					   O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	ssize_t size;

	if (file < 0 || fstat(file, &status) < 0) {
		complain(loader, name, "%s", strerror(errno));
		return -1;
	}
	if (!S_ISREG(status.st_mode)) {
		complain(loader, name, "it is no regular file");
		return -1;
	}
	if ((status.st_uid != 0 && status.st_uid != geteuid()) ||
	    (status.st_mode & (S_IWGRP | S_IWOTH))) {
		complain(loader, name,
			 "others than root could change it: "
			 "chown root it and chmod go-w it");
		return -1;
	}
	size = read(file, bytes, room);
	if (size < 0)
		complain(loader, name, "%s", strerror(errno));
	if ((size_t)size == room) {
		complain(loader, name, "it has more than %d bytes", LIMIT_ENTRY_BYTES);
		return -1;
	}
	return size;
}

bool entries_find_user(const char *name, uid_t *ret_uid)
{
	FILE *passwords = fopen("/etc/passwd", "re");
	const struct passwd *line;
	bool found = false;

	if (!passwords)
		return false;
	while (!found && (line = fgetpwent(passwords))) {
		found = strcmp(line->pw_name, name) == 0;
		if (found)
			*ret_uid = line->pw_uid;
	}
	fclose(passwords);
	return found;
}

static void load_file(struct loader *loader, const char *name)
{
	static char bytes[LIMIT_ENTRY_BYTES + 1];
	struct entry_error error;
	struct entry entry;
	ssize_t size;

	if (strlen(name) >= sizeof(entry.name)) {
		complain(loader, "(a file)", "its name is too long");
		return;
	}
	size = read_file(loader, name, bytes, sizeof(bytes));
	if (size < 0)
		return;
	if (entry_parse(bytes, (size_t)size, &entry, &error) < 0) {
		if (error.line > 0)
			complain(loader, name, "line %u: %s", error.line, error.text);
		else
			complain(loader, name, "it %s", error.text);
		return;
	}
	if (entry.user[0] && !entries_find_user(entry.user, &entry.uid)) {
		complain(loader, name, "/etc/passwd has no user %s", entry.user);
		return;
	}
	entry.by_uid |= entry.user[0] != '\0';
	strcpy(entry.name, name);
	loader->entries->entries[loader->entries->count++] = entry;
}

static int load_files(struct loader *loader)
{
	struct dirent **files = NULL;
	int count = scandirat(loader->directory, ".", &files, is_entry_file, compare_names);
	int room = count < LIMIT_ENTRIES ? count : LIMIT_ENTRIES;

	if (count < 0)
		return -errno;
	if (count > room)
		complain(loader, files[room]->d_name,
			 "with all after it, since there are more "
			 "than %d files",
			 LIMIT_ENTRIES);
	loader->entries->entries = calloc((size_t)room + 1, sizeof(struct entry));
	for (int index = 0; index < count; index++) {
		if (loader->entries->entries && index < room)
			load_file(loader, files[index]->d_name);
		free(files[index]);
	}
	free(files);
	return loader->entries->entries ? 0 : -ENOMEM;
}

int entries_load(struct entries **ret_entries, const char *directory,
		 void (*complain_to)(void *context, const char *text), void *context)
{
	OWNED(entries_free) struct entries *entries = calloc(1, sizeof(*entries));
	OWNED_DESCRIPTOR int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct loader loader = {.entries = entries,
				.directory = folder,
				.path = directory,
				.complain = complain_to,
				.context = context};
	int result;

	if (!entries)
		return -ENOMEM;
	if (folder < 0 && errno != ENOENT)
		return -errno;
	if (folder >= 0) {
		result = load_files(&loader);
		if (result < 0)
			return result;
	}
	*ret_entries = TAKE(entries);
	return 0;
}

struct entries *entries_free(struct entries *entries)
{
	if (entries)
		free(entries->entries);
	free(entries);
	return NULL;
}

const struct entry *entries_find(const struct entries *entries, uid_t uid, const char *unit)
{
	for (size_t index = 0; entries && index < entries->count; index++)
		if (entry_matches(&entries->entries[index], uid, unit))
			return &entries->entries[index];
	return NULL;
}
