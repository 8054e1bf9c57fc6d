/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of files: what fanotify says of a handle and a name becomes open, close, create, link,
 * unlink, rename, write, truncate, readdir and the changes of attributes.
 *
 * fanotify says that attributes changed, not which: they are compared with what was last seen of
 * the file. Where nothing was, the change is counted and not told: nothing is invented.
 */
#include "daemon/engine/fanotify/opening.h"
#include "daemon/engine/fanotify/split.h"
#include "daemon/engine/fanotify/tell.h"

#include <string.h>
#include <sys/fanotify.h>

/* One file event while it is told. */
struct telling_file {
	struct telling *telling;
	const struct name_event *from;
	struct file_key key; /* 0, 0: no handle */
	unsigned int changes; /* enum attribute_change, since it was last seen */
	bool complete; /* the file's facts are in telling->file */
};

/* Starts a record with the process of the event in it; NULL: nobody wants it. */
static void *begin(struct telling_file *at, unsigned int event)
{
	struct telling *telling = at->telling;
	struct tracking *tracking = telling->engine->tracking;
	struct process *process;
	void *payload;

	if (!delivery_wants(telling->engine->delivery, event))
		return NULL;
	payload = telling_begin(telling, event);
	tracking_lock(tracking);
	process = tracking_past(tracking, at->from->pid, at->from->pidfd == FAN_NOPIDFD);
	if (process)
		telling_put_subject(telling, process);
	else
		telling->builder.record->process.token.words[RECORD_TOKEN_PID] =
			(uint32_t)at->from->pid;
	tracking_unlock(tracking);
	telling->builder.record->missing |= RECORD_MISSING_THREAD;
	return payload;
}

static void send_about(struct telling *telling, const struct record_file *file)
{
	telling->event.targets[0] = facts_target(&telling->builder, file);
	telling->event.target_count = 1;
	telling_send(telling);
}

/* Many payloads are one file, or begin with what is not known and end with it. */
static void put_and_send(struct telling *telling, struct record_file *place)
{
	facts_put_file(&telling->builder, &telling->file, place);
	send_about(telling, place);
}

static void tell_open(struct telling_file *at)
{
	struct payload_open *payload = begin(at, EVENT_NOTIFY_OPEN);

	if (!payload)
		return;
	payload->fflag.value = OPENING_READ | OPENING_WRITE;
	at->telling->builder.record->missing |= RECORD_MISSING_FLAGS;
	put_and_send(at->telling, &payload->file);
}

static void tell_close(struct telling_file *at, bool modified)
{
	struct payload_close *payload = begin(at, EVENT_NOTIFY_CLOSE);

	if (!payload)
		return;
	payload->modified.value = modified;
	put_and_send(at->telling, &payload->target);
}

static void tell_close_write(struct telling_file *at)
{
	tell_close(at, attributes_take_written(at->telling->attributes, &at->key));
}

static void tell_close_nowrite(struct telling_file *at)
{
	tell_close(at, false);
}

static void tell_readdir(struct telling_file *at)
{
	struct payload_readdir *payload;

	if (!(at->from->mask & FAN_ONDIR))
		return;
	payload = begin(at, EVENT_NOTIFY_READDIR);
	if (payload)
		put_and_send(at->telling, &payload->target);
}

/* Was it opened with O_TRUNC, or cut by truncate(2)? The first opens it, too. */
static void tell_modify(struct telling_file *at)
{
	const struct record_stat *stat = &at->telling->file.stat;
	struct payload_write *write;
	struct payload_truncate *truncate;

	if (at->from->mask & FAN_OPEN && (at->changes & ATTRIBUTE_SHORTER || stat->size == 0))
		return;
	if (at->changes & ATTRIBUTE_SHORTER) {
		truncate = begin(at, EVENT_NOTIFY_TRUNCATE);
		if (truncate)
			put_and_send(at->telling, &truncate->target);
		return;
	}
	write = begin(at, EVENT_NOTIFY_WRITE);
	if (write)
		put_and_send(at->telling, &write->target);
}

static void tell_mode(struct telling_file *at)
{
	struct payload_setmode *payload = begin(at, EVENT_NOTIFY_SETMODE);

	if (!payload)
		return;
	payload->mode.value = at->telling->file.stat.mode & 07777;
	put_and_send(at->telling, &payload->target);
}

static void tell_owner(struct telling_file *at)
{
	struct payload_setowner *payload = begin(at, EVENT_NOTIFY_SETOWNER);

	if (!payload)
		return;
	payload->uid.value = at->telling->file.stat.uid;
	payload->gid.value = at->telling->file.stat.gid;
	put_and_send(at->telling, &payload->target);
}

static void tell_times(struct telling_file *at)
{
	struct payload_utimes *payload = begin(at, EVENT_NOTIFY_UTIMES);

	if (!payload)
		return;
	payload->atime = at->telling->file.stat.accessed;
	payload->mtime = at->telling->file.stat.modified;
	put_and_send(at->telling, &payload->target);
}

static void tell_attributes(struct telling_file *at)
{
	if (at->changes & ATTRIBUTE_MODE)
		tell_mode(at);
	if (at->changes & ATTRIBUTE_OWNER)
		tell_owner(at);
	if (at->changes & ATTRIBUTE_TIMES)
		tell_times(at);
	/* A change of links is told as link or unlink. */
	if (!(at->changes & (ATTRIBUTE_MODE | ATTRIBUTE_OWNER | ATTRIBUTE_TIMES | ATTRIBUTE_LINKS)))
		atomic_fetch_add(&at->telling->engine->ambiguous, 1);
}

/* A second name for a file, or its first? A new file changed last when it was born. */
static bool is_link(const struct telling_file *at)
{
	const struct record_stat *stat = &at->telling->file.stat;
	int64_t age = (stat->changed.seconds - stat->born.seconds) * 1000 +
		      ((int64_t)stat->changed.nanoseconds - stat->born.nanoseconds) / 1000000;

	if (at->from->mask & FAN_ONDIR || stat->links < 2 || at->from->mask & FAN_OPEN)
		return false;
	return !(at->changes & ATTRIBUTE_UNKNOWN) || age > 10;
}

static void put_directory(struct telling *telling, const struct name_place *place,
			  struct record_file *ret_file)
{
	const struct file_facts *directory = paths_directory(telling->paths, place);

	if (directory)
		facts_put_file(&telling->builder, directory, ret_file);
	else
		facts_put_image(&telling->builder, NULL, ret_file);
}

static void tell_link(struct telling_file *at)
{
	struct telling *telling = at->telling;
	const struct name_place *to = &at->from->directory;
	struct payload_link *payload = begin(at, EVENT_NOTIFY_LINK);

	if (!payload)
		return;
	if (!paths_alias(telling->paths, &at->from->file, telling->file.path, &telling->other)) {
		telling->other = telling->file;
		telling->other.path_length = 0;
		telling->builder.record->missing |= RECORD_MISSING_SOURCE;
	}
	facts_put_file(&telling->builder, &telling->other, &payload->source);
	put_directory(telling, to, &payload->target_dir);
	payload->target_filename = builder_string(&telling->builder, to->name, to->name_length);
	telling->event.targets[0] = facts_target(&telling->builder, &payload->source);
	telling->event.targets[1] = (struct policy_file){.path = telling->file.path,
							 .path_length = telling->file.path_length};
	telling->event.target_count = 2;
	telling_send(telling);
}

static void tell_create(struct telling_file *at)
{
	struct payload_create *payload;

	if (is_link(at)) {
		tell_link(at);
		return;
	}
	if (at->from->mask & FAN_ONDIR)
		watch_directory(at->telling->engine->watch, at->telling->file.path);
	payload = begin(at, EVENT_NOTIFY_CREATE);
	if (!payload)
		return;
	payload->destination.mode = at->telling->file.stat.mode;
	put_and_send(at->telling, &payload->destination.file);
}

/* What was last seen of a file that is gone now. */
static void remember(struct telling_file *at)
{
	struct file_facts *file = &at->telling->file;

	if (file->flags & RECORD_FILE_NO_STAT &&
	    attributes_known(at->telling->attributes, &at->key, &file->stat))
		file->flags &= ~(uint32_t)RECORD_FILE_NO_STAT;
}

static void tell_unlink(struct telling_file *at)
{
	struct telling *telling = at->telling;
	struct payload_unlink *payload;

	remember(at);
	payload = begin(at, EVENT_NOTIFY_UNLINK);
	if (!payload)
		return;
	put_directory(telling, &at->from->directory, &payload->parent_dir);
	put_and_send(telling, &payload->target);
}

/*
 * Where the file is now. With a root the kernel names only the end of a rename that is inside: the
 * other is what the file's handle says, cut into directory and name.
 */
static void put_destination(struct telling_file *at, struct record_destination *ret)
{
	struct telling *telling = at->telling;
	const struct name_place *to = &at->from->to;
	const char *slash;

	ret->type = 1; /* a new path: whether something was there is not told */
	if (to->name) {
		put_directory(telling, to, &ret->file);
		ret->filename = builder_string(&telling->builder, to->name, to->name_length);
		return;
	}
	slash = telling->other.path_length ? strrchr(telling->other.path, '/') : NULL;
	if (slash) {
		struct file_facts directory = {.flags = RECORD_FILE_PRESENT | RECORD_FILE_NO_STAT};

		directory.path_length = (size_t)(slash - telling->other.path);
		memcpy(directory.path, telling->other.path, directory.path_length);
		facts_put_file(&telling->builder, &directory, &ret->file);
		ret->filename = builder_string(&telling->builder, slash + 1, strlen(slash + 1));
		return;
	}
	facts_put_image(&telling->builder, NULL, &ret->file);
	ret->filename = builder_string(&telling->builder, "", 0);
}

/* telling->file has the old name; the new one is put together here. */
static void tell_rename(struct telling_file *at)
{
	struct telling *telling = at->telling;
	struct payload_rename *payload;

	paths_file(telling->paths, &at->from->to, &at->from->file, &telling->other);
	if (at->from->mask & FAN_ONDIR) {
		paths_forget(telling->paths);
		watch_directory(telling->engine->watch, telling->other.path);
	}
	payload = begin(at, EVENT_NOTIFY_RENAME);
	if (!payload)
		return;
	if (!at->from->directory.name) {
		telling->file.path_length = 0;
		telling->builder.record->missing |= RECORD_MISSING_SOURCE;
	}
	facts_put_file(&telling->builder, &telling->file, &payload->source);
	put_destination(at, &payload->destination);
	telling->event.targets[0] = facts_target(&telling->builder, &payload->source);
	telling->event.targets[1] = (struct policy_file){
		.path = telling->other.path_length ? telling->other.path : NULL,
		.path_length = telling->other.path_length,
	};
	telling->event.target_count = 2;
	telling_send(telling);
}

static const struct step {
	uint64_t mask;
	void (*tell)(struct telling_file *at);
} steps[] = {
	{FAN_CREATE, tell_create},	     {FAN_OPEN, tell_open},
	{FAN_ACCESS, tell_readdir},	     {FAN_MODIFY, tell_modify},
	{FAN_ATTRIB, tell_attributes},	     {FAN_RENAME, tell_rename},
	{FAN_CLOSE_WRITE, tell_close_write}, {FAN_CLOSE_NOWRITE, tell_close_nowrite},
	{FAN_DELETE, tell_unlink},
};

static void tell_one(struct telling_file *at, uint64_t mask)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].mask == mask)
			steps[i].tell(at);
}

/* Inside the root that is watched, by either name? */
static bool covered(struct telling_file *at)
{
	struct telling *telling = at->telling;
	struct watch *watch = telling->engine->watch;

	if (watch_covers(watch, telling->file.path, telling->file.path_length))
		return true;
	if (!(at->from->mask & FAN_RENAME))
		return false;
	paths_file(telling->paths, &at->from->to, &at->from->file, &telling->other);
	return watch_covers(watch, telling->other.path, telling->other.path_length);
}

void tell_names(struct telling *telling, const struct name_event *event)
{
	struct telling_file at = {.telling = telling, .from = event};
	uint64_t events[SPLIT_MAX];
	size_t count = split_mask(event->mask, events);

	if (event->pid == telling->engine->daemon_pid)
		return;
	paths_file(telling->paths, &event->directory, &event->file, &telling->file);
	if (!covered(&at))
		return;
	at.changes = ATTRIBUTE_UNKNOWN;
	if (event->file.handle) {
		at.key = file_key_of(&event->file);
		if (!(telling->file.flags & RECORD_FILE_NO_STAT))
			at.changes = attributes_compare(telling->attributes, &at.key,
							&telling->file.stat,
							event->mask & FAN_MODIFY);
	}
	for (size_t i = 0; i < count; i++)
		tell_one(&at, events[i]);
}
