/*
 * One event: a row of a log, split into cells, with its time.
 *
 * Cells are slices into the row, or into the scratch arena where quotes had to be undone. An
 * event lives until its row's buffer moves on or its scratch arena is reset. Thread rule: one
 * owner.
 */
#ifndef HAUBERK_EVENTS_EVENT_H
#define HAUBERK_EVENTS_EVENT_H

#include <stdint.h>

#include "base/clock.h"
#include "events/schema.h"

#define EVENT_PAIRS_MAX 512 /* typed pairs of one EventData cell; real rows have about 30 */

struct event_pair {
    struct slice name; /* key without its type, with [instance] if it has one */
    struct slice value;
};

struct event {
    const struct schema *schema;
    struct slice row;  /* the whole line without its end; absent for event logs */
    uint64_t offset;   /* event logs: of the record in its file */
    int64_t time;      /* TIME_NONE when the row has none */
    size_t cell_count; /* cells present in the row, at most schema->count */
    bool surplus;      /* the row had more cells than the header */
    struct slice cells[COLUMNS_MAX];
    bool pairs_left_out; /* the cell holds more than EVENT_PAIRS_MAX pairs */
    size_t pair_count;
    struct event_pair pairs[EVENT_PAIRS_MAX];
    struct arena *scratch;
};

/*
 * Splits one row. `day` is the date for rows that carry a time only (TIME_NONE otherwise).
 * Short rows have fewer cells; nothing here fails.
 */
void event_split(struct event *event, const struct schema *schema, struct slice row,
                 int64_t day, struct arena *scratch);

/* A cell's value: absent when the row is too short, or "-" in a W3C log. */
struct slice event_cell(const struct event *event, size_t column);
struct slice event_role(const struct event *event, enum role role);

/* The server that the event speaks of: first label, lower case, in scratch; absent if unnamed.
 */
struct slice event_host(const struct event *event);

/* By column name or EventData key (first of that name); absent when there is none. */
struct slice event_field(const struct event *event, struct slice name);

/*
 * The first `column`+1 cells of a row without undoing quotes: for a look at one column of every
 * row. Returns false when that cell is in quotes: the row must be split properly.
 */
bool row_peek_cell(const struct schema *schema, struct slice row, size_t column,
                   struct slice *out);

/* Time of a row without splitting all of it; TIME_NONE when it has none. */
int64_t row_time(const struct schema *schema, struct slice row, int64_t day);

/* How many cells a row has; for matching rows that come without header. */
size_t row_count_cells(enum log_format format, struct slice row);

#endif
