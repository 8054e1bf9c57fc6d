/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody may have meant who has misspelt a name.
 */
#ifndef SLUICE_TOOLS_ESCTL_NEAREST_H
#define SLUICE_TOOLS_ESCTL_NEAREST_H

#include <stddef.h>

/* Begins with the word alone. */
struct nearest {
	const char *word;
	const char *name; /* of those considered; NULL: none is near */
	size_t distance;
};

void nearest_consider(struct nearest *nearest, const char *name);

#endif
