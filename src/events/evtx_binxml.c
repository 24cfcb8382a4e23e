/*
 * BinXML tokens → ops.
 *
 *   00 end                       08 character reference: code u16
 *   01 element: [dependency u16] size u32 name; with 40: size of attributes u32
 *   02 content begins            09 entity reference: name
 *   03 empty element ends        0a, 0b processing instruction: name; len u16, text
 *   04 element ends              0c template instance
 *   05 text: type u8 (1), len u16, UTF-16       0d, 0e substitution: index u16, type u8
 *   06 attribute: name           0f fragment header: major, minor, flags
 *   07 CDATA: len u16, UTF-16
 *
 *   name: offset u32; when that is the offset right behind it, here comes: next u32, hash u16,
 *   len u16, UTF-16, NUL u16
 *
 * With 40 added to a token "more follows". MS-EVEN6 2.2.12 has the grammar. The dependency is
 * there in template definitions only: fragments in values lack it, and so do records that begin
 * without a template.
 */
#include "events/evtx_internal.h"

#define MORE 0x40

struct scan {
    struct evtx *reader;
    const uint8_t *chunk;
    uint32_t pos;
    uint32_t end;
    unsigned depth;
    bool dependency;
    bool in_tag; /* between an element's name and its content */
};

static bool put(struct scan *scan, enum op_kind kind, uint32_t argument)
{
    struct ops *ops = &scan->reader->ops;
    if (ops->count == OPS_MAX)
        return evtx_fail(scan->reader, "its BinXML is too long");
    ops->words[ops->count++] = OP_WORD(kind, argument);
    return true;
}

static bool put_text(struct scan *scan, const void *bytes, uint32_t units)
{
    struct ops *ops = &scan->reader->ops;
    uint32_t words = (units + 1) / 2;
    if (words >= OPS_MAX - ops->count)
        return evtx_fail(scan->reader, "its BinXML is too long");
    put(scan, OP_TEXT, units);
    if (words > 0) {
        ops->words[ops->count + words - 1] = 0;
        memcpy(ops->words + ops->count, bytes, 2 * (size_t)units);
    }
    ops->count += words;
    return true;
}

static bool has(struct scan *scan, uint32_t bytes)
{
    return bytes <= scan->end - scan->pos ||
           evtx_fail(scan->reader, "its BinXML ends in the middle of a token");
}

/* --- names ----------------------------------------------------------------------------------
 */

#define NAME_HEADER 8 /* next, hash, length */

/* Id of the name at `offset`, which the chunk may have anywhere. */
static uint32_t name_id(struct scan *scan, uint32_t offset, uint32_t units)
{
    struct evtx *reader = scan->reader;
    uint32_t key = reader->serial << 16 | offset;
    struct name_entry *entry = &reader->names[(offset * 0x9e3779b1u) >> 22];
    if (entry->key == key)
        return entry->id;
    const char *text = (const char *)scan->chunk + offset + NAME_HEADER;
    uint32_t id = evtx_text_id_utf16(reader, text, units);
    if (id != TEXT_NONE)
        *entry = (struct name_entry){ key, id };
    return id;
}

/* The name whose offset stands at scan->pos; moves behind it. */
static bool take_name(struct scan *scan, uint32_t *id_out)
{
    if (!has(scan, 4))
        return false;
    uint32_t offset = get_u32(scan->chunk + scan->pos), len = scan->reader->chunk_len;
    scan->pos += 4;
    if (offset > len || len - offset < NAME_HEADER)
        return evtx_fail(scan->reader, "a name lies outside the chunk");
    uint32_t units = get_u16(scan->chunk + offset + 6);
    if (len - offset - NAME_HEADER < 2 * units)
        return evtx_fail(scan->reader, "a name is longer than the chunk");
    if (offset == scan->pos) {
        uint32_t size = NAME_HEADER + 2 * units + 2;
        if (!has(scan, size))
            return false;
        scan->pos += size;
    }
    *id_out = name_id(scan, offset, units);
    if (*id_out >= TEXTS_MAX)
        scan->reader->ops.local = true;
    return *id_out != TEXT_NONE;
}

/* --- tokens ---------------------------------------------------------------------------------
 */

/* Does an element's first name, when it stands right here, say otherwise than expected? */
static void see_dependency(struct scan *scan)
{
    uint32_t pos = scan->pos;
    if (scan->end - pos < 11)
        return;
    if (get_u32(scan->chunk + pos + 5) == pos + 9)
        scan->dependency = false;
    else if (get_u32(scan->chunk + pos + 7) == pos + 11)
        scan->dependency = true;
}

static bool take_element(struct scan *scan, uint8_t token)
{
    uint32_t name;
    if (scan->in_tag)
        return evtx_fail(scan->reader, "an element begins within a tag");
    if (scan->depth == DEPTH_MAX)
        return evtx_fail(scan->reader, "its elements are nested too deeply");
    see_dependency(scan);
    uint32_t head = 1 + 4 + (scan->dependency ? 2 : 0);
    if (!has(scan, head))
        return false;
    scan->pos += head;
    if (!take_name(scan, &name))
        return false;
    if (token & MORE) {
        if (!has(scan, 4))
            return false;
        scan->pos += 4;
    }
    scan->depth++;
    scan->in_tag = true;
    return put(scan, OP_OPEN, name);
}

static bool take_content(struct scan *scan, uint8_t token)
{
    (void)token;
    if (!scan->in_tag)
        return evtx_fail(scan->reader, "a tag ends that was not begun");
    scan->pos++;
    scan->in_tag = false;
    return put(scan, OP_CONTENT, 0);
}

static bool take_close(struct scan *scan, uint8_t token)
{
    (void)token;
    if (scan->depth == 0)
        return evtx_fail(scan->reader, "an element ends that was not begun");
    scan->pos++;
    scan->depth--;
    scan->in_tag = false;
    return put(scan, OP_CLOSE, 0);
}

static bool take_attribute(struct scan *scan, uint8_t token)
{
    (void)token;
    uint32_t name;
    if (!scan->in_tag)
        return evtx_fail(scan->reader, "an attribute stands outside a tag");
    scan->pos++;
    return take_name(scan, &name) && put(scan, OP_ATTRIBUTE, name);
}

/* Text whose length stands `head` bytes behind the token. */
static bool take_units(struct scan *scan, uint32_t head)
{
    if (!has(scan, head + 2))
        return false;
    uint32_t units = get_u16(scan->chunk + scan->pos + head);
    scan->pos += head + 2;
    if (!has(scan, 2 * units))
        return false;
    scan->pos += 2 * units;
    return put_text(scan, scan->chunk + (scan->pos - 2 * units), units);
}

static bool take_text(struct scan *scan, uint8_t token)
{
    (void)token;
    if (!has(scan, 2))
        return false;
    if (scan->chunk[scan->pos + 1] != TYPE_STRING)
        return evtx_fail(scan->reader, "a text is not of the type for text");
    return take_units(scan, 2);
}

static bool take_cdata(struct scan *scan, uint8_t token)
{
    (void)token;
    return take_units(scan, 1);
}

static bool take_character(struct scan *scan, uint8_t token)
{
    (void)token;
    if (!has(scan, 3))
        return false;
    scan->pos += 3;
    return put_text(scan, scan->chunk + scan->pos - 2, 1);
}

/* The five of XML itself; any other stays as it is written. */
static bool put_entity(struct scan *scan, struct slice name)
{
    static const struct {
        const char *name;
        char character;
    } known[] = {
        { "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' }, { "apos", '\'' },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_eq(name, slice_from(known[i].name)))
            return put_text(scan, (const char[]){ known[i].character, 0 }, 1);
    return false;
}

static bool take_entity(struct scan *scan, uint8_t token)
{
    (void)token;
    uint32_t id;
    scan->pos++;
    uint32_t offset_at = scan->pos;
    if (!take_name(scan, &id))
        return false;
    if (put_entity(scan, evtx_text(scan->reader, id)))
        return true;
    uint32_t offset = get_u32(scan->chunk + offset_at);
    return put_text(scan, "&\0", 1) &&
           put_text(scan, scan->chunk + offset + NAME_HEADER,
                    get_u16(scan->chunk + offset + 6)) &&
           put_text(scan, ";\0", 1);
}

static bool skip_target(struct scan *scan, uint8_t token)
{
    (void)token;
    uint32_t name;
    scan->pos++;
    return take_name(scan, &name);
}

static bool skip_instruction(struct scan *scan, uint8_t token)
{
    (void)token;
    if (!has(scan, 3))
        return false;
    uint32_t bytes = 2 * (uint32_t)get_u16(scan->chunk + scan->pos + 1);
    scan->pos += 3;
    if (!has(scan, bytes))
        return false;
    scan->pos += bytes;
    return true;
}

/* An instance within elements. The walk reads it; here it is only passed over. */
static bool take_instance(struct scan *scan, uint8_t token)
{
    (void)token;
    struct instance instance;
    uint32_t pos = scan->pos;
    if (!evtx_read_instance(scan->reader, pos, scan->end, &instance))
        return false;
    uint32_t after = instance.table + 4 * instance.count;
    for (uint32_t i = 0; i < instance.count; i++)
        after += get_u16(scan->chunk + (instance.table + 4 * i));
    if (after > scan->end)
        return evtx_fail(scan->reader, "its values are longer than it is");
    scan->pos = after;
    scan->reader->ops.local = true;
    return put(scan, OP_INSTANCE, pos);
}

static bool take_substitution(struct scan *scan, uint8_t token)
{
    if (!has(scan, 4))
        return false;
    uint32_t index = get_u16(scan->chunk + scan->pos + 1);
    scan->pos += 4;
    return put(scan, OP_SUB, index << 1 | (token == 0x0e));
}

static bool skip_header(struct scan *scan, uint8_t token)
{
    (void)token;
    if (!has(scan, 4))
        return false;
    scan->pos += 4;
    return true;
}

static bool take_token(struct scan *scan)
{
    static bool (*const take[])(struct scan *, uint8_t) = {
        NULL,           take_element,      take_content,      take_close,
        take_close,     take_text,         take_attribute,    take_cdata,
        take_character, take_entity,       skip_target,       skip_instruction,
        take_instance,  take_substitution, take_substitution, skip_header,
    };
    uint8_t token = scan->chunk[scan->pos];
    uint8_t kind = token & (uint8_t)~MORE;
    if (kind == 0 || kind >= sizeof take / sizeof *take)
        return evtx_fail(scan->reader, "its BinXML has an unknown token");
    return take[kind](scan, token);
}

/* A fragment ends with its token, with its bytes, or behind its element. */
bool evtx_read_binxml(struct evtx *reader, uint32_t pos, uint32_t end, bool dependency)
{
    struct scan scan = { .reader = reader,
                         .chunk = reader->chunk,
                         .pos = pos,
                         .end = end,
                         .dependency = dependency };
    reader->ops.count = 0;
    reader->ops.local = false;
    while (scan.pos < end && scan.chunk[scan.pos] != 0) {
        uint32_t start = scan.pos;
        if (!take_token(&scan) || !evtx_spend(reader, scan.pos - start))
            return false;
    }
    return scan.depth == 0 || evtx_fail(reader, "its BinXML ends within an element");
}

bool evtx_read_instance(struct evtx *reader, uint32_t pos, uint32_t end, struct instance *out)
{
    const uint8_t *chunk = reader->chunk;
    const uint32_t head = 10, definition_head = 24;
    if (end - pos < head + 4)
        return evtx_fail(reader, "it ends within a template instance");
    uint32_t definition = get_u32(chunk + pos + 6), len = reader->chunk_len;
    if (definition > len || len - definition < definition_head)
        return evtx_fail(reader, "its template lies outside the chunk");
    if (get_u32(chunk + pos + 2) != get_u32(chunk + definition + 4))
        return evtx_fail(reader, "its template is another than it asks for");
    uint32_t size = get_u32(chunk + definition + 20);
    if (size > len - definition - definition_head)
        return evtx_fail(reader, "its template is longer than the chunk");
    pos += head;
    if (definition == pos)
        pos += definition_head + size;
    if (pos > end || end - pos < 4)
        return evtx_fail(reader, "it ends within a template's definition");
    *out = (struct instance){ .definition = definition,
                              .table = pos + 4,
                              .count = get_u32(chunk + pos) };
    if (out->count > (end - out->table) / 4)
        return evtx_fail(reader, "it has more values than bytes");
    return true;
}
