/*
 * Programs: any bytes give an answer, read as a whole or, as hunt/page_file.c does, only the
 * section of the resources. And versions as text.
 */
#include "fuzz_target.h"

#include <stdlib.h>

#include "exchange/builds.h"
#include "webshell/pe.h"

static void require(bool what)
{
    if (!what)
        abort();
}

/* Touches every byte, so that a sanitizer sees one outside. */
static void touch(struct slice s)
{
    size_t sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.ptr[i];
    require(sum != SIZE_MAX);
}

static void read_alone(struct pe *pe, struct slice bytes, struct arena *arena)
{
    struct pe_version version;
    const struct pe_section *section = pe_section_of(pe, PE_RESOURCE);
    if (!section || section->offset >= bytes.len)
        return;
    struct pe_section moved = *section;
    struct slice alone = slice_first(slice_from_offset(bytes, moved.offset), moved.size);
    moved.offset = 0;
    pe_set_section(pe, &moved, alone);
    pe_read_version(pe, arena, &version);
    touch(version.company);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct slice bytes = slice_of((const char *)data, size);
    struct pe *pe = mem_alloc(sizeof *pe);
    struct pe_version version;
    struct build build;
    char text[BUILD_TEXT_SIZE];
    if (pe_open(bytes, pe)) {
        require(pe->section_count <= PE_SECTIONS_MAX);
        pe_read_version(pe, &arena, &version);
        touch(version.company);
        pe_exports(pe, SLICE_LIT("main"));
        read_alone(pe, bytes, &arena);
    }
    /* The same bytes as a version: what is taken is a build, and its text is taken again. */
    if (builds_parse(bytes, &build)) {
        struct build again;
        require(builds_is_build(build));
        require(builds_parse(slice_from(builds_text(build, text)), &again));
        require(builds_compare(build, again) == 0);
    }
    arena_deinit(&arena);
    free(pe);
    return 0;
}
