#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How make check counts: what a test program printed, how it ended, which skips are listed.

# count RESULT EXIT: reads what a program printed from standard input; prints a line for each case.
count() {
	PYTHONPATH=$BATS_TEST_DIRNAME/../../scripts/runner /usr/bin/python3 -B -c '
import sys, results
entry = {"name": "p", "stdout": sys.stdin.read(), "result": sys.argv[1], "returncode": int(sys.argv[2])}
cases = results.read_program("unit/p", entry)
for case in results.judge_skips(cases, sys.argv[3]) if sys.argv[3:] else cases:
    print(case.name, case.outcome, case.detail.split("\n")[0])' "$@"
}

expect() {
	[ "$output" = "$1" ] || {
		echo "$output"
		false
	}
}

@test "each line of TAP is a case" {
	run count OK 0 < <(printf '1..2\nok 1 - one\nok 2 - two\n')
	expect $'unit/p/one passed \nunit/p/two passed '
}

@test "a failing case shows what the program printed" {
	run count FAIL 1 < <(printf 'why\n1..2\nok 1 - one\nnot ok 2 - two\n')
	expect $'unit/p/one passed \nunit/p/two failed why'
}

@test "a program that ends before its plan failed once more" {
	run count ERROR 1 < <(printf '1..3\nok 1 - one\n')
	expect $'unit/p/one passed \nunit/p failed ended after 1 of 3 cases'
}

@test "a program that dies before its plan is counted" {
	run count ERROR -11 < <(printf 'ok 1 - one\n')
	expect $'unit/p/one passed \nunit/p failed ended after 0 of None cases'
	run count ERROR -11 </dev/null
	expect 'unit/p failed ERROR'
}

@test "a leak reported after the last case is a failure" {
	run count ERROR 23 < <(printf '1..1\nok 1 - one\n')
	expect $'unit/p/one passed \nunit/p failed ERROR, exit 23'
}

@test "a program without TAP is one case" {
	run count OK 0 <<<'done'
	expect 'unit/p passed '
	run count FAIL 1 <<<'broken'
	expect 'unit/p failed FAIL'
	run count TIMEOUT -9 <<<''
	expect 'unit/p failed TIMEOUT'
}

@test "skips of cmocka, of bats and of a whole program carry their reason" {
	run count OK 0 < <(printf '1..2\n# skipped: no btrfs here\nok 1 # SKIP one\nok 2 # SKIP two\n')
	expect $'unit/p/one skipped no btrfs here\nunit/p/two skipped '
	run count OK 0 < <(printf '1..1\nok 1 one # skip not root\n')
	expect 'unit/p/one skipped not root'
	run count SKIP 77 <<<'no fanotify here'
	expect 'unit/p skipped no fanotify here'
	run count SKIP 0 <<<'1..0 # SKIP no guest'
	expect 'unit/p skipped no guest'
}

@test "an unlisted skip is a failure, a listed one is not" {
	printf '# list\nunit/p/one: not root\n' >"$BATS_TEST_TMPDIR/skips"
	run count OK 0 "$BATS_TEST_TMPDIR/skips" < <(printf '1..1\nok 1 one # skip not root\n')
	expect 'unit/p/one skipped not root'
	run count OK 0 "$BATS_TEST_TMPDIR/skips" < <(printf '1..1\nok 1 one # skip tired\n')
	expect 'unit/p/one failed skipped (tired), but not listed in tests/skips'
}

@test "a program that was never run is a failure" {
	run env PYTHONPATH="$BATS_TEST_DIRNAME/../../scripts/runner" /usr/bin/python3 -B -c '
import results
print([(case.name, case.outcome) for case in results.read_log("/nowhere", "unit", ["p"])])'
	expect "[('unit/p', 'failed')]"
}
