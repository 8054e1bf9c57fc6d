/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables that say how a struct of the API looks as JSON: a row a field, with its key, its kind
 * and where it lies. The kind follows from the field's C type, so that a row cannot be wrong about
 * it; only what the type does not tell is said with a macro of its own.
 *
 *	const struct field payload_fields_open[] = {
 *		FIELD(es_event_open_t, fflag),
 *		FIELD(es_event_open_t, file),
 *		FIELDS_END,
 *	};
 *
 * tools/eslogger/encode.c walks them.
 */
#ifndef SLUICE_TOOLS_ESLOGGER_FIELD_H
#define SLUICE_TOOLS_ESLOGGER_FIELD_H

#include "tools/eslogger/field.def"

#include <EndpointSecurity/EndpointSecurity.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
	FIELD_KIND_END,
	FIELD_KIND_BOOL,
	FIELD_KIND_SIGNED_32,
	FIELD_KIND_UNSIGNED_32,
	FIELD_KIND_UNSIGNED_16,
	FIELD_KIND_SIGNED_64,
	FIELD_KIND_UNSIGNED_64,
	FIELD_KIND_STRING,
	FIELD_KIND_OPTIONAL_STRING, /* empty is null */
	FIELD_KIND_TEXT, /* NUL-terminated, in an array of `selector` bytes */
	FIELD_KIND_TIMESPEC,
	FIELD_KIND_TIMEVAL,
	FIELD_KIND_AUDIT_TOKEN,
	FIELD_KIND_AUDIT_TOKEN_POINTER, /* NULL is null */
	FIELD_KIND_BYTES, /* `selector` bytes, in hexadecimal */
	FIELD_KIND_BYTES_POINTER, /* the same behind a pointer; NULL is null */
	FIELD_KIND_TOKEN, /* es_token_t, in hexadecimal */
	FIELD_KIND_UUID,
	FIELD_KIND_FSID,
	FIELD_KIND_ACL, /* opaque: null, or an empty object */
	FIELD_KIND_OBJECT, /* the struct itself, by `fields` */
	FIELD_KIND_OBJECT_POINTER, /* by `fields`; NULL is null */
	FIELD_KIND_GROUP, /* an object of fields that lie in the same struct, by `fields` */
	FIELD_KIND_CHOICE, /* of a union: the arm of `fields` with the number at `selector` */
	FIELD_KIND_CHOICE_IF, /* the same, the number being a bool */
	FIELD_KIND_ARRAY, /* of as many elements as the size_t at `selector`, by fields[0] */
	FIELD_KIND_NO_ARM, /* an arm of a union with nothing in it: the union is null */
	FIELD_KIND_ZERO, /* what macOS has and Linux has not */
	FIELD_KIND_EPOCH,
	FIELD_KIND_SCHEMA_VERSION, /* these last ones belong to the message as a whole */
	FIELD_KIND_VERSION,
	FIELD_KIND_EVENT,
	FIELD_KIND_ACTION,
	FIELD_KIND_LINUX,
	FIELD_KIND_EXEC_ARGUMENTS,
	FIELD_KIND_EXEC_ENVIRONMENT,
	FIELD_KIND_EXEC_DESCRIPTORS,
	FIELD_KIND_LAST,
};

struct field {
	const char *key; /* with its comma, quotes and colon: ,"pid": */
	uint8_t key_length;
	uint8_t kind;
	uint8_t since; /* the message version that brought it */
	uint16_t offset;
	uint16_t selector;
	uint16_t stride; /* FIELD_KIND_ARRAY: size of an element */
	const struct field *fields;
};

extern const struct field fields_file[];
extern const struct field fields_stat[];
extern const struct field fields_process[];
extern const struct field fields_thread[];
extern const struct field fields_thread_state[];
extern const struct field fields_statfs[];
extern const struct field fields_attrlist[];
extern const struct field fields_descriptor[];
extern const struct field fields_launch_item[];
extern const struct field fields_profile[];
extern const struct field fields_reject_info[];
extern const struct field fields_signing_info[];
extern const struct field fields_code_requirement[];
extern const struct field fields_member[];
extern const struct field fields_members[];
extern const struct field fields_authentication_od[];
extern const struct field fields_authentication_touchid[];
extern const struct field fields_authentication_token[];
extern const struct field fields_authentication_auto_unlock[];
extern const struct field fields_message[];

/* The kind and the table of a C type; a compile error for a type that is not in the list. */
#define FIELD_TYPE_KIND(type, kind, table) \
	type:                              \
	FIELD_KIND_##kind,
#define FIELD_TYPE_TABLE(type, kind, table) \
	type:                               \
	table,
#define FIELD_KIND_OF(value)  _Generic((value), FIELD_TYPES(FIELD_TYPE_KIND) struct field : 0)
#define FIELD_TABLE_OF(value) _Generic((value), FIELD_TYPES(FIELD_TYPE_TABLE) struct field : 0)

/* The designators every row begins with. */
#define FIELD_KEY(name)		.key = ",\"" name "\":", .key_length = sizeof(name) + 3
#define FIELD_AT(type, path)	.offset = offsetof(type, path)
#define FIELD_VALUE(type, path) (((type *)NULL)->path)

/* A field under its own name; under another (for those in a union); with a version. */
#define FIELD(type, member)		   FIELD_NAMED(type, member, #member)
#define FIELD_NAMED(type, path, name)	   FIELD_SINCE_NAMED(type, path, name, 0)
#define FIELD_SINCE(type, member, version) FIELD_SINCE_NAMED(type, member, #member, version)
#define FIELD_SINCE_NAMED(type, path, name, version)                                        \
	{                                                                                   \
		FIELD_KEY(name), FIELD_AT(type, path),                                      \
			.since = (version), .kind = FIELD_KIND_OF(FIELD_VALUE(type, path)), \
			.fields = FIELD_TABLE_OF(FIELD_VALUE(type, path)),                  \
	}
#define FIELD_OPTIONAL_STRING(type, member)                                                     \
	{                                                                                       \
		FIELD_KEY(#member), FIELD_AT(type, member), .kind = FIELD_KIND_OPTIONAL_STRING, \
	}
/* Of another kind than its C type; `extra` is the size of its bytes or text. */
#define FIELD_AS(field_kind, type, path, name, extra)                                           \
	{                                                                                       \
		FIELD_KEY(name), FIELD_AT(type, path), .kind = field_kind, .selector = (extra), \
	}
#define FIELD_GROUP(name, table)                                              \
	{                                                                     \
		FIELD_KEY(name), .kind = FIELD_KIND_GROUP, .fields = (table), \
	}
#define FIELD_CHOICE(choice_kind, name, type, selector_path, arms)                               \
	{                                                                                        \
		FIELD_KEY(name), .kind = choice_kind, .selector = offsetof(type, selector_path), \
				 .fields = (arms),                                               \
	}
#define FIELD_ARRAY(type, path, count_path, element)                                      \
	{                                                                                 \
		FIELD_KEY(#path), FIELD_AT(type, path),                                   \
			.kind = FIELD_KIND_ARRAY, .selector = offsetof(type, count_path), \
			.stride = sizeof(*FIELD_VALUE(type, path)), .fields = (element),  \
	}
#define FIELD_WITHOUT_OFFSET(field_kind, name)       \
	{                                            \
		FIELD_KEY(name), .kind = field_kind, \
	}
#define FIELD_NO_ARM                      \
	{                                 \
		.kind = FIELD_KIND_NO_ARM \
	}
#define FIELDS_END                     \
	{                              \
		.kind = FIELD_KIND_END \
	}

#endif
