/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signal sources get what is raised, beside the program's own handlers, and leave no trace.
 *
 * Signals are sent to this process and to its threads.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/compat/child.h"
#include "tests/unit/compat/libdispatch/await.h"

struct watched {
	dispatch_source_t source;
	uintptr_t total;
	struct event event, cancelled;
};

static void take_signals(void *context)
{
	struct watched *watched = context;

	__atomic_add_fetch(&watched->total, dispatch_source_get_data(watched->source),
			   __ATOMIC_RELAXED);
	event_post(&watched->event);
}

static void note_cancel(void *context)
{
	event_post(&((struct watched *)context)->cancelled);
}

static void watch(struct watched *watched, int number)
{
	*watched = (struct watched){.source = dispatch_source_create(DISPATCH_SOURCE_TYPE_SIGNAL,
								     (uintptr_t)number, 0, NULL)};
	assert_non_null(watched->source);
	event_init(&watched->event);
	event_init(&watched->cancelled);
	dispatch_set_context(watched->source, watched);
	dispatch_source_set_event_handler_f(watched->source, take_signals);
	dispatch_source_set_cancel_handler_f(watched->source, note_cancel);
	dispatch_activate(watched->source);
}

static void end(struct watched *watched)
{
	dispatch_source_cancel(watched->source);
	AWAIT(&watched->cancelled);
	dispatch_release(watched->source);
}

static void a_raised_signal_is_an_event(void **state)
{
	struct watched watched;

	(void)state;
	watch(&watched, SIGUSR1);
	for (uintptr_t i = 1; i <= 3; i++) {
		raise(SIGUSR1);
		AWAIT(&watched.event);
	}
	kill(getpid(), SIGUSR1);
	AWAIT(&watched.event);
	end(&watched);
	assert_int_equal(watched.total, 4);
}

static void signals_that_come_while_suspended_are_counted(void **state)
{
	struct watched watched;

	(void)state;
	watch(&watched, SIGUSR1);
	dispatch_suspend(watched.source);
	for (int i = 0; i < 5; i++)
		raise(SIGUSR1);
	ASSERT_NOT_COME(&watched.event);
	dispatch_resume(watched.source);
	do
		AWAIT(&watched.event);
	while (__atomic_load_n(&watched.total, __ATOMIC_RELAXED) < 5);
	end(&watched);
	assert_int_equal(watched.total, 5);
}

static void each_source_of_a_signal_gets_it(void **state)
{
	struct watched first, second;

	(void)state;
	watch(&first, SIGUSR2);
	watch(&second, SIGUSR2);
	raise(SIGUSR2);
	AWAIT(&first.event);
	AWAIT(&second.event);
	end(&first);
	raise(SIGUSR2);
	AWAIT(&second.event);
	end(&second);
	assert_int_equal(first.total, 1);
	assert_int_equal(second.total, 2);
}

static volatile sig_atomic_t handled;

static void handle(int number)
{
	handled = number;
}

static void the_programs_own_handler_is_called_and_stays(void **state)
{
	struct sigaction action = {.sa_handler = handle}, present;
	struct watched watched;

	(void)state;
	sigaction(SIGUSR1, &action, NULL);
	watch(&watched, SIGUSR1);
	raise(SIGUSR1);
	assert_int_equal(handled, SIGUSR1);
	AWAIT(&watched.event);
	end(&watched);
	sigaction(SIGUSR1, NULL, &present);
	assert_ptr_equal(present.sa_handler, handle);
	signal(SIGUSR1, SIG_DFL);
}

static void an_ignored_signal_comes_and_is_ignored_again(void **state)
{
	struct sigaction present;
	struct watched watched;

	(void)state;
	signal(SIGTERM, SIG_IGN);
	watch(&watched, SIGTERM);
	kill(getpid(), SIGTERM);
	AWAIT(&watched.event);
	end(&watched);
	sigaction(SIGTERM, NULL, &present);
	assert_ptr_equal(present.sa_handler, SIG_IGN);
	kill(getpid(), SIGTERM);
	signal(SIGTERM, SIG_DFL);
}

static void what_the_program_sets_meanwhile_stays(void **state)
{
	struct sigaction present;
	struct watched watched;

	(void)state;
	watch(&watched, SIGUSR1);
	signal(SIGUSR1, handle);
	end(&watched);
	sigaction(SIGUSR1, NULL, &present);
	assert_ptr_equal(present.sa_handler, handle);
	signal(SIGUSR1, SIG_DFL);
}

static void die_after_cancel(void *context)
{
	struct watched watched;

	(void)context;
	watch(&watched, SIGUSR1);
	raise(SIGUSR1);
	AWAIT(&watched.event);
	end(&watched);
	raise(SIGUSR1);
}

static void the_default_action_comes_back(void **state)
{
	struct child child;

	(void)state;
	child_run(die_after_cancel, NULL, &child);
	assert_true(WIFSIGNALED(child.status));
	assert_int_equal(WTERMSIG(child.status), SIGUSR1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* The child has no manager but its own, so it comes before there is one here. */
		cmocka_unit_test(the_default_action_comes_back),
		cmocka_unit_test(a_raised_signal_is_an_event),
		cmocka_unit_test(signals_that_come_while_suspended_are_counted),
		cmocka_unit_test(each_source_of_a_signal_gets_it),
		cmocka_unit_test(the_programs_own_handler_is_called_and_stays),
		cmocka_unit_test(an_ignored_signal_comes_and_is_ignored_again),
		cmocka_unit_test(what_the_program_sets_meanwhile_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
