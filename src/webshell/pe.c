/*
 * Format (Microsoft PE/COFF specification), numbers little-endian:
 *
 *     0     "MZ" ... u32 at 0x3c: where the headers are
 *     head  "PE\0\0"
 *     +4    u16 machine, u16 sections, u32 timestamp, 8 bytes, u16 size of the optional header,
 *           u16 flags (0x2000: a library)
 *     +24   optional header: u16 0x10b (PE32) or 0x20b (PE32+); directories at 96 or 112, their
 *           number 4 bytes before: u32 rva, u32 size
 *     ...   sections of 40 bytes: name[8], u32 virtual size, u32 rva, u32 size in the file,
 *           u32 offset in the file
 *
 * An rva is an address relative to where the file is mapped.
 */
#include "webshell/pe.h"

#include "base/utf16.h"

#define HEADER_AT 0x3c
#define OPTIONAL_AT 24
#define SECTION_BYTES 40
#define DEBUG_ENTRY_BYTES 28
#define DEBUG_ENTRIES_MAX 64
#define DEBUG_REPRODUCIBLE 16
#define EXPORTS_MAX 65536
#define EXPORT_NAME_MAX 256
#define RESOURCES_MAX 256
#define RESOURCE_VERSION 16
#define VERSION_BYTES_MAX 65536
#define VERSION_TEXT_MAX 256 /* characters */

uint8_t le8_at(struct slice bytes, size_t at)
{
    return at < bytes.len ? (uint8_t)bytes.ptr[at] : 0;
}

uint16_t le16_at(struct slice bytes, size_t at)
{
    if (at > bytes.len || bytes.len - at < 2)
        return 0;
    return (uint16_t)(le8_at(bytes, at) | le8_at(bytes, at + 1) << 8);
}

uint32_t le32_at(struct slice bytes, size_t at)
{
    if (at > bytes.len || bytes.len - at < 4)
        return 0;
    return (uint32_t)le16_at(bytes, at) | (uint32_t)le16_at(bytes, at + 2) << 16;
}

struct slice cstring_at(struct slice bytes, size_t at, size_t max)
{
    if (at >= bytes.len)
        return SLICE_NULL;
    struct slice text = slice_first(slice_from_offset(bytes, at), max);
    return slice_first(text, slice_find_char(text, '\0'));
}

/* ---- headers ---- */

static void read_directories(struct pe *pe, size_t optional, size_t optional_size)
{
    size_t at = optional + (le16_at(pe->bytes, optional) == 0x20b ? 112 : 96);
    size_t count = le32_at(pe->bytes, at - 4);
    for (size_t i = 0; i < count && i < PE_DIRECTORIES; i++) {
        if (at + 8 * (i + 1) > optional + optional_size)
            return;
        pe->directories[i].rva = le32_at(pe->bytes, at + 8 * i);
        pe->directories[i].size = le32_at(pe->bytes, at + 8 * i + 4);
    }
}

static void read_sections(struct pe *pe, size_t at, size_t count)
{
    for (size_t i = 0; i < count && i < PE_SECTIONS_MAX; i++, at += SECTION_BYTES) {
        struct pe_section *section = &pe->sections[pe->section_count++];
        section->rva = le32_at(pe->bytes, at + 12);
        section->size = le32_at(pe->bytes, at + 16);
        section->offset = le32_at(pe->bytes, at + 20);
    }
}

/* Linkers that make the same file of the same source write a hash in the timestamp's place. */
static bool is_reproducible(const struct pe *pe)
{
    struct slice entries = pe_at(pe, pe->directories[PE_DEBUG].rva);
    size_t count = pe->directories[PE_DEBUG].size / DEBUG_ENTRY_BYTES;
    for (size_t i = 0; i < count && i < DEBUG_ENTRIES_MAX; i++)
        if (le32_at(entries, i * DEBUG_ENTRY_BYTES + 12) == DEBUG_REPRODUCIBLE)
            return true;
    return false;
}

bool pe_open(struct slice bytes, struct pe *out)
{
    size_t head = le32_at(bytes, HEADER_AT), optional = head + OPTIONAL_AT;
    *out = (struct pe){ .bytes = bytes };
    if (!slice_starts(bytes, SLICE_LIT("MZ")) || head >= bytes.len ||
        !slice_starts(slice_from_offset(bytes, head), SLICE_LIT("PE\0\0")))
        return false;
    size_t optional_size = le16_at(bytes, head + 20);
    out->timestamp = le32_at(bytes, head + 8);
    out->is_library = le16_at(bytes, head + 22) & 0x2000;
    read_directories(out, optional, optional_size);
    read_sections(out, optional + optional_size, le16_at(bytes, head + 6));
    out->reproducible = is_reproducible(out);
    return true;
}

struct slice pe_at(const struct pe *pe, uint32_t rva)
{
    for (size_t i = 0; i < pe->section_count; i++) {
        const struct pe_section *section = &pe->sections[i];
        if (rva < section->rva || rva - section->rva >= section->size ||
            section->offset >= pe->bytes.len)
            continue;
        struct slice all =
            slice_first(slice_from_offset(pe->bytes, section->offset), section->size);
        uint32_t skip = rva - section->rva;
        return skip < all.len ? slice_from_offset(all, skip) : SLICE_NULL;
    }
    return SLICE_NULL;
}

const struct pe_section *pe_section_of(const struct pe *pe, enum pe_directory directory)
{
    uint32_t rva = pe->directories[directory].rva;
    for (size_t i = 0; i < pe->section_count; i++) {
        const struct pe_section *section = &pe->sections[i];
        if (rva >= section->rva && rva - section->rva < section->size)
            return section;
    }
    return NULL;
}

void pe_set_section(struct pe *pe, const struct pe_section *section, struct slice bytes)
{
    struct pe_section copy = *section;
    pe->bytes = bytes;
    pe->section_count = 1;
    pe->sections[0] = copy;
}

/* ---- exports: directory with u32 number of names at 24, u32 rva of their rvas at 32 ---- */

bool pe_exports(const struct pe *pe, struct slice name)
{
    struct slice directory = pe_at(pe, pe->directories[PE_EXPORT].rva);
    size_t count = le32_at(directory, 24);
    struct slice rvas = pe_at(pe, le32_at(directory, 32));
    for (size_t i = 0; i < count && i < EXPORTS_MAX && 4 * i < rvas.len; i++) {
        struct slice at = pe_at(pe, le32_at(rvas, 4 * i));
        if (slice_eq(cstring_at(at, 0, EXPORT_NAME_MAX), name))
            return true;
    }
    return false;
}

/*
 * ---- resources: a tree of type, name, language ----
 *
 * A folder: 12 bytes, u16 named entries, u16 numbered entries, then entries of u32 id and u32
 * place (in the resources; the highest bit: another folder). A leaf: u32 rva, u32 size.
 */

/* The place behind the entry with this id, or behind the first entry when id is 0; or 0. */
static uint32_t resource_entry(struct slice resources, uint32_t folder, uint32_t id)
{
    size_t count = (size_t)le16_at(resources, folder + 12U) + le16_at(resources, folder + 14U);
    for (size_t i = 0; i < count && i < RESOURCES_MAX; i++) {
        size_t entry = folder + 16U + 8 * i;
        if (id == 0 || le32_at(resources, entry) == id)
            return le32_at(resources, entry + 4);
    }
    return 0;
}

static struct slice version_resource(const struct pe *pe)
{
    const uint32_t is_folder = 0x80000000U;
    struct slice resources = pe_at(pe, pe->directories[PE_RESOURCE].rva);
    uint32_t ids[] = { RESOURCE_VERSION, 0, 0 }, at = is_folder;
    for (size_t i = 0; i < 3; i++) {
        if (!(at & is_folder))
            return SLICE_NULL;
        at = resource_entry(resources, at & ~is_folder, ids[i]);
    }
    if (at == 0 || (at & is_folder))
        return SLICE_NULL;
    size_t size = le32_at(resources, at + 4U);
    struct slice data = pe_at(pe, le32_at(resources, at));
    return slice_first(data, size < VERSION_BYTES_MAX ? size : VERSION_BYTES_MAX);
}

/* VS_FIXEDFILEINFO: u32 signature, u32, u32 minor and major, u32 revision and build. */
static void read_fixed(struct slice version, uint16_t out[4])
{
    size_t at = slice_find(version, SLICE_LIT("\xbd\x04\xef\xfe"));
    if (at == SIZE_MAX)
        return;
    out[0] = le16_at(version, at + 10);
    out[1] = le16_at(version, at + 8);
    out[2] = le16_at(version, at + 14);
    out[3] = le16_at(version, at + 12);
}

/* A pair of the string table: the name, NUL, zeros to a multiple of 4, the value, NUL. */
static struct slice read_string(struct slice version, struct slice name_utf16,
                                struct arena *arena)
{
    size_t at = slice_find(version, name_utf16);
    if (at == SIZE_MAX)
        return SLICE_NULL;
    at = (at + name_utf16.len + 3) & ~(size_t)3;
    struct slice value = slice_from_offset(version, at);
    size_t units = 0;
    while (units < VERSION_TEXT_MAX && le16_at(value, 2 * units) != 0)
        units++;
    char text[VERSION_TEXT_MAX * UTF8_PER_UNIT];
    return arena_copy(arena, slice_of(text, utf16le_to_utf8(value.ptr, units, text)));
}

void pe_read_version(const struct pe *pe, struct arena *arena, struct pe_version *out)
{
    /* In UTF-16 with its NUL, of which the second byte is C's own. */
    static const char company[] = "C\0o\0m\0p\0a\0n\0y\0N\0a\0m\0e\0\0";
    struct slice version = version_resource(pe);
    *out = (struct pe_version){ .company = SLICE_NULL };
    if (!version.ptr)
        return;
    read_fixed(version, out->file);
    out->company = read_string(version, slice_of(company, sizeof company), arena);
}
