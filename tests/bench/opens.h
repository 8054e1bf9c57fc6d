/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures open and close of a file, paced or at full speed.
 */
#ifndef SLUICE_TESTS_BENCH_OPENS_H
#define SLUICE_TESTS_BENCH_OPENS_H

#include <stdint.h>

struct opens {
	double p50_ns;
	double p99_ns;
	double per_second;
};

/*
 * Opens and closes `path` count times, `rate` a second, or one after the other if rate is 0. 0 or
 * the negative errno of an open that failed.
 */
int opens_measure(const char *path, unsigned int count, unsigned int rate, struct opens *ret_opens);

/* The value in the middle; sorts the values. */
double opens_median(double *values, unsigned int count);

#endif
