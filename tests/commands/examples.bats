#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The examples do what README.md says of them. $DENY is the program, $ES_DAEMON the daemon; on a file system of their own.

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	place=$BATS_TEST_TMPDIR/place
	mkdir "$place"
	mount -t tmpfs examples "$place"
	echo treasure >"$place/secret"
	echo news >"$place/open"
	example=
}

teardown() {
	[ -z "$example" ] || kill -KILL "$example" 2>/dev/null || true
	[ -z "${place:-}" ] || umount -l "$place"
}

# comes_true COMMAND...: within 20 seconds.
comes_true() {
	local end=$((SECONDS + 20))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
	done
}

is_denied() {
	run cat "$place/secret"
	[[ $output == *"Operation not permitted"* ]]
}

is_open() {
	[ "$(cat "$1" 2>/dev/null)" = "$2" ]
}

@test "deny keeps everyone out of one file, and only while it runs" {
	ES_ROOT=$place timeout -k 5 60 "$DENY" "$place/secret" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	example=$!
	comes_true is_denied
	is_open "$place/open" news
	kill -TERM "$example"
	wait "$example" || true
	example=
	comes_true is_open "$place/secret" treasure
}

@test "deny without a file ends at once" {
	run timeout -k 5 60 "$DENY"
	[ "$status" -eq 1 ]
}
