/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of each event's payload, payload_fields_NAME, one for each row of events.def.
 */
#ifndef SLUICE_TOOLS_ESLOGGER_PAYLOADS_H
#define SLUICE_TOOLS_ESLOGGER_PAYLOADS_H

#include "tools/eslogger/events.def"
#include "tools/eslogger/field.h"

#define PAYLOAD_DECLARATION(name, constant) extern const struct field payload_fields_##name[];
ESLOGGER_EVENTS(PAYLOAD_DECLARATION, PAYLOAD_DECLARATION)
#undef PAYLOAD_DECLARATION

#endif
