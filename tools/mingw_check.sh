#!/bin/sh
# Would the sources compile for Windows? Checks the syntax of every file of src/ but *_posix.c.
#   tools/mingw_check.sh [BUILD-DIR]
set -eu
cd "$(dirname "$0")/.."

export MINGW_CC="${MINGW_CC:-x86_64-w64-mingw32-gcc}"
export INCLUDES="${1:-build}/mingw-include"

# Only these: the rest of /usr/include would hide what Windows lacks.
mkdir -p "$INCLUDES"
for header in yaml.h pcre2.h sqlite3.h archive.h archive_entry.h expat.h expat_external.h \
    jansson.h jansson_config.h libdeflate.h utf8proc.h xxhash.h yara.h; do
    cp "$(find /usr/include -maxdepth 2 -name "$header" | head -n 1)" "$INCLUDES/"
done
cp -r "$(find /usr/include -maxdepth 2 -name yara -type d | head -n 1)" "$INCLUDES/"

sources=$(find src -name '*.c' ! -name '*_posix.c' | LC_ALL=C sort)
count=$(printf '%s\n' "$sources" | grep -c . || true)

status=0
printf '%s\n' "$sources" | xargs -r -P "${JOBS:-$(nproc)}" -n 1 sh -c '
    "$MINGW_CC" -std=c17 -fsyntax-only -Wall -Wextra -Werror=format \
        -D__USE_MINGW_ANSI_STDIO=1 -D_POSIX_C_SOURCE=200809L -DHAUBERK_VERSION=\"0\" \
        -Isrc -isystem "$INCLUDES" "$1" || { echo "$1: does not compile for Windows"; exit 1; }
' mingw_check || status=1
echo "mingw: $count files, $([ $status = 0 ] && echo all compile || echo failed)"
exit $status
