#include "events/event_log.h"

#include <stdlib.h>

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

#define PLACES (SCHEMAS_MAX * 2)

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
    size_t at = (shape->id * 61 + (size_t)family->id) % PLACES;
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

void event_log_fill(struct event *event, const struct evtx_record *record, size_t column)
{
    const struct evtx_value *value = &record->values[column];
    if (event->cells[column].ptr || !value->bytes)
        return;
    event->cells[column] = evtx_value_text(value, 0, event->scratch);
    if (!(value->type & EVTX_VALUE_ARRAY))
        return;
    size_t count = evtx_value_count(value);
    for (size_t i = 1; i < count && !event->pairs_left_out; i++)
        add_element(event, event->schema->names[column],
                    evtx_value_text(value, i, event->scratch));
}

void event_log_fill_all(struct event *event, const struct evtx_record *record)
{
    for (size_t i = 0; i < event->cell_count; i++)
        event_log_fill(event, record, i);
}
