#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What becomes of the words of a guest: merge.awk alone, without a guest.

setup() {
	printf '%s\n' 'one 120' 'two 120' >"$BATS_TEST_TMPDIR/tests"
	echo 'Kernel panic - not syncing' >"$BATS_TEST_TMPDIR/console"
}

# merge LINE...: what the runner makes of these lines of a guest.
merge() {
	run awk -v kernel=6.1 -v number=4 -v tests="$BATS_TEST_TMPDIR/tests" -v console="$BATS_TEST_TMPDIR/console" \
		-v counts="$BATS_TEST_TMPDIR/counts" -f "$BATS_TEST_DIRNAME/merge.awk" < <(printf '%s\n' "$@")
}

# says LINE...: the output has each of these lines.
says() {
	local line
	for line; do
		grep -qxF -e "$line" <<<"$output" || {
			echo "missing: $line"
			echo "$output"
			return 1
		}
	done
}

two_passes=("@@guest begin two" "1..1" "ok 1 - second" "@@guest end two 0")
well=("@@guest finished" "@@runner finished 4200 6000")

@test "cases are numbered on, and named by kernel and program" {
	merge "@@guest ready" "@@guest begin one" "1..1" "ok 1 - first" "@@guest end one 0" "${two_passes[@]}" "${well[@]}"
	[ "$status" -eq 0 ]
	says "ok 5 - 6.1 one: first" "ok 6 - 6.1 two: second" "# guest 6.1: first test after 4.2 s, 6.0 s in all"
	[ "$(cat "$BATS_TEST_TMPDIR/counts")" = "guest 6.1: 2 passed, 0 failed, 0 skipped" ]
}

@test "a failed case fails the whole, with what it said" {
	merge "@@guest begin one" "1..2" "0x1 != 0x2" "not ok 1 - first" "ok 2 - then" "@@guest end one 1" \
		"${two_passes[@]}" "${well[@]}"
	[ "$status" -eq 1 ]
	says "# 0x1 != 0x2" "not ok 5 - 6.1 one: first" "ok 6 - 6.1 one: then" "# guest 6.1: 2 passed, 1 failed, 0 skipped"
}

@test "a skip keeps its reason, in any of the ways to give one" {
	merge "@@guest begin one" "1..2" "ok 1 - first # SKIP no such thing" "# skipped: too old" "ok 2 # SKIP second" \
		"@@guest end one 0" "@@guest begin two" "1..0 # SKIP not here" "@@guest end two 0" "${well[@]}"
	[ "$status" -eq 0 ]
	says "ok 5 - 6.1 one: first # SKIP no such thing" "ok 6 - 6.1 one: second # SKIP too old" \
		"ok 7 - 6.1 two # SKIP not here" "# guest 6.1: 0 passed, 0 failed, 3 skipped"
}

@test "a program without TAP is one case" {
	merge "@@guest begin one" "hello" "@@guest end one 0" "@@guest begin two" "@@guest end two 3" "${well[@]}"
	[ "$status" -eq 1 ]
	says "# hello" "ok 5 - 6.1 one" "not ok 6 - 6.1 two" "# two: exit status 3"
}

@test "a program that ends early has failed" {
	merge "@@guest begin one" "1..3" "ok 1 - first" "@@guest end one 0" "${two_passes[@]}" "${well[@]}"
	[ "$status" -eq 1 ]
	says "not ok 6 - 6.1 one: ended after 1 cases of 3"
}

@test "a program that exits non-zero though its cases passed has failed" {
	merge "@@guest begin one" "1..1" "ok 1 - first" "@@guest end one 139" "${two_passes[@]}" "${well[@]}"
	[ "$status" -eq 1 ]
	says "not ok 6 - 6.1 one: exits with 0 when all cases passed" "# one: exit status 139"
}

@test "a program that leaves a process behind has failed" {
	merge "@@guest begin one" "1..1" "ok 1 - first" "@@guest end one 0" "@@guest left one processes: 7 sleep;" \
		"${two_passes[@]}" "${well[@]}"
	[ "$status" -eq 1 ]
	says "not ok 6 - 6.1 one: left something behind" "# left behind by one processes: 7 sleep;"
}

@test "a program that talks without end is cut, its cases are not" {
	mapfile -t talk < <(seq 5000)
	merge "@@guest begin one" "1..1" "${talk[@]}" "ok 1 - first" "@@guest end one 0" "${two_passes[@]}" "${well[@]}"
	[ "$status" -eq 0 ]
	says "ok 5 - 6.1 one: first" "# 1000" "# and more, which is left out here"
	[ "${#lines[@]}" -lt 1020 ]
}

@test "a guest that stopped or died fails what it did not reach, and shows its console" {
	for outcome in stopped ended; do
		merge "@@guest begin one" "1..2" "ok 1 - first" "@@runner $outcome 4200 6000"
		[ "$status" -eq 1 ]
		says "ok 5 - 6.1 one: first" "not ok 6 - 6.1 one: ended after 1 cases of 2" "not ok 7 - 6.1 two: was not reached" \
			"# | Kernel panic - not syncing"
	done
	says "not ok 8 - 6.1 guest ended before its tests did"
	merge "@@runner stopped 0 6000"
	says "not ok 7 - 6.1 guest stopped answering"
}

@test "a guest whose end nobody saw has failed" {
	merge
	[ "$status" -eq 1 ]
	says "not ok 5 - 6.1 guest was not watched to its end"
}
