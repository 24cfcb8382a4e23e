/*
 * Where the metadata is (ECMA-335 II.25.3.3, II.24):
 *
 *     PE directory 14  → CLR header: u32 size, u16, u16, u32 rva of the metadata, u32 size,
 *                        u32 flags (8: signed)
 *     metadata root      "BSJB", u16, u16, u32, u32 length of the version, the version,
 *                        u16, u16 streams, then for each: u32 offset, u32 size, name padded to
 * 4 #Strings           names, UTF-8, each ends with NUL #Blob, #US         items: length (1, 2
 * or 4 bytes, by the first bits), bytes
 *     #~                 u32, u8, u8, u8 heap sizes, u8, u64 which tables there are, u64,
 *                        u32 rows of each table that there is, then the rows
 *
 * A row has fixed columns; those that point somewhere are 2 bytes wide, or 4 when what they
 * point to is large. So the width of all tables must be known to find the last one.
 */
#include "webshell/assembly.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/utf16.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STREAMS_MAX 16
#define STREAM_NAME_MAX 32
#define NAME_MAX_BYTES 1024 /* as long as the runtime itself allows */
#define KEY_BYTES_MAX 16384
#define SIGNATURE_MAX 256       /* enough for every method that we look for */
#define LITERALS_MAX (1U << 20) /* empty ones too */

/* ---- the shape of the tables ---- */

enum {
    TABLE_MODULE = 0x00,
    TABLE_TYPE_REF = 0x01,
    TABLE_TYPE_DEF = 0x02,
    TABLE_MEMBER_REF = 0x0a,
    TABLE_MODULE_REF = 0x1a,
    TABLE_IMPL_MAP = 0x1c,
    TABLE_ASSEMBLY = 0x20,
    TABLE_ASSEMBLY_REF = 0x23,
    TABLE_COUNT = 64, /* as many as the bits that announce them */
};

/* Kinds of columns. Below CODED: a row number of that table. */
enum {
    CODED = 0x40,
    TYPE_DEF_OR_REF = CODED,
    HAS_CONSTANT,
    HAS_ATTRIBUTE,
    HAS_MARSHAL,
    HAS_SECURITY,
    MEMBER_PARENT,
    HAS_SEMANTICS,
    METHOD_DEF_OR_REF,
    MEMBER_FORWARDED,
    ATTRIBUTE_TYPE,
    RESOLUTION_SCOPE,
    FIXED = 0x60,
    U16 = FIXED + 2,
    U32 = FIXED + 4,
    STRING = 0x70,
    GUID,
    BLOB,
    END = 0xff,
};

/* Tables that a coded column can point to; its lowest bits say which. 0xff: none. */
static const struct {
    uint8_t bits, count, tables[22];
} coded[] = {
    [TYPE_DEF_OR_REF - CODED] = { 2, 3, { 0x02, 0x01, 0x1b } },
    [HAS_CONSTANT - CODED] = { 2, 3, { 0x04, 0x08, 0x17 } },
    [HAS_ATTRIBUTE - CODED] = { 5, 22, { 0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x00,
                                         0x0e, 0x17, 0x14, 0x11, 0x1a, 0x1b, 0x20, 0x23,
                                         0x26, 0x27, 0x28, 0x2a, 0x2c, 0x2b } },
    [HAS_MARSHAL - CODED] = { 1, 2, { 0x04, 0x08 } },
    [HAS_SECURITY - CODED] = { 2, 3, { 0x02, 0x06, 0x20 } },
    [MEMBER_PARENT - CODED] = { 3, 5, { 0x02, 0x01, 0x1a, 0x06, 0x1b } },
    [HAS_SEMANTICS - CODED] = { 1, 2, { 0x14, 0x17 } },
    [METHOD_DEF_OR_REF - CODED] = { 1, 2, { 0x06, 0x0a } },
    [MEMBER_FORWARDED - CODED] = { 1, 2, { 0x04, 0x06 } },
    [ATTRIBUTE_TYPE - CODED] = { 3, 5, { 0xff, 0xff, 0x06, 0x0a, 0xff } },
    [RESOLUTION_SCOPE - CODED] = { 2, 4, { 0x00, 0x1a, 0x23, 0x01 } },
};

#define COLUMNS_MAX 10

/* Columns of each table up to AssemblyRef, the last that we read (ECMA-335 II.22). */
static const uint8_t shapes[][COLUMNS_MAX] = {
    [TABLE_MODULE] = { U16, STRING, GUID, GUID, GUID, END },
    [TABLE_TYPE_REF] = { RESOLUTION_SCOPE, STRING, STRING, END },
    [TABLE_TYPE_DEF] = { U32, STRING, STRING, TYPE_DEF_OR_REF, 0x04, 0x06, END },
    [0x03] = { 0x04, END },
    [0x04] = { U16, STRING, BLOB, END },
    [0x05] = { 0x06, END },
    [0x06] = { U32, U16, U16, STRING, BLOB, 0x08, END },
    [0x07] = { 0x08, END },
    [0x08] = { U16, U16, STRING, END },
    [0x09] = { 0x02, TYPE_DEF_OR_REF, END },
    [TABLE_MEMBER_REF] = { MEMBER_PARENT, STRING, BLOB, END },
    [0x0b] = { U16, HAS_CONSTANT, BLOB, END },
    [0x0c] = { HAS_ATTRIBUTE, ATTRIBUTE_TYPE, BLOB, END },
    [0x0d] = { HAS_MARSHAL, BLOB, END },
    [0x0e] = { U16, HAS_SECURITY, BLOB, END },
    [0x0f] = { U16, U32, 0x02, END },
    [0x10] = { U32, 0x04, END },
    [0x11] = { BLOB, END },
    [0x12] = { 0x02, 0x14, END },
    [0x13] = { 0x14, END },
    [0x14] = { U16, STRING, TYPE_DEF_OR_REF, END },
    [0x15] = { 0x02, 0x17, END },
    [0x16] = { 0x17, END },
    [0x17] = { U16, STRING, BLOB, END },
    [0x18] = { U16, 0x06, HAS_SEMANTICS, END },
    [0x19] = { 0x02, METHOD_DEF_OR_REF, METHOD_DEF_OR_REF, END },
    [TABLE_MODULE_REF] = { STRING, END },
    [0x1b] = { BLOB, END },
    [TABLE_IMPL_MAP] = { U16, MEMBER_FORWARDED, STRING, TABLE_MODULE_REF, END },
    [0x1d] = { U32, 0x04, END },
    [0x1e] = { U32, U32, END },
    [0x1f] = { U32, END },
    [TABLE_ASSEMBLY] = { U32, U16, U16, U16, U16, U32, BLOB, STRING, STRING, END },
    [0x21] = { U32, END },
    [0x22] = { U32, U32, U32, END },
    [TABLE_ASSEMBLY_REF] = { U16, U16, U16, U16, U32, BLOB, STRING, STRING, BLOB, END },
};

struct table {
    struct slice rows; /* all of them */
    uint32_t row_count;
    size_t row_size;
};

struct metadata {
    struct slice names, blobs, literals, tables; /* streams */
    uint8_t heap_sizes;
    struct table table[TABLE_COUNT];
    bool cut;
};

static size_t coded_width(const struct metadata *md, size_t kind)
{
    uint32_t most = 0;
    for (size_t i = 0; i < coded[kind].count; i++) {
        uint8_t table = coded[kind].tables[i];
        if (table != 0xff && md->table[table].row_count > most)
            most = md->table[table].row_count;
    }
    return most >> (16 - coded[kind].bits) ? 4 : 2;
}

static size_t column_width(const struct metadata *md, uint8_t column)
{
    if (column >= STRING)
        return md->heap_sizes & (1U << (column - STRING)) ? 4 : 2;
    if (column >= FIXED)
        return column - FIXED;
    if (column >= CODED)
        return coded_width(md, column - CODED);
    return md->table[column].row_count > UINT16_MAX ? 4 : 2;
}

static size_t row_width(const struct metadata *md, const uint8_t *shape)
{
    size_t width = 0;
    for (; *shape != END; shape++)
        width += column_width(md, *shape);
    return width;
}

/* ---- finding streams and tables ---- */

static void take_stream(struct metadata *md, struct slice name, struct slice bytes)
{
    const struct {
        struct slice name;
        struct slice *stream;
    } streams[] = {
        { SLICE_LIT("#~"), &md->tables },      { SLICE_LIT("#-"), &md->tables },
        { SLICE_LIT("#Strings"), &md->names }, { SLICE_LIT("#Blob"), &md->blobs },
        { SLICE_LIT("#US"), &md->literals },
    };
    for (size_t i = 0; i < COUNT(streams); i++)
        if (slice_eq(name, streams[i].name) && !streams[i].stream->ptr)
            *streams[i].stream = bytes;
}

/* *runtime_out: the version of the runtime that it was made for. */
static bool read_root(struct metadata *md, struct slice root, struct slice *runtime_out)
{
    if (!slice_starts(root, SLICE_LIT("BSJB")))
        return false;
    size_t version_size = le32_at(root, 12), at = 16 + version_size + 4;
    size_t count = le16_at(root, at - 2);
    *runtime_out = cstring_at(root, 16, version_size < 256 ? version_size : 256);
    for (size_t i = 0; i < count && i < STREAMS_MAX; i++) {
        struct slice name = cstring_at(root, at + 8, STREAM_NAME_MAX);
        struct slice bytes = slice_from_offset(root, le32_at(root, at));
        if (!name.ptr)
            return false;
        take_stream(md, name, slice_first(bytes, le32_at(root, at + 4)));
        at += 8 + ((name.len + 4) & ~(size_t)3);
    }
    return md->tables.ptr != NULL;
}

/* How many rows can be read; none of a table that is not placed. */
static size_t row_count(const struct metadata *md, size_t number)
{
    const struct table *table = &md->table[number];
    size_t there = table->row_size ? table->rows.len / table->row_size : 0;
    size_t count = table->row_count < there ? table->row_count : there;
    return count < ASSEMBLY_ROWS_MAX ? count : ASSEMBLY_ROWS_MAX;
}

/* Rows behind the end of the file are none. */
static void place_table(struct metadata *md, size_t number, size_t *at)
{
    struct table *table = &md->table[number];
    table->row_size = row_width(md, shapes[number]);
    size_t size = table->row_size * table->row_count;
    table->rows = slice_first(slice_from_offset(md->tables, *at), size);
    *at += size;
    md->cut |= table->row_count > row_count(md, number);
}

static void read_tables(struct metadata *md)
{
    uint64_t present = le32_at(md->tables, 8) | (uint64_t)le32_at(md->tables, 12) << 32;
    size_t at = 24;
    md->heap_sizes = le8_at(md->tables, 6);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (present >> i & 1) {
            md->table[i].row_count = le32_at(md->tables, at);
            at += 4;
        }
    if (md->heap_sizes & 0x40) /* a number more, in files of old tools */
        at += 4;
    for (size_t i = 0; i < COUNT(shapes); i++)
        place_table(md, i, &at);
}

/* Column `column` of a row counted from 0; 0 when there is no such row. */
static uint32_t cell(const struct metadata *md, size_t number, size_t row, size_t column)
{
    const struct table *table = &md->table[number];
    size_t at = row * table->row_size;
    if (row >= table->row_count)
        return 0;
    for (size_t i = 0; i < column; i++)
        at += column_width(md, shapes[number][i]);
    return column_width(md, shapes[number][column]) == 4 ? le32_at(table->rows, at)
                                                         : le16_at(table->rows, at);
}

static struct slice name_cell(const struct metadata *md, size_t number, size_t row,
                              size_t column)
{
    if (row >= md->table[number].row_count)
        return SLICE_NULL;
    return cstring_at(md->names, cell(md, number, row, column), NAME_MAX_BYTES);
}

/* ---- blobs ---- */

/* The item at *at, behind its length; *at moves behind it. Absent at the end. */
static struct slice blob_next(struct slice heap, size_t *at)
{
    uint8_t first = le8_at(heap, *at);
    size_t head = first < 0x80 ? 1 : first < 0xc0 ? 2 : 4, len = first;
    if (*at >= heap.len)
        return SLICE_NULL;
    if (head == 2)
        len = (first & 0x3fU) << 8 | le8_at(heap, *at + 1);
    if (head == 4)
        len = (first & 0x1fU) << 24 | (size_t)le8_at(heap, *at + 1) << 16 |
              (size_t)le8_at(heap, *at + 2) << 8 | le8_at(heap, *at + 3);
    struct slice item = slice_first(slice_from_offset(heap, *at + head), len);
    *at += head + len;
    return item;
}

static struct slice blob_cell(const struct metadata *md, size_t number, size_t row,
                              size_t column)
{
    size_t at = cell(md, number, row, column);
    return at ? blob_next(md->blobs, &at) : SLICE_NULL;
}

/* ---- names of assemblies ---- */

/* The last 8 bytes of the key's SHA-1, last one first. */
static void token_of_key(struct assembly_name *name, struct slice key)
{
    uint8_t digest[HASH_BYTES_MAX];
    if (key.len == 0 || key.len > KEY_BYTES_MAX)
        return;
    hash_bytes(HASH_SHA1, key, digest);
    size_t last = hash_size(HASH_SHA1) - 1;
    for (size_t i = 0; i < ASSEMBLY_TOKEN_BYTES; i++)
        name->token[i] = digest[last - i];
    name->has_token = true;
}

static void take_token(struct assembly_name *name, struct slice key)
{
    if (key.len != ASSEMBLY_TOKEN_BYTES) {
        token_of_key(name, key);
        return;
    }
    memcpy(name->token, key.ptr, ASSEMBLY_TOKEN_BYTES);
    name->has_token = true;
}

/* Assembly and AssemblyRef have the same columns, one of them after another. */
static struct assembly_name read_name(const struct metadata *md, size_t number, size_t row,
                                      size_t first)
{
    struct assembly_name name = { .name = name_cell(md, number, row, first + 6),
                                  .culture = name_cell(md, number, row, first + 7) };
    for (size_t i = 0; i < 4; i++)
        name.version[i] = (uint16_t)cell(md, number, row, first + i);
    take_token(&name, blob_cell(md, number, row, first + 5));
    return name;
}

static void read_self(struct assembly *out, const struct metadata *md)
{
    if (row_count(md, TABLE_ASSEMBLY) > 0)
        out->self = read_name(md, TABLE_ASSEMBLY, 0, 1);
    else
        out->self.name = name_cell(md, TABLE_MODULE, 0, 1);
}

static void read_references(struct assembly *out, const struct metadata *md,
                            struct arena *arena)
{
    size_t count = row_count(md, TABLE_ASSEMBLY_REF);
    out->reference_count = count < ASSEMBLY_REFERENCES_MAX ? count : ASSEMBLY_REFERENCES_MAX;
    out->cut |= count > ASSEMBLY_REFERENCES_MAX;
    out->references = arena_array(arena, out->reference_count, sizeof *out->references);
    for (size_t i = 0; i < out->reference_count; i++)
        out->references[i] = read_name(md, TABLE_ASSEMBLY_REF, i, 0);
}

/* ---- types and members ---- */

/* TypeRef and TypeDef both have the name in column 1 and the namespace in column 2. */
static struct assembly_type type_at(const struct metadata *md, size_t number, size_t row)
{
    return (struct assembly_type){ name_cell(md, number, row, 2),
                                   name_cell(md, number, row, 1) };
}

static struct assembly_type *read_types(const struct metadata *md, size_t number,
                                        struct arena *arena, size_t *count_out)
{
    *count_out = row_count(md, number);
    struct assembly_type *types = arena_array(arena, *count_out, sizeof *types);
    for (size_t i = 0; i < *count_out; i++)
        types[i] = type_at(md, number, i);
    return types;
}

static struct assembly_member member_at(const struct metadata *md, size_t row)
{
    struct assembly_member member = { .name = name_cell(md, TABLE_MEMBER_REF, row, 1),
                                      .signature = blob_cell(md, TABLE_MEMBER_REF, row, 2) };
    member.signature = slice_first(member.signature, SIGNATURE_MAX);
    uint32_t parent = cell(md, TABLE_MEMBER_REF, row, 0);
    uint32_t index = parent >> coded[MEMBER_PARENT - CODED].bits;
    uint8_t table = parent & 1 ? TABLE_TYPE_REF : TABLE_TYPE_DEF;
    if ((parent & 7) > 1 || index == 0)
        return member;
    struct assembly_type type = type_at(md, table, index - 1);
    member.space = type.space;
    member.type = type.name;
    return member;
}

static struct assembly_member native_at(const struct metadata *md, size_t row)
{
    uint32_t library = cell(md, TABLE_IMPL_MAP, row, 3);
    struct assembly_member member = { .name = name_cell(md, TABLE_IMPL_MAP, row, 2),
                                      .native = true };
    if (library > 0)
        member.type = name_cell(md, TABLE_MODULE_REF, library - 1, 0);
    return member;
}

static void read_members(struct assembly *out, const struct metadata *md, struct arena *arena)
{
    size_t managed = row_count(md, TABLE_MEMBER_REF), native = row_count(md, TABLE_IMPL_MAP);
    out->member_count = managed + native;
    out->members = arena_array(arena, out->member_count, sizeof *out->members);
    for (size_t i = 0; i < managed; i++)
        out->members[i] = member_at(md, i);
    for (size_t i = 0; i < native; i++)
        out->members[managed + i] = native_at(md, i);
}

/* ---- literals: UTF-16 and one more byte ---- */

static void read_strings(struct assembly *out, struct metadata *md, struct arena *arena)
{
    size_t at = 1, room = ASSEMBLY_STRING_BYTES, capacity = 0;
    struct slice item, *list = NULL;
    for (size_t seen = 0; (item = blob_next(md->literals, &at)).ptr; seen++) {
        size_t units = item.len / 2;
        if (units == 0 && seen < LITERALS_MAX)
            continue;
        if (seen == LITERALS_MAX || out->string_count == ASSEMBLY_STRINGS_MAX ||
            units * UTF8_PER_UNIT > room) {
            md->cut = true;
            break;
        }
        char *text = arena_alloc(arena, units * UTF8_PER_UNIT);
        size_t len = utf16le_to_utf8(item.ptr, units, text);
        room -= units * UTF8_PER_UNIT;
        list = mem_reserve(list, out->string_count, &capacity, sizeof *list);
        list[out->string_count++] = slice_of(text, len);
    }
    out->strings = arena_array(arena, out->string_count, sizeof *out->strings);
    if (list)
        memcpy(out->strings, list, out->string_count * sizeof *list);
    free(list);
}

bool assembly_read(struct arena *arena, const struct pe *pe, struct assembly *out)
{
    struct slice header = pe_at(pe, pe->directories[PE_CLR].rva);
    struct metadata md = { .heap_sizes = 0 };
    *out = (struct assembly){ .runtime = SLICE_NULL };
    if (pe->directories[PE_CLR].rva == 0 || header.len < 20)
        return false;
    struct slice root = slice_first(pe_at(pe, le32_at(header, 8)), le32_at(header, 12));
    if (!root.ptr || !read_root(&md, root, &out->runtime))
        return false;
    out->has_signature = le32_at(header, 16) & 8;
    read_tables(&md);
    read_self(out, &md);
    read_references(out, &md, arena);
    out->types = read_types(&md, TABLE_TYPE_DEF, arena, &out->type_count);
    out->used = read_types(&md, TABLE_TYPE_REF, arena, &out->used_count);
    read_members(out, &md, arena);
    read_strings(out, &md, arena);
    out->cut |= md.cut;
    return true;
}

bool assembly_uses(const struct assembly *assembly, struct slice space, struct slice name)
{
    for (size_t i = 0; i < assembly->used_count; i++)
        if (slice_eq(assembly->used[i].space, space) && slice_eq(assembly->used[i].name, name))
            return true;
    return false;
}

const char *assembly_token_text(const struct assembly_name *name,
                                char out[ASSEMBLY_TOKEN_TEXT_SIZE])
{
    char text[HASH_TEXT_SIZE];
    hash_text(name->token, ASSEMBLY_TOKEN_BYTES, text);
    memcpy(out, text, ASSEMBLY_TOKEN_TEXT_SIZE);
    return out;
}

bool assembly_claims_microsoft(const struct assembly_name *name)
{
    static const uint8_t tokens[][ASSEMBLY_TOKEN_BYTES] = {
        { 0xb7, 0x7a, 0x5c, 0x56, 0x19, 0x34, 0xe0, 0x89 }, /* the runtime (ECMA key) */
        { 0xb0, 0x3f, 0x5f, 0x7f, 0x11, 0xd5, 0x0a, 0x3a }, /* .NET Framework */
        { 0x31, 0xbf, 0x38, 0x56, 0xad, 0x36, 0x4e, 0x35 }, /* Exchange, WPF, ASP.NET */
        { 0x89, 0x84, 0x5d, 0xcd, 0x80, 0x80, 0xcc, 0x91 }, /* SQL Server and Visual Studio */
        { 0x71, 0xe9, 0xbc, 0xe1, 0x11, 0xe9, 0x42, 0x9c }, /* Office, SharePoint */
        { 0xcc, 0x7b, 0x13, 0xff, 0xcd, 0x2d, 0xdd, 0x51 }, /* .NET Core */
        { 0xad, 0xb9, 0x79, 0x38, 0x29, 0xdd, 0xae, 0x60 }, /* ASP.NET Core, Entity Framework */
    };
    for (size_t i = 0; i < COUNT(tokens); i++)
        if (name->has_token && memcmp(name->token, tokens[i], ASSEMBLY_TOKEN_BYTES) == 0)
            return true;
    return false;
}
