/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources of pipes, sockets and processes.
 *
 * The group ends by counting open descriptors: every source gives back its own.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/compat/libdispatch/await.h"

struct watched {
	dispatch_source_t source;
	uintptr_t data;
	bool consumes; /* reads what there is */
	struct event event, cancelled;
};

static void take_event(void *context)
{
	struct watched *watched = context;
	char bytes[64];

	watched->data = dispatch_source_get_data(watched->source);
	if (watched->consumes &&
	    read((int)dispatch_source_get_handle(watched->source), bytes, sizeof(bytes)) < 0)
		watched->data = 0;
	event_post(&watched->event);
}

static void note_cancel(void *context)
{
	event_post(&((struct watched *)context)->cancelled);
}

static void watch(struct watched *watched, dispatch_source_type_t type, int handle, uintptr_t mask)
{
	*watched = (struct watched){
		.source = dispatch_source_create(type, (uintptr_t)handle, mask, NULL),
		.consumes = type == DISPATCH_SOURCE_TYPE_READ,
	};
	assert_non_null(watched->source);
	event_init(&watched->event);
	event_init(&watched->cancelled);
	dispatch_set_context(watched->source, watched);
	dispatch_source_set_event_handler_f(watched->source, take_event);
	dispatch_source_set_cancel_handler_f(watched->source, note_cancel);
}

static void begin(struct watched *watched, dispatch_source_type_t type, int handle, uintptr_t mask)
{
	watch(watched, type, handle, mask);
	dispatch_activate(watched->source);
}

static void end(struct watched *watched)
{
	dispatch_source_cancel(watched->source);
	AWAIT(&watched->cancelled);
	dispatch_release(watched->source);
}

static void bytes_to_read_are_an_event(void **state)
{
	struct watched watched;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	begin(&watched, DISPATCH_SOURCE_TYPE_READ, ends[0], 0);
	ASSERT_NOT_COME(&watched.event);
	for (size_t i = 1; i <= 5; i++) {
		assert_int_equal(write(ends[1], "12345", i), i);
		AWAIT(&watched.event);
		assert_int_equal(watched.data, i);
	}
	close(ends[1]);
	AWAIT(&watched.event);
	end(&watched);
	close(ends[0]);
}

static void what_is_not_read_comes_again(void **state)
{
	struct watched watched;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "123", 3), 3);
	watch(&watched, DISPATCH_SOURCE_TYPE_READ, ends[0], 0);
	watched.consumes = false;
	dispatch_activate(watched.source);
	AWAIT(&watched.event);
	AWAIT(&watched.event);
	AWAIT(&watched.event);
	end(&watched);
	close(ends[0]);
	close(ends[1]);
}

static void room_to_write_is_an_event(void **state)
{
	static char much[4096];
	struct watched watched;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	while (write(ends[0], much, sizeof(much)) > 0)
		;
	begin(&watched, DISPATCH_SOURCE_TYPE_WRITE, ends[0], 0);
	ASSERT_NOT_COME(&watched.event);
	while (read(ends[1], much, sizeof(much)) > 0)
		;
	AWAIT(&watched.event);
	end(&watched);
	assert_int_equal(watched.data, 1);
	close(ends[0]);
	close(ends[1]);
}

static void one_descriptor_can_have_several_sources(void **state)
{
	struct watched reader, writer, other;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	watch(&reader, DISPATCH_SOURCE_TYPE_READ, ends[0], 0);
	watch(&other, DISPATCH_SOURCE_TYPE_READ, ends[0], 0);
	reader.consumes = false;
	other.consumes = false;
	dispatch_activate(reader.source);
	dispatch_activate(other.source);
	begin(&writer, DISPATCH_SOURCE_TYPE_WRITE, ends[0], 0);
	AWAIT(&writer.event);
	assert_int_equal(write(ends[1], "x", 1), 1);
	AWAIT(&reader.event);
	AWAIT(&other.event);
	end(&reader);
	end(&other);
	end(&writer);
	close(ends[0]);
	close(ends[1]);
}

static void a_regular_file_is_refused(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	assert_null(dispatch_source_create(DISPATCH_SOURCE_TYPE_READ, (uintptr_t)fileno(file), 0,
					   NULL));
	fclose(file);
}

static void after_its_cancel_handler_a_descriptor_can_be_another(void **state)
{
	struct watched watched;
	int ends[2];

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_int_equal(pipe(ends), 0);
		begin(&watched, DISPATCH_SOURCE_TYPE_READ, ends[0], 0);
		assert_int_equal(write(ends[1], "x", 1), 1);
		if (i % 2)
			AWAIT(&watched.event);
		end(&watched);
		close(ends[0]);
		close(ends[1]);
	}
}

static void a_source_released_without_cancel_is_gone(void **state)
{
	struct watched watched;
	struct event finalized;
	int ends[2];

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], "x", 1), 1);
		begin(&watched, DISPATCH_SOURCE_TYPE_READ, ends[0], 0);
		AWAIT(&watched.event);
		dispatch_source_set_event_handler_f(watched.source, NULL);
		event_init(&finalized);
		dispatch_set_context(watched.source, &finalized);
		dispatch_set_finalizer_f(watched.source, post);
		dispatch_release(watched.source);
		AWAIT(&finalized);
		ASSERT_NOT_COME(&watched.cancelled);
		close(ends[0]);
		close(ends[1]);
	}
}

static void the_end_of_a_process_is_an_event(void **state)
{
	struct watched watched;
	int ends[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	begin(&watched, DISPATCH_SOURCE_TYPE_PROC, pid, DISPATCH_PROC_EXIT);
	ASSERT_NOT_COME(&watched.event);
	close(ends[1]);
	AWAIT(&watched.event);
	end(&watched);
	assert_int_equal(watched.data, DISPATCH_PROC_EXIT);
	ASSERT_NOT_COME(&watched.event);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ends[0]);

	begin(&watched, DISPATCH_SOURCE_TYPE_PROC, pid, DISPATCH_PROC_EXIT);
	AWAIT(&watched.event);
	end(&watched);
	assert_int_equal(watched.data, DISPATCH_PROC_EXIT);
}

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void no_descriptor_is_left_behind(void **state)
{
	struct watched watched;
	int ends[2];
	int before;

	(void)state;
	/* The manager has its own by now. */
	before = count_descriptors();
	for (int i = 0; i < 20; i++) {
		assert_int_equal(pipe(ends), 0);
		begin(&watched, DISPATCH_SOURCE_TYPE_READ, ends[0], 0);
		end(&watched);
		close(ends[0]);
		close(ends[1]);
	}
	assert_int_equal(count_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_to_read_are_an_event),
		cmocka_unit_test(what_is_not_read_comes_again),
		cmocka_unit_test(room_to_write_is_an_event),
		cmocka_unit_test(one_descriptor_can_have_several_sources),
		cmocka_unit_test(a_regular_file_is_refused),
		cmocka_unit_test(after_its_cancel_handler_a_descriptor_can_be_another),
		cmocka_unit_test(a_source_released_without_cancel_is_gone),
		cmocka_unit_test(the_end_of_a_process_is_an_event),
		cmocka_unit_test(no_descriptor_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
