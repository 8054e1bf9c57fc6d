/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main queue: its work runs on the main thread, inside dispatch_main.
 *
 * dispatch_main never returns, so each case is a child process that ends itself from its work.
 */
#include <stdio.h>

#include "tests/unit/compat/child.h"
#include "tests/unit/compat/libdispatch/await.h"

static void expect(void (*function)(void *), const char *text)
{
	struct child child;

	child_run(function, NULL, &child);
	assert_true(WIFEXITED(child.status));
	assert_int_equal(WEXITSTATUS(child.status), 0);
	assert_string_equal(child.text, text);
}

static void say(void *word)
{
	dispatch_assert_queue(dispatch_get_main_queue());
	dprintf(STDERR_FILENO, "%s%s ", (const char *)word,
		gettid() == getpid() ? "" : " (on another thread)");
}

static void end(void *context)
{
	(void)context;
	_exit(0);
}

static char one[] = "one", two[] = "two", three[] = "three";

static void run_main_queue(void *context)
{
	(void)context;
	dispatch_async_f(dispatch_get_main_queue(), one, say);
	dispatch_async_f(dispatch_get_main_queue(), two, say);
	dispatch_after_f(dispatch_time(DISPATCH_TIME_NOW, 1000000), dispatch_get_main_queue(),
			 three, say);
	dispatch_after_f(dispatch_time(DISPATCH_TIME_NOW, 2000000), dispatch_get_main_queue(), NULL,
			 end);
	dispatch_main();
}

static void the_main_thread_runs_the_main_queue_in_order(void **state)
{
	(void)state;
	expect(run_main_queue, "one two three ");
}

static void sync_to_main(void *context)
{
	dispatch_queue_t above = context;

	dispatch_sync_f(dispatch_get_main_queue(), one, say);
	dispatch_sync_f(above, two, say);
	dispatch_async_f(dispatch_get_main_queue(), NULL, end);
}

static void run_sync_to_main(void *context)
{
	dispatch_queue_t above = dispatch_queue_create_with_target("above", NULL,
								   dispatch_get_main_queue());

	(void)context;
	dispatch_async_f(dispatch_get_global_queue(0, 0), above, sync_to_main);
	dispatch_main();
}

static void sync_from_elsewhere_runs_on_the_main_thread(void **state)
{
	(void)state;
	expect(run_sync_to_main, "one two ");
}

static void call_dispatch_main(void *context)
{
	(void)context;
	dispatch_main();
}

static void call_dispatch_main_elsewhere(void *context)
{
	struct event never;

	(void)context;
	event_init(&never);
	dispatch_async_f(dispatch_get_global_queue(0, 0), NULL, call_dispatch_main);
	await_event(&never);
}

static void dispatch_main_belongs_to_the_main_thread(void **state)
{
	(void)state;
	assert_aborts(call_dispatch_main_elsewhere, NULL, "dispatch_main outside the main thread");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_main_thread_runs_the_main_queue_in_order),
		cmocka_unit_test(sync_from_elsewhere_runs_on_the_main_thread),
		cmocka_unit_test(dispatch_main_belongs_to_the_main_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
