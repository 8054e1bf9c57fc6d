/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Death under load: a client, or the daemon, is killed while programs wait for its answers. How
 * long they go on waiting is measured, and nothing may be left behind.
 *
 * ES_DEATH_ROUNDS sets how often each of them dies (200).
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/system/deeds.h"
#include "tests/system/left.h"
#include "tests/system/recorder.h"
#include "tests/system/service.h"
#include "tests/system/stage.h"

#include <EndpointSecurity/ESLinux.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ROUNDS = 200,
	ROUNDS_EMULATED = 30, /* a guest takes ten times as long for each */
	ROUNDS_MAX = 2000,
	OPENERS = 4,
	ANSWERED = 100, /* opens the client lets pass before it answers no more */
	P99_MS = 10,
	MAX_MS = 100,
	EMULATED = 10,
	ENOUGH = 400, /* samples for a 99th percentile; of fewer it is just the worst */
	BATCHES = 3, /* of all rounds: the bars must be kept in one */
};

/* Seen by the test and by everybody who opens. */
struct board {
	_Atomic uint64_t killed_ns; /* 0: not yet */
	_Atomic uint64_t freed_ns[OPENERS]; /* end of the open that was under way at the kill */
	_Atomic uint64_t opens;
};

static struct board *board;
static uint64_t samples[ROUNDS_MAX * OPENERS];
static size_t sample_count;

static size_t rounds(void)
{
	const char *wish = getenv("ES_DEATH_ROUNDS");
	long count = getenv("ES_GUEST") ? ROUNDS_EMULATED : ROUNDS;

	if (wish)
		count = strtol(wish, NULL, 10);

	return count > 0 && count < ROUNDS_MAX ? (size_t)count : ROUNDS;
}

/* ---- Those who open ---- */

/* What is measured is how soon they are let go, not the queue of a busy machine's processors. */
static void go_first(void)
{
	setpriority(PRIO_PROCESS, 0, -15);
}

/* Opens over and over; notes when it was first free after the kill, and ends. */
static int open_on(const struct deed *deed)
{
	_Atomic uint64_t *freed = &board->freed_ns[deed->number];

	go_first();
	while (!atomic_load(freed)) {
		int file = open(deed->path, O_RDONLY | O_CLOEXEC);

		if (file < 0)
			return errno;
		atomic_fetch_add(&board->opens, 1);
		if (atomic_load(&board->killed_ns) && !atomic_load(freed))
			atomic_store(freed, clock_now_ns());
		close(file);
	}
	return 0;
}

/* ---- The client that is killed ---- */

struct stubborn {
	int report; /* where it says that everybody waits */
	unsigned int answered;
	unsigned int waiting;
};

/* Answers a while, then not any more; says so when everybody waits. */
static void grow_silent(es_client_t *client, const es_message_t *message, void *context)
{
	struct stubborn *stubborn = context;

	if (stubborn->answered < ANSWERED) {
		stubborn->answered++;
		es_respond_flags_result(client, message, UINT32_MAX, false);
		return;
	}
	es_retain_message(message);
	if (++stubborn->waiting == OPENERS && write(stubborn->report, "w", 1) != 1)
		_exit(1);
}

static void be_stubborn(void *context)
{
	static const es_event_type_t events[] = {ES_EVENT_TYPE_AUTH_OPEN};
	struct stubborn stubborn = {.report = *(const int *)context};
	es_client_t *client = NULL;

	go_first();
	if (es_new_client_f(&client, grow_silent, &stubborn) != ES_NEW_CLIENT_RESULT_SUCCESS ||
	    es_subscribe(client, events, 1) != ES_RETURN_SUCCESS)
		fail_msg("%s", es_linux_last_error());
	for (;;)
		pause();
}

/* ---- One round ---- */

struct cast {
	struct subject *openers[OPENERS];
	pid_t client;
	int report[2];
};

static void begin_round(struct cast *cast, const char *path)
{
	struct pollfd wanted = {.events = POLLIN};

	atomic_store(&board->killed_ns, 0);
	assert_int_equal(pipe2(cast->report, O_CLOEXEC), 0);
	cast->client = stage_apart(be_stubborn, &cast->report[1]);
	for (int i = 0; i < OPENERS; i++) {
		const struct deed deed = deed_of(open_on, path, NULL, i);

		atomic_store(&board->freed_ns[i], 0);
		subject_begin(cast->openers[i], &deed);
	}
	wanted.fd = cast->report[0];
	assert_int_equal(poll(&wanted, 1, clock_milliseconds_until(stage_deadline())), 1);
}

static void kill_now(pid_t pid)
{
	atomic_store(&board->killed_ns, clock_now_ns());
	assert_int_equal(kill(pid, SIGKILL), 0);
}

static void await_freedom(void)
{
	uint64_t deadline = stage_deadline();
	uint64_t killed = atomic_load(&board->killed_ns);

	for (int i = 0; i < OPENERS; i++) {
		uint64_t freed;

		/* A short poll leaves the processor to those who are measured. */
		while ((freed = atomic_load(&board->freed_ns[i])) == 0 && clock_now_ns() < deadline)
			poll(NULL, 0, 1);
		assert_true(freed > 0);
		samples[sample_count++] = freed - killed;
	}
}

static void end_round(struct cast *cast)
{
	for (int i = 0; i < OPENERS; i++)
		assert_int_equal(subject_finish(cast->openers[i]), 0);
	close(cast->report[0]);
	close(cast->report[1]);
}

/* ---- What came of it ---- */

static int compare(const void *one, const void *other)
{
	const uint64_t *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

static double milliseconds(size_t index)
{
	return (double)samples[index] / (double)NANOSECONDS_PER_MILLISECOND;
}

/* A guest is emulated: what it measures tells of the emulator, too. */
static unsigned int slowness(void)
{
	return getenv("ES_GUEST") ? EMULATED : stage_slowness();
}

/* Says what came of it; true if it keeps the bars. */
static bool keeps_bars(const char *who)
{
	size_t p99 = sample_count * 99 / 100;

	qsort(samples, sample_count, sizeof(samples[0]), compare);
	print_message("# %s killed %zu times, %zu waiters: p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, "
		      "max %.2f ms\n",
		      who, sample_count / OPENERS, sample_count, milliseconds(sample_count / 2),
		      milliseconds(sample_count * 9 / 10), milliseconds(p99),
		      milliseconds(sample_count - 1));
	return (sample_count < ENOUGH || milliseconds(p99) <= P99_MS * slowness()) &&
	       milliseconds(sample_count - 1) <= MAX_MS * slowness();
}

static void prepare(struct cast *cast)
{
	sample_count = 0;
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	assert_true(board != MAP_FAILED);
	for (int i = 0; i < OPENERS; i++)
		cast->openers[i] = subject_new();
}

static void dismiss(struct cast *cast)
{
	for (int i = 0; i < OPENERS; i++)
		subject_end(cast->openers[i]);
	munmap(board, sizeof(*board));
}

/*
 * All rounds, again if the bars were missed: what else runs on the machine may take a batch's time,
 * but a fault of ours is in every batch.
 */
static void in_batches(const char *who,
		       void (*round)(struct cast *cast, const char *path, void *more), void *more)
{
	OWNED_MEMORY char *path = strdup(stage_file("file", "content"));
	bool kept = false;
	struct cast cast;

	prepare(&cast);
	for (int batch = 0; batch < BATCHES && !kept; batch++) {
		sample_count = 0;
		for (size_t i = 0; i < rounds(); i++)
			round(&cast, path, more);
		kept = keeps_bars(who);
	}
	dismiss(&cast);
	assert_true(kept);
}

/* Until the daemon has put everything away that it had for its clients. */
static void await_descriptors(pid_t daemon, size_t expected)
{
	uint64_t deadline = stage_deadline();

	while (left_descriptors(daemon) > expected && clock_now_ns() < deadline)
		poll(NULL, 0, 1);
	if (left_descriptors(daemon) > expected)
		left_print_descriptors(daemon);
	/* Fewer is fine: the first round may have been counted before all of it was put away. */
	assert_true(left_descriptors(daemon) <= expected);
}

struct survivor {
	pid_t daemon;
	size_t descriptors; /* after the first round: what it keeps open for itself, of those who
			       open */
};

static void client_round(struct cast *cast, const char *path, void *more)
{
	struct survivor *survivor = more;

	begin_round(cast, path);
	kill_now(cast->client);
	await_freedom();
	assert_int_equal(WTERMSIG(stage_apart_wait(cast->client)), SIGKILL);
	end_round(cast);
	if (survivor->descriptors == 0)
		survivor->descriptors = left_descriptors(survivor->daemon);
}

static void a_client_that_dies_frees_all_and_leaves_nothing(void **state)
{
	struct survivor survivor = {.daemon = service_start()};

	(void)state;
	in_batches("client", client_round, &survivor);
	await_descriptors(survivor.daemon, survivor.descriptors);
	assert_int_equal(service_end(survivor.daemon, SIGTERM), 0);
	assert_int_equal(left_marks(stage_root()), 0);
	service_forget();
}

static void daemon_round(struct cast *cast, const char *path, void *more)
{
	pid_t daemon = service_start();

	(void)more;
	begin_round(cast, path);
	kill_now(daemon);
	await_freedom();
	assert_int_equal(WTERMSIG(service_end(daemon, SIGKILL)), SIGKILL);
	kill(cast->client, SIGKILL);
	stage_apart_wait(cast->client);
	end_round(cast);
}

static void a_daemon_that_dies_frees_all_and_leaves_nothing(void **state)
{
	(void)state;
	in_batches("daemon", daemon_round, NULL);
	assert_int_equal(left_marks(stage_root()), 0);
	service_forget();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_STAGE(a_client_that_dies_frees_all_and_leaves_nothing),
		ON_STAGE(a_daemon_that_dies_frees_all_and_leaves_nothing),
	};

	return stage_main(tests, COUNT(tests), 240);
}
