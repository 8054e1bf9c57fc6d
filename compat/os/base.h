/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attribute macros that macOS headers and the programs written for them expect. Where the compiler
 * knows the attribute the macro means it; elsewhere it means nothing. The nullability words are
 * clang's own: other compilers see nothing in their place.
 */
#ifndef __OS_BASE__
#define __OS_BASE__

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#ifdef __has_include
#if __has_include(<sys/cdefs.h>)
#include <sys/cdefs.h>
#endif
#endif

#ifndef __has_builtin
#define __has_builtin(x) 0
#endif
#ifndef __has_attribute
#define __has_attribute(x) 0
#endif
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#ifndef __has_extension
#define __has_extension(x) 0
#endif

#ifndef __BEGIN_DECLS
#ifdef __cplusplus
#define __BEGIN_DECLS extern "C" {
#define __END_DECLS   }
#else
#define __BEGIN_DECLS
#define __END_DECLS
#endif
#endif

/* Nullability: a promise to the reader everywhere, checked by clang alone. */
#if !defined(__clang__)
#ifndef _Nonnull
#define _Nonnull
#endif
#ifndef _Nullable
#define _Nullable
#endif
#ifndef _Nullable_result
#define _Nullable_result
#endif
#ifndef _Null_unspecified
#define _Null_unspecified
#endif
#define OS_ASSUME_NONNULL_BEGIN
#define OS_ASSUME_NONNULL_END
#else
#define OS_ASSUME_NONNULL_BEGIN _Pragma("clang assume_nonnull begin")
#define OS_ASSUME_NONNULL_END	_Pragma("clang assume_nonnull end")
#endif

/* Marks a parameter whose callee may not keep the block. */
#if __has_attribute(noescape)
#define OS_NOESCAPE __attribute__((__noescape__))
#else
#define OS_NOESCAPE
#endif

#ifdef __GNUC__
#define OS_NORETURN	       __attribute__((__noreturn__))
#define OS_NOTHROW	       __attribute__((__nothrow__))
#define OS_NONNULL1	       __attribute__((__nonnull__(1)))
#define OS_NONNULL2	       __attribute__((__nonnull__(2)))
#define OS_NONNULL3	       __attribute__((__nonnull__(3)))
#define OS_NONNULL4	       __attribute__((__nonnull__(4)))
#define OS_NONNULL5	       __attribute__((__nonnull__(5)))
#define OS_NONNULL_ALL	       __attribute__((__nonnull__))
#define OS_SENTINEL	       __attribute__((__sentinel__))
#define OS_PURE		       __attribute__((__pure__))
#define OS_CONST	       __attribute__((__const__))
#define OS_WARN_RESULT	       __attribute__((__warn_unused_result__))
#define OS_MALLOC	       __attribute__((__malloc__))
#define OS_USED		       __attribute__((__used__))
#define OS_UNUSED	       __attribute__((__unused__))
#define OS_COLD		       __attribute__((__cold__))
#define OS_WEAK		       __attribute__((__weak__))
#define OS_NOINLINE	       __attribute__((__noinline__))
#define OS_ALWAYS_INLINE       __attribute__((__always_inline__))
#define OS_TRANSPARENT_UNION   __attribute__((__transparent_union__))
#define OS_ALIGNED(n)	       __attribute__((__aligned__((n))))
#define OS_FORMAT_PRINTF(x, y) __attribute__((__format__(printf, x, y)))
#define OS_EXPORT	       extern __attribute__((__visibility__("default")))
#define OS_INLINE	       static __inline__
#define OS_EXPECT(x, v)	       __builtin_expect((x), (v))
#define OS_LIKELY(x)	       __builtin_expect(!!(x), 1)
#define OS_UNLIKELY(x)	       __builtin_expect(!!(x), 0)
#else
#define OS_NORETURN
#define OS_NOTHROW
#define OS_NONNULL1
#define OS_NONNULL2
#define OS_NONNULL3
#define OS_NONNULL4
#define OS_NONNULL5
#define OS_NONNULL_ALL
#define OS_SENTINEL
#define OS_PURE
#define OS_CONST
#define OS_WARN_RESULT
#define OS_MALLOC
#define OS_USED
#define OS_UNUSED
#define OS_COLD
#define OS_WEAK
#define OS_NOINLINE
#define OS_ALWAYS_INLINE
#define OS_TRANSPARENT_UNION
#define OS_ALIGNED(n)
#define OS_FORMAT_PRINTF(x, y)
#define OS_EXPORT	extern
#define OS_INLINE	static inline
#define OS_EXPECT(x, v) (x)
#define OS_LIKELY(x)	(x)
#define OS_UNLIKELY(x)	(x)
#endif

#ifdef __cplusplus
#define OS_EXTERN extern "C"
#else
#define OS_EXTERN extern
#endif

#define OS_STRINGIFY(s)	  __OS_STRINGIFY(s)
#define __OS_STRINGIFY(s) #s
#define OS_CONCAT(x, y)	  __OS_CONCAT(x, y)
#define __OS_CONCAT(x, y) x##y

/* An enumeration with a fixed underlying type: the constants, and name_t of that type. */
#define OS_ENUM(_name, _type, ...) \
	enum { __VA_ARGS__ };      \
	typedef _type _name##_t
#define OS_CLOSED_ENUM(_name, _type, ...) OS_ENUM(_name, _type, __VA_ARGS__)
#define OS_OPTIONS(_name, _type, ...)	  OS_ENUM(_name, _type, __VA_ARGS__)

typedef void (*os_function_t)(void *);
#ifdef __BLOCKS__
typedef void (^os_block_t)(void);
#endif

#endif
