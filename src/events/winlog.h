/*
 * Windows event logs as Sigma knows them: which channel is which service, and which events of
 * which channel answer a category.
 *
 * Sources: SigmaHQ tests/thor.yml, the map that its rules are tested with; the last rows of
 * each table are from the Sigma taxonomy. Thread rule: constant data, pure functions.
 */
#ifndef HAUBERK_EVENTS_WINLOG_H
#define HAUBERK_EVENTS_WINLOG_H

#include <stdint.h>

#include "events/family.h"

/* The family of a channel ("Security"); FAMILY_EVENTLOG's for one that has no service. */
const struct family *winlog_family(struct slice channel);

/* NULL when `id` is no Windows log's. */
const struct family *winlog_get(enum family_id id);
const struct family *winlog_by_name(struct slice name);

#define WINLOG_GATE_FIELD "EventType" /* the only field that gates ask for */

/* A field that must have this value besides, without regard to case; NULL: none. */
struct winlog_gate {
    const char *field, *value;
};

#define WINLOG_ANY_EVENT UINT64_MAX /* winlog_covers(): some event of the family */
#define WINLOG_GATES_MAX 4

/*
 * Does a log source cover events of this family with this id? Absent parts cover everything.
 * Returns how many ways there are: 0 not at all; each way has one gate in `gates` (if given).
 */
size_t winlog_covers(const struct family *family, uint64_t event_id, struct slice product,
                     struct slice category, struct slice service,
                     struct winlog_gate gates[WINLOG_GATES_MAX]);

/*
 * What the events of a category call a field that Sigma names after another source
 * (Image → NewProcessName in Security 4688); absent when they call it the same.
 */
struct slice winlog_alias(const struct family *family, uint64_t event_id, struct slice field);

/* Does some category name this event id? Ids that none names are all alike to categories. */
bool winlog_names_event(const struct family *family, uint64_t event_id);

#endif
