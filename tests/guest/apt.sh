# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An apt of our own for prepare: the machine's archive and keys with more suites, everything it writes in
# $cache/apt. The machine's apt lists, its package database and its sources stay as they are.

apt=$cache/apt
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")

own_apt() {
	local command=$1
	shift
	timeout 900 "$command" -c "$apt/apt.conf" "$@"
}

# The archives this machine uses, by what apt would fetch from them.
archives() {
	apt-get update --print-uris 2>/dev/null |
		sed -n "s|^'\(.*\)/dists/[^/]*/main/binary-.*|\1|p" | awk '!seen[$0]++'
}

# keyring ARCHIVE: the keys named beside it, else Debian's own.
keyring() {
	local file key
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
		grep -qsF "$1" "$file" || continue
		key=$(sed -nE 's/^Signed-By: *(\/[^ ]+).*/\1/p; s/^deb .*signed-by=(\/[^] ,]+).*/\1/p' "$file" | sed -n 1p)
		[ -z "$key" ] || break
	done
	key=${key:-/usr/share/keyrings/debian-archive-keyring.gpg}
	[ ! -f "$key" ] || echo "signed-by=$key"
}

suites() {
	awk '$1 == "suite" { print $2 }' "$guest_sources/kernels"
	printf '%s\n' "$release" "$release-backports"
}

# configure ARCHIVE: an apt of our own that knows this archive alone.
configure() {
	local suite
	mkdir -p "$apt"/{lists,cache,empty}
	suites | sort -u | while read -r suite; do
		echo "deb [arch=amd64 $(keyring "$1")] $1 $suite main"
	done >"$apt/sources.list"
	cat >"$apt/apt.conf" <<-END
		Dir::Etc::SourceList "$apt/sources.list";
		Dir::Etc::SourceParts "$apt/empty";
		Dir::Etc::Preferences "$apt/none";
		Dir::Etc::PreferencesParts "$apt/empty";
		Dir::State::Lists "$apt/lists";
		Dir::Cache "$apt/cache";
		Dir::Cache::Archives "$apt/cache/archives";
		APT::Sandbox::User "";
		APT::Update::Error-Mode "any";
		Acquire::Retries "2";
		Acquire::http::Timeout "30";
		Acquire::https::Timeout "30";
		Acquire::Languages "none";
		Debug::NoLocking "true";
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Post-Invoke;
	END
}

# apt_failed WHAT: says why, as far as apt knows, and ends.
apt_failed() {
	[ ! -s "$apt/log" ] || sed 's/^/guest: apt: /' "$apt/log" >&2
	die "$1. Is the network up? Does 'apt-get update' work? Is there room in $cache?"
}

# Sets $found. The first archive that has all the suites counts: others may carry a suite of the same name.
find_archive() {
	local archive
	[ -z "${found:-}" ] || return 0
	rm -f "$apt/log"
	for archive in $(archives); do
		configure "$archive"
		if own_apt apt-get -qq update >>"$apt/log" 2>&1; then
			found=$archive
			return
		fi
	done
	apt_failed "none of this machine's apt sources has the suites $(suites | sort -u | paste -sd ' ')"
}

# unpack DIRECTORY: the packages in it, which then go. Links from the root are made to stay inside.
unpack() {
	local package link target
	for package in "$1"/*.deb; do
		dpkg-deb -x "$package" "$1"
		rm "$package"
	done
	find "$1" -type l -lname '/*' | while read -r link; do
		target=$1$(readlink "$link")
		[ ! -e "$target" ] || ln -sfn "$target" "$link"
	done
}

# download DIRECTORY PACKAGE...: into a new directory, unpacked.
download() {
	local directory=$1
	shift
	rm -rf "$directory"
	mkdir -p "$directory"
	(cd "$directory" && own_apt apt-get -qq download "$@") >"$apt/log" 2>&1 || apt_failed "cannot fetch $*"
	unpack "$directory"
}
