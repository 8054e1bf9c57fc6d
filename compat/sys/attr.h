/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct attrlist, which the getattrlist family of macOS takes and some messages carry. Linux has
 * no such calls. (libattr's <attr/attributes.h> has another struct of this name: include one of
 * them.)
 */
#ifndef _SYS_ATTR_H_
#define _SYS_ATTR_H_

#include <stdint.h>
#include <sys/types.h>

typedef uint32_t attrgroup_t;

struct attrlist {
	unsigned short bitmapcount; /* ATTR_BIT_MAP_COUNT */
	uint16_t reserved; /* zero */
	attrgroup_t commonattr;
	attrgroup_t volattr;
	attrgroup_t dirattr;
	attrgroup_t fileattr;
	attrgroup_t forkattr;
};

#define ATTR_BIT_MAP_COUNT 5

typedef struct attribute_set {
	attrgroup_t commonattr;
	attrgroup_t volattr;
	attrgroup_t dirattr;
	attrgroup_t fileattr;
	attrgroup_t forkattr;
} attribute_set_t;

#endif
