#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The examples, built as they say: README.md's client and examples/portable from an installed copy, with the lines that
# stand there; and run on a file system of their own, the only thing that is watched. $BUILD is the build, $DENY what it
# made of examples/deny, $FILTER and $REMOTE of the others, $ES_DAEMON its daemon, $CLANG a compiler with blocks.
# Conditions are functions that comes_true() calls by name:
# shellcheck disable=SC2317

bats_require_minimum_version 1.5.0

source=$BATS_TEST_DIRNAME/../..

setup_file() {
	export STAGE=$BATS_FILE_TMPDIR/stage
	meson install -C "$BUILD" --no-rebuild --destdir "$STAGE" --quiet
	PKG_CONFIG_PATH=$(dirname "$(find "$STAGE" -name EndpointSecurity.pc)")
	export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$STAGE
}

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	place=$BATS_TEST_TMPDIR/place
	said=$BATS_TEST_TMPDIR/said
	example=
	mkdir "$place"
	mount -t tmpfs examples "$place"
	echo treasure >"$place/secret"
	echo news >"$place/open"
}

teardown() {
	if [ -n "${example:-}" ]; then
		kill -TERM "$example" 2>/dev/null || true
		wait "$example" || true
	fi
	[ -z "${place:-}" ] || umount -l "$place"
}

# comes_true COMMAND...: within 20 seconds.
comes_true() {
	local end=$((SECONDS + 20))
	until "$@"; do
		[ $SECONDS -lt $end ] || {
			echo "never came true: $*"
			cat "$said"
			return 1
		}
		read -rt 0.02 <> <(:) || true
	done
}

# start PROGRAM ARGUMENT...: as $example, told what to watch; for a minute at most.
start() {
	ES_ROOT=$place timeout -k 5 60 "$@" >"$said" 2>&1 3>&- &
	example=$!
}

# The same with what is installed.
start_installed() {
	local daemon
	daemon=$(find "$STAGE" -name endpointsecurityd -type f)
	LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH") ES_DAEMON=$daemon start "$@"
}

# build LINE: a line of a shell that a page shows, where its source is.
build() {
	cd "$BATS_TEST_TMPDIR" || return
	bash -euc "$1"
}

is_denied() {
	run cat "$place/secret"
	[[ $output == *"Operation not permitted"* ]]
}

is_open() {
	[ "$(cat "$1" 2>/dev/null)" = "$2" ]
}

denies_while_it_runs() {
	comes_true is_denied
	is_open "$place/open" news
	kill -TERM "$example"
	wait "$example" || true
	example=
	comes_true is_open "$place/secret" treasure
}

@test "deny keeps everyone out of one file, and only while it runs" {
	start "$DENY" "$place/secret"
	denies_while_it_runs
}

@test "deny without a file ends at once" {
	run timeout -k 5 60 "$DENY"
	[ "$status" -eq 1 ]
}

@test "README.md's client, compiled as README.md says, denies" {
	sed -n '/^```c$/,/^```$/{/^```/d;p}' "$source/README.md" >"$BATS_TEST_TMPDIR/deny.c"
	build "$(grep '^cc deny.c ' "$source/README.md")"
	start_installed "$BATS_TEST_TMPDIR/deny" "$place/secret"
	denies_while_it_runs
}

@test "a portable client, compiled as it says, sees who runs and opens what" {
	[ -n "$CLANG" ] || skip "needs clang"
	cp "$source/examples/portable/portable.c" "$BATS_TEST_TMPDIR"
	build "$(sed -n "s|^ \*\tclang\( -fblocks portable.c .*\)|$CLANG\1|p" "$source/examples/portable/portable.c")"
	cp /bin/cat "$place/reader"
	start_installed "$BATS_TEST_TMPDIR/a.out" "$place/"
	seen() {
		"$place/reader" "$place/secret" >"$BATS_TEST_TMPDIR/read"
		grep -q "^[0-9]* runs $place/reader $place/secret$" "$said" &&
			grep -q "^[0-9]* opens $place/secret$" "$said"
	}
	comes_true seen
	is_open "$place/secret" treasure
	kill -TERM "$example"
	wait "$example"
	example=
	is_open "$place/secret" treasure
}

@test "filter is asked about its directories, and about nothing else" {
	mkdir "$place/watched" "$place/other"
	echo one >"$place/watched/one"
	echo two >"$place/other/two"
	start "$FILTER" "$place/watched/"
	asked() {
		cat "$place/watched/one" >"$BATS_TEST_TMPDIR/read" && grep -q " $place/watched/one$" "$said"
	}
	is_open "$place/other/two" two
	comes_true asked
	is_open "$place/other/two" two
	comes_true asked
	run grep -vc " $place/watched/one$" "$said"
	[ "$output" -eq 0 ]
}

@test "filter, stopped, holds nobody up who is outside its directories" {
	mkdir "$place/watched"
	echo one >"$place/watched/one"
	start "$FILTER" "$place/watched/"
	asked() {
		cat "$place/watched/one" >"$BATS_TEST_TMPDIR/read" && grep -q " $place/watched/one$" "$said"
	}
	comes_true asked
	client=$(pgrep -P "$example")
	kill -STOP "$client"
	is_open "$place/open" news
	timeout -s KILL 1 cat "$place/watched/one" >/dev/null && held=no || held=yes
	kill -CONT "$client"
	[ "$held" = yes ]
	is_open "$place/watched/one" one
}

@test "remote decides in another process, and is waited for no longer than a second" {
	mkdir "$place/watched"
	echo public >"$place/watched/public"
	echo hidden >"$place/watched/secret"
	start "$REMOTE" "$place/watched/"
	refused() {
		run cat "$place/watched/secret"
		[[ $output == *"Operation not permitted"* ]]
	}
	comes_true refused
	is_open "$place/watched/public" public
	is_open "$place/secret" treasure
	application=$(pgrep -P "$example")
	kill -STOP "$application"
	is_open "$place/secret" treasure
	is_open "$place/watched/secret" hidden
	kill -CONT "$application"
	comes_true refused
}
