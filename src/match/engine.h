/*
 * Rules × events → hits.
 *
 * An engine is a compiled rule set: built once, before workers start, read-only afterwards. An
 * evaluator is one worker's state. Lines are looked at by the prefilter first; only candidates
 * are split and evaluated, exactly. Records of event logs go by their channel and event id to
 * the rules that can match them; what was found is kept for records that say the same. The
 * switches in struct engine_options turn these short cuts off: same hits, slower. There is no
 * I/O here.
 */
#ifndef HAUBERK_MATCH_ENGINE_H
#define HAUBERK_MATCH_ENGINE_H

#include "events/event.h"
#include "events/evtx.h"
#include "match/indicators.h"
#include "sigma/rule.h"

/* A field that is computed from the event ("hauberk.page.class"). */
struct derived_field {
    const char *name;
    /* May use event->scratch; absent when the event has no such thing. */
    struct slice (*value)(const void *context, const struct event *event);
    /* It has a value only in rows that hold one of these; NULL-terminated. */
    const char *const *literals;
    bool of_path; /* the value depends on the cell of ROLE_URL_PATH and on nothing else */
};

struct engine_options {
    bool no_prefilter; /* evaluate every rule on every event */
    bool no_memo;      /* evaluate events of an event log that repeat again and again */
    bool every_source; /* rules cover every log, whatever their log source says */
    const struct derived_field *derived; /* must outlive the engine */
    size_t derived_count;
    const void *derived_context;
    const struct indicators *indicators; /* sealed; NULL: none. It must outlive the engine */
    /* By group of indicators: the rule that its hits are told under, in the set, undetecting.
     */
    const struct sigma_rule *const *indicator_rules;
};

struct engine;

/*
 * Compiles all detections of a linked set (correlations are casefile/correlations.c's). The set
 * must outlive the engine. Every regular expression must have passed engine_validate_rule().
 */
struct engine *engine_new(const struct sigma_set *set, const struct engine_options *options);
void engine_free(struct engine *engine);

/* Can every value of the rule be compiled? <0 with the reason when not. */
int engine_validate_rule(const struct sigma_rule *rule, struct err *err);

/* Rules that have no literal and are therefore evaluated on every line of their log source. */
size_t engine_unfiltered_count(const struct engine *engine);

struct evaluator;

struct evaluator_sink {
    void (*hit)(void *context, const struct sigma_rule *rule, const struct event *event);
    /*
     * Whether the rule matches this row is not known: a regular expression reached its limits.
     * Told once for each rule and file; after 50 such rows the rule is not evaluated in this
     * file any more.
     * With rule NULL the row has more typed pairs than are looked at; with the rule of a group
     * of indicators, which has no detection, it holds more of them than are compared.
     */
    void (*gave_up)(void *context, const struct sigma_rule *rule, const struct event *event);
    void *context;
};

struct evaluator *evaluator_new(const struct engine *engine, const struct evaluator_sink *sink);
void evaluator_free(struct evaluator *evaluator);

/* Rows with a time outside [since, until] are not evaluated; TIME_NONE: no limit. */
void evaluator_limit_time(struct evaluator *evaluator, int64_t since, int64_t until);

/* Call between files: the schemas of the last one are forgotten. */
void evaluator_reset(struct evaluator *evaluator);

/* Evaluates a run of rows (whole lines) of one schema. Hits come in the order of lines and
 * rules. */
void evaluator_run(struct evaluator *evaluator, const struct schema *schema, struct slice rows,
                   int64_t day);

/*
 * Evaluates one record of a Windows event log that lies at `offset` of its file. All records
 * that an evaluator sees come from one reader. Returns the family of the record.
 */
const struct family *evaluator_record(struct evaluator *evaluator,
                                      const struct evtx_record *record, uint64_t offset);

/* Of the hit that the sink was just called with: a number that only hits of one event share. */
uint64_t evaluator_event(const struct evaluator *evaluator);

/* Of the hit that the sink was just called with: the indicators; absent for other rules. */
struct slice evaluator_indicator(const struct evaluator *evaluator);

/*
 * The value of a field, as rules see it, of the event that the sink was just called with. The
 * field must be used by a rule or in a correlation's group-by; absent otherwise.
 */
struct slice evaluator_value(struct evaluator *evaluator, struct slice field);

#endif
