#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# eslogger: its words, streams of sample records, and, as root, the events of a tmpfs made here, told by a daemon of
# its own. $ESLOGGER, $SAMPLE_STREAM, $ES_DAEMON, $FAKE_DAEMON and $REFUSE_FANOTIFY_LIBRARY come from meson.
# Conditions are functions that within() calls by name:
# shellcheck disable=SC2317

bats_require_minimum_version 1.5.0

setup() {
	stderr='' # run --separate-stderr sets it
	page=$BATS_TEST_DIRNAME/../../man/man1/eslogger.1
	stream=$BATS_TEST_TMPDIR/stream
	lines_file=$BATS_TEST_TMPDIR/lines
	watched=
	logger=
	daemon=
}

teardown() {
	for pid in $logger $daemon; do
		kill -9 "$pid" 2>/dev/null || true
	done
	[ -z "$watched" ] || umount -l "$watched"
	rm -f "/dev/shm/endpointsecurityd${BATS_TEST_TMPDIR//\//%}"*
}

# A daemon that watches a tmpfs, $watched, alone.
start_daemon() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	watched=$BATS_TEST_TMPDIR/watched
	mkdir "$watched"
	mount -t tmpfs none "$watched"
	echo content >"$watched/file"
	export ENDPOINTSECURITY_SOCKET=$BATS_TEST_TMPDIR/socket
	"$ES_DAEMON" --root="$watched" --socket="$ENDPOINTSECURITY_SOCKET" 2>"$BATS_TEST_TMPDIR/log" 3>&- &
	daemon=$!
	within grep -q ready "$BATS_TEST_TMPDIR/log"
}

# watch EVENT...: eslogger in the background, its lines in $lines_file, its pid in $logger.
watch() {
	start_daemon
	"$ESLOGGER" "$@" >"$lines_file" 2>"$BATS_TEST_TMPDIR/errors" 3>&- &
	logger=$!
	within opened_and_seen
}

# Another process group opens a file until the first line is there: then eslogger listens.
opened_and_seen() {
	setsid -w cat "$watched/file" >/dev/null
	[ -s "$lines_file" ]
}

# within CONDITION...: waits until it holds, ten seconds at most.
within() {
	local end=$((SECONDS + 10))
	until "$@"; do
		[ $SECONDS -lt $end ] || {
			echo "never came true: $*"
			cat "$BATS_TEST_TMPDIR/log" "$BATS_TEST_TMPDIR/errors"
			return 1
		}
		read -rt 0.02 <> <(:) || true
	done
}

seen() {
	grep -q -e "$1" "$lines_file"
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
	# Nobody in a user namespace, who can read the programs wherever the build is.
	as_nobody=(unshare --user)
	[ "$(id -u)" -eq 0 ] || as_nobody=()
	mkdir -m 0 "$BATS_TEST_TMPDIR/closed"
	ENDPOINTSECURITY_SOCKET=$BATS_TEST_TMPDIR/closed/none run --separate-stderr "${as_nobody[@]}" "$ESLOGGER" exec
	[ "$status" -eq 1 ]
	says "ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED"
}

@test "who may not watch is told what to do" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	export ES_DAEMON ES_ROOT=$BATS_TEST_TMPDIR
	run --separate-stderr unshare --user "$ESLOGGER" exec
	[ "$status" -eq 1 ]
	says "ES_NEW_CLIENT_RESULT_ERR_NOT_PRIVILEGED: Only root may watch"
	says "as root"
	run --separate-stderr setpriv --bounding-set=-sys_admin "$ESLOGGER" exec
	[ "$status" -eq 1 ]
	says "ES_NEW_CLIENT_RESULT_ERR_NOT_PERMITTED"
	says "without CAP_SYS_ADMIN"
	says "container"
}

@test "what a kernel refuses is told with what to do" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	export ES_ROOT=$BATS_TEST_TMPDIR
	while IFS='|' read -r error text; do
		# The daemon's environment is its own, so the kernel is chosen by a program in between.
		printf '#!/bin/sh\nREFUSE_FANOTIFY=%s LD_PRELOAD=%s exec %s "$@"\n' \
			"$error" "$REFUSE_FANOTIFY_LIBRARY" "$ES_DAEMON" >"$BATS_TEST_TMPDIR/daemon"
		chmod 755 "$BATS_TEST_TMPDIR/daemon"
		ES_DAEMON=$BATS_TEST_TMPDIR/daemon run --separate-stderr "$ESLOGGER" exec
		[ "$status" -eq 1 ]
		says "ES_NEW_CLIENT_RESULT_ERR_INTERNAL"
		says "$text"
	done <<-END
		24|raise fs.fanotify.max_user_groups
		38|this kernel has no fanotify (CONFIG_FANOTIFY)
		1|--cap-add SYS_ADMIN
	END
}

@test "a socket that was left behind is told, and what to start" {
	export ENDPOINTSECURITY_SOCKET=$BATS_TEST_TMPDIR/stale
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(sys.argv[1])' \
		"$ENDPOINTSECURITY_SOCKET"
	run --separate-stderr "$ESLOGGER" exec
	[ "$status" -eq 1 ]
	says "a daemon left behind: start endpointsecurityd"
}

@test "a daemon of another version is told, and what to restart" {
	run --separate-stderr "$FAKE_DAEMON" other-version "$BATS_TEST_TMPDIR" "$ESLOGGER" exec
	[ "$status" -eq 1 ]
	says "is of another version than this library: restart it"
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

@test "an open by another program is printed" {
	watch open
	echo >"$watched/new"
	setsid -w cat "$watched/new" >/dev/null
	kill -INT "$logger"
	wait "$logger"
	seen '"open":{.*watched\\/new"'
	[ "$(each_line 'line["event"]["open"]["file"]["path"].startswith("/")' <"$lines_file" | sort -u)" = True ]
}

@test "a terminal or a pipe has its line at once" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	lines_file=$BATS_TEST_TMPDIR/copy
	cat "$BATS_TEST_TMPDIR/pipe" >"$lines_file" 3>&- &
	reader=$!
	copy=$lines_file
	lines_file=$BATS_TEST_TMPDIR/pipe
	opened_and_seen() {
		setsid -w cat "$watched/file" >/dev/null
		[ -s "$copy" ]
	}
	watch open
	lines_file=$copy
	echo >"$watched/new"
	setsid -w cat "$watched/new" >/dev/null
	within seen 'watched\\/new'
	kill -TERM "$logger"
	wait "$logger"
	wait "$reader"
}

@test "what its own process group does is left out" {
	watch open
	cp "$watched/file" "$watched/ours"
	cat "$watched/ours" >/dev/null
	cp "$watched/file" "$watched/theirs"
	setsid -w cat "$watched/theirs" >/dev/null
	kill -INT "$logger"
	wait "$logger"
	seen 'watched\\/theirs'
	run ! seen 'watched\\/ours'
}

@test "it ends when its reader does, though nothing happens" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	copy=$BATS_TEST_TMPDIR/copy
	head -n 1 "$BATS_TEST_TMPDIR/pipe" >"$copy" 3>&- &
	lines_file=$BATS_TEST_TMPDIR/pipe
	opened_and_seen() {
		setsid -w cat "$watched/file" >/dev/null
		[ -s "$copy" ]
	}
	watch open
	wait "$logger"
	[ ! -s "$BATS_TEST_TMPDIR/errors" ]
}

@test "what is recorded live is printed by a replay" {
	lines_file=$BATS_TEST_TMPDIR/records
	watch open --record -
	kill -INT "$logger"
	wait "$logger"
	run --separate-stderr "$ESLOGGER" --replay "$lines_file"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == *'"open":{'*'watched\/file"'* ]]
}

@test "an event that this machine cannot report is named, with the reason" {
	start_daemon
	run --separate-stderr "$ESLOGGER" open kextload
	[ "$status" -eq 1 ]
	says "cannot report 'kextload': "
	[[ $stderr != *"'open'"* ]]
}

@test "a reader that does not read does not keep it from ending" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	exec {reader}<>"$BATS_TEST_TMPDIR/pipe"
	lines_file=$BATS_TEST_TMPDIR/pipe
	opened_and_seen() {
		setsid -w cat "$watched/file" >/dev/null
		read -rt 0.2 -u "$reader" <&"$reader"
	}
	watch open
	# A pipe holds 64 KiB, about 25 lines; nobody takes them out.
	setsid -w bash -c "for ((i = 0; i < 100; i++)); do read -r line <'$watched/file'; done"
	kill -INT "$logger"
	wait "$logger"
	exec {reader}<&-
}
