/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the cells of a table and prints it. Owns copies of the texts. Widths are counted in
 * characters of UTF-8, each taken to be one column wide.
 */
#include "tools/esctl/table.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
	GAP = 2, /* between columns */
	ELASTIC_LEAST = 12, /* an elastic column is never cut to less */
};

struct table {
	const struct table_column *columns;
	unsigned int column_count;
	char **cells; /* row by row */
	size_t used, capacity;
};

static bool continues_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static unsigned int text_width(const char *text)
{
	unsigned int width = 0;

	for (; *text; text++)
		width += !continues_character(*text);
	return width;
}

struct table *table_new(const struct table_column *columns, unsigned int count)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = columns;
	table->column_count = count;
	return table;
}

struct table *table_free(struct table *table)
{
	if (!table)
		return NULL;
	for (size_t cell = 0; cell < table->used; cell++)
		free(table->cells[cell]);
	free(table->cells);
	free(table);
	return NULL;
}

int table_add(struct table *table, const char *text)
{
	char *copy;

	if (table->used == table->capacity) {
		size_t capacity = table->capacity ? 2 * table->capacity : 64;
		char **cells = reallocarray(table->cells, capacity, sizeof(*cells));

		if (!cells)
			return -ENOMEM;
		table->cells = cells;
		table->capacity = capacity;
	}
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	for (char *byte = copy; *byte; byte++)
		if ((unsigned char)*byte < ' ' || *byte == 0x7f)
			*byte = '?';
	table->cells[table->used++] = copy;
	return 0;
}

/* Widths of the contents; then elastic columns give way until all fit into `width`. */
static void measure(const struct table *table, unsigned int width, unsigned int *widths)
{
	unsigned int total = 0;

	for (unsigned int column = 0; column < table->column_count; column++) {
		widths[column] = text_width(table->columns[column].title);
		for (size_t cell = column; cell < table->used; cell += table->column_count)
			if (text_width(table->cells[cell]) > widths[column])
				widths[column] = text_width(table->cells[cell]);
		total += widths[column] + (column ? GAP : 0);
	}
	while (width && total > width) {
		unsigned int *widest = NULL;

		for (unsigned int column = 0; column < table->column_count; column++)
			if (table->columns[column].elastic && widths[column] > ELASTIC_LEAST &&
			    (!widest || widths[column] > *widest))
				widest = &widths[column];
		if (!widest)
			return;
		(*widest)--;
		total--;
	}
}

/* Prints `count` characters from `text` on; returns what follows them. */
static const char *print_characters(FILE *output, const char *text, unsigned int count)
{
	while (*text && (count > 0 || continues_character(*text))) {
		fputc(*text++, output);
		if (!continues_character(*text))
			count--;
	}
	return text;
}

static void print_cut(FILE *output, const char *text, unsigned int full, unsigned int width)
{
	unsigned int head = (width - 1) / 3, tail = width - 1 - head;

	print_characters(output, text, head);
	fputs("\xe2\x80\xa6", output);
	for (unsigned int skipped = full - tail; *text && skipped > 0;) {
		text++;
		if (!continues_character(*text))
			skipped--;
	}
	fputs(text, output);
}

static void print_cell(FILE *output, const struct table_column *column, const char *text,
		       unsigned int width)
{
	unsigned int full = text_width(text);

	if (column->right)
		fprintf(output, "%*s", (int)(full < width ? width - full : 0), "");
	if (full > width)
		print_cut(output, text, full, width);
	else
		fputs(text, output);
}

static void print_padding(FILE *output, const struct table_column *column, const char *text,
			  unsigned int width)
{
	unsigned int full = text_width(text);

	if (!column->right && full < width)
		fprintf(output, "%*s", (int)(width - full), "");
	fprintf(output, "%*s", GAP, "");
}

void table_print(const struct table *table, FILE *output, unsigned int width, bool bold)
{
	unsigned int widths[TABLE_COLUMNS_MAX] = {0}, last = table->column_count - 1;

	measure(table, width, widths);
	if (bold)
		fputs("\033[1m", output);
	for (unsigned int column = 0; column <= last; column++) {
		const struct table_column *row = &table->columns[column];

		print_cell(output, row, row->title, widths[column]);
		if (column < last)
			print_padding(output, row, row->title, widths[column]);
	}
	fputs(bold ? "\033[0m\n" : "\n", output);
	for (size_t cell = 0; cell < table->used; cell++) {
		unsigned int column = (unsigned int)(cell % table->column_count);
		const struct table_column *row = &table->columns[column];

		print_cell(output, row, table->cells[cell], widths[column]);
		if (column < last)
			print_padding(output, row, table->cells[cell], widths[column]);
		else
			fputc('\n', output);
	}
}

unsigned int table_terminal_width(FILE *output)
{
	struct winsize size;

	if (ioctl(fileno(output), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}
