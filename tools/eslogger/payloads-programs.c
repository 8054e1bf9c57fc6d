/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payloads of events that programs report, a table each and a row a
 * field (tools/eslogger/field.h), in the order of <EndpointSecurity/ESMessage.h>. Owns nothing;
 * tools/eslogger/events.c names the tables.
 */
#include "tools/eslogger/payloads.h"

/* Elements of arrays. */
static const struct field string_element[] = {{.kind = FIELD_KIND_STRING}, FIELDS_END};

static const struct field authorization_result[] = {
	FIELD(es_authorization_result_t, right_name),
	FIELD(es_authorization_result_t, rule_class),
	FIELD(es_authorization_result_t, granted),
	FIELDS_END,
};
static const struct field result_element[] = {
	{.kind = FIELD_KIND_OBJECT, .fields = authorization_result},
	FIELDS_END,
};

/* By es_authentication_type_t. */
static const struct field authentication_arms[] = {
	FIELD_NAMED(es_event_authentication_t, data.od, "od"),
	FIELD_NAMED(es_event_authentication_t, data.touchid, "touchid"),
	FIELD_NAMED(es_event_authentication_t, data.token, "token"),
	FIELD_NAMED(es_event_authentication_t, data.auto_unlock, "auto_unlock"),
	FIELDS_END,
};

const struct field payload_fields_authentication[] = {
	FIELD(es_event_authentication_t, success),
	FIELD(es_event_authentication_t, type),
	FIELD_CHOICE(FIELD_KIND_CHOICE, "data", es_event_authentication_t, type,
		     authentication_arms),
	FIELDS_END,
};

const struct field payload_fields_lw_session_login[] = {
	FIELD(es_event_lw_session_login_t, username),
	FIELD(es_event_lw_session_login_t, graphical_session_id),
	FIELDS_END,
};

const struct field payload_fields_lw_session_logout[] = {
	FIELD(es_event_lw_session_logout_t, username),
	FIELD(es_event_lw_session_logout_t, graphical_session_id),
	FIELDS_END,
};

const struct field payload_fields_lw_session_lock[] = {
	FIELD(es_event_lw_session_lock_t, username),
	FIELD(es_event_lw_session_lock_t, graphical_session_id),
	FIELDS_END,
};

const struct field payload_fields_lw_session_unlock[] = {
	FIELD(es_event_lw_session_unlock_t, username),
	FIELD(es_event_lw_session_unlock_t, graphical_session_id),
	FIELDS_END,
};

const struct field payload_fields_screensharing_attach[] = {
	FIELD(es_event_screensharing_attach_t, success),
	FIELD(es_event_screensharing_attach_t, source_address_type),
	FIELD_OPTIONAL_STRING(es_event_screensharing_attach_t, source_address),
	FIELD_OPTIONAL_STRING(es_event_screensharing_attach_t, viewer_appleid),
	FIELD_OPTIONAL_STRING(es_event_screensharing_attach_t, authentication_type),
	FIELD_OPTIONAL_STRING(es_event_screensharing_attach_t, authentication_username),
	FIELD_OPTIONAL_STRING(es_event_screensharing_attach_t, session_username),
	FIELD(es_event_screensharing_attach_t, existing_session),
	FIELD(es_event_screensharing_attach_t, graphical_session_id),
	FIELDS_END,
};

const struct field payload_fields_screensharing_detach[] = {
	FIELD(es_event_screensharing_detach_t, source_address_type),
	FIELD_OPTIONAL_STRING(es_event_screensharing_detach_t, source_address),
	FIELD_OPTIONAL_STRING(es_event_screensharing_detach_t, viewer_appleid),
	FIELD(es_event_screensharing_detach_t, graphical_session_id),
	FIELDS_END,
};

static const struct field openssh_login_uid_arms[] = {
	FIELD_NO_ARM,
	FIELD_NAMED(es_event_openssh_login_t, uid.uid, "uid"),
	FIELDS_END,
};

const struct field payload_fields_openssh_login[] = {
	FIELD(es_event_openssh_login_t, success),
	FIELD(es_event_openssh_login_t, result_type),
	FIELD(es_event_openssh_login_t, source_address_type),
	FIELD_OPTIONAL_STRING(es_event_openssh_login_t, source_address),
	FIELD(es_event_openssh_login_t, username),
	FIELD(es_event_openssh_login_t, has_uid),
	FIELD_CHOICE(FIELD_KIND_CHOICE_IF, "uid", es_event_openssh_login_t, has_uid,
		     openssh_login_uid_arms),
	FIELDS_END,
};

const struct field payload_fields_openssh_logout[] = {
	FIELD(es_event_openssh_logout_t, source_address_type),
	FIELD_OPTIONAL_STRING(es_event_openssh_logout_t, source_address),
	FIELD(es_event_openssh_logout_t, username),
	FIELD(es_event_openssh_logout_t, uid),
	FIELDS_END,
};

static const struct field login_login_uid_arms[] = {
	FIELD_NO_ARM,
	FIELD_NAMED(es_event_login_login_t, uid.uid, "uid"),
	FIELDS_END,
};

const struct field payload_fields_login_login[] = {
	FIELD(es_event_login_login_t, success),
	FIELD_OPTIONAL_STRING(es_event_login_login_t, failure_message),
	FIELD(es_event_login_login_t, username),
	FIELD(es_event_login_login_t, has_uid),
	FIELD_CHOICE(FIELD_KIND_CHOICE_IF, "uid", es_event_login_login_t, has_uid,
		     login_login_uid_arms),
	FIELDS_END,
};

const struct field payload_fields_login_logout[] = {
	FIELD(es_event_login_logout_t, username),
	FIELD(es_event_login_logout_t, uid),
	FIELDS_END,
};

static const struct field su_to_uid_arms[] = {
	FIELD_NO_ARM,
	FIELD_NAMED(es_event_su_t, to_uid.uid, "uid"),
	FIELDS_END,
};

const struct field payload_fields_su[] = {
	FIELD(es_event_su_t, success),
	FIELD_OPTIONAL_STRING(es_event_su_t, failure_message),
	FIELD(es_event_su_t, from_uid),
	FIELD(es_event_su_t, from_username),
	FIELD(es_event_su_t, has_to_uid),
	FIELD_CHOICE(FIELD_KIND_CHOICE_IF, "to_uid", es_event_su_t, has_to_uid, su_to_uid_arms),
	FIELD(es_event_su_t, to_username),
	FIELD(es_event_su_t, shell),
	FIELD(es_event_su_t, argc),
	FIELD_ARRAY(es_event_su_t, argv, argc, string_element),
	FIELD(es_event_su_t, env_count),
	FIELD_ARRAY(es_event_su_t, env, env_count, string_element),
	FIELDS_END,
};

static const struct field sudo_from_uid_arms[] = {
	FIELD_NO_ARM,
	FIELD_NAMED(es_event_sudo_t, from_uid.uid, "uid"),
	FIELDS_END,
};

static const struct field sudo_to_uid_arms[] = {
	FIELD_NO_ARM,
	FIELD_NAMED(es_event_sudo_t, to_uid.uid, "uid"),
	FIELDS_END,
};

const struct field payload_fields_sudo[] = {
	FIELD(es_event_sudo_t, success),
	FIELD(es_event_sudo_t, reject_info),
	FIELD(es_event_sudo_t, has_from_uid),
	FIELD_CHOICE(FIELD_KIND_CHOICE_IF, "from_uid", es_event_sudo_t, has_from_uid,
		     sudo_from_uid_arms),
	FIELD(es_event_sudo_t, from_username),
	FIELD(es_event_sudo_t, has_to_uid),
	FIELD_CHOICE(FIELD_KIND_CHOICE_IF, "to_uid", es_event_sudo_t, has_to_uid, sudo_to_uid_arms),
	FIELD(es_event_sudo_t, to_username),
	FIELD(es_event_sudo_t, command),
	FIELDS_END,
};

const struct field payload_fields_xp_malware_detected[] = {
	FIELD(es_event_xp_malware_detected_t, signature_version),
	FIELD(es_event_xp_malware_detected_t, malware_identifier),
	FIELD(es_event_xp_malware_detected_t, incident_identifier),
	FIELD(es_event_xp_malware_detected_t, detected_path),
	FIELD_SINCE(es_event_xp_malware_detected_t, detected_executable, 10),
	FIELDS_END,
};

const struct field payload_fields_xp_malware_remediated[] = {
	FIELD(es_event_xp_malware_remediated_t, signature_version),
	FIELD(es_event_xp_malware_remediated_t, malware_identifier),
	FIELD(es_event_xp_malware_remediated_t, incident_identifier),
	FIELD(es_event_xp_malware_remediated_t, action_type),
	FIELD(es_event_xp_malware_remediated_t, success),
	FIELD(es_event_xp_malware_remediated_t, result_description),
	FIELD(es_event_xp_malware_remediated_t, remediated_path),
	FIELD(es_event_xp_malware_remediated_t, remediated_process_audit_token),
	FIELDS_END,
};

static const struct field gatekeeper_arms[] = {
	FIELD_NAMED(es_event_gatekeeper_user_override_t, file.file_path, "file_path"),
	FIELD_NAMED(es_event_gatekeeper_user_override_t, file.file, "file"),
	FIELDS_END,
};

const struct field payload_fields_gatekeeper_user_override[] = {
	FIELD(es_event_gatekeeper_user_override_t, file_type),
	FIELD_CHOICE(FIELD_KIND_CHOICE, "file", es_event_gatekeeper_user_override_t, file_type,
		     gatekeeper_arms),
	FIELD_AS(FIELD_KIND_BYTES_POINTER, es_event_gatekeeper_user_override_t, sha256, "sha256",
		 sizeof(es_sha256_t)),
	FIELD(es_event_gatekeeper_user_override_t, signing_info),
	FIELDS_END,
};

const struct field payload_fields_tcc_modify[] = {
	FIELD(es_event_tcc_modify_t, service),
	FIELD(es_event_tcc_modify_t, identity),
	FIELD(es_event_tcc_modify_t, identity_type),
	FIELD(es_event_tcc_modify_t, update_type),
	FIELD(es_event_tcc_modify_t, instigator_token),
	FIELD(es_event_tcc_modify_t, instigator),
	FIELD(es_event_tcc_modify_t, responsible_token),
	FIELD(es_event_tcc_modify_t, responsible),
	FIELD(es_event_tcc_modify_t, right),
	FIELD(es_event_tcc_modify_t, reason),
	FIELDS_END,
};

const struct field payload_fields_authorization_petition[] = {
	FIELD(es_event_authorization_petition_t, instigator),
	FIELD(es_event_authorization_petition_t, petitioner),
	FIELD(es_event_authorization_petition_t, flags),
	FIELD(es_event_authorization_petition_t, right_count),
	FIELD_ARRAY(es_event_authorization_petition_t, rights, right_count, string_element),
	FIELD_SINCE(es_event_authorization_petition_t, instigator_token, 8),
	FIELD_SINCE(es_event_authorization_petition_t, petitioner_token, 8),
	FIELDS_END,
};

const struct field payload_fields_authorization_judgement[] = {
	FIELD(es_event_authorization_judgement_t, instigator),
	FIELD(es_event_authorization_judgement_t, petitioner),
	FIELD(es_event_authorization_judgement_t, return_code),
	FIELD(es_event_authorization_judgement_t, result_count),
	FIELD_ARRAY(es_event_authorization_judgement_t, results, result_count, result_element),
	FIELD_SINCE(es_event_authorization_judgement_t, instigator_token, 8),
	FIELD_SINCE(es_event_authorization_judgement_t, petitioner_token, 8),
	FIELDS_END,
};

const struct field payload_fields_btm_launch_item_add[] = {
	FIELD(es_event_btm_launch_item_add_t, instigator),
	FIELD(es_event_btm_launch_item_add_t, app),
	FIELD(es_event_btm_launch_item_add_t, item),
	FIELD(es_event_btm_launch_item_add_t, executable_path),
	FIELD_SINCE(es_event_btm_launch_item_add_t, instigator_token, 8),
	FIELD_SINCE(es_event_btm_launch_item_add_t, app_token, 8),
	FIELDS_END,
};

const struct field payload_fields_btm_launch_item_remove[] = {
	FIELD(es_event_btm_launch_item_remove_t, instigator),
	FIELD(es_event_btm_launch_item_remove_t, app),
	FIELD(es_event_btm_launch_item_remove_t, item),
	FIELD_SINCE(es_event_btm_launch_item_remove_t, instigator_token, 8),
	FIELD_SINCE(es_event_btm_launch_item_remove_t, app_token, 8),
	FIELDS_END,
};

const struct field payload_fields_profile_add[] = {
	FIELD(es_event_profile_add_t, instigator),
	FIELD(es_event_profile_add_t, is_update),
	FIELD(es_event_profile_add_t, profile),
	FIELD_SINCE(es_event_profile_add_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_profile_remove[] = {
	FIELD(es_event_profile_remove_t, instigator),
	FIELD(es_event_profile_remove_t, profile),
	FIELD_SINCE(es_event_profile_remove_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_group_add[] = {
	FIELD(es_event_od_group_add_t, instigator),
	FIELD(es_event_od_group_add_t, error_code),
	FIELD(es_event_od_group_add_t, group_name),
	FIELD(es_event_od_group_add_t, member),
	FIELD(es_event_od_group_add_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_group_add_t, db_path),
	FIELD_SINCE(es_event_od_group_add_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_group_remove[] = {
	FIELD(es_event_od_group_remove_t, instigator),
	FIELD(es_event_od_group_remove_t, error_code),
	FIELD(es_event_od_group_remove_t, group_name),
	FIELD(es_event_od_group_remove_t, member),
	FIELD(es_event_od_group_remove_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_group_remove_t, db_path),
	FIELD_SINCE(es_event_od_group_remove_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_group_set[] = {
	FIELD(es_event_od_group_set_t, instigator),
	FIELD(es_event_od_group_set_t, error_code),
	FIELD(es_event_od_group_set_t, group_name),
	FIELD(es_event_od_group_set_t, members),
	FIELD(es_event_od_group_set_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_group_set_t, db_path),
	FIELD_SINCE(es_event_od_group_set_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_modify_password[] = {
	FIELD(es_event_od_modify_password_t, instigator),
	FIELD(es_event_od_modify_password_t, error_code),
	FIELD(es_event_od_modify_password_t, account_type),
	FIELD(es_event_od_modify_password_t, account_name),
	FIELD(es_event_od_modify_password_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_modify_password_t, db_path),
	FIELD_SINCE(es_event_od_modify_password_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_disable_user[] = {
	FIELD(es_event_od_disable_user_t, instigator),
	FIELD(es_event_od_disable_user_t, error_code),
	FIELD(es_event_od_disable_user_t, user_name),
	FIELD(es_event_od_disable_user_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_disable_user_t, db_path),
	FIELD_SINCE(es_event_od_disable_user_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_enable_user[] = {
	FIELD(es_event_od_enable_user_t, instigator),
	FIELD(es_event_od_enable_user_t, error_code),
	FIELD(es_event_od_enable_user_t, user_name),
	FIELD(es_event_od_enable_user_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_enable_user_t, db_path),
	FIELD_SINCE(es_event_od_enable_user_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_attribute_value_add[] = {
	FIELD(es_event_od_attribute_value_add_t, instigator),
	FIELD(es_event_od_attribute_value_add_t, error_code),
	FIELD(es_event_od_attribute_value_add_t, record_type),
	FIELD(es_event_od_attribute_value_add_t, record_name),
	FIELD(es_event_od_attribute_value_add_t, attribute_name),
	FIELD(es_event_od_attribute_value_add_t, attribute_value),
	FIELD(es_event_od_attribute_value_add_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_attribute_value_add_t, db_path),
	FIELD_SINCE(es_event_od_attribute_value_add_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_attribute_value_remove[] = {
	FIELD(es_event_od_attribute_value_remove_t, instigator),
	FIELD(es_event_od_attribute_value_remove_t, error_code),
	FIELD(es_event_od_attribute_value_remove_t, record_type),
	FIELD(es_event_od_attribute_value_remove_t, record_name),
	FIELD(es_event_od_attribute_value_remove_t, attribute_name),
	FIELD(es_event_od_attribute_value_remove_t, attribute_value),
	FIELD(es_event_od_attribute_value_remove_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_attribute_value_remove_t, db_path),
	FIELD_SINCE(es_event_od_attribute_value_remove_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_attribute_set[] = {
	FIELD(es_event_od_attribute_set_t, instigator),
	FIELD(es_event_od_attribute_set_t, error_code),
	FIELD(es_event_od_attribute_set_t, record_type),
	FIELD(es_event_od_attribute_set_t, record_name),
	FIELD(es_event_od_attribute_set_t, attribute_name),
	FIELD(es_event_od_attribute_set_t, attribute_value_count),
	FIELD_ARRAY(es_event_od_attribute_set_t, attribute_values, attribute_value_count,
		    string_element),
	FIELD(es_event_od_attribute_set_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_attribute_set_t, db_path),
	FIELD_SINCE(es_event_od_attribute_set_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_create_user[] = {
	FIELD(es_event_od_create_user_t, instigator),
	FIELD(es_event_od_create_user_t, error_code),
	FIELD(es_event_od_create_user_t, user_name),
	FIELD(es_event_od_create_user_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_create_user_t, db_path),
	FIELD_SINCE(es_event_od_create_user_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_create_group[] = {
	FIELD(es_event_od_create_group_t, instigator),
	FIELD(es_event_od_create_group_t, error_code),
	FIELD(es_event_od_create_group_t, group_name),
	FIELD(es_event_od_create_group_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_create_group_t, db_path),
	FIELD_SINCE(es_event_od_create_group_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_delete_user[] = {
	FIELD(es_event_od_delete_user_t, instigator),
	FIELD(es_event_od_delete_user_t, error_code),
	FIELD(es_event_od_delete_user_t, user_name),
	FIELD(es_event_od_delete_user_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_delete_user_t, db_path),
	FIELD_SINCE(es_event_od_delete_user_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_od_delete_group[] = {
	FIELD(es_event_od_delete_group_t, instigator),
	FIELD(es_event_od_delete_group_t, error_code),
	FIELD(es_event_od_delete_group_t, group_name),
	FIELD(es_event_od_delete_group_t, node_name),
	FIELD_OPTIONAL_STRING(es_event_od_delete_group_t, db_path),
	FIELD_SINCE(es_event_od_delete_group_t, instigator_token, 8),
	FIELDS_END,
};

const struct field payload_fields_xpc_connect[] = {
	FIELD(es_event_xpc_connect_t, service_name),
	FIELD(es_event_xpc_connect_t, service_domain_type),
	FIELDS_END,
};

const struct field payload_fields_bootstrap_check_in[] = {
	FIELD(es_event_bootstrap_check_in_t, instigator),
	FIELD(es_event_bootstrap_check_in_t, instigator_token),
	FIELD(es_event_bootstrap_check_in_t, service_name),
	FIELDS_END,
};

static const struct field look_up_process[] = {
	FIELD_NAMED(es_event_bootstrap_look_up_t, target.process.target, "target"),
	FIELD_NAMED(es_event_bootstrap_look_up_t, target.process.target_token, "target_token"),
	FIELD_NAMED(es_event_bootstrap_look_up_t, target.process.job_label, "job_label"),
	FIELDS_END,
};

static const struct field look_up_job[] = {
	FIELD_NAMED(es_event_bootstrap_look_up_t, target.job.job_label, "job_label"),
	FIELD_NAMED(es_event_bootstrap_look_up_t, target.job.lwcr, "lwcr"),
	FIELDS_END,
};

static const struct field look_up_arms[] = {
	FIELD_GROUP("process", look_up_process),
	FIELD_GROUP("job", look_up_job),
	FIELDS_END,
};

const struct field payload_fields_bootstrap_look_up[] = {
	FIELD(es_event_bootstrap_look_up_t, instigator),
	FIELD(es_event_bootstrap_look_up_t, instigator_token),
	FIELD(es_event_bootstrap_look_up_t, service_name),
	FIELD(es_event_bootstrap_look_up_t, target_type),
	FIELD_CHOICE(FIELD_KIND_CHOICE, "target", es_event_bootstrap_look_up_t, target_type,
		     look_up_arms),
	FIELDS_END,
};
