/* Lists of the user: each file of one is found again by path and by hash, and written back. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/baseline.h"

static void check_file(const struct baseline *baseline, size_t index)
{
    const struct baseline_file *file = baseline_at(baseline, index);
    struct buf line = BUF_INIT;
    if (baseline_find(baseline, file->path) != index ||
        !baseline_knows(baseline, file->path, file->sha256))
        abort();
    baseline_write_file(&line, file);
    if (line.len < file->path.len + (size_t)2 * SHA256_BYTES)
        abort();
    buf_deinit(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct baseline *baseline;
    struct err err = ERR_INIT;
    if (baseline_parse(slice_of((const char *)data, size), &baseline, &err) < 0)
        return 0;
    for (size_t i = 0; i < baseline_count(baseline) && i < 64; i++)
        check_file(baseline, i);
    baseline_free(baseline);
    return 0;
}
