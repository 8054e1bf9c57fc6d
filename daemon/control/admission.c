/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides on applicants. Takes facts and entries, gives a result and, for a refusal, the words a
 * person needs. No I/O: what is to be known was gathered by peer.c and entries.c.
 */
#include "daemon/control/admission.h"

#include <stdio.h>

static enum admission_result refuse_entitlement(const struct entry *entry, const char *what,
						char text[CONTROL_TEXT_MAX])
{
	snprintf(text, CONTROL_TEXT_MAX,
		 "%s/%.200s refuses %s. Change it and reload endpointsecurityd "
		 "(systemctl reload endpointsecurityd).",
		 ENTRIES_DIRECTORY, entry->name, what);
	return ADMISSION_NOT_ENTITLED;
}

static enum admission_result decide_without_entry(const struct applicant *applicant,
						  char text[CONTROL_TEXT_MAX])
{
	if (applicant->kind == CONTROL_CLIENT_DESCENDANTS)
		return ADMISSION_GRANTED;
	if (applicant->uid != 0) {
		snprintf(text, CONTROL_TEXT_MAX,
			 "Only root may watch the whole machine, and this is uid %u. Run the "
			 "program "
			 "as root, allow it in %s (endpointsecurityd(8) says how), or use "
			 "es_new_descendants_client, which needs no rights.",
			 applicant->uid, ENTRIES_DIRECTORY);
		return ADMISSION_NOT_PRIVILEGED;
	}
	if (!applicant->capable) {
		snprintf(text, CONTROL_TEXT_MAX,
			 "The program runs as root but without CAP_SYS_ADMIN, as in a container or "
			 "a "
			 "restricted service. Give it the capability (docker --cap-add SYS_ADMIN; "
			 "CapabilityBoundingSet= of its unit), or allow its unit in %s.",
			 ENTRIES_DIRECTORY);
		return ADMISSION_NOT_PERMITTED;
	}
	return ADMISSION_GRANTED;
}

enum admission_result admission_decide(const struct entries *entries,
				       const struct applicant *applicant,
				       struct admission *ret_admission, char text[CONTROL_TEXT_MAX])
{
	const struct entry *entry = entries_find(entries, applicant->uid, applicant->unit);
	enum admission_result result = ADMISSION_GRANTED;

	if (entry && !entry->allow)
		return refuse_entitlement(entry, "this program's user or unit", text);
	if (entry && !entry->descendants && applicant->kind == CONTROL_CLIENT_DESCENDANTS)
		return refuse_entitlement(entry, "descendants clients", text);
	if (!entry)
		result = decide_without_entry(applicant, text);
	if (result != ADMISSION_GRANTED)
		return result;
	*ret_admission = (struct admission){
		.entry = entry,
		.unprivileged = !entry && !(applicant->uid == 0 && applicant->capable),
		.debuggable = entry && entry->debuggable,
	};
	return ADMISSION_GRANTED;
}
