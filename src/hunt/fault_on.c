/*
 * Fault switch of the test build: HAUBERK_FAULT=<kind>:<text> strikes when a worker opens a
 * path that holds <text>. Kinds: crash (as a parser bug would), exit (ends with a status), hang
 * (never answers).
 */
#include <stdlib.h>

#include "base/process.h"
#include "hunt/reader.h"

void reader_fault(const char *path)
{
    struct slice rest = slice_from(getenv("HAUBERK_FAULT"));
    if (!rest.ptr)
        return;
    struct slice kind = slice_cut(&rest, ':');
    if (!rest.len || !slice_has(slice_from(path), rest))
        return;
    if (slice_eq(kind, SLICE_LIT("crash")))
        process_crash();
    if (slice_eq(kind, SLICE_LIT("exit")))
        exit(7);
    while (slice_eq(kind, SLICE_LIT("hang")))
        continue;
}
