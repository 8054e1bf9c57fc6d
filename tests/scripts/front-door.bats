#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The commands a person meets first: installing, running, committing; above all what they say when something is wrong.

setup() {
	scripts=$BATS_TEST_DIRNAME/../../scripts
	fake=$BATS_TEST_TMPDIR/bin
	mkdir -p "$fake"
	export PATH=$fake:$PATH
}

# pretend COMMAND: standard input is the body of a script that stands in for it.
pretend() {
	{
		echo '#!/bin/bash'
		cat
	} >"$fake/$1"
	chmod +x "$fake/$1"
}

says() {
	[[ $output == *"$1"* ]] || {
		echo "$output"
		false
	}
}

@test "nothing is installed when nothing is missing" {
	pretend dpkg-query <<<"cat '$BATS_TEST_TMPDIR/installed'"
	grep -oE '[a-z0-9+.-]{2,}' "$scripts/install-dependencies" | sed 's/^/ii /' >"$BATS_TEST_TMPDIR/installed"
	pretend apt-get <<<'echo called; exit 1'
	run "$scripts/install-dependencies" build check
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "what is missing is installed after one update" {
	pretend dpkg-query <<<'echo "ii gcc"'
	pretend id <<<'echo 0'
	pretend apt-get <<<"echo \"\$*\" >>'$BATS_TEST_TMPDIR/calls'"
	run "$scripts/install-dependencies" build
	[ "$status" -eq 0 ]
	[ "$(grep -c update "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
	grep -q 'install .*meson' "$BATS_TEST_TMPDIR/calls"
	run grep -c 'install .* gcc ' "$BATS_TEST_TMPDIR/calls"
	[ "$output" -eq 0 ]
}

@test "without root it says which packages, and what to type" {
	pretend dpkg-query <<<'echo "ii gcc"'
	pretend id <<<'echo 1000'
	run "$scripts/install-dependencies" build
	[ "$status" -eq 1 ]
	says 'only root can install them'
	says 'apt-get install'
	says 'ninja-build'
}

@test "without network it says what to look at" {
	pretend dpkg-query <<<'echo "ii gcc"'
	pretend id <<<'echo 0'
	pretend apt-get <<<'exit 100'
	run "$scripts/install-dependencies" build
	[ "$status" -eq 1 ]
	says 'Is the network up'
}

@test "an unknown set of packages is refused with the sets there are" {
	run "$scripts/install-dependencies" everything
	[ "$status" -eq 2 ]
	says 'build, check, guest'
}

@test "make run without root says so before it does anything" {
	pretend id <<<'echo 1000'
	run "$scripts/run" "$BATS_TEST_TMPDIR/build"
	[ "$status" -eq 1 ]
	says 'only root'
	[ ! -e "$BATS_TEST_TMPDIR/build" ]
}

@test "a step that does not exist is refused with the steps there are" {
	CHECK_ONLY=everything run "$scripts/check"
	[ "$status" -eq 1 ]
	says 'The steps are: lint unit '
}

@test "a commit's subject names its folder" {
	hook=$scripts/hooks/commit-msg
	echo 'wire: records carry their length' >"$BATS_TEST_TMPDIR/message"
	"$hook" "$BATS_TEST_TMPDIR/message"
	for subject in 'Fix things' 'wire: ends with a stop.' "wire: $(printf '%070d' 0)"; do
		echo "$subject" >"$BATS_TEST_TMPDIR/message"
		run "$hook" "$BATS_TEST_TMPDIR/message"
		[ "$status" -eq 1 ]
		says "folder: change"
	done
}
