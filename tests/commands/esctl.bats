#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# esctl, with a daemon that is only pretended (fake-daemon.c), and at the end with the real one. $ESCTL, $FAKE_DAEMON,
# $ESLOGGER and $ES_DAEMON come from meson.

bats_require_minimum_version 1.5.0

setup() {
	reports=$BATS_TEST_DIRNAME/reports
	stderr='' # run --separate-stderr sets it
	page=$BATS_TEST_DIRNAME/../../man/man8/esctl.8
}

teardown() {
	for pid in ${logger:-} ${daemon:-}; do
		kill -9 "$pid" 2>/dev/null || true
	done
	rm -f "/dev/shm/endpointsecurityd${BATS_TEST_TMPDIR//\//%}"*
}

# esctl against a daemon of this mode.
with() {
	local mode=$1
	shift
	run --separate-stderr "$FAKE_DAEMON" "$mode" "$reports" "$ESCTL" "$@"
}

says() {
	[[ $output$'\n'$stderr == *"$1"* ]] || {
		echo "out: $output"
		echo "err: $stderr"
		false
	}
}

@test "status tells of the daemon" {
	with ordinary status
	[ "$status" -eq 0 ]
	says "engine           fanotify"
	says "up for           2.1 h"
	says "denied           5"
	says "watching 3 mounts"
}

@test "clients is a table with a row a client" {
	with ordinary clients
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == CLIENT*PID*PROGRAM*DROPPED*OLDEST*EVENTS ]]
	[[ ${lines[1]} == *"AUTH_OPEN,NOTIFY_EXEC" ]]
	[[ ${lines[2]} == *"1.5 MiB"*"12 ms"* ]]
}

@test "columns are aligned" {
	with ordinary clients
	for line in "${lines[@]:1}"; do
		position=${lines[0]%%PROGRAM*}
		[[ ${line:${#position}:1} == / ]]
	done
}

@test "nothing in a table can command the terminal" {
	with ordinary pending
	[ "$status" -eq 0 ]
	says "/etc/?[31mevil"
	[[ $output != *$'\033'* ]]
}

@test "pending --why tells why, in full" {
	with ordinary pending --why
	[ "$status" -eq 0 ]
	says "7: plausible deadlock: client 812 (scanner) → journald 301 (connect /run/?[31mlog) → open /var/log/x → client 812"
	[[ $output != *$'\033'* ]]
	with ordinary pending
	[[ $output != *journald* ]]
	with ordinary pending --because
	[ "$status" -eq 2 ]
	says "esctl pending [--why]"
}

@test "events tells what can be had, and why not" {
	with ordinary events
	[ "$status" -eq 0 ]
	says "AUTH_RENAME    none     fanotify cannot hold a rename."
}

@test "mutes names the client and its mutes" {
	with ordinary mutes 1
	[ "$status" -eq 0 ]
	says "client 1, /usr/sbin/antivirus[501], inverted: path"
	says "/usr/bin/true"
	says "AUTH_OPEN,NOTIFY_OPEN"
	says "report of client 1"
}

@test "denials tells who denied what" {
	TZ=UTC with ordinary denials
	[ "$status" -eq 0 ]
	says "2023-11-14 22:13:20"
	says "/tmp/virus"
}

@test "missed tells what was answered for whom" {
	TZ=UTC with ordinary missed
	[ "$status" -eq 0 ]
	says "2023-11-14 22:13:20"
	says "AUTH_OPEN  deny"
	says "/etc/secret"
	with ordinary missed seven
	[ "$status" -eq 2 ]
}

@test "debug knows three policies" {
	with ordinary debug 7 later
	[ "$status" -eq 2 ]
	says "pass, hold or deny"
	with ordinary debug 7 deny
	[ "$status" -eq 0 ]
	says "request 20"
}

@test "--json prints the daemon's own text" {
	for report in status clients pending events mutes denials missed; do
		with ordinary --json "$report"
		[ "$status" -eq 0 ]
		[ "$output" = "$(cat "$reports/$report.json")" ]
	done
}

@test "mute sends what was meant" {
	with ordinary mute 7 literal /usr/bin/true
	[ "$status" -eq 0 ]
	says "mute operation 0 kind 1 client 7 pid 0 path /usr/bin/true events 162"
	with ordinary mute 7 process $$ open
	says "mute operation 0 kind 4 client 7 pid $$ path  events 2"
	with ordinary unmute 7 target-prefix /tmp/ AUTH_OPEN
	says "mute operation 1 kind 2 client 7 pid 0 path /tmp/ events 1"
	with ordinary mute 7 cgroup /user.slice exec
	says "mute operation 0 kind 5 client 7 pid 0 path /user.slice events 2"
	with ordinary mute 7 tree $$
	says "mute operation 0 kind 6 client 7 pid $$ path  events 162"
	with ordinary unmute 7 all-target-paths
	says "mute operation 2 kind 2 client 7"
}

@test "release-all and cache clear say what was done" {
	with ordinary release-all
	[ "$output" = "released 3" ]
	with ordinary --json release-all
	[ "$output" = '{"released":3}' ]
	with ordinary cache clear
	[ "$status" -eq 0 ]
	says "request 19"
}

@test "a daemon's refusal is passed on" {
	with refuses mute 7 literal /bin/true
	[ "$status" -eq 1 ]
	[ "$stderr" = "esctl: There is no client 7." ]
}

@test "a daemon of another version is told apart" {
	with other-version status
	[ "$status" -eq 1 ]
	says "another version"
	says "systemctl restart endpointsecurityd"
}

@test "not being root is said" {
	with not-root status
	[ "$status" -eq 1 ]
	says "run esctl as root"
}

@test "a report that makes no sense is refused" {
	with garbage status
	[ "$status" -eq 1 ]
	says "makes no sense"
}

@test "without a daemon it says how to start one" {
	run "$ESCTL" --socket "$BATS_TEST_TMPDIR/none" status
	[ "$status" -eq 1 ]
	says "systemctl start endpointsecurityd"
}

@test "a socket that was left behind is told apart" {
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(sys.argv[1])' \
		"$BATS_TEST_TMPDIR/stale"
	run "$ESCTL" --socket "$BATS_TEST_TMPDIR/stale" status
	[ "$status" -eq 1 ]
	says "left its socket behind"
}

@test "a preset mutes what belongs together" {
	with ordinary mute 7 --build $$
	[ "$status" -eq 0 ]
	says "mute operation 0 kind 6 client 7 pid $$ path  events 162"
	with ordinary unmute 7 --build $$
	says "mute operation 1 kind 6 client 7 pid $$ path  events 162"
	with ordinary mute 7 --desktop
	[ "$status" -eq 0 ]
	says "mute operation 0 kind 5 client 7 pid 0 path /system.slice/dbus.service events 162"
}

@test "what is started from a terminal is one tree" {
	printf -v line '%q ' "$FAKE_DAEMON" ordinary "$reports" "$ESCTL" mute 7 --build
	run timeout 60 script -qec "echo top \$\$; $line; true" /dev/null
	top=$(sed -n 's/^top \([0-9]*\).*/\1/p' <<<"$output")
	says "mute operation 0 kind 6 client 7 pid $top path  events 162"
}

@test "mistakes in the words are found before the daemon is asked" {
	while IFS='|' read -r words text; do
		# The words are to be split.
		# shellcheck disable=SC2086
		run "$ESCTL" --socket "$BATS_TEST_TMPDIR/none" $words
		[ "$status" -eq 2 ]
		says "$text"
	done <<-END
		|which command?
		statsu|Did you mean 'status'?
		realese-all|Did you mean 'release-all'?
		frobnicate|unknown command 'frobnicate'
		--frobnicate status|unknown option '--frobnicate'
		--socket|--socket needs a value
		status now|it is: esctl status
		mute 7|it is: esctl mute CLIENT
		mute seven literal /bin/true|'seven' is no client
		mutes 0|'0' is no client
		mute 7 glob /bin/true|'glob' is no kind of mute
		mute 7 all-paths x|'all-paths' is no kind of mute
		mute 7 literal bin/true|no absolute path
		mute 7 process one|'one' is no process id
		mute 7 process 4194305|there is no process 4194305
		mute 7 literal /bin/true opeen|no event 'opeen'. Did you mean 'open'?
		mute 7 literal /bin/true AUTH_OPPEN|no event 'AUTH_OPPEN'. Did you mean 'AUTH_OPEN'?
		mute 7 literal /bin/true xyz|no event 'xyz'. esctl events lists all
		unmute 7 literal|needs a path or process id
		unmute 7 all-paths /bin|needs no path
		mute 7 --fast|--desktop [PID] or --build [PID]
		mute 7 --build one|'one' is no process id
		mute 7 tree 4194305|there is no process 4194305
		mute 7 cgroup user.slice|no absolute path
		cache fill|can only be cleared
	END
}

@test "the page and --help name the same commands and options" {
	run "$ESCTL" --help
	[ "$status" -eq 0 ]
	help=$(grep -oE '^  (--)?[a-z-]+' <<<"$output" | tr -d ' ' | sort)
	paged=$(sed -n -e 's/^\.It Cm \([a-z-]*\).*/\1/p' -e 's/^\.It Fl -\([a-z-]*\).*/--\1/p' "$page" | sort)
	diff <(echo "$help") <(echo "$paged")
}

@test "what the real daemon reports is what esctl shows" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	folder=$BATS_TEST_TMPDIR
	mkdir "$folder/root"
	"$ES_DAEMON" --root="$folder/root" --socket="$folder/socket" 2>"$folder/log" 3>&- &
	daemon=$!
	command=("$ESCTL" --socket "$folder/socket")
	within() {
		local end=$((SECONDS + 10))
		until "$@" >/dev/null 2>&1; do
			[ $SECONDS -lt $end ] || return 1
			read -rt 0.02 <> <(:) || true
		done
	}
	within "${command[@]}" status
	ENDPOINTSECURITY_SOCKET=$folder/socket "$ESLOGGER" open >"$folder/lines" 3>&- &
	logger=$!
	listed() {
		"${command[@]}" clients | grep -q NOTIFY_OPEN
	}
	within listed

	run "${command[@]}" status
	says "clients          1"
	says "root             $folder/root"
	run "${command[@]}" clients
	says "$ESLOGGER"
	[ "${#lines[@]}" -eq 2 ]
	id=$("${command[@]}" --json clients | python3 -c 'import json, sys; print(json.load(sys.stdin)["clients"][0]["client_id"])')
	"${command[@]}" mute "$id" literal /usr/bin/some-program open
	"${command[@]}" mute "$id" process $$
	run "${command[@]}" mutes "$id"
	says "/usr/bin/some-program"
	says "AUTH_OPEN,NOTIFY_OPEN"
	says " $$ "
	"${command[@]}" unmute "$id" literal /usr/bin/some-program
	run "${command[@]}" mutes "$id"
	[[ $output != *some-program* ]]
	"${command[@]}" mute "$id" tree $$
	"${command[@]}" mute "$id" cgroup /some.slice
	run "${command[@]}" mutes "$id"
	says "cgroup "
	says "/some.slice"
	says "tree "
	"${command[@]}" unmute "$id" cgroup /some.slice
	"${command[@]}" unmute "$id" tree $$
	run "${command[@]}" mutes "$id"
	[[ $output != *some.slice* && $output != *"tree "* ]]
	run "${command[@]}" mute 999999 literal /usr/bin/some-program
	[ "$status" -eq 1 ]
	says "no client 999999"
	run "${command[@]}" debug "$id"
	says "DEBUGGABLE"
	run "${command[@]}" debug "$id" hold
	[ "$status" -eq 1 ]
	says "debuggable = yes"
	run "${command[@]}" debug 999999 hold
	[ "$status" -eq 1 ]
	says "no client 999999"

	# A tree that is muted stays so for who is born later, and when its root has ended.
	mkfifo "$folder/end" "$folder/go"
	touch "$folder/root/hidden" "$folder/root/hidden-later" "$folder/root/seen"
	# eslogger leaves out its own process group.
	setsid bash -c "read -r x <$folder/end; cat $folder/root/hidden; (read -r x <$folder/go; cat $folder/root/hidden-later) & " 3>&- &
	tree=$!
	"${command[@]}" mute "$id" tree $tree
	echo >"$folder/end"
	wait $tree
	echo >"$folder/go"
	setsid -w cat "$folder/root/seen"
	seen() {
		grep -q seen "$folder/lines"
	}
	within seen
	run grep -c hidden "$folder/lines"
	[ "$output" -eq 0 ]
	"${command[@]}" unmute "$id" tree $tree

	run "${command[@]}" events
	says "AUTH_OPEN "
	[ "${#lines[@]}" -eq 154 ]
	run "${command[@]}" release-all
	[ "$output" = "released 0" ]
	"${command[@]}" cache clear
	for report in pending denials missed; do
		"${command[@]}" "$report"
	done
	kill "$logger"
	wait "$logger"
	kill "$daemon"
	wait "$daemon"
}
