# SPDX-License-Identifier: Apache-2.0
# The front door. Meson builds (meson.build); these are the words a person types.
#   make run [EVENTS="exec open"]   watch this machine's events, gating nothing
#   make check                      build and run every test
BUILD ?= build
EVENTS ?=

all: build

build:
	@scripts/install-dependencies build
	@scripts/configure $(BUILD)
	@ninja -C $(BUILD)

run:
	@scripts/run "$(BUILD)" $(EVENTS)

check:
	@scripts/check

bench: build
	@scripts/bench $(BUILD)

install: build
	@meson install -C $(BUILD)
	@[ -n "$(DESTDIR)" ] || ldconfig # so that programs find the library at once

clean:
	@rm -rf $(BUILD) build-*

.PHONY: all build run check bench install clean
