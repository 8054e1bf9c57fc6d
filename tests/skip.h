/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A skip says why. SKIP_BECAUSE("needs %s", what) ends the running case; `make check` prints the
 * reason and looks for it in tests/skips. Include after cmocka.h.
 */
#ifndef SLUICE_TESTS_SKIP_H
#define SLUICE_TESTS_SKIP_H

#define SKIP_BECAUSE(...)                                 \
	do {                                              \
		print_message("# skipped: " __VA_ARGS__); \
		print_message("\n");                      \
		skip();                                   \
	} while (0)

#endif
