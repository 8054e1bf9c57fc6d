/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EndpointSecurity for Linux: the one header a client includes.
 *
 * A client is told of what happens on the machine (NOTIFY events) and decides about it (AUTH
 * events):
 *
 *	es_new_client()  ->  es_subscribe()  ->  the handler is called for each message
 *	                                         es_respond_auth_result(), es_respond_flags_result()
 *	es_delete_client()
 *
 * Source written for macOS compiles unchanged: with `clang -fblocks` the handler is a block, and
 * for other compilers each function that takes a block has a twin with the suffix _f that takes a
 * function and a pointer. What Linux adds of its own is apart, in <EndpointSecurity/ESLinux.h>.
 *
 * cc client.c $(pkg-config --cflags --libs EndpointSecurity)
 */
#ifndef __ENDPOINT_SECURITY_H
#define __ENDPOINT_SECURITY_H

#define __ENDPOINT_SECURITY_INDIRECT__
#include <EndpointSecurity/ESClient.h>
#include <EndpointSecurity/ESMessage.h>
#include <EndpointSecurity/ESTypes.h>
#undef __ENDPOINT_SECURITY_INDIRECT__

#endif
