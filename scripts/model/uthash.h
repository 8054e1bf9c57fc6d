/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uthash as the analysers (clang-tidy, cppcheck) see it: the same macros over functions they know
 * nothing of. The real ones hand-thread buckets that no analyser follows, and each table would be
 * reported as used after it was freed. Nothing is ever built with this.
 */
#ifndef SLUICE_SCRIPTS_MODEL_UTHASH_H
#define SLUICE_SCRIPTS_MODEL_UTHASH_H

#include <stddef.h>
#include <string.h>

typedef struct UT_hash_handle {
	void *next;
	unsigned int hashv;
} UT_hash_handle;

void *model_find(void *head, const void *key, size_t length);
void *model_add(void *head, void *added);
void *model_remove(void *head, void *removed);
unsigned int model_count(const void *head);
unsigned int model_hash(const void *key, size_t length);

#define HASH_VALUE(key, length, hash)		((hash) = model_hash(key, length))
#define HASH_FIND(hh, head, key, length, found) ((found) = model_find(head, key, length))
#define HASH_FIND_BYHASHVALUE(hh, head, key, length, hash, found) \
	((void)(hash), (found) = model_find(head, key, length))
#define HASH_FIND_STR(head, key, found)		 ((found) = model_find(head, key, strlen(key)))
#define HASH_FIND_INT(head, key, found)		 ((found) = model_find(head, key, sizeof(int)))
#define HASH_FIND_PTR(head, key, found)		 ((found) = model_find(head, key, sizeof(void *)))
#define HASH_ADD(hh, head, field, length, added) ((void)(length), (head) = model_add(head, added))
#define HASH_ADD_BYHASHVALUE(hh, head, field, length, hash, added) \
	((void)(length), (void)(hash), (head) = model_add(head, added))
#define HASH_ADD_KEYPTR(hh, head, key, length, added) \
	((void)(key), (void)(length), (head) = model_add(head, added))
#define HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, key, length, hash, added) \
	((void)(key), (void)(length), (void)(hash), (head) = model_add(head, added))
#define HASH_ADD_STR(head, field, added) ((head) = model_add(head, added))
#define HASH_ADD_INT(head, field, added) ((head) = model_add(head, added))
#define HASH_ADD_PTR(head, field, added) ((head) = model_add(head, added))
#define HASH_DELETE(hh, head, removed)	 ((head) = model_remove(head, removed))
#define HASH_DEL(head, removed)		 ((head) = model_remove(head, removed))
#define HASH_CLEAR(hh, head)		 ((head) = NULL)
#define HASH_COUNT(head)		 model_count(head)
#define HASH_ITER(hh, head, entry, following)                                            \
	for ((entry) = (head), (following) = (entry) ? (entry)->hh.next : NULL; (entry); \
	     (entry) = (following), (following) = (entry) ? (entry)->hh.next : NULL)

#endif
