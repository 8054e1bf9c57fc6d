/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scope owns is declared so and freed by the scope:
 *
 *	OWNED(ring_free) struct ring *ring = NULL;
 *
 * frees with ring_free(ring) when the scope ends. TAKE(pointer) hands the thing over: it evaluates
 * to the pointer and leaves NULL behind. TAKE_DESCRIPTOR does the same for a descriptor and leaves
 * -1.
 */
#ifndef SLUICE_BASE_CLEANUP_H
#define SLUICE_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/* Defines the helper that OWNED(free_function) names; one line beside the declaration of
 * free_function. */
#define DEFINE_OWNED(type, free_function)                      \
	static inline void free_function##_owned(type **owned) \
	{                                                      \
		if (*owned)                                    \
			free_function(*owned);                 \
	}

#define OWNED(free_function) __attribute__((cleanup(free_function##_owned)))

#define TAKE(pointer)                                        \
	({                                                   \
		__typeof__(pointer) *take_from = &(pointer); \
		__typeof__(pointer) taken = *take_from;      \
		*take_from = NULL;                           \
		taken;                                       \
	})

static inline void free_memory_owned(void *owned)
{
	free(*(void **)owned);
}
/* Memory from malloc: OWNED_MEMORY char *text = NULL; */
#define OWNED_MEMORY __attribute__((cleanup(free_memory_owned)))

static inline void close_descriptor_owned(int *owned)
{
	if (*owned >= 0)
		close(*owned);
}
/* A descriptor: OWNED_DESCRIPTOR int file = -1; */
#define OWNED_DESCRIPTOR __attribute__((cleanup(close_descriptor_owned)))

static inline int take_descriptor(int *from)
{
	int taken = *from;

	*from = -1;
	return taken;
}
#define TAKE_DESCRIPTOR(descriptor) take_descriptor(&(descriptor))

#endif
