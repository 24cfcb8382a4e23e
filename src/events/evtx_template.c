/*
 * Ops → program: which columns a template has, and where each gets its value.
 *
 *   <System><Provider Name="%1"/>        Provider_Name  ← substitution 1
 *     <EventID Qualifiers="%2">%3<...>   EventID_Qualifiers ← 2, EventID ← 3
 *   <EventData><Data Name="User">%4<...> User ← 4
 *   <EventData><Data>%5</Data>           Data ← 5
 *   <UserData><X><Code v="%6">%7<...>    Code_v ← 6, Code ← 7
 *   <RenderingInfo><Message>%8<...>      RenderingInfo_Message ← 8
 *
 * Programs are kept over chunks. They are found again by their ops and the place in which they
 * stand, so a template costs one pass over its tokens in each chunk and is compiled once.
 */
#include "events/evtx_internal.h"

#include <stdlib.h>

#include "base/utf16.h"

#define DEFINITION_HEAD 24 /* next u32, GUID, size u32 */

struct parts {
    uint32_t first, last; /* PART_LAST: none */
};
#define PARTS_NONE ((struct parts){ PART_LAST, PART_LAST })

struct element {
    uint32_t tag;    /* text id */
    uint32_t column; /* of its text */
    uint8_t section; /* of its children */
    bool container;  /* a part of the event's frame: has no text of its own */
    bool system;
    bool named; /* by its Name attribute, as <Data> is */
    bool bare;  /* has neither elements nor attributes nor parts yet */
    bool has_elements;
    struct parts parts;
    struct parts name; /* value of its Name attribute, when it is not the same in all records */
};

struct attribute {
    bool open, dropped, names; /* names: it is the Name of a <Data> */
    uint32_t column;
    struct parts parts;
};

struct compiler {
    struct evtx *reader;
    struct arena *arena;
    size_t slot_count; /* reader->slots */
    size_t part_count; /* reader->parts */
    unsigned depth;
    struct element elements[DEPTH_MAX + 1]; /* 0: what stands around the fragment */
    struct attribute attribute;
};

static struct element *innermost(struct compiler *c)
{
    return &c->elements[c->depth];
}

/* --- parts ----------------------------------------------------------------------------------
 */

static void parts_add(struct compiler *c, struct parts *parts, struct part part)
{
    struct evtx *reader = c->reader;
    uint32_t at = (uint32_t)c->part_count;
    reader->parts = mem_reserve(reader->parts, at, &reader->part_capacity, sizeof part);
    c->part_count++;
    part.next = PART_LAST;
    reader->parts[at] = part;
    if (parts->first == PART_LAST)
        parts->first = at;
    else
        reader->parts[parts->last].next = at;
    parts->last = at;
}

/* Where parts go to now: an attribute's value or an element's. */
static struct parts *open_parts(struct compiler *c)
{
    if (c->attribute.open)
        return &c->attribute.parts;
    innermost(c)->bare = false;
    return &innermost(c)->parts;
}

static bool is_blank(struct slice text)
{
    return slice_trim(text).len == 0;
}

/* One text out of all, when there are only texts. */
static bool parts_are_text(const struct compiler *c, struct parts parts)
{
    for (uint32_t at = parts.first; at != PART_LAST; at = c->reader->parts[at].next)
        if (c->reader->parts[at].kind != PART_TEXT)
            return false;
    return true;
}

static struct slice parts_join(const struct compiler *c, struct parts parts)
{
    struct slice joined = slice_of("", 0);
    size_t len = 0;
    if (parts.first == PART_LAST)
        return joined;
    if (parts.first == parts.last)
        return slice_of(c->reader->parts[parts.first].text, c->reader->parts[parts.first].len);
    for (uint32_t at = parts.first; at != PART_LAST; at = c->reader->parts[at].next)
        len += c->reader->parts[at].len;
    char *out = arena_alloc(c->arena, len + 1);
    joined = slice_of(out, len);
    for (uint32_t at = parts.first; at != PART_LAST; at = c->reader->parts[at].next) {
        memcpy(out, c->reader->parts[at].text, c->reader->parts[at].len);
        out += c->reader->parts[at].len;
    }
    return joined;
}

/* Line breaks and indents between elements are no text. */
static struct parts parts_without_blanks(struct compiler *c, struct parts parts)
{
    struct parts kept = PARTS_NONE;
    for (uint32_t at = parts.first, next; at != PART_LAST; at = next) {
        struct part *part = &c->reader->parts[at];
        next = part->next;
        if (part->kind == PART_TEXT && is_blank(slice_of(part->text, part->len)))
            continue;
        if (kept.first == PART_LAST)
            kept.first = at;
        else
            c->reader->parts[kept.last].next = at;
        kept.last = at;
        part->next = PART_LAST;
    }
    return kept;
}

/* --- slots ----------------------------------------------------------------------------------
 */

/* A slot for `column` whose value is `parts`. */
static struct slot *slot_add(struct compiler *c, uint32_t column, struct parts parts)
{
    struct evtx *reader = c->reader;
    reader->slots = mem_reserve(reader->slots, c->slot_count, &reader->slot_capacity,
                                sizeof *reader->slots);
    struct slot *slot = &reader->slots[c->slot_count++];
    *slot =
        (struct slot){ .column = column, .name_part = PART_LAST, .first_part = parts.first };
    if (parts_are_text(c, parts)) {
        struct slice text = parts_join(c, parts);
        slot->kind = SLOT_TEXT;
        slot->text = text.ptr;
        slot->len = (uint32_t)text.len;
    } else if (parts.first == parts.last && c->reader->parts[parts.first].kind == PART_SUB) {
        slot->kind = SLOT_SUB;
        slot->index = c->reader->parts[parts.first].index;
        slot->optional = c->reader->parts[parts.first].optional;
    } else {
        slot->kind = SLOT_PARTS;
    }
    return slot;
}

/* --- names of columns -----------------------------------------------------------------------
 */

static bool text_is(const struct compiler *c, uint32_t id, const char *text)
{
    return slice_eq(evtx_text(c->reader, id), slice_from(text));
}

/* TEXT_NONE when the budget is spent. */
static uint32_t text_joined(struct compiler *c, struct slice a, struct slice b)
{
    char small[256];
    size_t len = a.len + 1 + b.len;
    if (!evtx_spend(c->reader, len))
        return TEXT_NONE;
    char *text = len <= sizeof small ? small : mem_alloc(len);
    memcpy(text, a.ptr, a.len);
    text[a.len] = '_';
    memcpy(text + a.len + 1, b.ptr, b.len);
    uint32_t id = evtx_text_id(c->reader, slice_of(text, len));
    if (text != small)
        free(text);
    return id;
}

/* The name of an element's column, by its tag. */
static uint32_t tag_text(struct compiler *c, uint8_t section, uint32_t tag)
{
    if (section != SECTION_RENDERING)
        return tag;
    return text_joined(c, SLICE_LIT("RenderingInfo"), evtx_text(c->reader, tag));
}

static uint8_t section_of(const struct compiler *c, uint8_t outer, uint32_t tag)
{
    if (outer == SECTION_ROOT)
        return SECTION_EVENT;
    if (outer != SECTION_EVENT)
        return outer;
    if (text_is(c, tag, "System"))
        return SECTION_SYSTEM;
    return text_is(c, tag, "RenderingInfo") ? SECTION_RENDERING : SECTION_DATA;
}

static bool is_container(const struct compiler *c, uint8_t outer, uint32_t tag)
{
    if (outer == SECTION_EVENT)
        return text_is(c, tag, "System") || text_is(c, tag, "EventData") ||
               text_is(c, tag, "UserData") || text_is(c, tag, "RenderingInfo");
    return outer == SECTION_ROOT;
}

static bool is_declaration(struct slice attribute)
{
    return slice_eq(attribute, SLICE_LIT("xmlns")) ||
           slice_starts(attribute, SLICE_LIT("xmlns:"));
}

/* --- ops ------------------------------------------------------------------------------------
 */

/* The attribute ends: its value names the element or is a column. */
static bool attribute_end(struct compiler *c)
{
    struct attribute *attribute = &c->attribute;
    struct element *element = innermost(c);
    if (!attribute->open)
        return true;
    attribute->open = false;
    if (attribute->dropped)
        return true;
    if (!attribute->names) {
        element->bare = false;
        slot_add(c, attribute->column, attribute->parts)->section = element->section;
        return true;
    }
    if (!parts_are_text(c, attribute->parts)) {
        element->name = attribute->parts;
        return true;
    }
    struct slice name = parts_join(c, attribute->parts);
    uint32_t id = name.len ? evtx_text_id(c->reader, name) : element->tag;
    element->column = COLUMN(id, 0);
    return id != TEXT_NONE;
}

static bool op_open(struct compiler *c, uint32_t tag)
{
    struct element *outer = innermost(c), *element = &c->elements[++c->depth];
    uint32_t name = tag_text(c, outer->section, tag);
    bool system = outer->section == SECTION_SYSTEM;
    outer->has_elements = true;
    outer->bare = false;
    *element = (struct element){
        .tag = name,
        .column = COLUMN(name, system),
        .section = section_of(c, outer->section, tag),
        .container = is_container(c, outer->section, tag),
        .system = system,
        .named = outer->section == SECTION_DATA &&
                 (text_is(c, tag, "Data") || text_is(c, tag, "ComplexData")),
        .bare = true,
        .parts = PARTS_NONE,
        .name = PARTS_NONE,
    };
    return name != TEXT_NONE;
}

static bool op_attribute(struct compiler *c, uint32_t id)
{
    if (!attribute_end(c))
        return false;
    struct element *element = innermost(c);
    struct slice name = evtx_text(c->reader, id);
    c->attribute = (struct attribute){ .open = true, .parts = PARTS_NONE };
    c->attribute.dropped = is_declaration(name);
    c->attribute.names = element->named && slice_eq(name, SLICE_LIT("Name"));
    if (c->attribute.dropped || c->attribute.names)
        return true;
    uint32_t text = text_joined(c, evtx_text(c->reader, element->tag), name);
    c->attribute.column = COLUMN(text, element->system);
    return text != TEXT_NONE;
}

/* What an element says by itself, if it says anything. */
static void element_text(struct compiler *c, struct element *element)
{
    if (element->container || element->has_elements)
        element->parts = parts_without_blanks(c, element->parts);
    bool empty = element->parts.first == PART_LAST;
    if (empty && (!element->bare || element->container || element->system))
        return;
    struct slot *slot = slot_add(c, element->column, element->parts);
    slot->section = element->section;
    slot->container = element->container;
    slot->name_part = element->name.first;
}

static bool op_close(struct compiler *c)
{
    if (!attribute_end(c))
        return false;
    element_text(c, innermost(c));
    c->depth--;
    return true;
}

static void op_text(struct compiler *c, const uint32_t *words, uint32_t units)
{
    char small[256 * UTF8_PER_UNIT];
    bool fits = units <= sizeof small / UTF8_PER_UNIT;
    char *out = fits ? small : arena_alloc(c->arena, UTF8_PER_UNIT * (size_t)units);
    struct slice text = slice_of(out, utf16le_to_utf8((const char *)words, units, out));
    if (fits)
        text = arena_copy(c->arena, text);
    parts_add(c, open_parts(c),
              (struct part){ .kind = PART_TEXT, .text = text.ptr, .len = (uint32_t)text.len });
}

static void op_sub(struct compiler *c, uint32_t argument)
{
    parts_add(
        c, open_parts(c),
        (struct part){ .kind = PART_SUB, .index = argument >> 1, .optional = argument & 1 });
}

static void op_instance(struct compiler *c, uint32_t offset)
{
    parts_add(c, open_parts(c), (struct part){ .kind = PART_INSTANCE, .index = offset });
}

/* One op at `words`; *used is how many words it has. */
static bool compile_op(struct compiler *c, const uint32_t *words, uint32_t *used)
{
    uint32_t argument = words[0] >> OP_BITS;
    *used = 1;
    switch ((enum op_kind)(words[0] & ((1u << OP_BITS) - 1))) {
    case OP_OPEN:
        return op_open(c, argument);
    case OP_ATTRIBUTE:
        return op_attribute(c, argument);
    case OP_CONTENT:
        return attribute_end(c);
    case OP_CLOSE:
        return op_close(c);
    case OP_TEXT:
        op_text(c, words + 1, argument);
        *used += (argument + 1) / 2;
        return true;
    case OP_SUB:
        op_sub(c, argument);
        return true;
    case OP_INSTANCE:
        op_instance(c, argument);
        return true;
    }
    return false;
}

static bool compile_ops(struct compiler *c, const struct ops *ops)
{
    uint32_t used;
    for (uint32_t at = 0; at < ops->count; at += used)
        if (!compile_op(c, ops->words + at, &used))
            return false;
    element_text(c, &c->elements[0]);
    return true;
}

static const void *arena_copied(struct arena *arena, const void *bytes, size_t len)
{
    void *copy = arena_alloc(arena, len);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

/* The program of reader->ops, all of it in `arena`. */
static struct program *compile(struct evtx *reader, struct context context, struct arena *arena)
{
    const struct ops *ops = &reader->ops;
    struct compiler c = { .reader = reader, .arena = arena };
    size_t most = ops->count + 1, left = reader->left;
    uint32_t passing = reader->texts.passing_count;
    if (!evtx_spend(reader, most * VALUE_WORK))
        return NULL;
    c.elements[0] = (struct element){ .column = context.column,
                                      .section = context.section,
                                      .container = true,
                                      .parts = PARTS_NONE,
                                      .name = PARTS_NONE };
    if (!compile_ops(&c, ops))
        return NULL;
    struct program *program = arena_alloc(arena, sizeof *program);
    program->slots = arena_copied(arena, reader->slots, c.slot_count * sizeof *reader->slots);
    program->count = (uint32_t)c.slot_count;
    program->parts = arena_copied(arena, reader->parts, c.part_count * sizeof *reader->parts);
    program->context = context;
    program->cost = left - reader->left;
    program->passing = reader->texts.passing_count > passing;
    return program;
}

struct program *evtx_fragment_program(struct evtx *reader, struct context context)
{
    return compile(reader, context, &reader->record_scratch);
}

/* --- programs that are kept -----------------------------------------------------------------
 */

static bool program_fits(const struct evtx *reader, const struct program *program,
                         struct context context)
{
    const struct ops *ops = &reader->ops;
    return program->op_count == ops->count && program->context.column == context.column &&
           program->context.section == context.section &&
           memcmp(program->ops, ops->words, ops->count * sizeof *ops->words) == 0;
}

static uint32_t *program_slot(const struct evtx *reader, uint64_t hash, struct context context)
{
    const struct programs *programs = &reader->programs;
    uint32_t mask = programs->table.size - 1, at = (uint32_t)hash & mask;
    for (unsigned i = 0; i < PROBES; i++, at = (at + 1) & mask) {
        uint32_t *slot = &programs->table.slots[at];
        if (*slot == 0)
            return slot;
        const struct program *program = programs->entries[*slot - 1];
        if (program->hash == hash && program_fits(reader, program, context))
            return slot;
    }
    return NULL;
}

/* One whose columns have names that end with the chunk is not kept, though it lies here. */
static struct program *program_keep(struct evtx *reader, uint64_t hash, struct context context,
                                    uint32_t *slot)
{
    struct programs *programs = &reader->programs;
    struct program *program = compile(reader, context, &programs->arena);
    if (!program || program->passing)
        return program;
    program->ops = arena_copied(&programs->arena, reader->ops.words,
                                reader->ops.count * sizeof *reader->ops.words);
    program->op_count = reader->ops.count;
    program->hash = hash;
    programs->entries = mem_reserve(programs->entries, programs->count, &programs->capacity,
                                    sizeof(struct program *));
    programs->entries[programs->count] = program;
    *slot = ++programs->count;
    return program;
}

/*
 * What a record costs must not depend on what was read before it: else a record at the limit
 * would be cut in one run and not in another. So a known program costs what it cost to compile.
 */
static struct program *program_again(struct evtx *reader, struct program *program)
{
    return evtx_spend(reader, program->cost) ? program : NULL;
}

/* The program of reader->ops: a known one, or one that is compiled now. */
static struct program *program_of_ops(struct evtx *reader, struct context context)
{
    const struct ops *ops = &reader->ops;
    bool local = ops->local || context.column >> 1 >= TEXTS_MAX;
    if (local)
        return compile(reader, context, &reader->chunk_scratch);
    uint64_t hash = evtx_hash(ops->words, ops->count * sizeof *ops->words) ^ context.column ^
                    (uint64_t)context.section << 32;
    uint32_t *slot = program_slot(reader, hash, context);
    if (slot && *slot)
        return program_again(reader, reader->programs.entries[*slot - 1]);
    bool room = slot && reader->programs.count < 2 * PROGRAMS_MAX;
    return room ? program_keep(reader, hash, context, slot)
                : compile(reader, context, &reader->chunk_scratch);
}

/* The chunk's own table: what stands at this offset. */
static struct program_entry *entry_at(struct evtx *reader, uint32_t key, struct context context)
{
    uint32_t start = (key * 0x9e3779b1u) >> 22;
    struct program_entry *free_entry = &reader->at[start];
    for (uint32_t i = 0; i < PROBES; i++) {
        struct program_entry *entry = &reader->at[(start + i) % CHUNK_TABLE];
        if (entry->key == key && entry->context.column == context.column &&
            entry->context.section == context.section)
            return entry;
        if (entry->key >> 16 != reader->serial) {
            free_entry = entry;
            break;
        }
    }
    free_entry->program = NULL;
    free_entry->key = key;
    free_entry->context = context;
    return free_entry;
}

struct program *evtx_template_program(struct evtx *reader, uint32_t definition,
                                      struct context context)
{
    struct program_entry *entry = entry_at(reader, reader->serial << 16 | definition, context);
    if (entry->program)
        return entry->program;
    uint32_t size = get_u32(reader->chunk + definition + DEFINITION_HEAD - 4);
    uint32_t body = definition + DEFINITION_HEAD;
    if (!evtx_read_binxml(reader, body, body + size, true))
        return NULL;
    entry->program = program_of_ops(reader, context);
    return entry->program;
}

void programs_init(struct programs *programs)
{
    hash_table_init(&programs->table, 4 * PROGRAMS_MAX);
}

void programs_start_chunk(struct programs *programs)
{
    if (programs->count < PROGRAMS_MAX && programs->arena.used < PROGRAMS_BYTES)
        return;
    arena_reset(&programs->arena);
    hash_table_clear(&programs->table);
    programs->count = 0;
}

void programs_deinit(struct programs *programs)
{
    arena_deinit(&programs->arena);
    free(programs->entries);
    free(programs->table.slots);
}
