/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations that fail on demand (allocation.h). Owns a countdown for each thread.
 */
#include "tests/unit/library/allocation.h"

#include <stddef.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static _Thread_local int left = -1; /* -1: no end */

void allocation_fail_after(int count)
{
	left = count;
}

void allocation_fail_never(void)
{
	left = -1;
}

static _Bool fails(void)
{
	if (left > 0)
		left--;
	else
		return left == 0;
	return 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __real_aligned_alloc(alignment, size);
}
