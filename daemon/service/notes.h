/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery's notes in words.
 */
#ifndef SLUICE_DAEMON_SERVICE_NOTES_H
#define SLUICE_DAEMON_SERVICE_NOTES_H

#include "daemon/delivery/delivery.h"

enum { NOTE_TEXT_MAX = 2400 };

/*
 * Writes the line for the log; returns its syslog(3) priority. why: what kept the client from
 * answering, NULL or empty if that is not known.
 */
int note_describe(const struct delivery_note *note, const char *why, char text[NOTE_TEXT_MAX]);

#endif
