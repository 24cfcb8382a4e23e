#include "events/event_log.h"

#include <stdlib.h>

#include "base/utf16.h"

#define SCHEMAS_MAX 4096 /* shapes × families; beyond that all are forgotten and made anew */

struct event_log {
    struct arena arena;
    struct arena passing; /* the schema of a passing shape */
    size_t count;
    struct known {
        uint32_t shape;
        const struct family *family;
        const struct schema *schema;
    } * schemas; /* open addressing, SCHEMAS_MAX * 2 places */
};

#define PLACES ((size_t)SCHEMAS_MAX * 2)

struct event_log *event_log_new(void)
{
    struct event_log *log = mem_alloc(sizeof *log);
    log->schemas = mem_alloc(PLACES * sizeof *log->schemas);
    return log;
}

void event_log_free(struct event_log *log)
{
    if (!log)
        return;
    arena_deinit(&log->arena);
    arena_deinit(&log->passing);
    free(log->schemas);
    free(log);
}

void event_log_reset(struct event_log *log)
{
    memset(log->schemas, 0, PLACES * sizeof *log->schemas);
    log->count = 0;
    arena_reset(&log->arena);
}

static const struct schema *make(struct arena *arena, const struct evtx_shape *shape,
                                 const struct family *family)
{
    return schema_new(arena, family, shape->names, shape->count, false, false);
}

const struct schema *event_log_schema(struct event_log *log, const struct evtx_shape *shape,
                                      const struct family *family)
{
    if (shape->passing) {
        arena_reset(&log->passing);
        return make(&log->passing, shape, family);
    }
    size_t at = ((size_t)shape->id * 61 + (size_t)family->id) % PLACES;
    while (log->schemas[at].schema) {
        if (log->schemas[at].shape == shape->id && log->schemas[at].family == family)
            return log->schemas[at].schema;
        at = (at + 1) % PLACES;
    }
    if (log->count++ == SCHEMAS_MAX) {
        event_log_reset(log);
        return event_log_schema(log, shape, family);
    }
    log->schemas[at] = (struct known){ shape->id, family, make(&log->arena, shape, family) };
    return log->schemas[at].schema;
}

int64_t event_log_time(const struct evtx_record *record)
{
    int64_t time = TIME_NONE;
    if (record->shape->time_created < record->shape->count)
        time = evtx_value_time(&record->values[record->shape->time_created]);
    return time == TIME_NONE ? record->written : time;
}

void event_log_begin(struct event *event, const struct schema *schema,
                     const struct evtx_record *record, uint64_t offset, struct arena *scratch)
{
    event->schema = schema;
    event->row = SLICE_NULL;
    event->offset = offset;
    event->time = event_log_time(record);
    event->cell_count = schema->count;
    event->surplus = false;
    event->pair_count = 0;
    event->pairs_left_out = record->shape->count > schema->count;
    event->scratch = scratch;
    memset(event->cells, 0, schema->count * sizeof *event->cells);
}

static void add_element(struct event *event, struct slice name, struct slice value)
{
    if (event->pair_count == EVENT_PAIRS_MAX) {
        event->pairs_left_out = true;
        return;
    }
    event->pairs[event->pair_count++] = (struct event_pair){ name, value };
}

/* The further elements of an array, from `at` on. */
static void add_elements(struct event *event, const struct evtx_value *value, size_t at,
                         size_t column)
{
    struct evtx_value item;
    while (evtx_value_item(value, &at, &item) && !event->pairs_left_out)
        add_element(event, event->schema->names[column],
                    evtx_value_text(&item, 0, event->scratch));
}

void event_log_fill(struct event *event, const struct evtx_record *record, size_t column)
{
    const struct evtx_value *value = &record->values[column];
    struct evtx_value item;
    size_t at = 0;
    if (event->cells[column].ptr || !evtx_value_item(value, &at, &item))
        return;
    event->cells[column] = evtx_value_text(&item, 0, event->scratch);
    if (value->type & EVTX_VALUE_ARRAY)
        add_elements(event, value, at, column);
}

static void add_items(const struct evtx_value *value, struct buf *text)
{
    struct evtx_value item;
    size_t at = 0;
    while (evtx_value_item(value, &at, &item)) {
        evtx_value_add(&item, text);
        buf_add_char(text, '\n');
    }
}

void event_log_fill_text(struct event *event, const struct evtx_record *record,
                         const uint32_t *columns, size_t count, struct buf *text)
{
    size_t ends[COLUMNS_MAX];
    size_t start = text->len;
    for (size_t i = 0; i < count; i++) {
        add_items(&record->values[columns[i]], text);
        ends[i] = text->len;
    }
    for (size_t i = 0; i < count; i++) {
        const struct evtx_value *value = &record->values[columns[i]];
        if (value->type & EVTX_VALUE_ARRAY)
            event_log_fill(event, record, columns[i]);
        else if (ends[i] > start)
            event->cells[columns[i]] = slice_of(text->ptr + start, ends[i] - 1 - start);
        start = ends[i];
    }
}

static bool is_text(const struct evtx_value *value)
{
    switch (value->type & ~EVTX_VALUE_ARRAY) {
    case EVTX_VALUE_STRING:
    case 0x02: /* ANSI */
    case 0x23: /* EvtXml */
    case EVTX_VALUE_TEXT:
        return value->bytes != NULL;
    default:
        return false;
    }
}

void event_log_add_all(const struct evtx_record *record, struct buf *text)
{
    for (size_t i = 0; i < record->shape->count; i++)
        add_items(&record->values[i], text);
}

/* Room for the UTF-16 strings of a record, each with a newline. */
static void reserve_strings(const struct evtx_record *record, struct buf *text)
{
    size_t room = 0;
    for (size_t i = 0; i < record->shape->count; i++)
        if (record->values[i].type == EVTX_VALUE_STRING)
            room += record->values[i].len / 2 * UTF8_PER_UNIT + 1;
    buf_reserve(text, room);
}

/* Every event goes through here: strings take the short way. */
void event_log_add_strings(const struct evtx_record *record, struct buf *text)
{
    reserve_strings(record, text);
    for (size_t i = 0; i < record->shape->count; i++) {
        const struct evtx_value *value = &record->values[i];
        if (value->type != EVTX_VALUE_STRING || !value->bytes)
            continue;
        text->len += utf16le_to_utf8(value->bytes, value->len / 2, text->ptr + text->len);
        text->ptr[text->len++] = '\n';
    }
    for (size_t i = 0; i < record->shape->count; i++)
        if (record->values[i].type != EVTX_VALUE_STRING && is_text(&record->values[i]))
            add_items(&record->values[i], text);
}

/* Digits, hexadecimal, "S-1-5-", "0x", "true", "false", "nan", "inf", "{...}", times. */
bool event_log_fits_number(struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (!bytes.ptr[i] ||
            !strchr("0123456789abcdefxsturlintz{}-.:+# \n", ascii_lower(bytes.ptr[i])))
            return false;
    return true;
}

void event_log_fill_all(struct event *event, const struct evtx_record *record)
{
    for (size_t i = 0; i < event->cell_count; i++)
        event_log_fill(event, record, i);
}
