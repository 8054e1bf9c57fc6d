/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_log's formats give what printf gives, less the words in braces.
 *
 * The unit's own object is linked in, as its functions are not exported.
 */
#include "compat/os/format.h"
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char bytes[128];
static struct text text;

static void format(const char *format, ...)
{
	va_list arguments;

	text = (struct text){.bytes = bytes, .size = sizeof(bytes)};
	bytes[0] = '\0';
	va_start(arguments, format);
	text_append_format(&text, format, &arguments, ENOENT, false);
	va_end(arguments);
}

/* Ours must print the same as printf. */
#define ASSERT_LIKE_PRINTF(...)                                    \
	do {                                                       \
		char expected[128];                                \
		snprintf(expected, sizeof(expected), __VA_ARGS__); \
		format(__VA_ARGS__);                               \
		assert_string_equal(bytes, expected);              \
		assert_int_equal(text.length, strlen(bytes));      \
	} while (0)

static void integers_print_as_printf_prints_them(void **state)
{
	(void)state;
	ASSERT_LIKE_PRINTF("%d %i %u %o %x %X", -1, 2, 3u, 8u, 255u, 255u);
	ASSERT_LIKE_PRINTF("%hhd %hhu %hd %hu", (signed char)-3, (unsigned char)200, (short)-300,
			   (unsigned short)60000);
	ASSERT_LIKE_PRINTF("%ld %lu %lld %llu", LONG_MIN, ULONG_MAX, LLONG_MIN, ULLONG_MAX);
	ASSERT_LIKE_PRINTF("%jd %ju %zu %zd %td", INTMAX_MIN, UINTMAX_MAX, SIZE_MAX, (ssize_t)-1,
			   (ptrdiff_t)-5);
	ASSERT_LIKE_PRINTF("%x %u", UINT_MAX, UINT_MAX);
	ASSERT_LIKE_PRINTF("[%5d][%-5d][%05d][%+d][% d][%#x][%.3d]", 1, 2, 3, 4, 5, 6u, 7);
	ASSERT_LIKE_PRINTF("[%*d][%-*d][%*d][%.*d]", 4, 1, 4, 2, -4, 3, 3, 4);
	ASSERT_LIKE_PRINTF("%c%c", 'a', 'b');
}

static void other_values_print_as_printf_prints_them(void **state)
{
	(void)state;
	ASSERT_LIKE_PRINTF("%s [%8s] [%-8s] [%.2s] [%.*s]", "a", "b", "c", "defg", 3, "hijk");
	ASSERT_LIKE_PRINTF("%f %.2e %g %a %5.1Lf", 1.5, 2.25, 3.125, 1.0, 4.75L);
	ASSERT_LIKE_PRINTF("%p 100%%", (void *)bytes);
	ASSERT_LIKE_PRINTF("%ls", L"wide");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat"

static void words_in_braces_are_read_over(void **state)
{
	(void)state;
	format("%{public}s %{errno}d %{public, time_t}ld %{}s %{uuid_t}.2P", "a", 2, 3L, "d",
	       "\x0f\xf0");
	assert_string_equal(bytes, "a 2 3 d 0ff0");
}

static void a_private_value_takes_its_argument(void **state)
{
	(void)state;
	format("%{private}s %{private}lld %{private}f %{private}.*P %{sensitive}p %d", "a", 1LL,
	       2.0, 3, "abc", (void *)NULL, 4);
	assert_string_equal(bytes, "<private> <private> <private> <private> <private> 4");
}

static void the_error_is_the_one_at_the_call(void **state)
{
	(void)state;
	errno = EPERM;
	format("%m; %{public}m");
	assert_string_equal(bytes, "No such file or directory; No such file or directory");
}

static void a_missing_string_is_told(void **state)
{
	(void)state;
	format("%s|%{public}s", (char *)NULL, (char *)NULL);
	assert_string_equal(bytes, "(null)|(null)");
}

static void broken_formats_end_the_line(void **state)
{
	static const char *const broken[] = {"a%",	   "a%5",   "a%{public",
					     "a%{public}", "a%y%d", "a%n"};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		format(broken[i]);
		assert_string_equal(bytes, "a<unknown conversion>");
	}
}

static void a_full_text_is_cut_at_its_end(void **state)
{
	char small[8] = "";

	(void)state;
	text = (struct text){.bytes = small, .size = sizeof(small)};
	text_append_string(&text, "12345");
	text_append_string(&text, "67890");
	assert_string_equal(small, "1234567");
	text_append_string(&text, "x");
	assert_int_equal(text.length, 7);

	format("%200d%s", 1, "behind");
	assert_int_equal(text.length, sizeof(bytes) - 1);
	assert_int_equal(strlen(bytes), sizeof(bytes) - 1);
}

#pragma GCC diagnostic pop

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_print_as_printf_prints_them),
		cmocka_unit_test(other_values_print_as_printf_prints_them),
		cmocka_unit_test(words_in_braces_are_read_over),
		cmocka_unit_test(a_private_value_takes_its_argument),
		cmocka_unit_test(the_error_is_the_one_at_the_call),
		cmocka_unit_test(a_missing_string_is_told),
		cmocka_unit_test(broken_formats_end_the_line),
		cmocka_unit_test(a_full_text_is_cut_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
