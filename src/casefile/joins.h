/*
 * The joins that need keys: which values of two findings say that both belong to one incident.
 *
 * joins_columns: what every finding has by itself. joins_fields: values of an event log's
 * record, with a window: a logon id is given out again after a restart. A new join is a row of
 * one of these tables. Keys that clients can choose freely, and placeholders, were left out
 * when the finding was made (exchange/request.h). Thread rule: constant data; one owner of the
 * case.
 */
#ifndef HAUBERK_CASEFILE_JOINS_H
#define HAUBERK_CASEFILE_JOINS_H

#include "casefile/verdict.h"

enum join_column { JOIN_SOURCE, JOIN_SESSION, JOIN_REQUEST, JOIN_PAGE, JOIN_COLUMN_COUNT };

struct join_by_column {
    const char *kind; /* in front of the value: two kinds never join each other */
    size_t groups_max;
};

extern const struct join_by_column joins_columns[JOIN_COLUMN_COUNT];

struct join_by_field {
    const char *field; /* of the record; alike fields share a kind */
    const char *kind;
    int64_t window_ms; /* longer apart they do not join; 0: any time */
    bool (*usable)(struct slice value);
};

/* NULL when the field joins nothing. */
const struct join_by_field *joins_by_field(struct slice field);

/* SQL: the names of all fields of the table, for "IN". */
extern const char joins_field_names[];

/*
 * The longest word of a text that ends like a page and holds a folder: where one was written.
 * Absent when there is none.
 */
struct slice joins_written_file(struct slice text);

/* ---- clocks ---- */

#define SKEW_LINES_MAX 20
#define SKEW_PAIRS_MIN 3
#define SKEW_MIN_MS (INT64_C(5) * MS_PER_SECOND) /* IIS logs whole seconds */

/* The same requests stand in two logs, at different times. */
struct skew_line {
    struct slice host, other_host;
    const struct family *family, *other_family;
    int64_t median_ms; /* how far the other one's clock is ahead */
    uint64_t pairs;
    struct proof proof; /* the first pair's row in the other log */
};

/* Step of casefile_finish(): fills the table `skew` from requests of told findings. */
void joins_measure_skew(struct casefile *casefile);

/* Those of one host, the largest first; at most SKEW_LINES_MAX. Returns how many. */
size_t joins_read_skew(struct casefile *casefile, struct arena *arena, struct slice host,
                       struct skew_line *out);

#endif
