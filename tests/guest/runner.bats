#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The runner with guests that misbehave; BUILD names the build directory. Two boots.

# program NAME LINE...: a shell script of that name to run in a guest.
program() {
	local name=$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$BATS_TEST_TMPDIR/$name"
	chmod +x "$BATS_TEST_TMPDIR/$name"
}

says() {
	local pattern
	for pattern; do
		grep -qE -e "$pattern" <<<"$output" || {
			echo "missing: $pattern"
			echo "$output"
			return 1
		}
	done
}

@test "what a test leaves behind is told, and a panic shows the console" {
	program careless 'echo 1..1' 'sleep infinity &' 'mkdir /tmp/place' 'mount -t tmpfs place /tmp/place' 'echo ok 1 - done'
	program deadly 'echo 1..1' 'echo c >/proc/sysrq-trigger'
	program harmless 'echo 1..1' 'echo ok 1 - done'
	cd "$BATS_TEST_TMPDIR"
	run "$BATS_TEST_DIRNAME/run" --kernel newest "$BUILD" ./careless ./deadly ./harmless
	[ "$status" -eq 1 ]
	says '^ok 1 - newest careless: done' '^not ok 2 - newest careless: left' 'processes: [0-9]+ sleep;$' \
		'^not ok 3 - newest careless: left' 'left behind by careless other mounts' '^not ok 4 - newest deadly: ended after 0' \
		'^not ok 5 - newest harmless: was not reached' '^not ok 6 - newest guest ended before its tests did' \
		'^# [|] .*Kernel panic' '^1[.][.]6$'
}

@test "a guest that does not answer is ended at its time limit" {
	program stuck 'echo 1..1' 'exec sleep infinity'
	cd "$BATS_TEST_TMPDIR"
	run "$BATS_TEST_DIRNAME/run" --kernel newest --timeout 2 "$BUILD" ./stuck
	[ "$status" -eq 1 ]
	says '^not ok 1 - newest stuck: ended after 0 cases of 1' '^not ok 2 - newest guest stopped answering' '^1[.][.]2$'
}

@test "names that do not exist are answered with those that do" {
	run "$BATS_TEST_DIRNAME/run" --kernel 2.4 "$BUILD"
	[ "$status" -eq 1 ]
	says 'unknown kernel 2.4; the list is: 6.1 '
	run "$BATS_TEST_DIRNAME/run" "$BUILD" no-such-test
	[ "$status" -eq 1 ]
	says 'no test no-such-test. The tests are: .*boots'
	run "$BATS_TEST_DIRNAME/run" "$BATS_TEST_TMPDIR"
	[ "$status" -eq 1 ]
	says 'is no build directory; make one'
}
