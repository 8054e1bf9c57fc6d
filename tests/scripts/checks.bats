#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every check can fail: each is shown a tiny tree that breaks its rule, then one that keeps it.

setup() {
	checks=$BATS_TEST_DIRNAME/../../scripts
	unset BUILD
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree"
}

# write PATH: makes a file of the tree from standard input.
write() {
	mkdir -p "$tree/$(dirname "$1")"
	cat >"$tree/$1"
}

# breaks CHECK WORDS: the check fails on the tree and its complaint has these words.
breaks() {
	run "$checks/$1" "$tree"
	[ "$status" -ne 0 ]
	[ "$status" -ne 77 ]
	[[ $output == *"$2"* ]] || {
		echo "$output"
		false
	}
}

holds() {
	run "$checks/$1" "$tree"
	[ "$status" -eq 0 ] || {
		echo "$output"
		false
	}
}

@test "each check is tried here" {
	for check in "$checks"/check-*; do
		grep -q "breaks ${check##*/} " "$BATS_TEST_FILENAME" || {
			echo "${check##*/} is never seen failing"
			false
		}
		grep -q "holds ${check##*/}\$" "$BATS_TEST_FILENAME"
	done
}

@test "check-format wants what clang-format writes" {
	cp "$checks/../.clang-format" "$tree"
	write base/a.c <<<'int main( void ) { return 0; }'
	breaks check-format base/a.c
	printf 'int main(void)\n{\n\treturn 0;\n}\n' | write base/a.c
	holds check-format
	printf '/*\n * One\n *two.\n */\n' | write base/a.c
	breaks check-format 'base/a.c:3'
}

@test "check-layers knows what each folder may include" {
	write ARCHITECTURE.md <<-'END'
		| folder | what it is | may include |
		| --- | --- | --- |
		| `base/` | shared | |
		| `wire/` | pure | `<stdint.h>` |
		| `daemon/` | the daemon | `base/` |
	END
	write base/a.h <<<'#include <stdio.h>'
	write wire/b.h <<<'#include <stdint.h>'
	write daemon/c.c <<<'#include "base/a.h"'
	holds check-layers
	write base/a.c <<<'#include "wire/b.h"'
	breaks check-layers 'base/ may not include wire/b.h'
	rm "$tree/base/a.c"
	write wire/b.h <<<'#include <stdio.h>'
	breaks check-layers 'wire/ may not include stdio.h'
}

@test "check-layers wants a row for each top folder, and only files that exist" {
	write ARCHITECTURE.md <<<'| `base/` | shared | |'
	write base/a.h <<<'#include <stdio.h>'
	holds check-layers
	write attic/a.h <<<'#include <stdio.h>'
	breaks check-layers 'no row for attic/'
	write ARCHITECTURE.md <<<'| `attic/` `base/` | start with `base/b.c` | |'
	breaks check-layers 'names base/b.c'
}

@test "check-sizes caps complexity" {
	{
		printf 'int f(int a)\n{\n'
		for ((i = 0; i < 15; i++)); do printf '\tif (a == %d)\n\t\treturn %d;\n' $i $i; done
		printf '\treturn a;\n}\n'
	} | write base/a.c
	breaks check-sizes 'complexity 16'
	sed -i '3,4d' "$tree/base/a.c"
	holds check-sizes
}

@test "check-sizes caps the lines of a body" {
	body() {
		printf 'void f(void)\n{\n'
		for ((i = 0; i < $1; i++)); do printf '\tg();\n'; done
		printf '}\n'
	}
	body 61 | write base/a.c
	breaks check-sizes 'the body of f has 61 lines'
	body 60 | write base/a.c
	holds check-sizes
}

@test "check-sizes caps parameters" {
	printf 'int f(int a, int b, int (*c)(int, int), int d,\n      int e, int g)\n{\n\treturn 0;\n}\n' | write base/a.c
	breaks check-sizes 'takes 6 parameters'
	printf 'int f(int a, int b, int (*c)(int, int), int d,\n      int e)\n{\n\treturn 0;\n}\n' | write base/a.c
	holds check-sizes
}

@test "check-sizes caps files" {
	yes '' | head -n 600 | write base/a.c
	yes '' | head -n 200 | write base/a.h
	yes '' | head -n 900 | write include/a.h
	yes '' | head -n 60 | write scripts/check-a
	holds check-sizes
	yes '' | head -n 601 | write base/a.c
	breaks check-sizes 'base/a.c: 601 lines'
	rm "$tree/base/a.c"
	yes '' | head -n 201 | write base/a.h
	breaks check-sizes 'base/a.h: 201 lines'
	rm "$tree/base/a.h"
	yes '' | head -n 61 | write scripts/check-a
	breaks check-sizes 'scripts/check-a: 61 lines'
}

@test "check-lone-headers wants each header to bring what it needs" {
	write base/a.h <<<'size_t f(void);'
	breaks check-lone-headers size_t
	printf '#include <stddef.h>\nsize_t f(void);\n' | write base/a.h
	holds check-lone-headers
}

@test "check-opening-comments wants a comment before the first include" {
	printf '/* SPDX */\n#include <stdio.h>\n/*\n * Late.\n */\n' | write base/a.c
	breaks check-opening-comments base/a.c
	printf '/* SPDX */\n/*\n * What this owns.\n */\n#include <stdio.h>\n' | write base/a.c
	holds check-opening-comments
}

@test "check-pairs wants a page and a test for each command" {
	write tools/look/look.c </dev/null
	breaks check-pairs 'no page man/man1/look.1'
	write man/man1/look.1 </dev/null
	breaks check-pairs 'no test tests/commands/look.bats'
	write tests/commands/look.bats </dev/null
	holds check-pairs
	write man/man1/gone.1 </dev/null
	breaks check-pairs 'man/man1/gone.1 describes no folder'
}

@test "check-pairs wants a fuzzer for each parser" {
	write wire/a.h <<<'int record_decode(const void *bytes);'
	breaks check-pairs 'record_decode is called by no fuzzer'
	write tests/fuzz/record.c <<<'int x = record_decode(bytes);'
	holds check-pairs
}

@test "check-descriptors wants close-on-exec in the call" {
	write base/a.c <<<'int f(void) { return open("a)", O_RDONLY | O_CLOEXEC) + ring->open(1) + fopen("a", "re"); }'
	holds check-descriptors
	for call in 'open("O_CLOEXEC", O_RDONLY)' 'socket(AF_UNIX, SOCK_STREAM, 0)' 'fopen("e", "r")' 'dup(1)' \
		'fcntl(1, F_DUPFD, 3)' 'eventfd(0, 0)' 'fanotify_init(FAN_CLASS_NOTIF, 0)' 'pipe(ends)'; do
		write base/a.c <<<"int f(void) { return $call; }"
		breaks check-descriptors base/a.c:1
	done
}

@test "check-logging keeps the library quiet" {
	write library/client/a.c <<<'int f(void) { return printf("x"); }'
	breaks check-logging library/client/a.c:1
	mkdir -p "$tree/library/misuse"
	mv "$tree/library/client/a.c" "$tree/library/misuse"
	write wire/a.c <<<'/* printf("x") */ int f(void) { return snprintf(a, 1, "printf(x)"); }'
	holds check-logging
}

@test "check-spelling finds a misspelling" {
	write README.md <<<"We recie""ve it."
	breaks check-spelling "recie""ve"
	write README.md <<<'We receive it.'
	holds check-spelling
}

@test "check-shell finds an unquoted variable" {
	printf '#!/bin/bash\nrm $1\n' | write scripts/a
	breaks check-shell SC2086
	printf '#!/bin/bash\nrm "$1"\n' | write scripts/a
	holds check-shell
}

@test "check-licences wants a known licence, said in the file" {
	mkdir -p "$tree/LICENSES" "$tree/.reuse"
	cp "$checks/../LICENSES/Apache-2.0.txt" "$tree/LICENSES"
	cp "$checks/../.reuse/dep5" "$tree/.reuse"
	write base/a.c <<<'int a;'
	breaks check-licences 'base/a.c: no SPDX'
	write base/a.c <<<'/* SPDX''-License-Identifier: Apache-2.0 */'
	holds check-licences
	write base/a.c <<<'/* SPDX''-License-Identifier: MIT */'
	breaks check-licences MIT
}

@test "check-words finds what does not belong" {
	write base/a.c <<<'/* Plain. See http://example.org/work/it. */'
	holds check-words
	for line in "/* TO""DO: more */" "#if ""0" "int a; /""/ b" "/* a = ""b; */" "char *a = \"/ho""me/me/b\";" \
		"/* from deb.deb""ian.org */"; do
		write base/a.c <<<"$line"
		breaks check-words base/a.c:1
	done
}

@test "check-waits finds a sleeping test" {
	write tests/unit/a.c <<<'int f(void) { sle''ep(1); }'
	breaks check-waits tests/unit/a.c:1
	write tests/unit/a.c <<<'int f(void) { ppoll(0, 0, 0, 0); }'
	holds check-waits
	printf '@test "x" {\n\tsle''ep 1\n}\n' | write tests/commands/a.bats
	breaks check-waits tests/commands/a.bats:2
	printf '@test "x" {\n\tsle''ep infinity &\n}\n' | write tests/commands/a.bats
	holds check-waits
}

@test "check-c finds an index out of bounds" {
	write base/a.c <<<'int f(void) { int a[2] = {0, 0}; return a[2]; }'
	breaks check-c base/a.c:1
	write base/a.c <<<'int f(void) { int a[2] = {0, 0}; return a[1]; }'
	holds check-c
}

# compiled PATH: the file is one that the build compiles.
compiled() {
	write build/compile_commands.json <<-END
		[{"directory": "$tree/build", "command": "cc -c ../$1", "file": "../$1"}]
	END
}

@test "check-paths finds what is freed twice, also where the scope owns" {
	compiled base/a.c
	write base/a.c <<-END
		#include "$(realpath "$checks/..")/base/cleanup.h"
		void f(void)
		{
			OWNED_MEMORY char *a = malloc(1);

			free(a);
		}
	END
	breaks check-paths 'double-'
	sed -i '/free(a)/d' "$tree/base/a.c"
	holds check-paths
}

@test "check-tidy finds a null dereference and a name" {
	cp "$checks/../.clang-tidy" "$tree"
	compiled base/a.c
	printf 'int f(int *a)\n{\n\tif (!a)\n\t\treturn *a;\n\treturn 0;\n}\n' | write base/a.c
	breaks check-tidy 'null pointer'
	printf 'int badName(void);\n' | write base/a.c
	breaks check-tidy badName
	printf 'int good_name(void);\n' | write base/a.c
	holds check-tidy
}

@test "check-exports finds a symbol outside the list, and a changed ABI" {
	write library/libEndpointSecurity.map <<-'END'
		ES_1 {
		global:
			es_one;
		local:
			*;
		};
	END
	library() {
		printf '%s\n' "$1" >"$tree/a.c"
		mkdir -p "$tree/build/library"
		cc -g -shared -fPIC -o "$tree/build/library/libEndpointSecurity.so" "$tree/a.c"
	}
	library 'int es_one(int a); int es_one(int a) { return a; }'
	holds check-exports
	"$checks/check-exports" --store "$tree"
	library 'int es_one(int a); int es_one(int a) { return a; } int es_two(void) { return 0; }'
	breaks check-exports es_two
	library 'long es_one(long a); long es_one(long a) { return a; }'
	breaks check-exports "function int es_one(int)"
}

@test "check-readme compares the example with its file" {
	write examples/deny/deny.c <<<'int main(void);'
	printf '```c\nint main(void);\n```\n' | write README.md
	holds check-readme
	printf '```c\nint other(void);\n```\n' | write README.md
	breaks check-readme 'does not show'
}

@test "check-headers wants a comment over each prototype and type of the API" {
	write include/EndpointSecurity/a.h <<-'END'
		/* ---- Part ---- */

		/* What it is. */
		typedef int es_a_t;

		/*
		 * What it does.
		 */
		#ifdef __BLOCKS__
		es_a_t es_a(void (^block)(void),
			    int more);
		#endif
	END
	holds check-headers
	write include/EndpointSecurity/b.h <<<'const char *es_b(void);'
	breaks check-headers 'b.h:1: nothing is said about es_b'
	printf '/* One. */\nint es_c(void);\nint es_d(void);\n' | write include/EndpointSecurity/b.h
	breaks check-headers 'b.h:3: nothing is said about es_d'
	printf '/* ---- Part ---- */\ntypedef struct {\n\tint a;\n} es_e_t;\n' | write include/EndpointSecurity/b.h
	breaks check-headers 'b.h:2: nothing is said about es_e_t'
}

@test "check-pages wants a page that names each function, and pages without faults" {
	write include/EndpointSecurity/a.h <<<'int es_a(void);'
	breaks check-pages 'es_a is named by no page'
	write man/man3/meson.build <<<"aliases = {'es_a': []}"
	write man/man3/es_a.3 <<-'END'
		.Dd November 1, 2026
		.Dt ES_A 3
		.Os
		.Sh NAME
		.Nm es_a
		.Nd does nothing
		.Sh DESCRIPTION
		Nothing.
	END
	holds check-pages
	sed -i "s/'es_a'//" "$tree/man/man3/meson.build"
	breaks check-pages 'nobody finds it under that name'
	write man/man3/meson.build <<<"aliases = {'es_a': ['es_b']}"
	sed -i 's/^\.Nm es_a/.Nm es_a ,\n.Nm es_b/' "$tree/man/man3/es_a.3"
	breaks check-pages 'there is no function es_b'
	sed -i 's/es_b/es_a/; s/^Nothing/.Xx Nothing/' "$tree/man/man3/es_a.3"
	breaks check-pages 'Xx'
}
