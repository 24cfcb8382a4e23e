/*
 * Which cells does a rule's field name mean in rows of one schema?
 *
 * The map of web fields follows the Sigma taxonomy for `category: webserver`, see design §8:
 * half of SigmaHQ's rules put a path into cs-uri-query, so that field also sees stem?query.
 * Thread rule: pure functions.
 */
#ifndef HAUBERK_MATCH_BINDING_H
#define HAUBERK_MATCH_BINDING_H

#include "events/event.h"

enum binding_kind {
    BINDING_NONE,      /* rows of this schema have no such field */
    BINDING_COLUMN,    /* the cell `column` */
    BINDING_PAIRS,     /* EventData pairs of that name */
    BINDING_URL_PATH,  /* path without query */
    BINDING_URL_QUERY, /* query, and path?query as a second reading */
    BINDING_URL,       /* path?query */
    BINDING_EXTENSION, /* extension of the path, without dot */
    BINDING_DERIVED,   /* computed: `column` is its number */
};

struct binding {
    enum binding_kind kind;
    size_t column;
};

struct binding binding_resolve(const struct schema *schema, struct slice field);

#define READINGS_MAX 8

/* The readings of a field in one event. The first is the one that null and exists look at. */
struct readings {
    size_t count;
    struct slice text[READINGS_MAX];
};

/* Everything but BINDING_DERIVED. Text that is composed lives in event->scratch. */
void binding_read(struct binding binding, struct slice field, const struct event *event,
                  struct readings *out);

/* W3C logs write '+' for space: adds that reading of a value, when there is one. */
void readings_add_spaced(struct readings *readings, const struct event *event);

#endif
