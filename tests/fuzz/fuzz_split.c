/* The first line is the file's name, the rest its text: pieces lie in it and have its lines. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/split.h"

static void require(bool fact)
{
    if (!fact)
        abort();
}

static uint32_t count_lines(struct slice text)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

static void check_parts(const struct parts *parts, uint32_t lines)
{
    require(parts->piece_count == 0 || parts->kind != PAGE_KIND_NONE);
    for (size_t i = 0; i < parts->piece_count; i++) {
        require(parts->pieces[i].line >= 1 && parts->pieces[i].line <= lines);
        require(slice_trim(parts->pieces[i].text).len > 0);
    }
    for (const struct directive *d = parts->directives; d; d = d->next)
        require(d->line >= 1 && d->line <= lines);
    for (const struct control *c = parts->controls; c; c = c->next)
        require(c->line >= 1 && c->line <= lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct slice rest = slice_of((const char *)data, size);
    struct slice name = slice_cut(&rest, '\n');
    struct parts parts;
    if (rest.ptr) {
        split_page(&arena, rest, name, &parts);
        check_parts(&parts, count_lines(rest));
    }
    arena_deinit(&arena);
    return 0;
}
