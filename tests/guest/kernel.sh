# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The part of prepare that knows kernels: chooses a version, downloads its packages, keeps the kernel and an
# archive of the modules that every guest loads. From Linux 7 on Debian ships a kernel in four packages
# (image, binary, modules, base), before that in one; the kernel lies in /boot or beside its modules.

# newest_version PATTERN PACKAGE...: the newest among the linux-image packages that match.
newest_version() {
	local pattern=$1 package version
	shift
	for package; do
		[[ $package == linux-image-*-cloud-amd64 ]] || continue
		version=${package#linux-image-}
		version=${version%-cloud-amd64}
		# shellcheck disable=SC2053 # the right side is a pattern
		[[ $version != [0-9]* || $version != $pattern ]] || echo "$version"
	done | sort -V | tail -n 1
}

# collect_modules TREE RELEASE DIRECTORY: copies the modules of the list and what they need, uncompressed and
# numbered in the order of loading.
collect_modules() {
	local tree=$1 release=$2 directory=$3 module kind file name number=100
	mkdir -p "$directory"
	tool depmod -b "$tree" "$release" 2>/dev/null
	for module in $(list "$guest_sources/modules"); do
		tool modprobe -d "$tree" -S "$release" --show-depends "$module" >"$tree/depends" 2>"$tree/complaint" ||
			die "kernel $release has no module $module: $(cat "$tree/complaint")"
		while read -r kind file _; do
			[ "$kind" = insmod ] || continue
			name=$(basename "$file")
			name=${name%%.ko*}
			! compgen -G "$directory/*-$name.ko" >/dev/null || continue
			case $file in
			*.xz) tool xz -dc "$file" ;;
			*.zst) tool zstd -qdc "$file" ;;
			*) cat "$file" ;;
			esac >"$directory/$number-$name.ko"
			number=$((number + 1))
		done <"$tree/depends"
	done
}

# keep_kernel TREE DIRECTORY: the two files of a kernel, and its release.
keep_kernel() {
	local tree=$1 directory=$2 kernel release
	kernel=$(find "$tree" -type f -name 'vmlinuz*' -print -quit)
	[ -n "$kernel" ] || die "the kernel packages hold no vmlinuz; Debian's layout has changed, see kernel.sh"
	if [ -d "$tree/usr/lib/modules" ]; then
		mv "$tree/usr/lib" "$tree/lib"
		kernel=${kernel/#"$tree/usr/lib/"/"$tree/lib/"}
	fi
	release=$(basename "$(find "$tree/lib/modules" -mindepth 1 -maxdepth 1 -type d -print -quit)")
	cp "$kernel" "$directory/vmlinuz"
	collect_modules "$tree" "$release" "$directory/root/guest/modules"
	(cd "$directory/root" && find . -mindepth 2 | tool cpio --quiet -o -H newc -R 0:0) >"$directory/modules.cpio"
	rm -rf "$directory/root"
	echo "$release" >"$directory/release"
}

# fetch_kernel NAME: nothing happens when it is there, made from the same lists.
fetch_kernel() {
	local name=$1 directory=$cache/kernels/$1 pattern stamp known version kind wanted=()
	pattern=$(awk -v name="$name" '$1 == "kernel" && $2 == name { print $3 }' "$guest_sources/kernels")
	stamp=$(cat "$guest_sources/kernels" "$guest_sources/modules" "$guest_sources/kernel.sh" | cksum)
	[ "$(cat "$directory/stamp" 2>/dev/null)" != "$stamp" ] || return 0
	find_archive
	known=$(own_apt apt-cache pkgnames linux-)
	# shellcheck disable=SC2086 # one word a package
	version=$(newest_version "$pattern" $known)
	[ -n "$version" ] || die "no linux-image-$pattern-cloud-amd64 in $found; correct the list $guest_sources/kernels"
	for kind in image binary modules base; do
		! grep -qxF "linux-$kind-$version-cloud-amd64" <<<"$known" || wanted+=("linux-$kind-$version-cloud-amd64")
	done
	rm -rf "$directory"
	mkdir -p "$directory"
	say "fetching Linux $version for the kernel $name"
	download "$directory/packages" "${wanted[@]}"
	keep_kernel "$directory/packages" "$directory"
	rm -rf "$directory/packages"
	echo "$stamp" >"$directory/stamp"
}
