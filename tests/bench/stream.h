/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures what becomes of stored records: decoded by the library, printed by eslogger, and, to
 * compare with, turned into text by json-c.
 */
#ifndef SLUICE_TESTS_BENCH_STREAM_H
#define SLUICE_TESTS_BENCH_STREAM_H

struct stream_rates {
	double decoded; /* a second of processor time */
	double printed;
	double json_c; /* objects that exist already, to text */
};

/* folder: where a file of some hundred megabytes may lie. 0 or negative errno. */
int stream_measure(const char *folder, const char *eslogger, struct stream_rates *ret_rates);

#endif
