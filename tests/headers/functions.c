/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each function's prototype against the one written in functions.def: a difference does not
 * compile. Those that take a block are compared where the compiler knows blocks;
 * tests/headers/compile builds this file once more for that.
 */
#include <EndpointSecurity/ESLinux.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SAME_PROTOTYPE(result, name, parameters)                                          \
	_Static_assert(__builtin_types_compatible_p(__typeof__(name), result parameters), \
		       #name " has another prototype");

#define FUNCTION(result, name, parameters)	 SAME_PROTOTYPE(result, name, parameters)
#define TWIN_FUNCTION(result, name, parameters)	 SAME_PROTOTYPE(result, name, parameters)
#define LINUX_FUNCTION(result, name, parameters) SAME_PROTOTYPE(result, name, parameters)
#ifdef __BLOCKS__
#define BLOCK_FUNCTION(result, name, parameters) SAME_PROTOTYPE(result, name, parameters)
#else
#define BLOCK_FUNCTION(result, name, parameters)
#endif
#include "tests/headers/functions.def"
#undef FUNCTION
#undef BLOCK_FUNCTION
#undef TWIN_FUNCTION
#undef LINUX_FUNCTION

static void there_are_as_many_functions_as_on_macos(void **state)
{
	size_t functions = 0, blocks = 0, twins = 0;

	(void)state;
#define FUNCTION(result, name, parameters)	 functions++;
#define BLOCK_FUNCTION(result, name, parameters) blocks++;
#define TWIN_FUNCTION(result, name, parameters)	 twins++;
#define LINUX_FUNCTION(result, name, parameters)
#include "tests/headers/functions.def"
	assert_int_equal(functions + blocks, 48);
	assert_int_equal(blocks, twins);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_as_many_functions_as_on_macos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
