/* Libraries: any bytes give an answer whose slices can be read and whose counts have limits. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/trace.h"

/* Touches every byte, so that a sanitizer sees one outside. */
static size_t touch(struct slice s)
{
    size_t sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.ptr[i];
    return sum;
}

static size_t touch_all(const struct trace *trace)
{
    const struct assembly *a = &trace->assembly;
    size_t sum = touch(trace->name) + touch(a->self.name) + touch(trace->version.company);
    for (size_t i = 0; i < a->reference_count; i++)
        sum += touch(a->references[i].name);
    for (size_t i = 0; i < a->member_count; i++)
        sum += touch(a->members[i].name) + touch(a->members[i].signature);
    for (size_t i = 0; i < a->string_count; i++)
        sum += touch(a->strings[i]);
    for (size_t i = 0; i < trace->report.reason_count; i++)
        sum += touch(trace->report.reasons[i].detail);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char path[] = "Temporary ASP.NET Files/owa/1/App_Web_x.dll";
    struct trace *trace = mem_alloc(sizeof *trace);
    struct arena arena = ARENA_INIT;
    bool is_one =
        trace_read(&arena, slice_of((const char *)data, size), slice_from(path), trace);
    if (is_one != (trace->kind != TRACE_NONE) || touch_all(trace) == SIZE_MAX ||
        trace->assembly.reference_count > ASSEMBLY_REFERENCES_MAX ||
        trace->assembly.string_count > ASSEMBLY_STRINGS_MAX)
        abort();
    arena_deinit(&arena);
    free(trace);
    return 0;
}
