/* Any bytes decode to text that lies in memory and is not much longer. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct decoded decoded;
    decode_page(&arena, slice_of((const char *)data, size), &decoded);
    volatile unsigned char sum = 0;
    for (size_t i = 0; i < decoded.text.len; i++)
        sum = (unsigned char)(sum + (unsigned char)decoded.text.ptr[i]);
    if (decoded.text.len > 2 * size)
        abort();
    arena_deinit(&arena);
    return 0;
}
