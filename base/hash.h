/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian's uthash, set up once: an insertion that finds no memory clears the element's `inserted`
 * instead of ending the program (so every hashed struct has one), and FNV-1a hashes, because clang
 * cannot be told of the default function's fall-throughs.
 */
#ifndef SLUICE_BASE_HASH_H
#define SLUICE_BASE_HASH_H

#include <stdbool.h>

#define HASH_NONFATAL_OOM		 1
#define uthash_nonfatal_oom(element)	 ((element)->inserted = false)
#define HASH_FUNCTION(key, length, hash) HASH_FNV(key, length, hash)

#include <uthash.h>

#endif
