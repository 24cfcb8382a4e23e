/*
 * The rules that can match events of one id in one Windows event log, and how the candidates
 * among them are found.
 *
 * A class is made when the first such event is met: of all rules that its log source covers,
 * those that can be true at all once the event id is known. Rules of fields and rules of
 * keywords are apart, since the answer of the former repeats with their fields, and only the
 * latter need all of the event. Thread rule: a set of classes has one owner.
 */
#ifndef HAUBERK_MATCH_EVENT_CLASS_H
#define HAUBERK_MATCH_EVENT_CLASS_H

#include "events/winlog.h"
#include "match/compiled.h"

struct event_rule {
    const struct rule *rule;
    struct winlog_gate gate; /* must hold besides the rule; field NULL: none */
    size_t gate_field;       /* index in engine.fields */
};

/* Rules and the filter over the literals that they need. */
struct event_rules {
    size_t count;
    struct event_rule *rules; /* in the order of the engine */
    struct prefilter *filter; /* NULL: no rule has a literal */
    struct prefilter_scanner *scanner;
    size_t *literal_rule; /* literal → position in rules */
    bool in_strings;      /* no literal can stand in a value that is no text */
    size_t always_count;
    size_t *always; /* positions of rules that need no literal */
};

struct event_class {
    const struct family *family;
    uint64_t event_id;
    struct event_rules values, keywords;
    size_t field_count;
    size_t *fields; /* indices in engine.fields that `values` reads */
};

struct event_classes;

struct event_classes *event_classes_new(const struct engine *engine);
void event_classes_free(struct event_classes *classes);

#define EVENT_ID_NONE (UINT64_MAX - 1) /* the event has no id that is a number */

/* The class of an event; made when it is new. Lives until event_classes_reset(). */
const struct event_class *event_classes_get(struct event_classes *classes,
                                            const struct family *family, uint64_t event_id);

/* A flood of event ids makes the set forget everything; true: all classes are gone. */
bool event_classes_full(const struct event_classes *classes);
void event_classes_reset(struct event_classes *classes);

#endif
