#include "report/event_line.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "events/event_fields.h"

#define SCHEMA_VERSION 1 /* of docs/ndjson.md */
#define FIELDS_MAX (COLUMNS_MAX + EVENT_PAIRS_MAX)

static struct json record_begin(struct buf *out, const char *kind, struct slice host)
{
    struct json json = json_open(out);
    json_text(&json, "record", slice_from(kind));
    json_int(&json, "hauberk.schema", SCHEMA_VERSION);
    json_text(&json, "host.name", host.ptr ? host : slice_from(""));
    return json;
}

static struct slice value_of(const struct event *event, size_t column)
{
    struct slice value = event_cell(event, column);
    return value.len ? value : SLICE_NULL;
}

static void add_record(struct json *json, const struct event *event,
                       const struct evtx_record *record)
{
    json_text(json, "winlog.channel", value_of(event, record->shape->channel));
    json_text(json, "event.code", value_of(event, record->shape->event_id));
    json_text(json, "event.provider", value_of(event, record->shape->provider));
    json_text(json, "winlog.record_id", value_of(event, record->shape->record_number));
}

static void add_fields(struct json *json, const struct event *event)
{
    struct event_field fields[FIELDS_MAX];
    size_t count = event_fields(event, fields, FIELDS_MAX);
    struct json inner = json_begin(json, "hauberk.fields");
    for (size_t i = 0; i < count; i++)
        json_text_key(&inner, fields[i].name, fields[i].value);
    json_close(&inner);
}

void event_line_ndjson(struct buf *out, struct event *event, const struct event_place *place)
{
    struct json json = record_begin(out, "event", event_host(event));
    json_time(&json, "@timestamp", event->time);
    json_text(&json, "hauberk.source", slice_from(event->schema->family->name));
    json_text(&json, "log.file.path", slice_from(place->path));
    json_int(&json, "hauberk.offset", (int64_t)place->offset);
    if (place->record)
        add_record(&json, event, place->record);
    add_fields(&json, event);
    json_close(&json);
    buf_add_char(out, '\n');
}

static void text_fields(struct buf *out, const struct event *event)
{
    struct event_field fields[FIELDS_MAX];
    size_t count = event_fields(event, fields, FIELDS_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(out, "    ");
        escape_text(out, fields[i].name);
        buf_add_text(out, ": ");
        escape_text(out, fields[i].value);
        buf_add_char(out, '\n');
    }
}

void event_line_text(struct buf *out, struct event *event, const struct event_place *place)
{
    char time[TIME_TEXT_SIZE];
    struct slice host = event_host(event);
    buf_add_text(out, event->time == TIME_NONE ? "(no time)" : time_format(event->time, time));
    buf_add_text(out, "  ");
    escape_text(out, host.ptr ? host : slice_from("-"));
    buf_printf(out, "  %s  ", event->schema->family->name);
    escape_text(out, slice_from(place->path));
    buf_printf(out, ":%" PRIu64 "\n", place->offset);
    if (event->row.ptr) {
        buf_add_text(out, "    ");
        escape_text(out, event->row);
        buf_add_char(out, '\n');
    } else {
        text_fields(out, event);
    }
    buf_add_char(out, '\n');
}

void event_line_damage(struct buf *out, struct slice path, uint64_t offset, struct slice reason)
{
    struct json json = record_begin(out, "damage", SLICE_NULL);
    json_text(&json, "log.file.path", path);
    json_int(&json, "hauberk.offset", (int64_t)offset);
    json_text(&json, "hauberk.reason", reason);
    json_close(&json);
    buf_add_char(out, '\n');
}
