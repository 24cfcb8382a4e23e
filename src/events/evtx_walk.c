/*
 * A record's BinXML → values.
 *
 *   0f 01 01 00                          fragment header
 *   0c 01 id[4] definition[4]            template instance; the definition follows right here
 *                                        when this is its first use in the chunk
 *   count[4]  count × (len[2] type[1] 0) value table
 *   values, one behind the other
 *   00                                   end
 *
 * A value of type 0x21 is again such a fragment: EventData mostly comes that way. Its columns
 * take the place of the value.
 */
#include "events/evtx_internal.h"

#include "base/utf16.h"

#define TOKEN_END 0x00
#define TOKEN_INSTANCE 0x0c
#define TOKEN_HEADER 0x0f

static bool walk_fragment(struct evtx *reader, uint32_t pos, uint32_t end,
                          struct context context, bool dependency, unsigned depth,
                          struct program **first_out);
static bool walk_instance(struct evtx *reader, uint32_t pos, uint32_t end,
                          struct context context, unsigned depth, struct program **first_out,
                          uint32_t *after);

/* --- putting out ----------------------------------------------------------------------------
 */

/* False: the record's budget is spent. */
static inline bool put_value(struct evtx *reader, uint32_t column, struct evtx_value value)
{
    size_t cost = value.len + VALUE_WORK;
    if (cost > reader->left) {
        reader->left = 0;
        reader->flags |= EVTX_RECORD_CUT;
        return false;
    }
    reader->left -= cost;
    reader->columns[reader->value_count] = column;
    reader->values[reader->value_count++] = value;
    return true;
}

static struct evtx_value text_value(const char *text, uint32_t len)
{
    return (struct evtx_value){ EVTX_VALUE_TEXT, len, text };
}

static const struct descriptor *descriptor_of(const struct frame *frame, uint32_t index)
{
    static const struct descriptor missing = { 0, 0, TYPE_NULL };
    return index < frame->count ? &frame->descriptors[index] : &missing;
}

/* --- values of several parts ----------------------------------------------------------------
 */

/* The elements of an array stand one behind the other, as the XML's text would. */
static bool add_substitution(struct evtx *reader, const struct descriptor *d)
{
    struct evtx_value item,
        value = { d->type, d->len, (const char *)reader->chunk + d->offset };
    size_t at = 0;
    if (!evtx_spend(reader, UTF8_PER_UNIT * (size_t)d->len + VALUE_WORK))
        return false;
    while (evtx_value_item(&value, &at, &item))
        evtx_value_add(&item, &reader->text);
    return true;
}

/* Appends one part to reader->text; *present when it says anything. */
static bool add_part(struct evtx *reader, const struct part *part, const struct frame *frame,
                     bool *present)
{
    const struct descriptor *d;
    switch ((enum part_kind)part->kind) {
    case PART_TEXT:
        *present = true;
        buf_add(&reader->text, part->text, part->len);
        return evtx_spend(reader, part->len + VALUE_WORK);
    case PART_SUB:
        d = descriptor_of(frame, part->index);
        *present |= d->type == TYPE_NULL ? !part->optional : d->type != TYPE_BINXML;
        if (d->type == TYPE_NULL || d->type == TYPE_BINXML)
            return evtx_spend(reader, VALUE_WORK);
        return add_substitution(reader, d);
    case PART_INSTANCE:
        break;
    }
    return true;
}

/*
 * All parts from `first` as one text in the record's scratch; absent when none is present.
 * False: the budget is spent.
 */
static bool join_parts(struct evtx *reader, const struct program *program, uint32_t first,
                       const struct frame *frame, struct slice *out)
{
    bool present = false;
    buf_clear(&reader->text);
    *out = SLICE_NULL;
    for (uint32_t at = first; at != PART_LAST; at = program->parts[at].next)
        if (!add_part(reader, &program->parts[at], frame, &present))
            return false;
    if (present)
        *out = arena_copy(&reader->record_scratch, buf_slice(&reader->text));
    return true;
}

/* --- fragments in values --------------------------------------------------------------------
 */

/* One that cannot be read costs its own columns, not the record. */
static bool inner_done(struct evtx *reader, bool read)
{
    if (read)
        return true;
    reader->flags |= reader->left > 0 ? EVTX_RECORD_PARTIAL : EVTX_RECORD_CUT;
    return reader->left > 0;
}

static bool walk_value(struct evtx *reader, const struct descriptor *d, struct context context,
                       const struct frame *frame)
{
    return inner_done(reader, walk_fragment(reader, d->offset, d->offset + d->len, context,
                                            false, frame->depth + 1, NULL));
}

static bool walk_part(struct evtx *reader, const struct part *part, struct context context,
                      const struct frame *frame)
{
    uint32_t after;
    if (part->kind == PART_SUB && descriptor_of(frame, part->index)->type == TYPE_BINXML)
        return walk_value(reader, descriptor_of(frame, part->index), context, frame);
    if (part->kind == PART_INSTANCE)
        return inner_done(reader, walk_instance(reader, part->index, reader->chunk_len, context,
                                                frame->depth + 1, NULL, &after));
    return true;
}

/* --- slots ----------------------------------------------------------------------------------
 */

/* The column's name, when it is a value itself (<Data Name="%1">). */
static bool slot_name(struct evtx *reader, const struct program *program,
                      const struct slot *slot, const struct frame *frame, uint32_t *column)
{
    struct slice name;
    if (!join_parts(reader, program, slot->name_part, frame, &name))
        return false;
    if (name.len == 0)
        return true;
    uint32_t id = evtx_text_id(reader, name);
    *column = COLUMN(id, 0);
    return id != TEXT_NONE;
}

static bool walk_parts(struct evtx *reader, const struct program *program,
                       const struct slot *slot, uint32_t column, const struct frame *frame)
{
    struct context context = { slot->column, slot->section };
    struct slice text;
    for (uint32_t at = slot->first_part; at != PART_LAST; at = program->parts[at].next)
        if (!walk_part(reader, &program->parts[at], context, frame))
            return false;
    if (!join_parts(reader, program, slot->first_part, frame, &text))
        return false;
    if (!text.ptr && slot->container)
        return true;
    return put_value(reader, column, text_value(text.ptr, (uint32_t)text.len));
}

static bool walk_substitution(struct evtx *reader, const struct slot *slot, uint32_t column,
                              const struct frame *frame)
{
    const struct descriptor *d = descriptor_of(frame, slot->index);
    if (d->type == TYPE_BINXML)
        return walk_value(reader, d, (struct context){ slot->column, slot->section }, frame);
    if (d->type == TYPE_NULL)
        return slot->container ||
               put_value(reader, column, text_value(slot->optional ? NULL : "", 0));
    const char *bytes = (const char *)reader->chunk + d->offset;
    return put_value(reader, column, (struct evtx_value){ d->type, d->len, bytes });
}

static bool walk_slot(struct evtx *reader, const struct program *program,
                      const struct slot *slot, const struct frame *frame)
{
    uint32_t column = slot->column;
    if (slot->name_part != PART_LAST && !slot_name(reader, program, slot, frame, &column))
        return false;
    switch ((enum slot_kind)slot->kind) {
    case SLOT_TEXT:
        return put_value(reader, column, text_value(slot->text, slot->len));
    case SLOT_SUB:
        return walk_substitution(reader, slot, column, frame);
    case SLOT_PARTS:
        return walk_parts(reader, program, slot, column, frame);
    }
    return false;
}

/* The value of a slot that has one by itself, as nearly all do; false for the others. */
static inline bool plain_value(const uint8_t *chunk, const struct slot *slot,
                               const struct frame *frame, struct evtx_value *out)
{
    if (slot->name_part != PART_LAST)
        return false;
    if (slot->kind == SLOT_TEXT) {
        *out = text_value(slot->text, slot->len);
        return true;
    }
    if (slot->kind != SLOT_SUB || slot->index >= frame->count)
        return false;
    const struct descriptor *d = &frame->descriptors[slot->index];
    if (d->type == TYPE_NULL && slot->optional && !slot->container) {
        *out = text_value(NULL, 0);
        return true;
    }
    *out = (struct evtx_value){ d->type, d->len, (const char *)chunk + d->offset };
    return d->type != TYPE_NULL && d->type != TYPE_BINXML;
}

/*
 * The values of a template. This loop is where the time goes: it keeps the reader's counters in
 * registers. When the budget is spent the record ends here, and says so.
 */
static void walk_program(struct evtx *reader, const struct program *program,
                         const struct frame *frame)
{
    uint32_t count = reader->value_count;
    size_t left = reader->left;
    const struct slot *end = program->slots + program->count;
    for (const struct slot *slot = program->slots; slot < end; slot++) {
        struct evtx_value value;
        if (plain_value(reader->chunk, slot, frame, &value) && value.len + VALUE_WORK <= left) {
            left -= value.len + VALUE_WORK;
            reader->columns[count] = slot->column;
            reader->values[count++] = value;
            continue;
        }
        reader->value_count = count;
        reader->left = left;
        if (!walk_slot(reader, program, slot, frame)) {
            reader->flags |= EVTX_RECORD_CUT;
            return;
        }
        count = reader->value_count;
        left = reader->left;
    }
    reader->value_count = count;
    reader->left = left;
}

/* --- fragments ------------------------------------------------------------------------------
 */

/* The value table → the frame's descriptors. Offset behind the last value; may be beyond all.
 */
static uint32_t read_descriptors(struct evtx *reader, const struct instance *instance,
                                 struct frame *frame)
{
    struct descriptor *first = reader->descriptors + reader->descriptor_count;
    const uint8_t *entry = reader->chunk + instance->table;
    uint32_t offset = instance->table + 4 * instance->count;
    for (uint32_t i = 0; i < instance->count; i++, entry += 4) {
        uint16_t len = get_u16(entry);
        first[i] = (struct descriptor){ offset, len, entry[2] };
        offset += len;
    }
    frame->descriptors = first;
    frame->count = instance->count;
    return offset;
}

static bool walk_instance(struct evtx *reader, uint32_t pos, uint32_t end,
                          struct context context, unsigned depth, struct program **first_out,
                          uint32_t *after)
{
    struct instance instance;
    struct frame frame = { .depth = depth };
    if (depth > DEPTH_MAX)
        return evtx_fail(reader, "its fragments are nested too deeply");
    if (!evtx_read_instance(reader, pos, end, &instance))
        return false;
    if (instance.count > DESCRIPTORS_MAX - reader->descriptor_count)
        return evtx_fail(reader, "its fragments have too many values");
    if (!evtx_spend(reader, VALUE_WORK + 4 * (size_t)instance.count))
        return false;
    *after = read_descriptors(reader, &instance, &frame);
    if (*after > end)
        return evtx_fail(reader, "its values are longer than it is");
    struct program *program = evtx_template_program(reader, instance.definition, context);
    if (!program)
        return false;
    if (first_out)
        *first_out = program;
    reader->descriptor_count += instance.count;
    walk_program(reader, program, &frame);
    reader->descriptor_count -= instance.count;
    return true;
}

/* A fragment that is written out, without template. */
static bool walk_elements(struct evtx *reader, uint32_t pos, uint32_t end,
                          struct context context, bool dependency, unsigned depth)
{
    const struct frame frame = { NULL, 0, depth };
    if (!evtx_read_binxml(reader, pos, end, dependency))
        return false;
    struct program *program = evtx_fragment_program(reader, context);
    if (!program)
        return false;
    walk_program(reader, program, &frame);
    return true;
}

static bool walk_fragment(struct evtx *reader, uint32_t pos, uint32_t end,
                          struct context context, bool dependency, unsigned depth,
                          struct program **first_out)
{
    const uint8_t *chunk = reader->chunk;
    while (pos < end && chunk[pos] != TOKEN_END) {
        if (chunk[pos] == TOKEN_HEADER) {
            pos += 4;
        } else if (chunk[pos] == TOKEN_INSTANCE) {
            if (!walk_instance(reader, pos, end, context, depth, first_out, &pos))
                return false;
        } else {
            return walk_elements(reader, pos, end, context, dependency, depth);
        }
    }
    return pos <= end || evtx_fail(reader, "it ends within a fragment's header");
}

bool evtx_walk_record(struct evtx *reader, uint32_t pos, uint32_t end,
                      struct program **first_out)
{
    const struct context root = { COLUMN(TEXT_EVENT, 0), SECTION_ROOT };
    reader->value_count = 0;
    reader->descriptor_count = 0;
    reader->text.len = 0;
    *first_out = NULL;
    return walk_fragment(reader, pos, end, root, false, 0, first_out);
}
