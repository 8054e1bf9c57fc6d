/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of an ask, and asks by deadline (questions.h). Owns only the heap's array; asks and
 * questions are made and freed by delivery.c.
 */
#include "daemon/delivery/questions.h"

#include "wire/verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const bool steps[ASK_STATE_LAST][ASK_STATE_LAST] = {
	[ASK_ASKED] = {[ASK_DELIVERED] = true,
		       [ASK_ANSWERED] = true,
		       [ASK_EXPIRED] = true,
		       [ASK_ABANDONED] = true,
		       [ASK_STOOD_IN] = true},
	[ASK_DELIVERED] = {[ASK_ANSWERED] = true, [ASK_EXPIRED] = true, [ASK_ABANDONED] = true},
};

bool ask_step_allowed(enum ask_state from, enum ask_state to)
{
	return from < ASK_STATE_LAST && to < ASK_STATE_LAST && steps[from][to];
}

void question_path(char ret_path[QUESTION_PATH_MAX], const char *path, size_t length)
{
	size_t skip = length >= QUESTION_PATH_MAX ? length - QUESTION_PATH_MAX + 1 : 0;

	if (!path)
		length = skip = 0;
	if (length > skip)
		memcpy(ret_path, path + skip, length - skip);
	ret_path[length - skip] = '\0';
}

bool question_allowed_by(const struct question *question, uint32_t flags)
{
	if (question->event == EVENT_AUTH_OPEN)
		return flags && (question->flags & ~flags) == 0;
	return flags == VERDICT_FLAGS_ALLOW;
}

bool question_allowed(const struct question *question)
{
	return question_allowed_by(question, question->flags_allowed);
}

static void heap_put(struct deadline_heap *heap, size_t index, struct ask *ask)
{
	heap->asks[index] = ask;
	ask->heap_index = index;
}

static void sift_up(struct deadline_heap *heap, size_t index, struct ask *ask)
{
	while (index > 0) {
		size_t parent = (index - 1) / 2;

		if (heap->asks[parent]->deadline_ns <= ask->deadline_ns)
			break;
		heap_put(heap, index, heap->asks[parent]);
		index = parent;
	}
	heap_put(heap, index, ask);
}

static void sift_down(struct deadline_heap *heap, size_t index, struct ask *ask)
{
	for (;;) {
		size_t child = 2 * index + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count &&
		    heap->asks[child + 1]->deadline_ns < heap->asks[child]->deadline_ns)
			child++;
		if (ask->deadline_ns <= heap->asks[child]->deadline_ns)
			break;
		heap_put(heap, index, heap->asks[child]);
		index = child;
	}
	heap_put(heap, index, ask);
}

int deadline_heap_add(struct deadline_heap *heap, struct ask *ask)
{
	if (heap->count == heap->capacity) {
		size_t capacity = heap->capacity ? 2 * heap->capacity : 64;
		struct ask **asks = reallocarray(heap->asks, capacity, sizeof(struct ask *));

		if (!asks)
			return -ENOMEM;
		heap->asks = asks;
		heap->capacity = capacity;
	}
	heap->count++;
	sift_up(heap, heap->count - 1, ask);
	return 0;
}

void deadline_heap_remove(struct deadline_heap *heap, struct ask *ask)
{
	size_t index = ask->heap_index;
	struct ask *last = heap->asks[--heap->count];

	if (last == ask)
		return;
	if (last->deadline_ns < ask->deadline_ns)
		sift_up(heap, index, last);
	else
		sift_down(heap, index, last);
}

struct ask *deadline_heap_first(const struct deadline_heap *heap)
{
	return heap->count ? heap->asks[0] : NULL;
}

void deadline_heap_done(struct deadline_heap *heap)
{
	free(heap->asks);
	*heap = (struct deadline_heap){0};
}
