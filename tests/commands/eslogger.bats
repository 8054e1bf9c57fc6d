#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# eslogger without rights: its words, and streams of sample records. $ESLOGGER and $SAMPLE_STREAM come from meson.

bats_require_minimum_version 1.5.0

setup() {
	stderr='' # run --separate-stderr sets it
	page=$BATS_TEST_DIRNAME/../../man/man1/eslogger.1
	stream=$BATS_TEST_TMPDIR/stream
}

says() {
	[[ $output$'\n'$stderr == *"$1"* ]] || {
		echo "out: $output"
		echo "err: $stderr"
		false
	}
}

# What Python says of each line of standard input, a JSON object as `line`: an expression.
each_line() {
	python3 -c '
import json, sys
for text in sys.stdin:
    line = json.loads(text)
    print(eval(sys.argv[1]))' "$1"
}

@test "every NOTIFY event of a stream is a line with its name" {
	"$SAMPLE_STREAM" >"$stream"
	"$ESLOGGER" --replay "$stream" >"$BATS_TEST_TMPDIR/lines"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/lines")" -eq 106 ]
	diff <(each_line '"".join(line["event"])' <"$BATS_TEST_TMPDIR/lines" | sort) <("$ESLOGGER" --list-events | sort)
	[ "$(each_line 'len(line["event"]), line["version"], line["schema_version"]' <"$BATS_TEST_TMPDIR/lines" | sort -u)" = "(1, 11, 1)" ]
}

@test "a line has what was recorded" {
	"$SAMPLE_STREAM" 4 exec | "$ESLOGGER" --replay - >"$BATS_TEST_TMPDIR/lines"
	tail -n 1 "$BATS_TEST_TMPDIR/lines" >"$BATS_TEST_TMPDIR/last"
	value() {
		each_line "$1" <"$BATS_TEST_TMPDIR/last"
	}
	[ "$(value 'line["event_type"], line["seq_num"], line["mach_time"]')" = "(9, 3, 5000000003)" ]
	[ "$(value 'line["time"]')" = 2023-11-14T22:13:20.003000009Z ]
	[ "$(value 'line["process"]["start_time"]')" = 2023-11-14T22:13:20.000003Z ]
	[ "$(value 'line["process"]["audit_token"]')" = "[1000, 1000, 1000, 1000, 1000, 1003, 3, 2006]" ]
	[ "$(value 'line["process"]["executable"]["path"]')" = /usr/bin/bash ]
	[ "$(value 'line["event"]["exec"]["args"]')" = "['--argument=/of/a/program', '--argument=/of/a/program', '--argument=/of/a/program']" ]
	[ "$(value 'line["event"]["exec"]["fds"][1]')" = "{'fd': 1, 'fdtype': 6, 'pipe': {'pipe_id': 31739}}" ]
	[ "$(value 'line["linux"]["target"]["cgroup_id"]')" = 4711 ]
	grep -qF '\/usr\/bin\/bash' "$BATS_TEST_TMPDIR/last"
	run ! grep -qF '"/' "$BATS_TEST_TMPDIR/last"
}

@test "--token-format object writes version 9" {
	"$SAMPLE_STREAM" 1 fork | "$ESLOGGER" --replay - --token-format object >"$BATS_TEST_TMPDIR/lines"
	[ "$(each_line 'line["version"], line["process"]["audit_token"]["pid"]' <"$BATS_TEST_TMPDIR/lines")" = "(9, 1000)" ]
	run ! grep -q cdhash_full "$BATS_TEST_TMPDIR/lines"
}

@test "a replay prints the named events alone" {
	"$SAMPLE_STREAM" 30 open exec fork >"$stream"
	run --separate-stderr "$ESLOGGER" --replay "$stream" fork open
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 20 ]
	[[ $output != *'"event":{"exec"'* ]]
}

@test "what is recorded from a replay is the same stream" {
	"$SAMPLE_STREAM" >"$stream"
	"$ESLOGGER" --replay "$stream" --record "$BATS_TEST_TMPDIR/copy"
	cmp "$stream" "$BATS_TEST_TMPDIR/copy"
	"$ESLOGGER" --replay "$stream" --record - | cmp "$stream"
}

@test "a stream that is cut off is told, after what was whole" {
	"$SAMPLE_STREAM" 2 exit >"$stream"
	truncate -s -8 "$stream"
	run --separate-stderr "$ESLOGGER" --replay "$stream"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	says "after 1 events"
}

@test "something else than a stream is told" {
	echo "this is no stream of records, by far" >"$stream"
	run --separate-stderr "$ESLOGGER" --replay "$stream"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	says "$stream"
	run --separate-stderr "$ESLOGGER" --replay "$BATS_TEST_TMPDIR/none"
	[ "$status" -eq 1 ]
	says "cannot open"
}

@test "an empty stream is no line and no error" {
	run --separate-stderr "$ESLOGGER" --replay /dev/null
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
}

@test "a reader that has enough ends it in silence" {
	"$SAMPLE_STREAM" 20000 open >"$stream"
	run --separate-stderr bash -c "'$ESLOGGER' --replay '$stream' | head -n 1; echo \"\${PIPESTATUS[0]}\""
	[ "${lines[1]}" = 0 ]
	[ -z "$stderr" ]
}

@test "a full disk is an error" {
	"$SAMPLE_STREAM" >"$stream"
	run --separate-stderr bash -c "'$ESLOGGER' --replay '$stream' >/dev/full"
	[ "$status" -eq 1 ]
	says "No space left"
}

@test "records are not sent to a terminal" {
	"$SAMPLE_STREAM" 1 exit >"$stream"
	run script -qec "'$ESLOGGER' --replay '$stream' --record -" /dev/null
	[ "$status" -eq 1 ]
	says "no text for a terminal"
}

@test "mistakes in the words are told with what to do" {
	while IFS='|' read -r words text; do
		# The words are to be split.
		# shellcheck disable=SC2086
		run "$ESLOGGER" $words
		[ "$status" -eq 2 ]
		says "$text"
	done <<-END
		|which events?
		opeen|Did you mean 'open'?
		frobnicate|--list-events
		--frobnicate exec|unknown option
		--format xml exec|only format is json
		--oslog exec|systemd-cat
	END
}

@test "a refusal names the constant" {
	as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	[ "$(id -u)" -eq 0 ] || as_nobody=()
	ENDPOINTSECURITY_SOCKET=$BATS_TEST_TMPDIR/none run --separate-stderr "${as_nobody[@]}" "$ESLOGGER" exec
	[ "$status" -eq 1 ]
	says "ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED"
}

@test "the page and --help name the same options" {
	run "$ESLOGGER" --help
	[ "$status" -eq 0 ]
	help=$(grep -oE '^  --[a-z-]+' <<<"$output" | tr -d ' ' | sort)
	paged=$(sed -n -e 's/^\.It Fl -\([a-z-]*\).*/--\1/p' "$page" | sort)
	diff <(echo "$help") <(echo "$paged")
}

@test "--version tells the version" {
	run "$ESLOGGER" --version
	[[ $output == "eslogger "[0-9]* ]]
}
