/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that only some events have (library/message/decode.h): arrays, and structs that the
 * API holds by pointer. Owns nothing; what it makes lies in the decoder's block.
 */
#include "library/message/decode.h"

#include <string.h>

struct message_array take_elements(struct decoder *decoder, const struct record_array *array,
				   size_t element_size)
{
	struct message_array taken = {0};

	if (cursor_array(&decoder->cursor, array, element_size, &taken.elements))
		decoder->failed = 1;
	else
		taken.count = array->count;
	return taken;
}

struct message_array take_texts(struct decoder *decoder, const struct record_array *array)
{
	struct message_array taken = take_elements(decoder, array, sizeof(struct record_string));
	const struct record_string *strings = taken.elements;
	const char *data;

	for (uint32_t i = 0; i < taken.count; i++)
		if (cursor_string(&decoder->cursor, &strings[i], &data))
			decoder->failed = 1;
	return taken;
}

es_string_token_t *take_strings(struct decoder *decoder, const struct record_array *array)
{
	struct message_array from = take_elements(decoder, array, sizeof(struct record_string));
	const struct record_string *strings = from.elements;
	es_string_token_t *taken;

	if (!from.count)
		return NULL;
	taken = decoder_room(decoder, from.count * sizeof(*taken));
	if (!taken)
		return NULL;
	for (uint32_t i = 0; i < from.count; i++)
		taken[i] = take_string(decoder, &strings[i]);
	return taken;
}

es_authorization_result_t *take_results(struct decoder *decoder, const struct record_array *array)
{
	struct message_array from = take_elements(decoder, array,
						  sizeof(struct record_authorization_result));
	const struct record_authorization_result *results = from.elements;
	es_authorization_result_t *taken;

	if (!from.count)
		return NULL;
	taken = decoder_room(decoder, from.count * sizeof(*taken));
	if (!taken)
		return NULL;
	for (uint32_t i = 0; i < from.count; i++) {
		taken[i].right_name = take_string(decoder, &results[i].right_name);
		taken[i].rule_class = (es_authorization_rule_class_t)results[i].rule_class;
		taken[i].granted = results[i].granted;
	}
	return taken;
}

es_sha256_t *take_sha256(struct decoder *decoder, const struct record_array *array)
{
	struct message_array from = take_elements(decoder, array, 1);
	es_sha256_t *taken;

	if (!from.count)
		return NULL;
	if (from.count != sizeof(*taken)) {
		decoder->failed = 1;
		return NULL;
	}
	taken = decoder_room(decoder, sizeof(*taken));
	if (taken)
		memcpy(taken, from.elements, sizeof(*taken));
	return taken;
}

/* As much of a text as the field holds, with its NUL. */
static void fill_name(struct decoder *decoder, const struct record_string *string, char *name,
		      size_t size)
{
	es_string_token_t text = take_string(decoder, string);
	size_t length = text.length < size ? text.length : size - 1;

	memcpy(name, text.data, length);
	name[length] = '\0';
}

es_statfs_t *take_statfs(struct decoder *decoder, const struct record_statfs *statfs)
{
	es_statfs_t *taken = decoder_room(decoder, sizeof(*taken));

	if (!taken)
		return NULL;
	taken->f_bsize = (uint32_t)statfs->block_size;
	taken->f_iosize = (int32_t)statfs->block_size;
	taken->f_blocks = statfs->blocks;
	taken->f_bfree = statfs->blocks_free;
	taken->f_bavail = statfs->blocks_available;
	taken->f_files = statfs->files;
	taken->f_ffree = statfs->files_free;
	taken->f_fsid.val[0] = (int32_t)statfs->fsid;
	taken->f_fsid.val[1] = (int32_t)(statfs->fsid >> 32);
	taken->f_owner = statfs->owner;
	taken->f_type = statfs->type;
	taken->f_flags = statfs->flags;
	taken->f_fssubtype = statfs->subtype;
	fill_name(decoder, &statfs->type_name, taken->f_fstypename, sizeof(taken->f_fstypename));
	fill_name(decoder, &statfs->mounted_on, taken->f_mntonname, sizeof(taken->f_mntonname));
	fill_name(decoder, &statfs->mounted_from, taken->f_mntfromname,
		  sizeof(taken->f_mntfromname));
	return taken;
}

struct attrlist take_attrlist(const struct record_attrlist *attrlist)
{
	return (struct attrlist){
		.bitmapcount = (unsigned short)attrlist->bitmapcount,
		.commonattr = attrlist->commonattr,
		.volattr = attrlist->volattr,
		.dirattr = attrlist->dirattr,
		.fileattr = attrlist->fileattr,
		.forkattr = attrlist->forkattr,
	};
}

es_thread_state_t *take_thread_state(struct decoder *decoder,
				     const struct record_thread_state *state)
{
	struct message_array bytes = take_elements(decoder, &state->state, 1);
	es_thread_state_t *taken;

	if (!state->present)
		return NULL;
	taken = decoder_room(decoder, sizeof(*taken));
	if (!taken)
		return NULL;
	taken->flavor = state->flavor;
	taken->state.size = bytes.count;
	taken->state.data = bytes.elements;
	return taken;
}

static void take_od(struct decoder *decoder, const struct record_authentication *data,
		    es_event_authentication_t *event)
{
	es_event_authentication_od_t *od = decoder_room(decoder, sizeof(*od));

	event->data.od = od;
	if (!od)
		return;
	od->instigator = take_optional_process(decoder, &data->instigator);
	od->record_type = take_string(decoder, &data->texts[0]);
	od->record_name = take_string(decoder, &data->texts[1]);
	od->node_name = take_string(decoder, &data->texts[2]);
	od->db_path = take_string(decoder, &data->texts[3]);
	od->instigator_token = take_token(&data->instigator_token);
}

static void take_touchid(struct decoder *decoder, const struct record_authentication *data,
			 es_event_authentication_t *event)
{
	es_event_authentication_touchid_t *touchid = decoder_room(decoder, sizeof(*touchid));

	event->data.touchid = touchid;
	if (!touchid)
		return;
	touchid->instigator = take_optional_process(decoder, &data->instigator);
	touchid->touchid_mode = (es_touchid_mode_t)data->number;
	touchid->has_uid = data->uid.present;
	touchid->uid.uid = data->uid.id;
	touchid->instigator_token = take_token(&data->instigator_token);
}

static void take_smart_card(struct decoder *decoder, const struct record_authentication *data,
			    es_event_authentication_t *event)
{
	es_event_authentication_token_t *token = decoder_room(decoder, sizeof(*token));

	event->data.token = token;
	if (!token)
		return;
	token->instigator = take_optional_process(decoder, &data->instigator);
	token->pubkey_hash = take_string(decoder, &data->texts[0]);
	token->token_id = take_string(decoder, &data->texts[1]);
	token->kerberos_principal = take_string(decoder, &data->texts[2]);
	token->instigator_token = take_token(&data->instigator_token);
}

static void take_auto_unlock(struct decoder *decoder, const struct record_authentication *data,
			     es_event_authentication_t *event)
{
	es_event_authentication_auto_unlock_t *unlock = decoder_room(decoder, sizeof(*unlock));

	event->data.auto_unlock = unlock;
	if (!unlock)
		return;
	unlock->username = take_string(decoder, &data->texts[0]);
	unlock->type = (es_auto_unlock_type_t)data->number;
}

void take_authentication(struct decoder *decoder, const struct record_authentication *data,
			 es_event_authentication_t *event)
{
	static void (*const arms[ES_AUTHENTICATION_TYPE_LAST])(struct decoder *,
							       const struct record_authentication *,
							       es_event_authentication_t *) = {
		[ES_AUTHENTICATION_TYPE_OD] = take_od,
		[ES_AUTHENTICATION_TYPE_TOUCHID] = take_touchid,
		[ES_AUTHENTICATION_TYPE_TOKEN] = take_smart_card,
		[ES_AUTHENTICATION_TYPE_AUTO_UNLOCK] = take_auto_unlock,
	};

	if ((unsigned int)event->type < ES_AUTHENTICATION_TYPE_LAST)
		arms[event->type](decoder, data, event);
	else
		decoder->failed = 1;
}

es_btm_launch_item_t *take_launch_item(struct decoder *decoder,
				       const struct record_launch_item *item)
{
	es_btm_launch_item_t *taken = decoder_room(decoder, sizeof(*taken));

	if (!taken)
		return NULL;
	taken->item_type = (es_btm_item_type_t)item->item_type;
	taken->legacy = item->legacy;
	taken->managed = item->managed;
	taken->uid = item->uid;
	taken->item_url = take_string(decoder, &item->item_url);
	taken->app_url = take_string(decoder, &item->app_url);
	return taken;
}

es_profile_t *take_profile(struct decoder *decoder, const struct record_profile *profile)
{
	es_profile_t *taken = decoder_room(decoder, sizeof(*taken));

	if (!taken)
		return NULL;
	taken->identifier = take_string(decoder, &profile->identifier);
	taken->uuid = take_string(decoder, &profile->uuid);
	taken->install_source = (es_profile_source_t)profile->install_source;
	taken->organization = take_string(decoder, &profile->organization);
	taken->display_name = take_string(decoder, &profile->display_name);
	taken->scope = take_string(decoder, &profile->scope);
	return taken;
}

es_sudo_reject_info_t *take_reject_info(struct decoder *decoder,
					const struct record_reject_info *info)
{
	es_sudo_reject_info_t *taken;

	if (!info->present)
		return NULL;
	taken = decoder_room(decoder, sizeof(*taken));
	if (!taken)
		return NULL;
	taken->plugin_name = take_string(decoder, &info->plugin_name);
	taken->plugin_type = (es_sudo_plugin_type_t)info->plugin_type;
	taken->failure_message = take_string(decoder, &info->failure_message);
	return taken;
}

es_od_member_id_t *take_member(struct decoder *decoder, const struct record_members *members)
{
	struct message_array names = take_texts(decoder, &members->names);
	struct message_array uuids = take_elements(decoder, &members->uuids, sizeof(uuid_t));
	es_od_member_id_t *taken = decoder_room(decoder, sizeof(*taken));

	if (!taken)
		return NULL;
	taken->member_type = (es_od_member_type_t)members->member_type;
	if (taken->member_type == ES_OD_MEMBER_TYPE_USER_NAME) {
		taken->member_value.name.data = "";
		if (names.count)
			taken->member_value.name = take_string(decoder, names.elements);
	} else if (uuids.count) {
		memcpy(taken->member_value.uuid, uuids.elements, sizeof(uuid_t));
	}
	return taken;
}

es_od_member_id_array_t *take_members(struct decoder *decoder, const struct record_members *members)
{
	struct message_array uuids = take_elements(decoder, &members->uuids, sizeof(uuid_t));
	es_od_member_id_array_t *taken = decoder_room(decoder, sizeof(*taken));

	if (!taken)
		return NULL;
	taken->member_type = (es_od_member_type_t)members->member_type;
	if (taken->member_type == ES_OD_MEMBER_TYPE_USER_NAME) {
		taken->member_array.names = take_strings(decoder, &members->names);
		taken->member_count = taken->member_array.names ? members->names.count : 0;
	} else if (uuids.count) {
		/* The API's pointer is not const; the copy of the record is the message's own. */
		taken->member_array.uuids = (uuid_t *)(uintptr_t)uuids.elements;
		taken->member_count = uuids.count;
	}
	return taken;
}

es_signed_file_info_t *take_signing_info(struct decoder *decoder,
					 const struct record_signing_info *info)
{
	struct message_array hash = take_elements(decoder, &info->cdhash, 1);
	es_signed_file_info_t *taken;

	if (!info->present)
		return NULL;
	taken = decoder_room(decoder, sizeof(*taken));
	if (!taken)
		return NULL;
	if (hash.count)
		memcpy(taken->cdhash, hash.elements,
		       hash.count < sizeof(taken->cdhash) ? hash.count : sizeof(taken->cdhash));
	taken->signing_id = take_string(decoder, &info->signing_id);
	taken->team_id = take_string(decoder, &info->team_id);
	return taken;
}

es_lightweight_code_requirement_t *
take_code_requirement(struct decoder *decoder, const struct record_code_requirement *requirement)
{
	es_lightweight_code_requirement_t *taken;

	if (!requirement->present)
		return NULL;
	taken = decoder_room(decoder, sizeof(*taken));
	if (!taken)
		return NULL;
	taken->team_id = take_fact(decoder, &requirement->team_id);
	taken->signing_id = take_fact(decoder, &requirement->signing_id);
	return taken;
}
