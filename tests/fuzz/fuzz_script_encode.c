/* Encoded script: decoding makes no text longer, and leaves alone what is not encoded. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/decode_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct slice text = slice_of((const char *)data, size);
    bool encoded = false;
    struct slice out = decode_script(&arena, text, &encoded);
    if (out.len > text.len || (!encoded && !slice_eq(out, text)))
        abort();
    arena_deinit(&arena);
    return 0;
}
