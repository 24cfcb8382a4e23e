/*
 * An event as a flat list of names and values, as reports show it: every value that it has, in
 * its order, each under a name of its own. Thread rule: pure function but for the event's
 * scratch.
 */
#ifndef HAUBERK_EVENTS_EVENT_FIELDS_H
#define HAUBERK_EVENTS_EVENT_FIELDS_H

#include "events/event.h"

struct event_field {
    struct slice name, value;
};

/*
 * Empty values are left out. A second field of one name is called NAME#2, the third NAME#3: a
 * JSON object would keep one of them only. Returns how many were stored, at most `max`; they
 * live as long as the event.
 */
size_t event_fields(const struct event *event, struct event_field *out, size_t max);

#endif
