# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts of the guest runner share: where things are, and how they fail.

guest_sources=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() {
	printf 'guest: %s\n' "$*" >&2
}

die() {
	say "$@"
	exit 1
}

# use_build DIRECTORY: sets $build, $work (what a run makes) and $cache (what was fetched).
# ES_GUEST_CACHE=DIRECTORY lets several build directories share one cache.
use_build() {
	build=$(realpath -m "$1")
	work=$build/guest
	cache=$(realpath -m "${ES_GUEST_CACHE:-$work}")
	local tools=$cache/tools
	tool_environment=(env "PATH=$tools/usr/bin:$tools/bin:$tools/usr/sbin:$tools/sbin:$PATH:/usr/sbin:/sbin"
		"LD_LIBRARY_PATH=$tools/usr/lib/x86_64-linux-gnu:$tools/lib/x86_64-linux-gnu")
	mkdir -p "$work" "$cache" || die "cannot write to $work; name a build directory of your own"
}

# list FILE: its lines, without comments and empty ones.
list() {
	grep -v -e '^#' -e '^$' "$1"
}

kernel_names() {
	awk '$1 == "kernel" { print $2 }' "$guest_sources/kernels"
}

# tool COMMAND...: runs it with what was fetched before what is installed.
tool() {
	"${tool_environment[@]}" "$@"
}

# with_lock FILE: one at a time from here on; the lock goes with the process.
with_lock() {
	exec 9>"$1"
	flock --timeout 900 9 || die "another run holds $1 for 15 minutes now; end it, then try again"
}
