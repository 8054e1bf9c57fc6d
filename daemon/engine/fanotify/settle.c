/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the connector has lost news: who of the table is gone, and how many threads the others
 * have.
 *
 * /proc is asked without the lock, for some processes at a time; what it says is applied with the
 * lock, once all that was told until then is. Whoever is gone is told to have ended. Whoever lives
 * is counted when /proc says twice the same of it and nothing was told of its threads in between:
 * threads that are ending are told to have ended before /proc stops counting them. Until then its
 * end is not taken from the count, but seen.
 *
 * What was born or has run a program in that time is not told: nobody knows when, and by whom. The
 * born ones are searched for, so that their ends will be told.
 */
#include "daemon/engine/fanotify/tracking_state.h"

#include "base/clock.h"

#include <dirent.h>

enum {
	COUNT_MS = 40, /* between two countings that agree */
	PAUSE_MIN_MS = 50, /* between rounds; it doubles while threads keep coming and going */
	PAUSE_MAX_MS = 1000,
	HURRY_MS = 5, /* from the news of an end to the next round */
	/* From a loss to the search. Whoever is younger may still be told of. */
	SEARCH_MS = 300,
	TOLD_AGE_MS = 200,
};

/* What /proc says of one process. */
struct view {
	struct gather_start start;
	enum gather_likeness likeness;
	int threads;
	uint32_t news; /* before it was asked */
};

/* Some processes of a round. */
struct page {
	size_t count;
	struct process *processes[PROCESS_PAGE]; /* references */
	struct view views[PROCESS_PAGE];
};

static uint64_t after_ms(uint64_t now_ns, uint64_t milliseconds)
{
	return now_ns + milliseconds * NANOSECONDS_PER_MILLISECOND;
}

void settle_begin(struct tracking *tracking)
{
	uint64_t now_ns = clock_now_ns();

	process_table_doubt(tracking->table);
	tracking->settling = (struct settling){
		.on = true,
		.begun_ns = now_ns,
		.round_ns = now_ns,
		.pause_ns = PAUSE_MIN_MS * NANOSECONDS_PER_MILLISECOND,
		.search_ns = after_ms(now_ns, SEARCH_MS),
	};
	tracking_kick(tracking);
}

void settle_hurry(struct tracking *tracking)
{
	uint64_t soon_ns = after_ms(clock_now_ns(), HURRY_MS);

	if (tracking->settling.round_ns > soon_ns)
		tracking->settling.round_ns = soon_ns;
	tracking->settling.pause_ns = PAUSE_MIN_MS * NANOSECONDS_PER_MILLISECOND;
	tracking_kick(tracking);
}

static void take_page(struct tracking *tracking, struct page *page)
{
	page->count = process_table_uncounted(tracking->table, &tracking->settling.bucket,
					      page->processes);
	for (size_t i = 0; i < page->count; i++)
		page->views[i] = (struct view){
			.start = gather_start_of(page->processes[i]),
			.news = page->processes[i]->news,
		};
}

static void count_threads(struct tracking *tracking, struct process *process,
			  const struct view *view)
{
	struct process_doubt *doubt = &process->doubt;
	uint64_t now_ns = clock_now_ns();

	if (doubt->threads != view->threads || doubt->news != process->news ||
	    view->news != process->news || doubt->threads_ns < tracking->settling.begun_ns) {
		doubt->threads = view->news == process->news ? view->threads : 0;
		doubt->news = process->news;
		doubt->threads_ns = now_ns;
	} else if (now_ns >= after_ms(doubt->threads_ns, COUNT_MS)) {
		process_table_count(tracking->table, process, view->threads);
	}
}

static void judge(struct tracking *tracking, struct process *process, const struct view *view)
{
	if (process->gone || process_table_counted(tracking->table, process))
		return;
	if (view->likeness == GATHER_ALIVE)
		count_threads(tracking, process, view);
	else
		news_end_unseen(tracking, process);
	if (!process->gone && !process_table_counted(tracking->table, process))
		tracking->settling.left = true;
}

static void judge_page(struct tracking *tracking, struct page *page)
{
	tracking_drain(tracking, true);
	for (size_t i = 0; i < page->count; i++) {
		judge(tracking, page->processes[i], &page->views[i]);
		process_unref(page->processes[i]);
	}
}

/* Whom nobody told of: everybody in /proc who is not in the table. */
static void search(struct tracking *tracking)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		bool known = true;

		if (pid > 0) {
			tracking_lock(tracking);
			known = process_table_find(tracking->table, pid) != NULL;
			tracking_unlock(tracking);
		}
		if (known || !gather_older(&tracking->gather, pid,
					   TOLD_AGE_MS * NANOSECONDS_PER_MILLISECOND))
			continue;
		tracking_lock(tracking);
		tracking_drain(tracking, true);
		if (!process_table_find(tracking->table, pid))
			tracking_add(tracking, pid);
		tracking_unlock(tracking);
	}
	if (directory)
		closedir(directory);
}

/* The round is over: is there another? */
static void end_round(struct tracking *tracking, uint64_t now_ns)
{
	struct settling *settling = &tracking->settling;

	settling->bucket = 0;
	settling->round_ns = now_ns + settling->pause_ns;
	settling->pause_ns *= 2;
	if (settling->pause_ns > PAUSE_MAX_MS * NANOSECONDS_PER_MILLISECOND)
		settling->pause_ns = PAUSE_MAX_MS * NANOSECONDS_PER_MILLISECOND;
	if (!settling->left && settling->search_ns > settling->round_ns)
		settling->round_ns = settling->search_ns;
	settling->on = settling->left || settling->search_ns != 0;
	settling->left = false;
}

/* When there is something to do; UINT64_MAX: never. */
static uint64_t due(const struct tracking *tracking, uint64_t now_ns)
{
	const struct settling *settling = &tracking->settling;

	if (!settling->on)
		return UINT64_MAX;
	return settling->bucket > 0 ? now_ns : settling->round_ns;
}

int tracking_settle(struct tracking *tracking)
{
	uint64_t now_ns = clock_now_ns();
	struct page page = {.count = 0};
	uint64_t next_ns, search_ns = 0;

	tracking_lock(tracking);
	next_ns = due(tracking, now_ns);
	/* First those are told that are known to have ended. */
	if (next_ns <= now_ns && event_queue_count(tracking->ends) > TRACKING_EVENTS_MAX / 2) {
		tracking_unlock(tracking);
		return 0;
	}
	if (next_ns <= now_ns) {
		take_page(tracking, &page);
		if (tracking->settling.search_ns <= now_ns)
			search_ns = tracking->settling.search_ns;
	}
	tracking_unlock(tracking);
	if (next_ns > now_ns)
		return next_ns == UINT64_MAX ? -1 : clock_milliseconds_until(next_ns);
	for (size_t i = 0; i < page.count; i++)
		page.views[i].likeness = gather_look(&tracking->gather, &page.views[i].start,
						     &page.views[i].threads);
	if (search_ns != 0)
		search(tracking);
	tracking_lock(tracking);
	judge_page(tracking, &page);
	/* There may have been another loss meanwhile. */
	if (tracking->settling.search_ns == search_ns)
		tracking->settling.search_ns = 0;
	if (tracking->settling.bucket == PROCESS_BUCKETS)
		end_round(tracking, now_ns);
	next_ns = due(tracking, now_ns);
	tracking_unlock(tracking);
	return next_ns == UINT64_MAX ? -1 : clock_milliseconds_until(next_ns);
}
