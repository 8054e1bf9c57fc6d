/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens and closes, with a clock around them. Owns the list of times while it measures.
 */
#include "tests/bench/opens.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/timerfd.h>

static int compare(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;

	return (difference > 0) - (difference < 0);
}

double opens_median(double *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

/* Ticks `rate` times a second; -1 with no rate. */
static int make_timer(unsigned int rate)
{
	struct itimerspec pace = {0};
	int timer;

	if (rate == 0)
		return -1;
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	pace.it_value.tv_nsec = pace.it_interval.tv_nsec = (long)(NANOSECONDS_PER_SECOND / rate);
	timerfd_settime(timer, 0, &pace, NULL);
	return timer;
}

int opens_measure(const char *path, unsigned int count, unsigned int rate, struct opens *ret_opens)
{
	OWNED_MEMORY double *times = calloc(count, sizeof(*times));
	OWNED_DESCRIPTOR int timer = make_timer(rate);
	uint64_t start = clock_now_ns();

	if (!times)
		return -ENOMEM;
	for (unsigned int index = 0; index < count; index++) {
		uint64_t ticks, before;
		int fd;

		if (timer >= 0 && read(timer, &ticks, sizeof(ticks)) < 0)
			return -errno;
		before = clock_now_ns();
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		close(fd);
		times[index] = (double)(clock_now_ns() - before);
	}
	ret_opens->per_second = count * (double)NANOSECONDS_PER_SECOND /
				(double)(clock_now_ns() - start);
	ret_opens->p50_ns = opens_median(times, count);
	ret_opens->p99_ns = times[count - 1 - count / 100];
	return 0;
}
