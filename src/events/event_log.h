/*
 * Records of a Windows event log as events: their family, their columns, and their values as
 * text once somebody asks for them.
 *
 * A schema is made for each shape of the reader and each family that its records belong to; it
 * lives as long as the struct event_log. Thread rule: one owner.
 */
#ifndef HAUBERK_EVENTS_EVENT_LOG_H
#define HAUBERK_EVENTS_EVENT_LOG_H

#include "events/event.h"
#include "events/evtx.h"

struct event_log;

struct event_log *event_log_new(void);
void event_log_free(struct event_log *log);

/* Forgets all schemas: before the reader of the shapes ends. */
void event_log_reset(struct event_log *log);

/*
 * The schema of records of this shape in this family. For a passing shape it lives until the
 * next call only.
 */
const struct schema *event_log_schema(struct event_log *log, const struct evtx_shape *shape,
                                      const struct family *family);

/* TimeCreated, or the time in the record's header when there is none. */
int64_t event_log_time(const struct evtx_record *record);

/*
 * Makes *event stand for the record, without any value yet: cells are absent until they are
 * filled. `offset` is the record's in its file. The event lives as long as record and scratch.
 */
void event_log_begin(struct event *event, const struct schema *schema,
                     const struct evtx_record *record, uint64_t offset, struct arena *scratch);

/*
 * Renders the value of one column, if it is not there yet. The first element of an array is the
 * cell, the others become pairs of the column's name.
 */
void event_log_fill(struct event *event, const struct evtx_record *record, size_t column);
/* The same for several columns; their text is appended to *text too, one value a line. */
void event_log_fill_text(struct event *event, const struct evtx_record *record,
                         const uint32_t *columns, size_t count, struct buf *text);

/* Appends all values, or only those that are text, one a line, without filling any cell. */
void event_log_add_all(const struct evtx_record *record, struct buf *text);
void event_log_add_strings(const struct evtx_record *record, struct buf *text);

/* Can these bytes stand in a value that is no text: a number, a time, an id, binary? */
bool event_log_fits_number(struct slice bytes);

void event_log_fill_all(struct event *event, const struct evtx_record *record);

#endif
