#!/bin/sh
# Runs each fuzz target FUZZ_SECONDS (60), JOBS at a time. FUZZ_TARGETS="name name" chooses.
# New inputs go to build-fuzz/corpus/<name>/, crashes and logs to build-fuzz/.
# The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."

export FUZZ_SECONDS="${FUZZ_SECONDS:-60}"
export ASAN_OPTIONS=allow_addr2line=1:detect_leaks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=allow_addr2line=1:print_stacktrace=1

[ -f build-fuzz/build.ninja ] ||
    CC=clang "${MESON:-meson}" setup build-fuzz -Dfuzz=true -Dtests=disabled \
        -Db_sanitize=address,undefined -Db_lundef=false -Ddebug=true -Doptimization=1
ninja -C build-fuzz --quiet

targets=${FUZZ_TARGETS:-$(find build-fuzz/tests/fuzz -maxdepth 1 -type f -name 'fuzz_*' -perm -u+x |
    sed 's|.*/fuzz_||' | LC_ALL=C sort)}
rm -f build-fuzz/failed-*

printf '%s\n' $targets | xargs -r -P "${JOBS:-$(nproc)}" -n 1 sh -c '
    name=$1
    log=build-fuzz/$name.log
    dictionary=tests/fuzz/dict/$name.dict
    set --
    [ ! -f "$dictionary" ] || set -- "-dict=$dictionary"
    mkdir -p "build-fuzz/corpus/$name"
    [ ! -d "tests/fuzz/corpus/$name" ] || set -- "$@" "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name"
    [ -d "tests/fuzz/corpus/$name" ] || set -- "$@" "build-fuzz/corpus/$name"
    if "build-fuzz/tests/fuzz/fuzz_$name" "-max_total_time=$FUZZ_SECONDS" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 "-artifact_prefix=build-fuzz/$name-" "$@" \
        >"$log" 2>&1
    then
        echo "fuzz $name: $(sed -n "s/^stat::number_of_executed_units: *//p" "$log") runs, no crash"
    else
        : >"build-fuzz/failed-$name"
        tail -n 60 "$log"
        echo "fuzz $name: FAILED, see $log and build-fuzz/$name-*"
    fi
' fuzz

total=$(printf '%s\n' $targets | grep -c . || true)
failed=$(find build-fuzz -maxdepth 1 -name 'failed-*' | wc -l)
echo "$((total - failed)) passed, $failed failed"
[ "$failed" = 0 ]
