/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process connector's messages, whole, cut and of another sort.
 */
#include "daemon/engine/fanotify/connector.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A datagram as the kernel makes it. */
struct datagram {
	struct nlmsghdr header;
	unsigned char rest[sizeof(struct cn_msg) + sizeof(struct proc_event)];
};

static size_t make(struct datagram *datagram, const struct proc_event *event)
{
	struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(*event)};

	memset(datagram, 0, sizeof(*datagram));
	datagram->header.nlmsg_len = sizeof(*datagram);
	memcpy(datagram->rest, &message, sizeof(message));
	memcpy(datagram->rest + sizeof(message), event, sizeof(*event));
	return sizeof(*datagram);
}

static void a_fork_names_parent_and_child(void **state)
{
	struct proc_event from = {.what = PROC_EVENT_FORK, .timestamp_ns = 77};
	struct connector_event event;
	struct datagram datagram;
	size_t size;

	(void)state;
	from.event_data.fork.parent_pid = 10;
	from.event_data.fork.parent_tgid = 11;
	from.event_data.fork.child_pid = 12;
	from.event_data.fork.child_tgid = 13;
	size = make(&datagram, &from);
	assert_int_equal(connector_parse(&datagram, size, &event), 0);
	assert_int_equal(event.kind, CONNECTOR_FORK);
	assert_int_equal(event.time_ns, 77);
	assert_int_equal(event.tid, 10);
	assert_int_equal(event.pid, 11);
	assert_int_equal(event.other_tid, 12);
	assert_int_equal(event.other_pid, 13);
}

static void an_exit_carries_its_status(void **state)
{
	struct proc_event from = {.what = PROC_EVENT_EXIT};
	struct connector_event event;
	struct datagram datagram;

	(void)state;
	from.event_data.exit.process_pid = 5;
	from.event_data.exit.process_tgid = 4;
	from.event_data.exit.exit_code = 256;
	assert_int_equal(connector_parse(&datagram, make(&datagram, &from), &event), 0);
	assert_int_equal(event.kind, CONNECTOR_EXIT);
	assert_int_equal(event.tid, 5);
	assert_int_equal(event.pid, 4);
	assert_int_equal(event.status, 256);
}

static void what_is_of_no_use_is_still_a_message(void **state)
{
	struct proc_event from = {.what = PROC_EVENT_COMM};
	struct connector_event event = {.kind = CONNECTOR_EXIT};
	struct datagram datagram;

	(void)state;
	assert_int_equal(connector_parse(&datagram, make(&datagram, &from), &event), 0);
	assert_int_equal(event.kind, CONNECTOR_OTHER);
}

static void a_message_that_is_cut_is_refused(void **state)
{
	struct proc_event from = {.what = PROC_EVENT_FORK};
	struct connector_event event = {.pid = -1};
	struct datagram datagram;
	size_t size = make(&datagram, &from);

	(void)state;
	for (size_t length = 0; length < size; length++)
		assert_int_equal(connector_parse(&datagram, length, &event), -EBADMSG);
	assert_int_equal(event.pid, -1);
}

static void a_message_of_another_sender_is_refused(void **state)
{
	struct proc_event from = {.what = PROC_EVENT_EXEC};
	struct connector_event event = {.pid = -1};
	struct datagram datagram;
	size_t size = make(&datagram, &from);

	(void)state;
	datagram.rest[0] ^= 0xff;
	assert_int_equal(connector_parse(&datagram, size, &event), -EBADMSG);
	assert_int_equal(event.pid, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fork_names_parent_and_child),
		cmocka_unit_test(an_exit_carries_its_status),
		cmocka_unit_test(what_is_of_no_use_is_still_a_message),
		cmocka_unit_test(a_message_that_is_cut_is_refused),
		cmocka_unit_test(a_message_of_another_sender_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
