/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes and ends what the tests of library/client/ stand on (fixture.h).
 */
#include "tests/unit/library/client/fixture.h"

#include <dirent.h>
#include <stdlib.h>

int open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

int fixture_make_daemon(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	fixture->descriptors = open_descriptors();
	told_init(&fixture->told);
	fixture->daemon = fake_daemon_start();
	*state = fixture;
	return 0;
}

int fixture_make_client(void **state)
{
	struct fixture *fixture;

	if (fixture_make_daemon(state))
		return -1;
	fixture = *state;
	return es_new_client_f(&fixture->client, told_handle, &fixture->told) !=
	       ES_NEW_CLIENT_RESULT_SUCCESS;
}

int fixture_end(void **state)
{
	struct fixture *fixture = *state;
	int left;

	es_delete_client(fixture->client);
	fake_daemon_free(fixture->daemon);
	told_done(&fixture->told);
	left = open_descriptors() - fixture->descriptors;
	free(fixture);
	return left; /* none may stay open */
}
