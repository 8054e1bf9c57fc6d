#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# endpointsecurityd itself: how it starts, what it says when it cannot, whom it admits, how it ends. $DAEMON,
# $ESLOGGER and $REFUSE_FANOTIFY_LIBRARY come from meson. Whatever is watched is a tmpfs made here.

bats_require_minimum_version 1.5.0

page=$BATS_TEST_DIRNAME/../../man/man8/endpointsecurityd.8
nobody=65534
AUTH_OPEN=1 AUTH_MPROTECT=4 RESERVED_0=148

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	stderr='' # run --separate-stderr sets it
	# Users without rights must reach the socket and the programs, wherever the build is.
	folder=$(mktemp -d /tmp/endpointsecurityd.XXXXXX)
	chmod 755 "$folder"
	install -m 755 "$BATS_TEST_DIRNAME/speak.py" "$DAEMON" "$folder"
	speak=$folder/speak.py
	DAEMON=$folder/endpointsecurityd
	mkdir "$folder/root" "$folder/clients.d"
	mount -t tmpfs none "$folder/root"
	socket=$folder/run/control.sock
	pids=()
}

teardown() {
	[ -n "${folder:-}" ] || return 0
	for pid in "${pids[@]}"; do
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	umount "$folder/root"
	rm -rf "$folder" "/dev/shm/endpointsecurityd${folder//\//%}"*
}

# within CONDITION...: waits until it holds, ten seconds at most.
within() {
	local end=$((SECONDS + 10))
	until "$@"; do
		[ $SECONDS -lt $end ] || {
			echo "never came true: $*"
			return 1
		}
		read -rt 0.02 <> <(:) || true
	done
}

# start OPTION...: a daemon in the background; $server is its pid, $folder/log its log.
start() {
	"$DAEMON" --root="$folder/root" --socket="$socket" --clients="$folder/clients.d" "$@" 2>>"$folder/log" 3>&- &
	server=$!
	pids+=("$server")
	within logged ready
}

logged() {
	grep -q -e "$1" "$folder/log"
}

# kept SOCKET: where the pidversions are, beside the socket if that is in memory.
kept() {
	[ "$(stat -f -c %T "$(dirname "$1")")" != tmpfs ] || {
		echo "$1.versions"
		return
	}
	echo "/dev/shm/endpointsecurityd${1//\//%}.versions"
}

# A daemon that is expected to say why not.
try() {
	run --separate-stderr timeout 20 "$@"
}

says() {
	[[ $output$'\n'$stderr == *"$1"* ]] || {
		echo "status: $status"
		echo "out: $output"
		echo "err: $stderr"
		false
	}
}

@test "the page and --help name the same options" {
	help=$("$DAEMON" --help | sed -n 's/^  --\([a-z]*\).*/\1/p' | sort)
	paged=$(sed -n '/options are:/,/^\.Ss/s/^\.It Fl -\([a-z]*\).*/\1/p' "$page" | sort)
	[ -n "$help" ]
	diff <(echo "$help") <(echo "$paged")
}

@test "it tells its version" {
	try "$DAEMON" --version
	[ "$status" -eq 0 ]
	[[ $output == "endpointsecurityd "[0-9]* ]]
}

@test "an unknown option is named" {
	try "$DAEMON" --rooot=/
	[ "$status" -eq 64 ]
	says "'--rooot=/'"
	says "--help"
}

@test "without root it says who may start it" {
	try setpriv --reuid=$nobody --clear-groups "$DAEMON" --socket="$socket"
	[ "$status" -eq 77 ]
	says "Only root"
	says "systemctl start endpointsecurityd"
}

@test "without CAP_SYS_ADMIN it says how to give it in a container" {
	try setpriv --bounding-set=-sys_admin "$DAEMON" --socket="$socket"
	[ "$status" -eq 77 ]
	says "without CAP_SYS_ADMIN"
	says "--cap-add SYS_ADMIN"
}

@test "a root that is not there, or no directory, is named" {
	try "$DAEMON" --socket="$socket" --root="$folder/missing"
	[ "$status" -eq 78 ]
	says "$folder/missing: No such file or directory"
	try "$DAEMON" --socket="$socket" --root=/etc/passwd
	[ "$status" -eq 78 ]
	says "no directory"
}

@test "a root may be given relative to where one is" {
	cd "$folder"
	"$DAEMON" --root=root --socket="$socket" 2>"$folder/log" 3>&- &
	pids+=($!)
	within logged "watching $folder/root"
}

@test "the kernel's command line switches it off" {
	echo "root=/dev/vda endpointsecurity=off" >"$folder/cmdline"
	try unshare --mount sh -c "mount --bind $folder/cmdline /proc/cmdline && exec $DAEMON --socket=$socket"
	[ "$status" -eq 0 ]
	says "endpointsecurity=off"
}

@test "with too few descriptors it says how many it needs" {
	try sh -c "ulimit -n 300 && exec $DAEMON --socket=$socket --root=$folder/root"
	[ "$status" -eq 69 ]
	says "at least 512 are needed"
}

@test "at the limit of fanotify groups it says what to do" {
	try env REFUSE_FANOTIFY=24 LD_PRELOAD="$REFUSE_FANOTIFY_LIBRARY" \
		"$DAEMON" --socket="$socket" --root="$folder/root"
	[ "$status" -eq 69 ]
	says "limit of fanotify groups"
}

@test "on a kernel without fanotify it says so" {
	try env REFUSE_FANOTIFY=38 LD_PRELOAD="$REFUSE_FANOTIFY_LIBRARY" \
		"$DAEMON" --socket="$socket" --root="$folder/root"
	[ "$status" -eq 69 ]
	says "CONFIG_FANOTIFY"
}

@test "on a kernel without permission events it runs, and refuses to pretend" {
	export REFUSE_FANOTIFY=22 REFUSE_CLASS=permission LD_PRELOAD=$REFUSE_FANOTIFY_LIBRARY
	start
	unset LD_PRELOAD
	run "$speak" "$socket" hello client subscribe=$AUTH_OPEN subscribe=10
	[ "$status" -eq 0 ]
	[[ ${lines[2]} == "-95 This machine cannot do AUTH_OPEN"*"CONFIG_FANOTIFY_ACCESS_PERMISSIONS"* ]]
	[ "${lines[3]}" = "0 " ]
}

@test "a second daemon says which is the first" {
	start
	try "$DAEMON" --root="$folder/root" --socket="$socket"
	[ "$status" -eq 75 ]
	says "[$server] runs already"
	says "--replace"
}

@test "--replace takes over when it is ready" {
	start
	first=$server
	"$speak" "$socket" hello client wait >"$folder/client" &
	pids+=($!)
	within grep -q waiting "$folder/client"
	start --replace
	wait "$first"
	within grep -q "hung up" "$folder/client"
	run "$speak" "$socket" hello client
	[ "${lines[1]}" = "0 " ]
}

@test "a stale socket is swept away" {
	start
	kill -9 "$server"
	wait "$server" || true
	[ -S "$socket" ]
	rm "$folder/log"
	start
	run "$speak" "$socket" hello
	[ "$output" = "0 " ]
}

@test "a file in the way is named and left alone" {
	mkdir "$folder/run"
	echo mine >"$socket"
	try "$DAEMON" --root="$folder/root" --socket="$socket"
	[ "$status" -eq 69 ]
	says "is in the way"
	[ "$(cat "$socket")" = mine ]
}

@test "another program that listens is left alone" {
	"$speak" activate "$folder/other" -- /bin/cat /dev/stdin <> <(:) 3>&- &
	pids+=($!)
	within test -S "$folder/other"
	try "$DAEMON" --root="$folder/root" --socket="$folder/other"
	[ "$status" -eq 69 ]
	says "Another program listens"
}

@test "a program of another version is told what to do" {
	start
	run "$speak" "$socket" version=99
	[[ $output == "-93 "*"Restart"* ]]
}

@test "who is admitted" {
	start
	run "$speak" "$socket" hello client
	[ "${lines[1]}" = "0 " ]
	run setpriv --bounding-set=-sys_admin "$speak" "$socket" hello client descendants
	[[ ${lines[1]} == "4 "*"CAP_SYS_ADMIN"* ]]
	[ "${lines[2]}" = "0 " ]
	run setpriv --reuid=$nobody --clear-groups "$speak" "$socket" hello client descendants
	[[ ${lines[1]} == "5 "*"es_new_descendants_client"* ]]
	[ "${lines[2]}" = "0 " ]
	# Root of a user namespace is root of nothing else.
	run unshare --user --map-root-user "$speak" "$socket" hello client
	[[ ${lines[1]} == "4 "* ]]
}

@test "admission files decide, and are read again when told" {
	start
	printf 'uid = %s\nallow = yes\nclients = 1\n' $nobody >"$folder/clients.d/10-nobody.conf"
	printf 'user = root\nallow = no\n' >"$folder/clients.d/20-root.conf"
	printf 'uid = 3\nallow = perhaps\n' >"$folder/clients.d/30-wrong.conf"
	run "$speak" "$socket" hello client
	[ "${lines[1]}" = "0 " ]
	kill -HUP "$server"
	within logged "read again"
	logged "30-wrong.conf is left out: line 2: expected yes or no"
	run "$speak" "$socket" hello client descendants
	[[ ${lines[1]} == "3 "*"20-root.conf refuses"* ]]
	[[ ${lines[2]} == "3 "* ]]
	setpriv --reuid=$nobody --clear-groups "$speak" "$socket" hello client wait >"$folder/client" &
	pids+=($!)
	within grep -q waiting "$folder/client"
	run setpriv --reuid=$nobody --clear-groups "$speak" "$socket" hello client
	[[ ${lines[1]} == "6 "*"allows 1 clients"* ]]
}

@test "what cannot be subscribed to is named with the reason" {
	start
	run "$speak" "$socket" hello client subscribe=$AUTH_MPROTECT subscribe=$RESERVED_0 subscribe=$AUTH_OPEN
	[[ ${lines[2]} == "-95 "*"AUTH_MPROTECT ("*")." ]]
	[[ ${lines[3]} == "-22 "*"Reserved"* ]]
	[ "${lines[4]}" = "0 " ]
}

@test "a private daemon serves its program and ends with it" {
	run "$speak" private hello client subscribe=$AUTH_OPEN -- "$DAEMON" --root="$folder/root"
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "0 " ]
	[ "${lines[2]}" = "0 " ]
	[ "${lines[3]}" = "0 " ]
	[ "${lines[4]}" = "ended with 0" ]
}

@test "a private daemon ends with a program that is killed" {
	"$speak" private hello client wait -- "$DAEMON" --root="$folder/root" >"$folder/client" &
	program=$!
	within grep -q waiting "$folder/client"
	private=$(sed -n 's/^daemon //p' "$folder/client")
	kill -9 "$program"
	wait "$program" || true
	ended() { ! [ -e "/proc/$private" ] || grep -q '^State:.Z' "/proc/$private/status"; }
	within ended
}

@test "a private daemon without rights tells its program why" {
	run setpriv --reuid=$nobody --clear-groups "$speak" private hello client descendants -- "$DAEMON"
	[ "${lines[1]}" = "0 " ]
	[[ ${lines[2]} == "5 Only root"* ]]
	[[ ${lines[3]} == "5 Only root"* ]]
	run "$speak" private hello client -- "$DAEMON" --root="$folder/missing"
	[[ ${lines[2]} == "-2 Cannot watch $folder/missing"* ]]
}

@test "it takes the socket that systemd holds, and leaves it there" {
	"$speak" activate "$folder/held" -- "$DAEMON" --root="$folder/root" --clients="$folder/clients.d" \
		2>"$folder/log" 3>&- &
	server=$!
	pids+=("$server")
	within logged ready
	run "$speak" "$folder/held" hello client
	[ "${lines[1]}" = "0 " ]
	kill "$server"
	wait "$server"
	[ -S "$folder/held" ]
	versions=$(kept "$folder/held")
	[ "$(stat -c %a "$versions")" = 600 ]
}

# order: has speak.py keep start the daemon; $server is its pid.
order() {
	local before
	before=$(grep -c started "$folder/kept" || true)
	echo >&"$orders"
	ordered() { [ "$(grep -c started "$folder/kept")" -gt "$before" ]; }
	within ordered
	server=$(sed -n 's/^started //p' "$folder/kept" | tail -n 1)
	pids+=("$server")
}

# prints FILE MORE: somebody opens a file, and eslogger, which writes to FILE, has more lines than that.
prints() {
	setsid -w cat "$folder/root/file"
	[ "$(wc -l <"$1")" -gt "$2" ]
}

log_opens() {
	ENDPOINTSECURITY_SOCKET=$folder/held "$ESLOGGER" open >"$1" 2>>"$folder/log" 3>&- &
	pids+=($!)
}

@test "systemd starts it anew, and no client is lost" {
	mkfifo "$folder/orders"
	exec {orders}<>"$folder/orders"
	touch "$folder/root/file" "$folder/kept"
	"$speak" keep "$folder/held" -- "$DAEMON" --root="$folder/root" --clients="$folder/clients.d" \
		<"$folder/orders" >"$folder/kept" 2>"$folder/log" 3>&- &
	pids+=($!)
	order
	log_opens "$folder/first"
	within prints "$folder/first" 0
	kill "$server"
	within grep -q "ended with 0" "$folder/kept"
	# Nobody serves the socket now. Who comes waits in its queue, each an entry with its name.
	log_opens "$folder/second"
	both_wait() { [ "$(grep -c "$folder/held$" /proc/net/unix)" -eq 3 ]; }
	within both_wait
	printed=$(wc -l <"$folder/first")
	order
	within prints "$folder/first" "$printed"
	within prints "$folder/second" 0
	[ "$(grep -c ready "$folder/log")" -eq 2 ]
}

@test "systemd's own activation starts it for the first who comes" {
	systemd-socket-activate --seqpacket --listen="$folder/held" \
		"$DAEMON" --root="$folder/root" --clients="$folder/clients.d" 2>"$folder/log" 3>&- &
	pids+=($!)
	within logged Listening
	run ! logged ready
	run "$speak" "$folder/held" hello client
	[ "${lines[1]}" = "0 " ]
	logged ready
}

@test "it tells systemd that it is ready, alive, and ending" {
	run "$speak" notified 4 -- "$DAEMON" --root="$folder/root" --socket="$socket" --log=none
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "READY=1" ]
	[ "${lines[1]}" = "WATCHDOG=1" ]
	[[ $output == *"STOPPING=1"*"ended with 0" ]]
}

@test "it is out of the memory killer's reach and leaves its socket to nobody" {
	start
	# As far as this machine lets root go.
	allowed=$(bash -c 'echo -1000 >/proc/self/oom_score_adj; cat /proc/self/oom_score_adj' 2>"$folder/refused")
	[ "$(cat "/proc/$server/oom_score_adj")" = "$allowed" ]
	grep -q '^VmLck:[[:space:]]*[1-9]' "/proc/$server/status"
	kill "$server"
	wait "$server"
	[ ! -e "$socket" ]
}

@test "the units are what systemd understands" {
	units=$folder/units
	mkdir "$units"
	sed "s|@libexecdir@/endpointsecurityd|$DAEMON|" "$BATS_TEST_DIRNAME/../../packaging/endpointsecurityd.service.in" \
		>"$units/endpointsecurityd.service"
	cp "$BATS_TEST_DIRNAME/../../packaging/endpointsecurityd.socket" "$units"
	run systemd-analyze verify --man=no "$units/endpointsecurityd.service" "$units/endpointsecurityd.socket"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}
