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
    BINDING_UNKNOWN,   /* not looked up yet */
    BINDING_NONE,      /* rows of this schema have no such field */
    BINDING_COLUMN,    /* the cell `column` */
    BINDING_PAIRS,     /* EventData pairs of that name */
    BINDING_URL_PATH,  /* path without query */
    BINDING_URL_QUERY, /* query, and path?query as a second reading */
    BINDING_URL,       /* path?query */
    BINDING_EXTENSION, /* extension of the path, without dot */
    BINDING_DERIVED,   /* computed: `column` is its number */
    BINDING_VALUES,    /* of an event log: `column`, others of its name, elements of arrays */
};

struct binding {
    enum binding_kind kind;
    size_t column;
};

struct binding binding_resolve(const struct schema *schema, struct slice field);

/*
 * The same for the events of one id of an event log. Names are compared without regard to case
 * and to spaces in the column's name ("Threat Name"), and what other sources call the field
 * counts too (winlog_alias()).
 */
struct binding binding_resolve_record(const struct schema *schema, uint64_t event_id,
                                      struct slice field);

#define READINGS_FEW 4

/*
 * The readings of a field in one event. The first is the one that null and exists look at.
 * `text` points at `few` or, when there are more, into the event's scratch: do not copy.
 */
struct readings {
    size_t count, capacity;
    struct slice *text;
    struct slice few[READINGS_FEW];
};

void readings_init(struct readings *readings);
void readings_add(struct readings *readings, struct arena *scratch, struct slice text);

/* Everything but BINDING_DERIVED. Text that is composed lives in event->scratch. */
void binding_read(struct binding binding, struct slice field, const struct event *event,
                  struct readings *out);

/* W3C logs write '+' for space: adds that reading of a value, when there is one. */
void readings_add_spaced(struct readings *readings, const struct event *event);

#endif
