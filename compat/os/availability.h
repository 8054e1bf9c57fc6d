/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The availability macros of macOS headers. Availability is a matter of macOS releases, so here
 * each of them means nothing; the documentation of a function says since when it exists.
 */
#ifndef __OS_AVAILABILITY__
#define __OS_AVAILABILITY__

#ifndef API_AVAILABLE
#define API_AVAILABLE(...)
#define API_AVAILABLE_BEGIN(...)
#define API_AVAILABLE_END
#define API_DEPRECATED(...)
#define API_DEPRECATED_BEGIN(...)
#define API_DEPRECATED_END
#define API_DEPRECATED_WITH_REPLACEMENT(...)
#define API_DEPRECATED_WITH_REPLACEMENT_BEGIN(...)
#define API_DEPRECATED_WITH_REPLACEMENT_END
#define API_OBSOLETED(...)
#define API_OBSOLETED_WITH_REPLACEMENT(...)
#define API_UNAVAILABLE(...)
#define API_UNAVAILABLE_BEGIN(...)
#define API_UNAVAILABLE_END
#endif

#ifndef SPI_AVAILABLE
#define SPI_AVAILABLE(...)
#define SPI_DEPRECATED(...)
#define SPI_DEPRECATED_WITH_REPLACEMENT(...)
#endif

#ifndef __OSX_AVAILABLE
#define __OSX_AVAILABLE(...)
#define __OSX_AVAILABLE_STARTING(...)
#define __OSX_DEPRECATED(...)
#define __OSX_UNAVAILABLE
#define __IOS_AVAILABLE(...)
#define __IOS_PROHIBITED
#define __TVOS_AVAILABLE(...)
#define __TVOS_PROHIBITED
#define __WATCHOS_AVAILABLE(...)
#define __WATCHOS_PROHIBITED
#endif

#endif
