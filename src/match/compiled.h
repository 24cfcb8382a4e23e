/*
 * The compiled rule set, as the files of match/ see it: compile.c makes it, evaluate.c and
 * text_rows.c read it. Read-only once made.
 */
#ifndef HAUBERK_MATCH_COMPILED_H
#define HAUBERK_MATCH_COMPILED_H

#include "match/engine.h"
#include "match/literals.h"
#include "match/pattern.h"
#include "match/prefilter.h"
#include "match/value_set.h"

#define NOT_A_FIELD SIZE_MAX
#define GATES_MAX 32
#define NO_GATE GATES_MAX
#define FORMAT_COUNT (FORMAT_EVTX + 1)

/* A sigma_item, compiled. Equal items of different rules are one. */
struct item {
    size_t field; /* index into engine.fields; NOT_A_FIELD: keywords */
    bool all;
    struct value_set *set; /* of many plain values; NULL: none */
    size_t count;          /* of the values that are in no set */
    struct matcher *matchers;
};

struct rule {
    const struct sigma_rule *sigma;
    size_t *items; /* by sigma_node.id: index in engine.items, of item nodes only */
    unsigned gate; /* number in engine.gates, or NO_GATE */
    bool answers[FORMAT_COUNT]; /* some family of that format */
    struct literal_set literals[FORMAT_COUNT];
};

/* What the prefilter of one family is made of. It is built by who meets such a log. */
struct family_plan {
    size_t rule_count;
    size_t *rules; /* of this family, in order */
    size_t literal_count;
    struct slice *literals;
    size_t *literal_rule; /* literal → position in rules */
    size_t always_count;
    size_t *always; /* positions in rules that have no literal */
};

struct engine {
    struct arena arena;
    struct engine_options options;
    const struct sigma_set *set;
    size_t rule_count;
    struct rule *rules;
    size_t node_count_max; /* of any rule */
    size_t item_count, item_capacity;
    struct item *items;
    size_t gates[GATES_MAX]; /* items that only look at a path */
    unsigned gate_count;
    size_t field_count, field_capacity;
    struct slice *fields;
    struct family_plan plans[FAMILY_COUNT];
};

/* Index in engine->fields, NOT_A_FIELD when no rule uses that name. */
size_t engine_field_find(const struct engine *engine, struct slice name);

/* What a rule needs that the path of a row alone decides, while compiling; NO_GATE: nothing. */
unsigned gate_of_rule(struct engine *engine, const struct rule *rule);

#endif
