/*
 * One worker's state while it evaluates, as the files of match/ see it: evaluate.c decides
 * whether a rule matches an event, text_rows.c which rows of text become events at all.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_MATCH_EVALUATOR_H
#define HAUBERK_MATCH_EVALUATOR_H

#include "match/binding.h"
#include "match/compiled.h"

struct cached {
    uint64_t event; /* serial of the event it was read from */
    struct readings readings;
};

struct evaluator {
    const struct engine *engine;
    struct evaluator_sink sink;
    int64_t since, until;
    struct arena scratch;
    struct event event;
    uint64_t serial;         /* of the event, to tell stale cache entries */
    bool gave_up;            /* a regex did, in the rule that is being evaluated */
    unsigned *gave_up_count; /* by rule, in this file */
    uint64_t trial;          /* of one rule on one event */
    uint64_t *memo;  /* by sigma_node.id: trial * 2 + result, for nodes that are shared */
    uint64_t *items; /* by item: serial * 4 + gave up * 2 + result */

    const struct schema *schema; /* that `bindings` belong to; NULL: none */
    struct binding *bindings;    /* by field; of text rows or of a plan of event_records.c */
    struct binding *text_bindings;
    uint64_t event_id;    /* event logs: of the class of the event */
    struct cached *cache; /* by field */

    /* The rows at hand. */
    const struct family_plan *plan;
    struct prefilter *filters[FAMILY_COUNT];          /* made when first needed, like... */
    struct prefilter_scanner *scanners[FAMILY_COUNT]; /* ...these */
    uint64_t *candidates; /* bit set over plan->rules or event_rules */
    int64_t day;
    struct gates *gates;           /* NULL: none was needed yet */
    bool gate_looked;              /* for this line: */
    struct gate_place *gate_place; /* of its path */

    struct prefilter_scanner *indicator_scanner; /* NULL: none yet */
    struct slice indicator; /* of the hit that is being told; absent: of a rule */

    struct event_records *records; /* state of event_records.c; NULL before the first one */
};

/* From now on, fields are those of rows of this schema. */
void evaluator_bind(struct evaluator *ev, const struct schema *schema);

/* Is ev->event outside of the time that was asked for? */
bool evaluator_outside_time(const struct evaluator *ev);

/*
 * Does the rule match ev->event? Sets ev->gave_up when that is not known, and tells the sink
 * so; a rule that gives up again and again is left alone for the rest of the file.
 */
bool evaluator_matches(struct evaluator *ev, const struct rule *rule);

/* Does that item of the engine match ev->event? Sets ev->gave_up when that is not known. */
bool evaluator_item_matches(struct evaluator *ev, size_t index);

/* Evaluates one rule on ev->event and tells the sink. */
void evaluator_try_rule(struct evaluator *ev, const struct rule *rule);

/* Looks for the indicators of the engine, if it has some, in rows or in one record. */
void evaluator_seek_in_rows(struct evaluator *ev, const struct schema *schema,
                            struct slice rows, int64_t day);
void evaluator_seek_in_record(struct evaluator *ev, const struct schema *schema,
                              const struct evtx_record *record, uint64_t offset,
                              struct buf *text);

/* The readings of a field in ev->event. */
const struct readings *evaluator_read(struct evaluator *ev, size_t field);

/* Makes a line of the log at hand, without its newline, ev->event. */
void text_row_split(struct evaluator *ev, struct slice line);

/* Is it known that rules with that gate do not match the line? May change ev->event. */
bool gate_is_shut(struct evaluator *ev, struct slice line, unsigned gate);
void gates_free(struct gates *gates); /* NULL is fine */

void event_records_free(struct event_records *records); /* NULL is fine */

/* Words of a bit set over the rules of a plan. */
static inline size_t bit_words(const struct engine *engine)
{
    return engine->rule_count / 64 + 1;
}

#endif
