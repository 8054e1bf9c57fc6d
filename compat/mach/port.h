/* SPDX-License-Identifier: Apache-2.0 */
/* Port names. Linux has no Mach ports: only the types, and the one name that means none. */
#ifndef _MACH_PORT_H_
#define _MACH_PORT_H_

#include <mach/vm_types.h>

typedef natural_t mach_port_name_t;
typedef mach_port_name_t mach_port_t;

#define MACH_PORT_NULL 0u
#define MACH_PORT_DEAD (~0u)

#endif
