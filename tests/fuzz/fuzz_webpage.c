/*
 * The first line is a file's name, the rest the file: from bytes to class. Lines of reasons lie
 * in the page, steps end, texts can be read.
 */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/api.h"
#include "webshell/page.h"

static void read_text(struct slice text, unsigned *sum)
{
    for (size_t i = 0; i < text.len; i++) {
        *sum += (unsigned char)text.ptr[i];
    }
}

static void read_fact(const struct flow_fact *fact, unsigned *sum)
{
    unsigned steps = 0;
    read_text(fact->call, sum);
    read_text(fact->constant, sum);
    for (const struct flow_step *s = fact->steps; s != NULL; s = s->previous) {
        read_text(s->text, sum);
        if (++steps > FLOW_WAY_MAX) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of((const char *)data, size);
    struct slice path = slice_cut(&rest, '\n');
    struct arena arena = ARENA_INIT;
    struct page_report report;
    unsigned sum = page_is_candidate(path, rest.ptr ? rest : path);
    struct api_library *library = api_library_new();
    page_analyse(&arena, library, rest.ptr ? rest : SLICE_LIT(""), path, &report);
    api_library_free(library);
    for (size_t i = 0; i < report.reason_count; i++) {
        const struct reason *reason = &report.reasons[i];
        if (reason->class > report.class) {
            abort();
        }
        read_text(reason->detail, &sum);
        if (reason->fact != NULL) {
            read_fact(reason->fact, &sum);
        }
    }
    arena_deinit(&arena);
    return (int)(sum & 0);
}
