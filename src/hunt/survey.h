/*
 * What there is in the evidence, whatever rules ask: which family (of an event log also which
 * event id) of which host, from when to when, how many events, and which columns they have.
 * Workers fill one for each item; the coordinator adds them up.
 *
 * Memory is bounded by the limits in survey.c; what is beyond them is counted as left out.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_HUNT_SURVEY_H
#define HAUBERK_HUNT_SURVEY_H

#include "base/buf.h"
#include "events/event.h"

#define SURVEY_NO_ID (UINT64_MAX - 1) /* rows of text; events whose id is no number */

#define SURVEY_COLUMNS_MAX 1024 /* of one source */

/* A column, or a key of EventData. */
struct survey_column {
    struct slice name;
    bool filled; /* at least one event has a value in it */
    size_t next; /* of this source: its index + 1; 0: none */
};

struct survey_source {
    const struct family *family;
    uint64_t event_id;
    struct slice host; /* lower case; empty: the events name none */
    int64_t from, to;  /* TIME_NONE: none of them has a time */
    uint64_t events;
    size_t column_count, first_column; /* as survey_column.next */
};

struct survey;

struct survey *survey_new(void);
void survey_free(struct survey *survey); /* NULL is fine */
void survey_reset(struct survey *survey);

/*
 * Counts one event of which all cells are filled. The schema of a row of text must live until
 * survey_reset().
 */
void survey_add(struct survey *survey, const struct event *event, uint64_t event_id);

/* Source `index` as the body of a message, and back: false when it is not well-formed. */
void survey_put(const struct survey *survey, size_t index, struct buf *out);
bool survey_take(struct survey *survey, struct wire *wire);

size_t survey_count(const struct survey *survey);
const struct survey_source *survey_get(const struct survey *survey, size_t index);

/* By survey_source.first_column or survey_column.next; NULL for 0. */
const struct survey_column *survey_column(const struct survey *survey, size_t place);

/* Sources and columns that were not told apart. */
uint64_t survey_left_out(const struct survey *survey);

#endif
