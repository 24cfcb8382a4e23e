# Front door to the Meson build. `make help` lists what there is.
# On Debian 12 each target installs the packages it needs (tools/setup.sh).

BUILD  ?= build
MESON  ?= /usr/bin/meson
PYTHON ?= /usr/bin/python3
PREFIX ?= /usr/local

# Checks that need real evidence look here; they are skipped where it is missing.
HAUBERK_CORPORA ?= ../shared/corpora

export MESON PYTHON
export HAUBERK_CORPORA := $(abspath $(HAUBERK_CORPORA))

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: build demo check asan validators valgrind lint format fuzz bench cross-win install clean help

## build: the program, build/hauberk (default)
build: $(BUILD)/build.ninja
	@ninja -C $(BUILD)
	@test ! -x $(BUILD)/tests/gen/hauberk-gen || ln -sf tests/gen/hauberk-gen $(BUILD)/hauberk-gen

## demo: make the logs of a broken-into server and hunt them
demo: build
	@tools/demo.sh $(BUILD)

## check: unit tests, corpus replay, end-to-end tests, source checks
check: $(BUILD)/.setup-check $(BUILD)/.tests-enabled build validators
	@$(PYTHON) tools/run_checks.py --build $(BUILD) --source-checks

# The exit status 86 cannot be taken for one of hauberk's own. Reports go to files, because a
# worker may die of one without its run failing. gcc's runtime would not write those of undefined
# behaviour there, so this is clang; addr2line stands in for llvm-symbolizer.
SANITIZER_REPORTS = $(abspath build-asan/reports)
SANITIZER_OPTIONS = exitcode=86:allow_addr2line=1:print_stacktrace=1:log_path=$(SANITIZER_REPORTS)/report

## asan: unit and end-to-end tests under address and undefined-behaviour sanitizers
asan: $(BUILD)/.setup-check $(BUILD)/.setup-clang build-asan/build.ninja validators
	@ninja -C build-asan
	@ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:$(SANITIZER_OPTIONS) \
	UBSAN_OPTIONS=$(SANITIZER_OPTIONS) \
	$(PYTHON) tools/run_checks.py --build build-asan --sanitizer-reports $(SANITIZER_REPORTS)

## validators: what checks the STIX export in `make check`, from PyPI into the build folder
validators: $(BUILD)/.setup-check
	@tools/validators.sh $(BUILD)

## valgrind: unit tests under valgrind
valgrind: $(BUILD)/.setup-check $(BUILD)/.tests-enabled build
	@$(PYTHON) tools/run_checks.py --build $(BUILD) --setup valgrind

## lint: format, warnings of gcc and clang, clang-tidy, layers, headers, Windows
lint: $(BUILD)/.setup-check $(BUILD)/.setup-lint
	@tools/lint.sh

## format: rewrite all C files in the style of .clang-format
format: $(BUILD)/.setup-lint
	find src tests -name '*.[ch]' -exec clang-format -i {} +

## fuzz: each fuzz target for FUZZ_SECONDS (60); FUZZ_TARGETS="name ..." chooses
fuzz: $(BUILD)/.setup-clang
	@tools/fuzz.sh

## bench: the bars of docs/BENCHMARKS.md on generated logs (BENCH_SIZE=1G BENCH_CLEAN=2G)
bench: $(BUILD)/.setup-bench build
	@$(PYTHON) tools/bench.py $(BUILD)
	@$(PYTHON) tools/bench_events.py $(BUILD)

## cross-win: would the sources compile for Windows?
cross-win: $(BUILD)/.setup-cross
	@tools/mingw_check.sh $(BUILD)

## install: into PREFIX (/usr/local), below DESTDIR if set
install: build
	@$(MESON) configure $(BUILD) -Dprefix=$(PREFIX)
	@$(MESON) install -C $(BUILD)

## clean: remove all build folders
clean:
	rm -rf $(BUILD) build-asan build-fuzz build-lint build-lint-gcc

## help: this list
help:
	@sed -n 's/^## //p' Makefile

# --- Packages and build folders ----------------------------------------------------------------

# A stamp per tier, so that dpkg is asked once and not at every make.
$(BUILD)/.setup-%: tools/setup.sh
	@tools/setup.sh build $*
	@mkdir -p $(@D) && touch $@

$(BUILD)/build.ninja: | $(BUILD)/.setup-build
	$(MESON) setup $(BUILD)

# Meson looked for cmocka when it was not there yet.
$(BUILD)/.tests-enabled: | $(BUILD)/.setup-check $(BUILD)/build.ninja
	@$(MESON) configure $(BUILD) -Dtests=enabled
	@touch $@

build-asan/build.ninja: | $(BUILD)/.setup-check $(BUILD)/.setup-clang
	CC=clang $(MESON) setup build-asan -Db_sanitize=address,undefined -Db_lundef=false \
		-Ddebug=true -Doptimization=1 -Dtests=enabled

.PRECIOUS: $(BUILD)/.setup-%
