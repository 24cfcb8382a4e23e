#!/bin/sh
# Format, compiler warnings of clang and gcc, clang-tidy, layers, headers, Windows. Runs all of
# them; the last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."

export MESON="${MESON:-meson}"
PYTHON=${PYTHON:-/usr/bin/python3}
JOBS=${JOBS:-$(nproc)}
passed=0
failed=0

# check NAME COMMAND...
check() {
    name=$1
    shift
    echo "== lint: $name"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "lint: $name FAILED"
    fi
}

check_format() {
    find src tests -name '*.[ch]' -print0 | xargs -0 -r clang-format --dry-run -Werror
}

# build_strict FOLDER COMPILER: everything, tests too, each warning an error.
build_strict() {
    [ -f "$1/build.ninja" ] ||
        CC=$2 "$MESON" setup "$1" -Dwerror=true -Dtests=enabled >/dev/null || return 1
    ninja -C "$1" --quiet all meson-test-prereq
}

# One file a run: clang-tidy 14 forgets va_start in the second file of a run.
check_tidy() {
    "$PYTHON" - build-lint/compile_commands.json <<'PYTHON' |
import json, os, sys
root = os.getcwd() + os.sep
build = root + "build"
files = {os.path.normpath(os.path.join(c["directory"], c["file"])) for c in json.load(open(sys.argv[1]))}
print(*sorted(f[len(root):] for f in files if f.startswith(root) and not f.startswith(build)), sep="\n")
PYTHON
        xargs -r -P "$JOBS" -n 1 clang-tidy --quiet -p build-lint 2>build-lint/tidy.err || {
        # Without what clang-tidy says of warnings in system headers.
        grep -v 'warnings\? generated' build-lint/tidy.err >&2
        return 1
    }
}

check "clang-format" check_format
check "clang -Werror" build_strict build-lint clang
check "gcc -Werror" build_strict build-lint-gcc gcc
check "clang-tidy" check_tidy
check "layers" "$PYTHON" tools/check_layers.py
check "headers" tools/check_headers.sh
check "windows" tools/mingw_check.sh build-lint

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
