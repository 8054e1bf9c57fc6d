/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may have a client. The rule, in one place:
 *
 *  - an entry that matches and says no: refused (NOT_ENTITLED);
 *  - an entry that matches and says yes: admitted, whoever it is;
 *  - a descendants client: everybody, without rights over others (DESIGN: it hears of its own
 *    children only, so what a user may do to his own processes anyway);
 *  - root: needs CAP_SYS_ADMIN (else NOT_PERMITTED);
 *  - anybody else: NOT_PRIVILEGED.
 */
#ifndef SLUICE_DAEMON_CONTROL_ADMISSION_H
#define SLUICE_DAEMON_CONTROL_ADMISSION_H

#include "daemon/control/entries.h"
#include "wire/control.h"

/* es_new_client_result_t; these are the results of CONTROL_CLIENT_NEW. */
enum admission_result {
	ADMISSION_GRANTED = 0,
	ADMISSION_NOT_ENTITLED = 3,
	ADMISSION_NOT_PERMITTED = 4,
	ADMISSION_NOT_PRIVILEGED = 5,
	ADMISSION_TOO_MANY = 6,
};

struct applicant {
	uid_t uid;
	bool capable; /* has CAP_SYS_ADMIN over the machine, not only over a user namespace */
	const char *unit; /* empty: none */
	enum control_client_kind kind;
};

struct admission {
	const struct entry *entry; /* that decided; NULL: none */
	bool unprivileged; /* a descendants client without rights of its own */
	bool debuggable;
};

/* Fills *ret_admission where granted, text where not. */
enum admission_result admission_decide(const struct entries *entries,
				       const struct applicant *applicant,
				       struct admission *ret_admission,
				       char text[CONTROL_TEXT_MAX]);

#endif
