/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References, contexts and finalizers of all kinds of object.
 *
 * LeakSanitizer sees whether each object goes.
 */
#include "tests/unit/compat/child.h"
#include "tests/unit/compat/libdispatch/await.h"

static void finalize_with(dispatch_object_t object, struct event *event)
{
	event_init(event);
	dispatch_set_context(object, event);
	assert_ptr_equal(dispatch_get_context(object), event);
	dispatch_set_finalizer_f(object, post);
	dispatch_retain(object);
	dispatch_release(object);
	ASSERT_NOT_COME(event);
	dispatch_release(object);
	AWAIT(event);
}

static void each_kind_is_finalized_with_its_last_reference(void **state)
{
	struct event event;

	(void)state;
	finalize_with((dispatch_object_t)dispatch_queue_create("queue", NULL), &event);
	finalize_with((dispatch_object_t)dispatch_group_create(), &event);
	finalize_with((dispatch_object_t)dispatch_semaphore_create(0), &event);
	finalize_with((dispatch_object_t)dispatch_source_create(DISPATCH_SOURCE_TYPE_DATA_ADD, 0, 0,
								NULL),
		      &event);
}

static void without_a_context_there_is_no_finalizer(void **state)
{
	dispatch_queue_t target = dispatch_queue_create("target", NULL);
	dispatch_queue_t queue = dispatch_queue_create_with_target("queue", NULL, target);

	(void)state;
	/* It would be called with NULL, and crash. */
	dispatch_set_finalizer_f(queue, post);
	dispatch_release(queue);
	drain(target);
	assert_null(dispatch_get_context(target));
	dispatch_release(target);
}

static void release_while_suspended(void *context)
{
	dispatch_queue_t queue = dispatch_queue_create("suspended", NULL);

	(void)context;
	dispatch_suspend(queue);
	dispatch_release(queue);
}

static void an_idle_queue_may_be_released_while_suspended(void **state)
{
	struct child child;

	(void)state;
	child_run(release_while_suspended, NULL, &child);
	assert_true(WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0);
}

static void attributes_need_no_release(void **state)
{
	(void)state;
	dispatch_retain(DISPATCH_QUEUE_CONCURRENT);
	dispatch_release(DISPATCH_QUEUE_CONCURRENT);
	dispatch_suspend(DISPATCH_QUEUE_CONCURRENT);
	assert_null(dispatch_get_context(DISPATCH_QUEUE_CONCURRENT));
	assert_ptr_equal(dispatch_queue_attr_make_with_qos_class(DISPATCH_QUEUE_CONCURRENT,
								 QOS_CLASS_UTILITY, -1),
			 DISPATCH_QUEUE_CONCURRENT);
	assert_null(dispatch_queue_attr_make_with_qos_class(DISPATCH_QUEUE_SERIAL,
							    QOS_CLASS_UTILITY, -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_finalized_with_its_last_reference),
		cmocka_unit_test(without_a_context_there_is_no_finalizer),
		cmocka_unit_test(an_idle_queue_may_be_released_while_suspended),
		cmocka_unit_test(attributes_need_no_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
