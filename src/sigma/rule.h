/*
 * Sigma rules as data: what a YAML document says after parsing, before it meets any event.
 *
 * Specification: SigmaHQ/sigma-specification v2.1. A rule that says something this parser does
 * not understand is refused as a whole, with file, line and reason; nothing is ever weakened
 * silently. Everything hangs in the arena of its struct sigma_set and lives as long as the set.
 * After sigma_set_link() a set is sealed: read-only, shared freely between workers.
 */
#ifndef HAUBERK_SIGMA_RULE_H
#define HAUBERK_SIGMA_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/slice.h"

/*
 * A string value with wildcards, cut into tokens. "a*b?c" is TEXT(a) RUN TEXT(b) ONE TEXT(c).
 * RUN is any run of characters including none, ONE exactly one code point. DASH is one of the
 * five that Windows programs take for another (windash): - / U+2013 U+2014 U+2015. As a token
 * it needs no list of all combinations. No two RUN follow each other, no two TEXT follow each
 * other, TEXT is never empty; '' is zero tokens. PLACEHOLDER never leaves the parser.
 */
enum sigma_token_kind {
    SIGMA_TOKEN_TEXT,
    SIGMA_TOKEN_RUN,
    SIGMA_TOKEN_ONE,
    SIGMA_TOKEN_DASH,
    SIGMA_TOKEN_PLACEHOLDER,
};

struct sigma_token {
    enum sigma_token_kind kind;
    /* SIGMA_TOKEN_TEXT: UTF-8, escapes resolved, case as written; PLACEHOLDER: its name */
    struct slice text;
};

struct sigma_pattern {
    size_t count;
    struct sigma_token *tokens;
};

enum sigma_compare { SIGMA_LT, SIGMA_LTE, SIGMA_GT, SIGMA_GTE, SIGMA_EQ, SIGMA_NEQ };

enum sigma_value_kind {
    SIGMA_VALUE_PATTERN, /* strings, numbers and booleans as text: whole-value match */
    SIGMA_VALUE_REGEX,   /* |re: PCRE2, search semantics, case-sensitive unless the flag says */
    SIGMA_VALUE_CIDR,    /* |cidr: text form, checked to be a network */
    SIGMA_VALUE_COMPARE, /* |lt |lte |gt |gte */
    SIGMA_VALUE_NULL,    /* null: the field is absent */
    SIGMA_VALUE_EXISTS,  /* |exists: `wanted` */
    SIGMA_VALUE_FIELD,   /* |fieldref: `text` is the name of the other field, see `ends` */
    SIGMA_VALUE_TIME,    /* |minute ... |year: that part of a time, compared with `number` */
};

#define SIGMA_REGEX_ICASE 1U     /* re|i */
#define SIGMA_REGEX_MULTILINE 2U /* re|m */
#define SIGMA_REGEX_DOTALL 4U    /* re|s */
#define SIGMA_REGEX_START 8U     /* re|startswith: the match begins where the value begins */
#define SIGMA_REGEX_END 16U      /* re|endswith: it ends where the value ends */

/* May something stand before or behind the other field's value? */
#define SIGMA_OPEN_BEFORE 1U
#define SIGMA_OPEN_AFTER 2U

/* WEEK is the week of ISO 8601, 1 to 53. Times are taken as written, without time zones. */
enum sigma_time_part {
    SIGMA_TIME_MINUTE,
    SIGMA_TIME_HOUR,
    SIGMA_TIME_DAY,
    SIGMA_TIME_WEEK,
    SIGMA_TIME_MONTH,
    SIGMA_TIME_YEAR,
};

struct sigma_value {
    enum sigma_value_kind kind;
    struct sigma_pattern pattern; /* SIGMA_VALUE_PATTERN */
    struct slice text;            /* SIGMA_VALUE_REGEX, _CIDR and _FIELD: as written */
    unsigned regex_flags;
    unsigned open;              /* SIGMA_VALUE_FIELD, _REGEX: SIGMA_OPEN_* */
    enum sigma_compare compare; /* SIGMA_VALUE_COMPARE and _TIME */
    enum sigma_time_part part;  /* SIGMA_VALUE_TIME */
    double number;
    bool wanted; /* SIGMA_VALUE_EXISTS */
};

/* One field (or, with field.ptr == NULL, the whole event: keywords) and its values. */
struct sigma_item {
    struct slice field;
    bool all;   /* every value must match; else one is enough */
    bool cased; /* |cased */
    size_t count;
    struct sigma_value *values;
    int line; /* of the key in the YAML file */
};

enum sigma_node_kind {
    SIGMA_NODE_ITEM,
    SIGMA_NODE_AND,
    SIGMA_NODE_OR,
    SIGMA_NODE_NOT, /* one child */
};

/*
 * The whole detection as one tree: the condition with its search identifiers and "1 of x*"
 * replaced by what they stand for. Identical identifiers share a node (it is a DAG: do not free
 * or change nodes while walking). AND/OR have one child or more; `x of` patterns that match no
 * identifier are dropped as pySigma does, and a condition that is left empty is refused.
 */
struct sigma_node {
    enum sigma_node_kind kind;
    size_t count;
    struct sigma_node **children;
    struct sigma_item *item; /* SIGMA_NODE_ITEM */
    size_t id;               /* unique within the rule, 0 .. sigma_rule.node_count-1 */
};

struct sigma_logsource {
    struct slice product, category, service; /* absent when not given; lower case as written */
};

enum sigma_level {
    SIGMA_LEVEL_NONE,
    SIGMA_LEVEL_INFORMATIONAL,
    SIGMA_LEVEL_LOW,
    SIGMA_LEVEL_MEDIUM,
    SIGMA_LEVEL_HIGH,
    SIGMA_LEVEL_CRITICAL,
};

enum sigma_correlation_kind {
    SIGMA_EVENT_COUNT,
    SIGMA_VALUE_COUNT,      /* different values of a field, or of a tuple of fields */
    SIGMA_VALUE_SUM,        /* numbers in a field: what is no number is left out */
    SIGMA_VALUE_AVG,        /* the same */
    SIGMA_VALUE_PERCENTILE, /* the same; nearest rank */
    SIGMA_VALUE_MEDIAN,     /* the same; mean of the middle two when their number is even */
    SIGMA_TEMPORAL,         /* hits of different rules, in any order */
    SIGMA_TEMPORAL_ORDERED, /* in the order of `rules` */
};

#define SIGMA_BOUNDS_MAX 6U   /* each operator once */
#define SIGMA_ORDERED_MAX 32U /* rules of one temporal_ordered */
#define SIGMA_CHAIN_MAX 16U   /* correlations over correlations over ... */
#define SIGMA_FEEDS_MAX 256U  /* correlations that one detection takes part in */

/* Compares what a window holds: the number of events, the sum ... All bounds must hold. */
struct sigma_bound {
    enum sigma_compare compare;
    double number;
};

/* What `name` in group-by or `field` means in the events of each rule. */
struct sigma_alias {
    struct slice name;
    size_t count;
    struct slice *rules, *fields; /* rule: id or name as written */
    bool *used;                   /* by sigma_set_link(): does it mean a rule? */
};

struct sigma_correlation {
    enum sigma_correlation_kind kind;
    size_t rule_count;
    struct slice *rule_refs;   /* id or name as written, in order; absent: rules[] is set */
    struct sigma_rule **rules; /* the same, after sigma_set_link() */
    size_t group_count;
    struct slice *group_by; /* field names or aliases; none means one global group */
    size_t field_count;
    struct slice *fields; /* of value_*: `field`, names or aliases */
    size_t alias_count;
    struct sigma_alias *aliases;
    int64_t timespan_ms; /* INT64_MAX: no limit (v1 aggregation without timeframe) */
    size_t bound_count;  /* 0: temporal, all rules */
    struct sigma_bound bounds[SIGMA_BOUNDS_MAX];
    /*
     * Temporal: a condition over the rules; NULL: none. An ITEM node's id is the index of its
     * rule and it has no item.
     */
    struct sigma_node *expression;
    double percentile; /* of SIGMA_VALUE_PERCENTILE: 0 to 100 */
    bool generate; /* false (the default): the referenced rules give no findings of their own */
    size_t depth;  /* after sigma_set_link(): 1, or one more than the correlations it names */
};

/* What a hit of a rule has to tell a correlation (after sigma_set_link()). */
struct sigma_feed {
    const struct sigma_rule *correlation;
    size_t slot;            /* index in its `rules`: the rule itself, or one that it feeds */
    struct slice *group_by; /* names of fields of this rule's events; as many as there */
    struct slice *fields;
};

struct sigma_rule {
    struct slice title, id, name, status, description;
    enum sigma_level level;
    struct sigma_logsource logsource;
    size_t tag_count, reference_count;
    struct slice *tags, *references;
    struct slice file; /* as given to sigma_set_add_text() */
    int line;          /* of the document's first key */

    struct sigma_node *detection; /* NULL for correlations */
    size_t node_count;
    struct sigma_correlation *correlation; /* NULL for detections */
    /*
     * Of a detection with an aggregation of Sigma v1 ("search | count() > 5"): the correlation
     * that the document became. The detection only feeds it and is no rule of its own.
     */
    struct sigma_rule *owner;

    bool silent;  /* only feeds correlations that do not say generate: true */
    size_t index; /* position in sigma_set.rules, set by sigma_set_link() */
    size_t feed_count, feed_capacity;
    struct sigma_feed *feeds; /* of detections: the correlations that its hits reach */
};

/*
 * A filter document (spec, "Sigma Filters"): hits of the rules that it names count only where
 * its condition holds too. The specification is of two minds; this is how pySigma does it, so
 * the condition says "not selection".
 */
struct sigma_filter {
    struct sigma_rule *rule; /* title, file, line, log source, condition as its detection */
    bool any;                /* all rules that its log source covers */
    size_t ref_count;
    struct slice *refs; /* ids or names */
};

struct sigma_refusal {
    struct slice file;
    int line;
    struct slice rule; /* title, or id, or absent when the document has none */
    struct slice reason;
};

struct sigma_placeholders; /* sigma/placeholders.h */

struct sigma_set {
    struct arena arena;
    size_t rule_count, rule_capacity;
    struct sigma_rule **rules;
    size_t filter_count, filter_capacity;
    struct sigma_filter *filters;
    size_t refusal_count, refusal_capacity;
    struct sigma_refusal *refusals;
    size_t warning_count, warning_capacity;
    struct sigma_refusal *warnings; /* of documents that are taken nevertheless */
    size_t documents;               /* rule documents read: rules + filters + refusals */
    uint64_t text_hash; /* of everything that was read, to tell an edited set from this one */
    const struct sigma_placeholders *placeholders; /* borrowed; NULL: none are given */
};

#define SIGMA_SET_INIT                                                                         \
    {                                                                                          \
        .arena = ARENA_INIT                                                                    \
    }

void sigma_set_deinit(struct sigma_set *set);

/*
 * Reads all YAML documents of one rule file. `file` is the name used in messages (copied).
 * Rules go to set->rules, what is not understood to set->refusals: one refusal per document,
 * and one for the rest of the file when it is not YAML (a syntax error hides what follows it).
 * Never fails otherwise: hostile text costs bounded time and memory (nesting 64, aliases
 * refused, 4 MiB a file, 100,000 nodes a document).
 */
void sigma_set_add_text(struct sigma_set *set, struct slice file, struct slice text);

/*
 * Refuses a second rule with the same id; applies filters; resolves the references of
 * correlations (forward references are legal) and refuses those that point nowhere, at an
 * ambiguous name, in a circle, or through more than SIGMA_CHAIN_MAX correlations; sets `feeds`,
 * `silent` and `index`. Call once, last.
 */
void sigma_set_link(struct sigma_set *set);

/* Documents that are in use: rules without the detections cut out of v1 aggregations, filters.
 */
size_t sigma_set_loaded(const struct sigma_set *set);

/* "hauberk.stage.plant" with prefix "hauberk.stage." gives "plant"; absent when there is none.
 */
struct slice sigma_rule_tag(const struct sigma_rule *rule, struct slice prefix);

const char *sigma_level_name(enum sigma_level level); /* "none", "low" ... */

/*
 * The search tree of one detection section, for tests and fuzzing of the condition language:
 * parses `condition` over `names` and returns a printable form, as "(and a (not b))", in the
 * arena; on failure a negative value and *err.
 */
int sigma_condition_print(struct arena *arena, struct slice condition,
                          const struct slice *names, size_t name_count, struct slice *out,
                          struct err *err);

/* Cuts a raw string value into tokens; used by modifiers and tests. */
struct sigma_pattern sigma_pattern_parse(struct arena *arena, struct slice raw);

#endif
