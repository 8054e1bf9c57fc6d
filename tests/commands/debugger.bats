#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The helpers for gdb and lldb, installed and loaded as a person has them, on examples/hang: stopped in its handler, and its
# core file. It is asked about a file system of its own only. $BUILD is the build, $HANG the example, $GDB and $LLDB are the
# debuggers.

bats_require_minimum_version 1.5.0

setup_file() {
	export STAGE=$BATS_FILE_TMPDIR/stage
	meson install -C "$BUILD" --no-rebuild --destdir "$STAGE" --quiet
}

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	[ -n "$GDB" ] || skip "needs gdb"
	place=$BATS_TEST_TMPDIR/place
	said=$BATS_TEST_TMPDIR/said
	core=$BATS_TEST_TMPDIR/core
	debugger=
	mkdir "$place"
	mount -t tmpfs debugger "$place"
	echo treasure >"$place/secret"
}

teardown() {
	if [ -n "${debugger:-}" ]; then
		kill -TERM "$debugger" 2>/dev/null || true
		wait "$debugger" || true
	fi
	[ -z "${place:-}" ] || umount -l "$place"
}

# installed COMMAND...: where what is staged lies at its places.
installed() {
	# shellcheck disable=SC2016
	ES_ROOT=$place unshare --mount --propagation private bash -euc '
		mount --bind "$STAGE/usr/local" /usr/local
		mkdir -p /usr/share/gdb/auto-load
		mount --bind "$STAGE/usr/share/gdb/auto-load" /usr/share/gdb/auto-load
		LD_LIBRARY_PATH=$(dirname "$(find /usr/local -name libEndpointSecurity.so)")
		export LD_LIBRARY_PATH
		echo $$ >"$BATS_TEST_TMPDIR/inside"
		exec "$@"' - timeout -k 5 100 "$@" 3>&-
}

# in_gdb ARGUMENT...: to its end; each -ex is obeyed even if the one before failed.
in_gdb() {
	installed "$GDB" -nx -q -batch -iex 'set debuginfod enabled off' "$@" >"$said" 2>&1 </dev/null
}

in_lldb() {
	installed "$LLDB" -x --batch -Q \
		-O 'command script import /usr/local/share/endpointsecurity/debugger/endpointsecurity_lldb.py' "$@" >"$said" 2>&1 </dev/null
}

# tried COMMAND...: for lldb, which obeys nothing behind a command that failed.
tried() {
	echo "script lldb.debugger.HandleCommand('$*')"
}

# Opens the file as soon as the client runs; sets what became of it.
open_it_once_asked() {
	local end=$((SECONDS + 60))
	until grep -q 'asked about every open' "$said" 2>/dev/null; do
		[ $SECONDS -lt $end ] || {
			cat "$said"
			return 1
		}
		read -rt 0.02 <> <(:) || true
	done
	# Where the client is: what is mounted there is what it watches.
	run nsenter --mount --target "$(cat "$BATS_TEST_TMPDIR/inside")" timeout -k 5 60 cat "$place/secret"
}

says() {
	grep -qF -- "$1" "$said" || {
		echo "it does not say: $1"
		cat "$said"
		return 1
	}
}

says_what_is_handled() {
	says "event      AUTH_OPEN"
	says "target     $place/secret"
	says "answer     not answered"
	says "process    "
}

lldb_is_found() {
	[ -n "$LLDB" ] || skip "needs lldb"
}

# A core file of a client that is stopped in its handler.
leave_core() {
	in_gdb -ex 'break breakpoint_here' -ex run -ex "generate-core-file $core" -ex kill "$HANG" &
	debugger=$!
	open_it_once_asked
	wait "$debugger" || true
	debugger=
	[ -s "$core" ]
}

@test "gdb, in the handler: the message, what is pending, and an answer that counts" {
	in_gdb -ex 'break breakpoint_here' -ex run -ex 'es message' -ex 'es pending' -ex 'es respond deny 7' \
		-ex 'es respond deny 0' -ex 'es respond allow 0' -ex 'es pending' -ex 'es nonsense' -ex kill "$HANG" &
	debugger=$!
	open_it_once_asked
	[[ $output == *"Operation not permitted"* ]]
	wait "$debugger" || true
	debugger=
	says_what_is_handled
	says ".file = \"$place/secret\""
	says "-> $place/secret"
	says "handled by thread"
	says "there is no message 7; es pending lists them"
	says "message 0: answered"
	says "message 0 is answered"
	says "es respond allow N"
}

@test "gdb prints the types of the API" {
	in_gdb -ex 'break breakpoint_here' -ex run -ex 'print message->event_type' -ex 'print *message->process' \
		-ex 'print message->process->audit_token' -ex 'print *message->event.open.file' \
		-ex 'print message->event.open.file->path' -ex 'print *message' -ex kill "$HANG" &
	debugger=$!
	open_it_once_asked
	wait "$debugger" || true
	debugger=
	says '$1 = AUTH_OPEN'
	grep -q '^\$2 = [0-9]* (pidversion [0-9]*) "/usr/bin/cat"' "$said"
	grep -q '^\$3 = pid [0-9]* (pidversion [0-9]*) uid 0 ' "$said"
	says "\$4 = \"$place/secret\""
	says "\$5 = \"$place/secret\""
	grep -q '^\$6 = AUTH_OPEN = {version = .*event.open = {fflag = 1' "$said"
}

@test "gdb, without debug information: the message all the same" {
	strip -o "$BATS_TEST_TMPDIR/stripped" "$HANG"
	in_gdb -ex 'set breakpoint pending on' -ex 'break es_respond_flags_result' -ex run -ex 'es message' -ex kill \
		"$BATS_TEST_TMPDIR/stripped" &
	debugger=$!
	open_it_once_asked
	wait "$debugger" || true
	debugger=
	says_what_is_handled
}

@test "gdb, on a core file: the same, but nobody to answer" {
	leave_core
	in_gdb -ex 'es message' -ex 'es pending' -ex 'es respond allow 0' -ex 'print *message' "$HANG" "$core"
	says_what_is_handled
	says "handled by thread"
	says "es respond is for live processes"
	says "event.open = "
}

@test "gdb, where there is no client: says so" {
	in_gdb -iex "python import sys; sys.path.insert(0, '/usr/local/share/endpointsecurity/debugger')" \
		-iex 'python import endpointsecurity_gdb; endpointsecurity_gdb.register()' \
		-ex 'es message' -ex starti -ex 'es message' -ex kill /bin/true
	says "there is no process"
	says "no libEndpointSecurity is loaded in this process"
}

@test "lldb, in the handler: the message, what is pending, the types, and an answer that counts" {
	lldb_is_found
	in_lldb -o 'break set -n breakpoint_here' -o run -o 'es message' -o 'es pending' -o 'p *message' \
		-o 'p *message->process' -o 'p message->process->audit_token' -o 'p message->event.open.file->path' \
		-o "$(tried es respond deny 7)" -o 'es respond deny 0' -o "$(tried es respond allow 0)" -o "$(tried es nonsense)" -o kill "$HANG" &
	debugger=$!
	open_it_once_asked
	[[ $output == *"Operation not permitted"* ]]
	wait "$debugger" || true
	debugger=
	says_what_is_handled
	says ".file = \"$place/secret\""
	says "-> $place/secret"
	grep -q '^(const es_message_t).* AUTH_OPEN by [0-9]* (pidversion [0-9]*) "/usr/bin/cat"' "$said"
	grep -q '^(es_process_t).* [0-9]* (pidversion [0-9]*) "/usr/bin/cat"' "$said"
	grep -q '^(audit_token_t).* pid [0-9]* (pidversion [0-9]*) uid 0 ' "$said"
	grep -q '^(es_string_token_t).*"'"$place"'/secret"' "$said"
	says "there is no message 7; es pending lists them"
	says "message 0: answered"
	says "message 0 is answered"
	says "es respond allow N"
}

@test "lldb, on a core file: the same, but nobody to answer" {
	lldb_is_found
	leave_core
	in_lldb -c "$core" -o 'es message' -o 'es pending' -o 'p *message' -o "$(tried es respond allow 0)" "$HANG"
	says_what_is_handled
	says "handled by thread"
	says "AUTH_OPEN by "
	says "es respond is for live processes"
}
