/*
 * One event, whole, as `events` and `search` print it: a JSON line or text for people. Text
 * from evidence is escaped, nothing of it is shortened. Thread rule: pure functions but for the
 * event's scratch.
 */
#ifndef HAUBERK_REPORT_EVENT_LINE_H
#define HAUBERK_REPORT_EVENT_LINE_H

#include "base/buf.h"
#include "events/event.h"
#include "events/evtx.h"

/* Where an event stands. */
struct event_place {
    const char *path;
    uint64_t offset;
    const struct evtx_record *record; /* NULL: a row of text */
};

/* A record "event" of docs/ndjson.md, with its newline. All values of the event are filled. */
void event_line_ndjson(struct buf *out, struct event *event, const struct event_place *place);

/*
 * Time, host, family, file and offset in one line, then the row as written, or the fields of a
 * record one a line, and an empty line.
 */
void event_line_text(struct buf *out, struct event *event, const struct event_place *place);

/* Damage as record "damage" of docs/ndjson.md, with its newline. */
void event_line_damage(struct buf *out, struct slice path, uint64_t offset,
                       struct slice reason);

#endif
