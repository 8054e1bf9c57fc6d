/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/deadlock/sockets.h: answers of the kernel's diagnosis, real ones and broken ones.
 */
#include "daemon/deadlock/sockets.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/unix_diag.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

static uint64_t soon(void)
{
	return clock_now_ns() + 5 * NANOSECONDS_PER_SECOND;
}

static uint64_t inode_of(int descriptor)
{
	struct stat status;

	assert_int_equal(fstat(descriptor, &status), 0);
	return status.st_ino;
}

static void both_ends_know_each_other(void **state)
{
	struct unix_socket found;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(unix_socket_find(inode_of(ends[0]), soon(), &found), 0);
	assert_int_equal(found.inode, inode_of(ends[0]));
	assert_true(found.connected);
	assert_int_equal(found.peer, inode_of(ends[1]));
	assert_string_equal(found.name, "");
	close(ends[0]);
	close(ends[1]);
	assert_true(unix_socket_find(found.inode, soon(), &found) < 0);
}

static void a_caller_is_found_before_it_is_accepted(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	OWNED_DESCRIPTOR int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	OWNED_DESCRIPTOR int caller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct unix_socket found;
	socklen_t size;

	(void)state;
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
					    "unit-deadlock-%d", (int)getpid()));
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(connect(caller, (struct sockaddr *)&address, size), 0);
	address.sun_path[0] = '@';
	assert_int_equal(unix_socket_find(inode_of(caller), soon(), &found), 0);
	assert_true(found.connected);
	assert_int_equal(found.peer, 0);
	assert_int_equal(unix_socket_find_listener(NULL, inode_of(caller), soon(), &found), 0);
	assert_int_equal(found.inode, inode_of(listener));
	assert_string_equal(found.name, address.sun_path);
	assert_int_equal(unix_socket_find_listener(address.sun_path, 0, soon(), &found), 0);
	assert_int_equal(found.inode, inode_of(listener));
	assert_int_equal(unix_socket_find_listener("@nobody listens here", 0, soon(), &found),
			 -ENOENT);
}

/* An answer with one attribute of this length that has `size` bytes behind it. */
static size_t make_answer(unsigned char *bytes, unsigned int type, unsigned int length, size_t size)
{
	struct unix_diag_msg message = {.udiag_ino = 7};
	struct rtattr attribute = {.rta_type = (unsigned short)type,
				   .rta_len = (unsigned short)length};

	memcpy(bytes, &message, sizeof(message));
	memcpy(bytes + sizeof(message), &attribute, sizeof(attribute));
	memset(bytes + sizeof(message) + sizeof(attribute), 'n', size);
	return sizeof(message) + sizeof(attribute) + size;
}

static void an_answer_is_taken_as_far_as_it_goes(void **state)
{
	unsigned char bytes[8192];
	struct unix_socket *found = malloc(sizeof(*found));
	size_t size = make_answer(bytes, UNIX_DIAG_NAME, sizeof(struct rtattr) + 300, 300);

	(void)state;
	assert_non_null(found);
	assert_int_equal(unix_socket_parse(bytes, size, found), 0);
	assert_int_equal(strlen(found->name), SOCKET_NAME_MAX - 1);
	size = make_answer(bytes, UNIX_DIAG_ICONS, sizeof(struct rtattr) + 4096, 4096);
	assert_int_equal(unix_socket_parse(bytes, size, found), 0);
	assert_int_equal(found->caller_count, SOCKET_CALLERS_MAX);
	size = make_answer(bytes, UNIX_DIAG_PEER, sizeof(struct rtattr) + 2, 2);
	assert_int_equal(unix_socket_parse(bytes, size, found), 0);
	assert_false(found->connected);
	size = make_answer(bytes, UNIX_DIAG_NAME, 2, 0);
	assert_int_equal(unix_socket_parse(bytes, size, found), -EBADMSG);
	size = make_answer(bytes, UNIX_DIAG_NAME, 100, 4);
	assert_int_equal(unix_socket_parse(bytes, size, found), -EBADMSG);
	for (size_t cut = 0; cut < sizeof(struct unix_diag_msg); cut++)
		assert_int_equal(unix_socket_parse(bytes, cut, found), -EBADMSG);
	free(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_know_each_other),
		cmocka_unit_test(a_caller_is_found_before_it_is_accepted),
		cmocka_unit_test(an_answer_is_taken_as_far_as_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
