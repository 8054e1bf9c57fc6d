/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block forms of the API, used from a source of its own that clang compiles with -fblocks.
 */
#ifndef SLUICE_TESTS_UNIT_LIBRARY_CLIENT_WITH_BLOCKS_H
#define SLUICE_TESTS_UNIT_LIBRARY_CLIENT_WITH_BLOCKS_H

/* Captured by a handler block, so that a test sees it called, and freed with it. */
struct seen {
	int messages;
	int last_event;
	int synchronised;
};

struct es_client_s;

/* A client whose handler is a block that lived on this function's stack. 0, or what failed. */
int make_with_block(struct es_client_s **ret_client, struct seen *seen, _Bool descendants);
int sync_with_block(struct es_client_s *client, struct seen *seen);
int call_with_no_blocks(void);

#endif
