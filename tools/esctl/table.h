/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table for people: rows of cells under titles, as wide as their contents, cut to the width of
 * the terminal. Control characters become question marks: names of files come from anybody.
 */
#ifndef SLUICE_TOOLS_ESCTL_TABLE_H
#define SLUICE_TOOLS_ESCTL_TABLE_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 12 };

struct table_column {
	const char *title;
	bool right; /* numbers stand on the right */
	bool elastic; /* is cut, in its middle, when the terminal is too narrow */
};

struct table;

/* columns stay the caller's and must live as long as the table. NULL without memory. */
struct table *table_new(const struct table_column *columns, unsigned int count);
struct table *table_free(struct table *table);
DEFINE_OWNED(struct table, table_free)

/* The next cell, left to right and top to bottom; the text is copied. 0 or -ENOMEM. */
int table_add(struct table *table, const char *text);

/* width: of the terminal, 0 for no limit. bold: the titles stand out. */
void table_print(const struct table *table, FILE *output, unsigned int width, bool bold);

/* How many columns the terminal behind output has; 0 if it is none. */
unsigned int table_terminal_width(FILE *output);

#endif
