/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload of each event (library/message/decode.h). wire/payload.def names the fields; here
 * each kind of field gets one macro that takes it and one that says how much room it needs, and the
 * lists become one function an event. Three tables hand them on, by event.
 *
 * Two events have unions that a flat list cannot say; they are taken flat and put in shape by hand.
 */
#include "library/message/decode.h"

#include "wire/events.h"

#include <stddef.h>

#define EVENT_NUMBER_AGREES(number, constant, action, member, cache, targets)              \
	_Static_assert((int)ES_EVENT_TYPE_##constant == (int)EVENT_##constant, #constant); \
	_Static_assert((int)ES_EVENT_TYPE_##constant == (number), #constant);
WIRE_EVENTS(EVENT_NUMBER_AGREES)
_Static_assert((int)ES_EVENT_TYPE_LAST == (int)EVENT_LAST, "one list of events");
#undef EVENT_NUMBER_AGREES

#define ASSERT_MISSING(name)                                                       \
	_Static_assert((int)ES_LINUX_MISSING_##name == (int)RECORD_MISSING_##name, \
		       "what is missing has one set of bits")
ASSERT_MISSING(PROCESS);
ASSERT_MISSING(EXECUTABLE);
ASSERT_MISSING(ARGUMENTS);
ASSERT_MISSING(ENVIRONMENT);
ASSERT_MISSING(WORKING_DIRECTORY);
ASSERT_MISSING(DESCRIPTORS);
ASSERT_MISSING(FLAGS);
ASSERT_MISSING(PATH);
ASSERT_MISSING(SOURCE);
ASSERT_MISSING(TIMES);
ASSERT_MISSING(STAT);
ASSERT_MISSING(THREAD);
ASSERT_MISSING(STATUS);
#undef ASSERT_MISSING

/* ---- The two events with unions, flat
 * ------------------------------------------------------------ */

struct flat_gatekeeper_user_override {
	es_gatekeeper_user_override_file_type_t file_type;
	es_string_token_t file_path;
	es_file_t *file;
	es_sha256_t *sha256;
	es_signed_file_info_t *signing_info;
};

struct flat_bootstrap_look_up {
	es_process_t *instigator;
	audit_token_t instigator_token;
	es_string_token_t service_name;
	es_bootstrap_target_type_t target_type;
	es_process_t *target;
	audit_token_t target_token;
	es_string_token_t job_label;
	es_lightweight_code_requirement_t *lwcr;
};

/* ---- How a field of each kind is taken
 * ----------------------------------------------------------- */

#define TAKE_FIELD(kind, name)	    TAKE_##kind(name)
#define TAKE_number(name)	    event->name = (__typeof__(event->name))payload->name.value;
#define TAKE_string(name)	    event->name = take_string(decoder, &payload->name);
#define TAKE_file(name)		    event->name = take_file(decoder, &payload->name);
#define TAKE_optional_file(name)    event->name = take_optional_file(decoder, &payload->name);
#define TAKE_process(name)	    event->name = take_process(decoder, &payload->name);
#define TAKE_optional_process(name) event->name = take_optional_process(decoder, &payload->name);
#define TAKE_token(name)	    event->name = take_token(&payload->name);
#define TAKE_optional_token(name)   event->name = take_optional_token(decoder, &payload->name);
#define TAKE_time(name)		    event->name = take_time(&payload->name);
#define TAKE_statfs(name)	    event->name = take_statfs(decoder, &payload->name);
#define TAKE_attrlist(name)	    event->name = take_attrlist(&payload->name);
#define TAKE_thread_state(name)	    event->name = take_thread_state(decoder, &payload->name);
#define TAKE_launch_item(name)	    event->name = take_launch_item(decoder, &payload->name);
#define TAKE_profile(name)	    event->name = take_profile(decoder, &payload->name);
#define TAKE_reject_info(name)	    event->name = take_reject_info(decoder, &payload->name);
#define TAKE_signing_info(name)	    event->name = take_signing_info(decoder, &payload->name);
#define TAKE_code_requirement(name) event->name = take_code_requirement(decoder, &payload->name);
#define TAKE_authentication(name)   take_authentication(decoder, &payload->name, event);
#define TAKE_member(name)	    event->name = take_member(decoder, &payload->name);
#define TAKE_members(name)	    event->name = take_members(decoder, &payload->name);
#define TAKE_optional_id(name)                     \
	event->has_##name = payload->name.present; \
	event->name.uid = payload->name.id;
#define TAKE_replaced(name)                                                           \
	event->destination_type = take_destination(decoder, &payload->name,           \
						   &event->destination.existing_file, \
						   &event->destination.new_path.filename);
#define TAKE_destination(name)                                       \
	TAKE_replaced(name);                                         \
	if (event->destination_type == ES_DESTINATION_TYPE_NEW_PATH) \
		event->destination.new_path.mode = payload->name.mode;
#define TAKE_listed(name) TAKE_listed_##name
#define TAKE_listed_args  decoder->message->arguments = take_texts(decoder, &payload->args);
#define TAKE_listed_env	  decoder->message->environment = take_texts(decoder, &payload->env);
#define TAKE_listed_fds                                                       \
	decoder->message->descriptors = take_elements(decoder, &payload->fds, \
						      sizeof(struct record_descriptor));
#define TAKE_array(name) TAKE_array_##name
#define TAKE_array_env                                     \
	event->env = take_strings(decoder, &payload->env); \
	event->env_count = event->env ? payload->env.count : 0;
#define TAKE_array_argv                                      \
	event->argv = take_strings(decoder, &payload->argv); \
	event->argc = event->argv ? payload->argv.count : 0;
#define TAKE_array_rights                                        \
	event->rights = take_strings(decoder, &payload->rights); \
	event->right_count = event->rights ? payload->rights.count : 0;
#define TAKE_array_results                                         \
	event->results = take_results(decoder, &payload->results); \
	event->result_count = event->results ? payload->results.count : 0;
#define TAKE_array_attribute_values                                                              \
	event->attribute_values = take_strings(decoder, &payload->attribute_values);             \
	event->attribute_value_count = event->attribute_values ? payload->attribute_values.count \
							       : 0;
#define TAKE_array_sha256 event->sha256 = take_sha256(decoder, &payload->sha256);

/* The unions of create and rename both begin with a pointer: to the file, or its directory. */
#define ASSERT_DESTINATION(type)                                         \
	_Static_assert(offsetof(type, destination.existing_file) ==      \
			       offsetof(type, destination.new_path.dir), \
		       "a destination begins with its file or its directory")
ASSERT_DESTINATION(es_event_create_t);
ASSERT_DESTINATION(es_event_rename_t);
#undef ASSERT_DESTINATION

static es_destination_type_t take_destination(struct decoder *decoder,
					      const struct record_destination *destination,
					      es_file_t **ret_file, es_string_token_t *ret_filename)
{
	*ret_file = take_file(decoder, &destination->file);
	if (destination->type == ES_DESTINATION_TYPE_EXISTING_FILE)
		return ES_DESTINATION_TYPE_EXISTING_FILE;
	*ret_filename = take_string(decoder, &destination->filename);
	return ES_DESTINATION_TYPE_NEW_PATH;
}

/* ---- How much room each kind needs
 * --------------------------------------------------------------- */

#define ROOM(kind, name)	    +ROOM_##kind(name)
#define ROOM_number(name)	    0
#define ROOM_string(name)	    0
#define ROOM_token(name)	    0
#define ROOM_time(name)		    0
#define ROOM_attrlist(name)	    0
#define ROOM_optional_id(name)	    0
#define ROOM_file(name)		    DECODER_ROOM(sizeof(es_file_t))
#define ROOM_optional_file(name)    DECODER_ROOM(sizeof(es_file_t))
#define ROOM_destination(name)	    DECODER_ROOM(sizeof(es_file_t))
#define ROOM_replaced(name)	    DECODER_ROOM(sizeof(es_file_t))
#define ROOM_listed(name)	    0
#define ROOM_process(name)	    DECODER_ROOM(sizeof(struct message_process))
#define ROOM_optional_process(name) DECODER_ROOM(sizeof(struct message_process))
#define ROOM_optional_token(name)   DECODER_ROOM(sizeof(audit_token_t))
#define ROOM_statfs(name)	    DECODER_ROOM(sizeof(es_statfs_t))
#define ROOM_thread_state(name)	    DECODER_ROOM(sizeof(es_thread_state_t))
#define ROOM_launch_item(name)	    DECODER_ROOM(sizeof(es_btm_launch_item_t))
#define ROOM_profile(name)	    DECODER_ROOM(sizeof(es_profile_t))
#define ROOM_reject_info(name)	    DECODER_ROOM(sizeof(es_sudo_reject_info_t))
#define ROOM_signing_info(name)	    DECODER_ROOM(sizeof(es_signed_file_info_t))
#define ROOM_code_requirement(name) DECODER_ROOM(sizeof(es_lightweight_code_requirement_t))
/* The largest of the four arms, and its instigator. */
#define ROOM_authentication(name)                             \
	(DECODER_ROOM(sizeof(es_event_authentication_od_t)) + \
	 DECODER_ROOM(sizeof(struct message_process)))
#define ROOM_member(name) DECODER_ROOM(sizeof(es_od_member_id_t))
#define ROOM_members(name)                               \
	(DECODER_ROOM(sizeof(es_od_member_id_array_t)) + \
	 room_of_array(record, &payload->name.names, sizeof(es_string_token_t)))
#define ROOM_array(name)  ROOM_array_##name
#define ROOM_array_env	  room_of_array(record, &payload->env, sizeof(es_string_token_t))
#define ROOM_array_argv	  room_of_array(record, &payload->argv, sizeof(es_string_token_t))
#define ROOM_array_rights room_of_array(record, &payload->rights, sizeof(es_string_token_t))
#define ROOM_array_results \
	room_of_array(record, &payload->results, sizeof(es_authorization_result_t))
#define ROOM_array_attribute_values \
	room_of_array(record, &payload->attribute_values, sizeof(es_string_token_t))
#define ROOM_array_sha256 DECODER_ROOM(sizeof(es_sha256_t))

/* A count that cannot be true needs no room: taking the array will fail. */
static size_t room_of_array(const struct record *record, const struct record_array *array,
			    size_t element_size)
{
	if (array->count > record->size / sizeof(struct record_string))
		return 0;
	return DECODER_ROOM(array->count * element_size);
}

/* ---- One pair of functions an event
 * -------------------------------------------------------------- */

#define IS_INLINE(member) \
	__builtin_types_compatible_p(__typeof__(((es_events_t *)0)->member), es_event_##member##_t)

/* Events since macOS 13.0 are held by pointer: their struct lies in the block as well. */
static void *place_of_event(struct decoder *decoder, _Bool is_inline, size_t size)
{
	es_events_t *events = &decoder->message->message.event;
	void *place;

	if (is_inline)
		return events;
	place = decoder_room(decoder, size);
	/* Every pointer member of the union has the same place in it. */
	events->authentication = place;
	return place;
}

#define DEFINE_PLAIN(member)                                                                 \
	static void take_event_##member(struct decoder *decoder, const void *from)           \
	{                                                                                    \
		const struct payload_##member *payload __attribute__((unused)) = from;       \
		es_event_##member##_t *event = place_of_event(decoder, IS_INLINE(member),    \
							      sizeof(*event));               \
		if (!event)                                                                  \
			return;                                                              \
		PAYLOAD_##member(TAKE_FIELD)                                                 \
	}                                                                                    \
	static size_t room_of_event_##member(const struct record *record, const void *from)  \
	{                                                                                    \
		const struct payload_##member *payload __attribute__((unused)) = from;       \
		(void)record;                                                                \
		return (IS_INLINE(member) ? 0 : DECODER_ROOM(sizeof(es_event_##member##_t))) \
			PAYLOAD_##member(ROOM);                                              \
	}
PAYLOAD_PLAIN_LISTS(DEFINE_PLAIN)
#undef DEFINE_PLAIN

#define DEFINE_SHAPED(member)                                                               \
	static void take_flat_##member(struct decoder *decoder,                             \
				       const struct payload_##member *payload,              \
				       struct flat_##member *event)                         \
	{                                                                                   \
		PAYLOAD_##member(TAKE_FIELD)                                                \
	}                                                                                   \
	static size_t room_of_event_##member(const struct record *record, const void *from) \
	{                                                                                   \
		const struct payload_##member *payload __attribute__((unused)) = from;      \
		(void)record;                                                               \
		return DECODER_ROOM(sizeof(es_event_##member##_t)) PAYLOAD_##member(ROOM);  \
	}
PAYLOAD_SHAPED_LISTS(DEFINE_SHAPED)
#undef DEFINE_SHAPED

static void take_event_gatekeeper_user_override(struct decoder *decoder, const void *payload)
{
	struct flat_gatekeeper_user_override flat;
	es_event_gatekeeper_user_override_t *event = place_of_event(decoder, 0, sizeof(*event));

	if (!event)
		return;
	take_flat_gatekeeper_user_override(decoder, payload, &flat);
	event->file_type = flat.file_type;
	if (flat.file_type == ES_GATEKEEPER_USER_OVERRIDE_FILE_TYPE_FILE && flat.file) {
		event->file.file = flat.file;
	} else {
		event->file_type = ES_GATEKEEPER_USER_OVERRIDE_FILE_TYPE_PATH;
		event->file.file_path = flat.file_path;
	}
	event->sha256 = flat.sha256;
	event->signing_info = flat.signing_info;
}

static void take_event_bootstrap_look_up(struct decoder *decoder, const void *payload)
{
	struct flat_bootstrap_look_up flat;
	es_event_bootstrap_look_up_t *event = place_of_event(decoder, 0, sizeof(*event));

	if (!event)
		return;
	take_flat_bootstrap_look_up(decoder, payload, &flat);
	event->instigator = flat.instigator;
	event->instigator_token = flat.instigator_token;
	event->service_name = flat.service_name;
	if (flat.target_type == ES_BOOTSTRAP_TARGET_TYPE_PROCESS) {
		event->target_type = ES_BOOTSTRAP_TARGET_TYPE_PROCESS;
		event->target.process.target = flat.target;
		event->target.process.target_token = flat.target_token;
		event->target.process.job_label = flat.job_label;
	} else {
		event->target_type = ES_BOOTSTRAP_TARGET_TYPE_JOB;
		event->target.job.job_label = flat.job_label;
		event->target.job.lwcr = flat.lwcr;
	}
}

/* Reserved numbers have a place in the list and nothing in it. */
static void take_event_none(struct decoder *decoder, const void *payload)
{
	(void)payload;
	decoder->failed = 1;
}

static size_t room_of_event_none(const struct record *record, const void *payload)
{
	(void)record;
	(void)payload;
	return 0;
}

static const struct {
	void (*take)(struct decoder *decoder, const void *payload);
	size_t (*room)(const struct record *record, const void *payload);
} events[EVENT_LAST] = {
#define EVENT_ROW(number, constant, action, member, cache, targets) \
	[number] = {take_event_##member, room_of_event_##member},
	WIRE_EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

size_t event_room(const struct record *record)
{
	return DECODER_ROOM(sizeof(struct message_process)) +
	       events[record->event].room(record, record + 1);
}

void take_event(struct decoder *decoder)
{
	const struct record *record = decoder->message->record;

	events[record->event].take(decoder, record + 1);
}
