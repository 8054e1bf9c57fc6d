/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmark: what an open costs with nobody listening, with a client that is told, with one
 * that allows (asked each time, or from the cache), and with a bare fanotify loop; and how fast
 * stored records are decoded and printed.
 *
 * Everything happens on a tmpfs in a mount namespace of its own, which the daemon is told to watch
 * alone. The listeners take turns, in several rounds, and the medians of the rounds count: machines
 * are noisy. What is to be believed are the ratios.
 */
#include "base/clock.h"
#include "tests/bench/guard.h"
#include "tests/bench/listener.h"
#include "tests/bench/opens.h"
#include "tests/bench/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	RATE = 1000, /* paced opens a second: the busiest ordinary desktop */
	ROUNDS_MAX = 15,
	WARM_UP = 50,
};

/* No round may take longer. */
#define ROUND_NS (30 * NANOSECONDS_PER_SECOND)

struct settings {
	bool json;
	const char *
		only; /* key of the one listener that is measured beside nobody and the bare loop */
	unsigned int rounds;
	unsigned int paced; /* opens in a round */
	unsigned int full;
};

/* Of one listener: the values of each round. */
struct samples {
	unsigned int count;
	double paced_p50[ROUNDS_MAX], paced_p99[ROUNDS_MAX], share[ROUNDS_MAX];
	double full_p50[ROUNDS_MAX], full_p99[ROUNDS_MAX], per_second[ROUNDS_MAX];
};

struct result {
	bool measured;
	double paced_p50, paced_p99, share, full_p50, full_p99, per_second;
};

static const char *const names[LISTENER_KINDS] = {
	[LISTENER_NOBODY] = "nobody listens",	[LISTENER_NOTIFY] = "NOTIFY_OPEN",
	[LISTENER_AUTH] = "AUTH_OPEN, asked",	[LISTENER_CACHED] = "AUTH_OPEN, cached",
	[LISTENER_BARE] = "bare fanotify loop",
};
static const char *const keys[LISTENER_KINDS] = {
	[LISTENER_NOBODY] = "nobody", [LISTENER_NOTIFY] = "notify", [LISTENER_AUTH] = "auth",
	[LISTENER_CACHED] = "cached", [LISTENER_BARE] = "bare",
};

static char folder[] = "/tmp/sluice-bench-XXXXXX";
static char root[64], file[80], socket_path[64];

/* A folder with two mounts that only this process and its children see. */
static int make_place(void)
{
	int fd;

	if (!mkdtemp(folder))
		return -errno;
	snprintf(root, sizeof(root), "%s/watched", folder);
	snprintf(file, sizeof(file), "%s/file", root);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", folder, "tmpfs", 0, "size=512m") < 0 || mkdir(root, 0755) < 0 ||
	    mount("none", root, "tmpfs", 0, "size=16m") < 0)
		return -errno;
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, "content\n", 8) != 8)
		return -errno;
	return close(fd);
}

static void remove_place(void)
{
	umount2(root, MNT_DETACH);
	umount2(folder, MNT_DETACH);
	rmdir(folder);
}

/* One listener in one round: warmed up, paced, at full speed. */
static int measure(const struct settings *settings, const struct listener *listener,
		   struct samples *samples)
{
	unsigned int round = samples->count;
	struct opens paced, full;
	uint64_t used, start;
	int result;

	result = opens_measure(file, WARM_UP, 0, &paced);
	used = listener_processor_ns(listener);
	start = clock_now_ns();
	if (result == 0)
		result = opens_measure(file, settings->paced, RATE, &paced);
	samples->share[round] = (double)(listener_processor_ns(listener) - used) /
				(double)(clock_now_ns() - start);
	if (result == 0)
		result = opens_measure(file, settings->full, 0, &full);
	if (result < 0)
		return result;
	samples->paced_p50[round] = paced.p50_ns;
	samples->paced_p99[round] = paced.p99_ns;
	samples->full_p50[round] = full.p50_ns;
	samples->full_p99[round] = full.p99_ns;
	samples->per_second[round] = full.per_second;
	samples->count++;
	return 0;
}

/* A listener that is not asked measures nothing: then the numbers would be lies. */
static int check_count(enum listener_kind kind, const struct settings *settings, int64_t count)
{
	int64_t opens = WARM_UP + settings->paced + settings->full;

	if (kind == LISTENER_AUTH && count < opens) {
		fprintf(stderr, "bench: the client was asked %lld times for %lld opens\n",
			(long long)count, (long long)opens);
		return -EPROTO;
	}
	if (kind == LISTENER_CACHED && count > opens / 10) {
		fprintf(stderr, "bench: the client was asked %lld times, the cache does nothing\n",
			(long long)count);
		return -EPROTO;
	}
	return 0;
}

static int run_listener(const struct settings *settings, enum listener_kind kind,
			struct samples *samples)
{
	const struct listener_place place = {
		.root = root, .socket = socket_path, .daemon = getenv("ES_DAEMON")};
	struct listener listener;
	int64_t count;
	int result;

	guard_arm(clock_now_ns() + ROUND_NS);
	result = listener_start(&listener, kind, &place);
	if (result < 0)
		return result;
	result = measure(settings, &listener, samples);
	count = listener_stop(&listener);
	guard_arm(0);
	if (guard_has_fired()) {
		fprintf(stderr, "bench: '%s' held the benchmark and was killed\n", names[kind]);
		return -ETIMEDOUT;
	}
	return result < 0 ? result : check_count(kind, settings, count);
}

static struct result medians(struct samples *samples)
{
	if (samples->count == 0)
		return (struct result){.measured = false};
	return (struct result){
		.measured = true,
		.paced_p50 = opens_median(samples->paced_p50, samples->count),
		.paced_p99 = opens_median(samples->paced_p99, samples->count),
		.share = opens_median(samples->share, samples->count),
		.full_p50 = opens_median(samples->full_p50, samples->count),
		.full_p99 = opens_median(samples->full_p99, samples->count),
		.per_second = opens_median(samples->per_second, samples->count),
	};
}

static void print_table(const struct result *results, const struct stream_rates *rates)
{
	const struct result *bare = &results[LISTENER_BARE], *nobody = &results[LISTENER_NOBODY];

	printf("open and close     %28s   %35s\n", "paced, 1000 a second", "full speed");
	printf("%-18s %7s %7s %6s %6s %5s   %7s %7s %6s %6s %8s\n", "", "p50 us", "p99 us",
	       "x none", "x bare", "CPU %", "p50 us", "p99 us", "x none", "x bare", "opens/s");
	for (int kind = 0; kind < LISTENER_KINDS; kind++) {
		const struct result *row = &results[kind];

		if (!row->measured)
			continue;
		printf("%-18s %7.1f %7.1f %6.2f %6.2f %5.1f   %7.1f %7.1f %6.2f %6.2f %8.0f\n",
		       names[kind], row->paced_p50 / 1e3, row->paced_p99 / 1e3,
		       row->paced_p50 / nobody->paced_p50, row->paced_p50 / bare->paced_p50,
		       row->share * 100, row->full_p50 / 1e3, row->full_p99 / 1e3,
		       row->full_p50 / nobody->full_p50, row->full_p50 / bare->full_p50,
		       row->per_second);
	}
	if (rates->decoded == 0)
		return;
	printf("\nstored records, a second of one core:\n"
	       "decoded                         %10.0f\n"
	       "decoded and printed, eslogger   %10.0f\n"
	       "json-c, text of ready objects   %10.0f\n",
	       rates->decoded, rates->printed, rates->json_c);
}

static void print_bars(const struct result *results, const struct stream_rates *rates)
{
	const struct result *bare = &results[LISTENER_BARE];
	const struct {
		const char *what;
		bool measured;
		double value, bar;
		bool at_least;
	} rows[] = {
		{"AUTH asked, paced, p50 x bare", results[LISTENER_AUTH].measured,
		 results[LISTENER_AUTH].paced_p50 / bare->paced_p50, 2.5, false},
		{"AUTH cached, paced, p50 x bare", results[LISTENER_CACHED].measured,
		 results[LISTENER_CACHED].paced_p50 / bare->paced_p50, 1.0, false},
		{"CPU of the chain at 1000 AUTH a second, %", results[LISTENER_AUTH].measured,
		 results[LISTENER_AUTH].share * 100, 5, false},
		{"printed, thousand a second", rates->printed > 0, rates->printed / 1e3, 200, true},
		{"decoded, thousand a second", rates->decoded > 0, rates->decoded / 1e3, 1000,
		 true},
	};

	puts("");
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		if (rows[row].measured)
			printf("%-42s %8.2f  bar %s %g: %s\n", rows[row].what, rows[row].value,
			       rows[row].at_least ? ">=" : "<=", rows[row].bar,
			       (rows[row].at_least ? rows[row].value >= rows[row].bar
						   : rows[row].value <= rows[row].bar)
				       ? "met"
				       : "MISSED");
}

static void print_json(const struct result *results, const struct stream_rates *rates)
{
	printf("{\"rate\":%d,\"listeners\":{", RATE);
	for (int kind = 0; kind < LISTENER_KINDS; kind++) {
		const struct result *row = &results[kind];

		printf("%s\"%s\":{\"paced_p50_ns\":%.0f,\"paced_p99_ns\":%.0f,\"cpu_share\":%.5f,"
		       "\"full_p50_ns\":%.0f,\"full_p99_ns\":%.0f,\"opens_per_second\":%.0f}",
		       kind ? "," : "", keys[kind], row->paced_p50, row->paced_p99, row->share,
		       row->full_p50, row->full_p99, row->per_second);
	}
	printf("},\"records\":{\"decoded_per_second\":%.0f,\"printed_per_second\":%.0f,"
	       "\"json_c_per_second\":%.0f}}\n",
	       rates->decoded, rates->printed, rates->json_c);
}

static bool is_measured(const struct settings *settings, int kind)
{
	return !settings->only || kind == LISTENER_NOBODY || kind == LISTENER_BARE ||
	       strcmp(settings->only, keys[kind]) == 0;
}

static int run(const struct settings *settings)
{
	static struct samples samples[LISTENER_KINDS];
	struct result results[LISTENER_KINDS];
	struct stream_rates rates = {0};
	int result = 0;

	for (unsigned int round = 0; round < settings->rounds && result == 0; round++) {
		for (int kind = 0; kind < LISTENER_KINDS && result == 0; kind++)
			if (is_measured(settings, kind))
				result = run_listener(settings, (enum listener_kind)kind,
						      &samples[kind]);
		fprintf(stderr, "bench: round %u of %u\n", round + 1, settings->rounds);
	}
	if (result == 0 && !settings->only)
		result = stream_measure(folder, BENCH_ESLOGGER, &rates);
	if (result < 0)
		return result;
	for (int kind = 0; kind < LISTENER_KINDS; kind++)
		results[kind] = medians(&samples[kind]);
	if (settings->json) {
		print_json(results, &rates);
	} else {
		print_table(results, &rates);
		print_bars(results, &rates);
	}
	return 0;
}

static int read_settings(struct settings *ret_settings, int count, char **words)
{
	struct settings settings = {.rounds = 5, .paced = 1000, .full = 5000};

	for (int word = 1; word < count; word++) {
		if (strcmp(words[word], "--json") == 0) {
			settings.json = true;
		} else if (strcmp(words[word], "--quick") == 0) {
			settings.rounds = 1;
			settings.paced = 200;
			settings.full = 1000;
		} else if (strcmp(words[word], "--only") == 0 && word + 1 < count) {
			settings.only = words[++word];
		} else if (strcmp(words[word], "--rounds") == 0 && word + 1 < count) {
			settings.rounds = (unsigned int)strtoul(words[++word], NULL, 10);
		} else {
			fputs("usage: bench [--json] [--quick] [--rounds N] [--only LISTENER]\n",
			      stderr);
			return -EINVAL;
		}
	}
	if (settings.rounds == 0 || settings.rounds > ROUNDS_MAX)
		return -EINVAL;
	*ret_settings = settings;
	return 0;
}

int main(int count, char **words)
{
	struct settings settings;
	int result;

	if (read_settings(&settings, count, words) < 0)
		return 2;
	if (!getenv("ES_DAEMON"))
		setenv("ES_DAEMON", BENCH_DAEMON, 1);
	result = guard_start();
	if (result == 0)
		result = make_place();
	if (result == 0)
		result = run(&settings);
	if (result < 0)
		fprintf(stderr, "bench: %s%s\n", strerror(-result),
			result == -EPERM ? "; run it as root" : "");
	remove_place();
	return result < 0;
}
