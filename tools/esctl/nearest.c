/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares a word with names, one after the other (nearest.h), by the letters that must be put in,
 * taken out or exchanged. Owns nothing.
 */
#include "tools/esctl/nearest.h"

#include <string.h>

enum { NAME_LENGTH_MAX = 63 }; /* a longer name is near to nothing */

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

static size_t distance(const char *word, const char *name)
{
	size_t row[NAME_LENGTH_MAX + 1];
	size_t length = strlen(name);

	for (size_t column = 0; column <= length; column++)
		row[column] = column;
	for (size_t line = 0; word[line]; line++) {
		size_t diagonal = row[0];

		row[0] = line + 1;
		for (size_t column = 1; column <= length; column++) {
			size_t above = row[column];
			size_t exchanged = diagonal + (word[line] != name[column - 1]);

			row[column] = least(exchanged, least(above, row[column - 1]) + 1);
			diagonal = above;
		}
	}
	return row[length];
}

void nearest_consider(struct nearest *nearest, const char *name)
{
	size_t limit = nearest->name ? nearest->distance : strlen(nearest->word) / 2 + 1;
	size_t far;

	if (strlen(name) > NAME_LENGTH_MAX)
		return;
	far = distance(nearest->word, name);
	if (far >= limit)
		return;
	nearest->distance = far;
	nearest->name = name;
}
