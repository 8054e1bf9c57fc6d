/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a record to what a message points to. A decoder remembers the first thing that made no
 * sense; what is taken after that is empty but safe, so that only the end needs a check.
 */
#ifndef SLUICE_LIBRARY_MESSAGE_DECODE_H
#define SLUICE_LIBRARY_MESSAGE_DECODE_H

#include "library/message/message.h"
#include "wire/cursor.h"

struct decoder {
	struct message *message;
	struct cursor cursor; /* over the message's own copy of the record */
	unsigned char *place; /* where the next thing goes */
	unsigned char *end;
	_Bool failed;
};

/* Room for one thing of this size in the block, zeroed; NULL, and failed, if the block is full. */
void *decoder_room(struct decoder *decoder, size_t size);
/* Bytes decoder_room takes for a thing of this size. */
#define DECODER_ROOM(size) (((size_t)(size) + 15) & ~(size_t)15)

/* library/message/decode.c: what any event may have. */
es_string_token_t take_string(struct decoder *decoder, const struct record_string *string);
/* The same, with data NULL if it is absent. */
es_string_token_t take_fact(struct decoder *decoder, const struct record_string *string);
es_file_t *take_file(struct decoder *decoder, const struct record_file *file);
es_file_t *take_optional_file(struct decoder *decoder, const struct record_file *file);
es_process_t *take_process(struct decoder *decoder, const struct record_process *process);
es_process_t *take_optional_process(struct decoder *decoder, const struct record_process *process);
audit_token_t take_token(const struct record_token *token);
audit_token_t *take_optional_token(struct decoder *decoder,
				   const struct record_optional_token *token);
struct timespec take_time(const struct record_time *time);

/* library/message/fields.c: what only some events have. */
struct message_array take_elements(struct decoder *decoder, const struct record_array *array,
				   size_t element_size);
struct message_array take_texts(struct decoder *decoder, const struct record_array *array);
es_string_token_t *take_strings(struct decoder *decoder, const struct record_array *array);
es_authorization_result_t *take_results(struct decoder *decoder, const struct record_array *array);
es_sha256_t *take_sha256(struct decoder *decoder, const struct record_array *array);
es_statfs_t *take_statfs(struct decoder *decoder, const struct record_statfs *statfs);
struct attrlist take_attrlist(const struct record_attrlist *attrlist);
es_thread_state_t *take_thread_state(struct decoder *decoder,
				     const struct record_thread_state *state);
void take_authentication(struct decoder *decoder, const struct record_authentication *data,
			 es_event_authentication_t *event);
es_btm_launch_item_t *take_launch_item(struct decoder *decoder,
				       const struct record_launch_item *item);
es_profile_t *take_profile(struct decoder *decoder, const struct record_profile *profile);
es_sudo_reject_info_t *take_reject_info(struct decoder *decoder,
					const struct record_reject_info *info);
es_od_member_id_t *take_member(struct decoder *decoder, const struct record_members *members);
es_od_member_id_array_t *take_members(struct decoder *decoder,
				      const struct record_members *members);
es_signed_file_info_t *take_signing_info(struct decoder *decoder,
					 const struct record_signing_info *info);
es_lightweight_code_requirement_t *
take_code_requirement(struct decoder *decoder, const struct record_code_requirement *requirement);

/* library/message/events.c: the payload of each event. */
/* Bytes of the block that the event's own part may need. */
size_t event_room(const struct record *record);
void take_event(struct decoder *decoder);

#endif
