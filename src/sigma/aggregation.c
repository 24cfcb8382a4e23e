#include "sigma/aggregation.h"

#include "sigma/correlation.h"
#include "sigma/node.h"
#include "sigma/scalar.h"

struct reader {
    struct sigma_parse *parse;
    int line;
    struct slice rest;
};

static const char blanks[] = " \t\r\n";

static bool is_in(char c, const char *set)
{
    return c && strchr(set, c);
}

static void skip_blanks(struct reader *reader)
{
    while (reader->rest.len && is_in(*reader->rest.ptr, blanks))
        reader->rest = slice_from_offset(reader->rest, 1);
}

static bool take(struct reader *reader, const char *text)
{
    struct slice wanted = slice_from(text);
    skip_blanks(reader);
    if (!slice_starts(reader->rest, wanted))
        return false;
    reader->rest = slice_from_offset(reader->rest, wanted.len);
    return true;
}

/* A name: everything up to a blank or a sign. May be empty. */
static struct slice take_word(struct reader *reader)
{
    size_t len = 0;
    skip_blanks(reader);
    while (len < reader->rest.len && !is_in(reader->rest.ptr[len], " \t\r\n()<>=!,|"))
        len++;
    struct slice word = slice_first(reader->rest, len);
    reader->rest = slice_from_offset(reader->rest, len);
    return word;
}

static int refuse(struct reader *reader, const char *wanted)
{
    return sigma_refuse(reader->parse, reader->line,
                        "aggregation: '%.*s' where %s should stand", SHOWN(reader->rest),
                        wanted);
}

/* --- function(field) by group operator number --- */

struct function {
    const char *name;
    enum sigma_correlation_kind kind; /* with a field */
    double percentile;
};

static const struct function functions[] = {
    { "count", SIGMA_VALUE_COUNT, 0 },      { "sum", SIGMA_VALUE_SUM, 0 },
    { "avg", SIGMA_VALUE_AVG, 0 },          { "min", SIGMA_VALUE_PERCENTILE, 0 },
    { "max", SIGMA_VALUE_PERCENTILE, 100 },
};

static int read_function(struct reader *reader, struct sigma_correlation *correlation)
{
    struct slice name = take_word(reader);
    const struct function *function = NULL;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (slice_eq(name, slice_from(functions[i].name)))
            function = &functions[i];
    if (!function)
        return sigma_refuse(reader->parse, reader->line,
                            "aggregation '%.*s' of Sigma v1 is not supported", SHOWN(name));
    if (!take(reader, "("))
        return refuse(reader, "'('");
    struct slice field = take_word(reader);
    if (!take(reader, ")"))
        return refuse(reader, "')'");
    correlation->kind = function->kind;
    correlation->percentile = function->percentile;
    if (field.len) {
        correlation->field_count = 1;
        correlation->fields = arena_alloc(reader->parse->arena, sizeof *correlation->fields);
        correlation->fields[0] = arena_copy(reader->parse->arena, field);
    } else if (function == functions) {
        correlation->kind = SIGMA_EVENT_COUNT;
    } else {
        return sigma_refuse(reader->parse, reader->line, "aggregation '%s' needs a field",
                            function->name);
    }
    return 0;
}

#define GROUPS_MAX 100

static int read_groups(struct reader *reader, struct sigma_correlation *correlation)
{
    struct reader ahead = *reader;
    if (!slice_eq(take_word(&ahead), SLICE_LIT("by")))
        return 0;
    *reader = ahead;
    correlation->group_by =
        arena_array(reader->parse->arena, GROUPS_MAX, sizeof *correlation->group_by);
    do {
        struct slice word = take_word(reader);
        if (word.len == 0 || correlation->group_count == GROUPS_MAX)
            return refuse(reader, "a field");
        correlation->group_by[correlation->group_count++] =
            arena_copy(reader->parse->arena, word);
    } while (take(reader, ","));
    return 0;
}

static int read_bound(struct reader *reader, struct sigma_correlation *correlation)
{
    static const struct {
        const char *sign; /* longer ones first */
        enum sigma_compare compare;
    } signs[] = { { ">=", SIGMA_GTE }, { "<=", SIGMA_LTE }, { "==", SIGMA_EQ },
                  { "!=", SIGMA_NEQ }, { ">", SIGMA_GT },   { "<", SIGMA_LT },
                  { "=", SIGMA_EQ } };
    size_t i = 0;
    while (i < sizeof signs / sizeof *signs && !take(reader, signs[i].sign))
        i++;
    if (i == sizeof signs / sizeof *signs)
        return refuse(reader, "a comparison");
    struct sigma_bound *bound = &correlation->bounds[0];
    struct yaml_doc_node number = { .kind = YAML_DOC_SCALAR, .plain = true };
    number.text = take_word(reader);
    if (!sigma_scalar_to_number(&number, &bound->number))
        return refuse(reader, "a number");
    bound->compare = signs[i].compare;
    correlation->bound_count = 1;
    skip_blanks(reader);
    if (reader->rest.len)
        return refuse(reader, "the end");
    bool counts =
        correlation->kind == SIGMA_EVENT_COUNT || correlation->kind == SIGMA_VALUE_COUNT;
    if (counts && !sigma_bounds_can_hold(bound, 1))
        return sigma_refuse(reader->parse, reader->line, "the aggregation can never be true");
    return 0;
}

static int read_aggregate(struct reader *reader, struct sigma_node *search,
                          struct sigma_aggregation *out)
{
    struct sigma_correlation *correlation = out->correlation;
    if (read_function(reader, correlation) < 0 || read_groups(reader, correlation) < 0 ||
        read_bound(reader, correlation) < 0)
        return -1;
    out->feeder_count = 1;
    out->feeders = arena_alloc(reader->parse->arena, sizeof(struct sigma_node *));
    out->feeders[0] = search;
    return 0;
}

/* --- near --- */

/* Gives the searches that the condition uses their place among the feeders. */
static void number_used(const struct sigma_node *node, const struct sigma_search *searches,
                        struct sigma_node *const *leaves, size_t *slots, size_t count,
                        struct sigma_aggregation *out)
{
    for (size_t i = 0; node->kind == SIGMA_NODE_ITEM && i < count; i++) {
        if (leaves[i] != node || slots[i])
            continue;
        slots[i] = out->feeder_count;
        out->feeders[out->feeder_count++] = searches[i].node;
    }
    for (size_t i = 0; i < node->count; i++)
        number_used(node->children[i], searches, leaves, slots, count, out);
}

static int read_near(struct reader *reader, const struct yaml_doc_node *condition,
                     struct sigma_node *search, const struct sigma_search *searches,
                     size_t count, struct sigma_aggregation *out)
{
    struct arena *arena = reader->parse->arena;
    struct sigma_search *names = arena_array(arena, count, sizeof *names);
    struct sigma_node **leaves = arena_array(arena, count, sizeof(struct sigma_node *));
    size_t *slots = arena_array(arena, count, sizeof *slots);
    for (size_t i = 0; i < count; i++)
        names[i] =
            (struct sigma_search){ searches[i].name, leaves[i] = node_item(arena, NULL) };
    struct yaml_doc_node text = *condition;
    struct sigma_node *near;
    text.text = reader->rest;
    if (sigma_condition_parse(reader->parse, &text, names, count, &near) < 0)
        return -1;
    out->feeders = arena_array(arena, count + 1, sizeof(struct sigma_node *));
    out->feeders[out->feeder_count++] = search;
    number_used(near, searches, leaves, slots, count, out);
    for (size_t i = 0; i < count; i++)
        leaves[i]->id = slots[i];
    struct sigma_node *first = node_item(arena, NULL);
    first->id = 0;
    struct node_list both = NODE_LIST_INIT;
    node_list_add(arena, &both, first);
    node_list_add(arena, &both, near);
    out->correlation->kind = SIGMA_TEMPORAL;
    out->correlation->expression = node_group(arena, SIGMA_NODE_AND, &both);
    return 0;
}

int sigma_aggregation_parse(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                            struct slice text, struct sigma_node *search,
                            const struct sigma_search *searches, size_t search_count,
                            struct sigma_aggregation *out)
{
    struct reader reader = { parse, condition->line, text };
    struct reader ahead = reader;
    out->correlation = arena_alloc(parse->arena, sizeof *out->correlation);
    out->correlation->timespan_ms = INT64_MAX;
    int result;
    if (slice_eq(take_word(&ahead), SLICE_LIT("near")))
        result = read_near(&ahead, condition, search, searches, search_count, out);
    else
        result = read_aggregate(&reader, search, out);
    out->correlation->rule_count = out->feeder_count;
    return result;
}
