/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample-stream [COUNT [EVENT]...]: writes sample records to standard output, a stream as
 * `eslogger --replay` reads it. COUNT records, or as many as there are events; their events in
 * turn, all NOTIFY events if none is named.
 */
#include "tests/sample/record.h"
#include "wire/events.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words)
{
	static _Alignas(8) unsigned char buffer[RECORD_SIZE_MAX];
	unsigned int events[EVENT_LAST], event_count = 0;
	unsigned long long records;

	for (int word = 2; word < count && event_count < EVENT_LAST; word++) {
		int event = event_find(words[word], EVENT_ACTION_NOTIFY);

		if (event < 0)
			return 2;
		events[event_count++] = (unsigned int)event;
	}
	for (unsigned int event = 0; event < EVENT_LAST && count < 3; event++)
		if (event_describe(event)->action == EVENT_ACTION_NOTIFY)
			events[event_count++] = event;
	records = count > 1 ? strtoull(words[1], NULL, 10) : event_count;
	for (unsigned long long number = 0; number < records; number++) {
		const struct sample_options options = {
			.number = number, .pid = 1000 + number % 50, .group_id = 77};
		size_t size = sample_record(buffer, sizeof(buffer), events[number % event_count],
					    &options);

		if (size == 0 || fwrite(buffer, size, 1, stdout) != 1)
			return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
