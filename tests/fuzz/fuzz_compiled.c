/* .compiled files: what is one has an address. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/compiled.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct compiled *compiled = mem_alloc(sizeof *compiled);
    struct arena arena = ARENA_INIT;
    if (compiled_read(&arena, slice_of((const char *)data, size), compiled) !=
        (compiled->virtual_path.ptr != NULL))
        abort();
    arena_deinit(&arena);
    free(compiled);
    return 0;
}
