/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fuzzer is: libFuzzer calls this with bytes of its own making. WANT ends the program, and
 * keeps the bytes, if what a parser promises in its header does not hold.
 */
#ifndef SLUICE_TESTS_FUZZ_FUZZ_H
#define SLUICE_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define WANT(promise)            \
	do {                     \
		if (!(promise))  \
			abort(); \
	} while (0)

#endif
