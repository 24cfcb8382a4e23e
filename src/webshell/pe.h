/*
 * The container of Windows' programs and libraries (PE/COFF): sections, what it exports, its
 * version resource. Bytes are hostile: every offset is checked, what lies outside reads as 0 or
 * is absent, and every count has a limit. Thread rule: pure functions; slices borrow from the
 * file.
 */
#ifndef HAUBERK_WEBSHELL_PE_H
#define HAUBERK_WEBSHELL_PE_H

#include "base/memory.h"

#define PE_SECTIONS_MAX 96 /* Windows loads no more */

enum pe_directory {
    PE_EXPORT = 0,
    PE_RESOURCE = 2,
    PE_DEBUG = 6,
    PE_CLR = 14,
    PE_DIRECTORIES = 16,
};

struct pe_section {
    uint32_t rva, offset, size; /* of what is in the file */
};

struct pe {
    struct slice bytes;
    uint32_t timestamp; /* seconds since 1970 by the linker's clock; a hash if `reproducible` */
    bool reproducible;
    bool is_library;
    size_t section_count;
    struct pe_section sections[PE_SECTIONS_MAX];
    struct {
        uint32_t rva, size;
    } directories[PE_DIRECTORIES];
};

/* False when these are no PE file. */
bool pe_open(struct slice bytes, struct pe *out);

/* The bytes of the file from an address on, to the end of their section; absent outside. */
struct slice pe_at(const struct pe *pe, uint32_t rva);

/* Does it export a function of this name? */
bool pe_exports(const struct pe *pe, struct slice name);

/* The section that a directory lies in; NULL when none does. */
const struct pe_section *pe_section_of(const struct pe *pe, enum pe_directory directory);

/* From here on only this section is at hand: `bytes`, in which its offset counts. */
void pe_set_section(struct pe *pe, const struct pe_section *section, struct slice bytes);

struct pe_version {
    uint16_t file[4];     /* FileVersion, as Windows compares it; all 0 without a resource */
    struct slice company; /* CompanyName in UTF-8, or absent: anybody can write any name */
};

void pe_read_version(const struct pe *pe, struct arena *arena, struct pe_version *out);

/* Little-endian numbers at an offset of the bytes; 0 where they end before. */
uint8_t le8_at(struct slice bytes, size_t at);
uint16_t le16_at(struct slice bytes, size_t at);
uint32_t le32_at(struct slice bytes, size_t at);

/* The text up to a NUL, at most `max` bytes; absent when `at` is outside. */
struct slice cstring_at(struct slice bytes, size_t at, size_t max);

#endif
