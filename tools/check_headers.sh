#!/bin/sh
# Each header of src/ must compile alone, and twice in a row.
set -eu
cd "$(dirname "$0")/.."

CC=${CC:-cc}
third_party=$(pkg-config --cflags yaml-0.1 libpcre2-8 sqlite3 libarchive)

check_header() {
    printf '#include "%s"\n#include "%s"\n' "${1#src/}" "${1#src/}" |
        $CC -std=c17 -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L $third_party -Isrc \
            -fsyntax-only -x c -
}

count=0
bad=0
for header in $(find src -name '*.h' | LC_ALL=C sort); do
    count=$((count + 1))
    check_header "$header" || { echo "$header:1: does not compile alone"; bad=$((bad + 1)); }
done
echo "headers: $count files, $bad offences"
[ "$bad" = 0 ]
