/* A page or a script, also as a web.config: what is found lies in the text and has its lines.
 */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/stealer.h"
#include "webshell/webconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct slice text = slice_of((const char *)data, size);
    struct parts parts;
    split_page(&arena, text, SLICE_LIT("a.js"), &parts);
    for (const struct stealer *s = stealer_find(&arena, text, &parts); s; s = s->next)
        if (s->line < 1 || s->what.ptr < text.ptr ||
            s->what.ptr + s->what.len > text.ptr + text.len)
            abort();
    for (const struct config_finding *f = webconfig_read(&arena, text); f; f = f->next)
        if (f->line < 1)
            abort();
    arena_deinit(&arena);
    return 0;
}
