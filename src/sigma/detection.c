#include "sigma/detection.h"

#include <assert.h>

#include "sigma/condition.h"
#include "sigma/correlation.h"
#include "sigma/modifier.h"
#include "sigma/node.h"

/* --- items: "field|modifier|modifier: value or values" --- */

/* `key` is absent for keywords. */
static int item_build(struct sigma_parse *parse, struct slice key, int line,
                      const struct yaml_doc_node *values, struct sigma_node **out)
{
    bool list = values->kind == YAML_DOC_SEQUENCE;
    const struct yaml_doc_node *const *raw =
        list ? (const struct yaml_doc_node *const *)values->children : &values;
    struct sigma_item *item = arena_alloc(parse->arena, sizeof *item);
    size_t count = list ? values->count : 1;
    item->line = line;
    if (count == 0)
        return sigma_refuse(parse, line, "'%.*s' has an empty list of values", SHOWN(key));
    struct slice field = slice_cut(&key, '|');
    if (field.len)
        item->field = arena_copy(parse->arena, field);
    return sigma_item_build(parse, item, raw, count, key, out);
}

/* --- searches --- */

static int search_build(struct sigma_parse *parse, const struct yaml_doc_node *definition,
                        struct sigma_node **out);

static int search_build_map(struct sigma_parse *parse, const struct yaml_doc_node *map,
                            struct sigma_node **out)
{
    struct node_list list = NODE_LIST_INIT;
    for (size_t i = 0; i < yaml_doc_pairs(map); i++) {
        const struct yaml_doc_node *key = yaml_doc_key(map, i);
        struct sigma_node *node = NULL;
        if (item_build(parse, key->text, key->line, yaml_doc_value(map, i), &node) < 0)
            return -1;
        node_list_add(parse->arena, &list, node);
    }
    *out = node_group(parse->arena, SIGMA_NODE_AND, &list);
    return *out ? 0 : sigma_refuse(parse, map->line, "an empty map in the detection");
}

static int search_build_list(struct sigma_parse *parse, const struct yaml_doc_node *sequence,
                             struct sigma_node **out)
{
    struct node_list list = NODE_LIST_INIT;
    for (size_t i = 0; i < sequence->count; i++) {
        struct sigma_node *node = NULL;
        if (search_build(parse, sequence->children[i], &node) < 0)
            return -1;
        node_list_add(parse->arena, &list, node);
    }
    *out = node_group(parse->arena, SIGMA_NODE_OR, &list);
    return *out ? 0 : sigma_refuse(parse, sequence->line, "an empty list in the detection");
}

static bool is_list_of_scalars(const struct yaml_doc_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        if (node->children[i]->kind != YAML_DOC_SCALAR)
            return false;
    }
    return node->count > 0;
}

/* Recursion is bounded by the nesting that the YAML reader lets through. */
static int search_build(struct sigma_parse *parse, const struct yaml_doc_node *definition,
                        struct sigma_node **out)
{
    if (definition->kind == YAML_DOC_MAPPING)
        return search_build_map(parse, definition, out);
    if (definition->kind == YAML_DOC_SEQUENCE && !is_list_of_scalars(definition))
        return search_build_list(parse, definition, out);
    return item_build(parse, SLICE_NULL, definition->line, definition, out);
}

/* --- the section --- */

struct section {
    struct sigma_parse *parse;
    const struct yaml_doc_node *node, *condition, *timeframe;
    bool filter;
    struct sigma_search *searches;
    size_t count;
};

/* Keys that are no searches. */
static bool is_reserved(const struct section *section, struct slice key)
{
    return slice_eq(key, SLICE_LIT("condition")) ||
           slice_eq(key, section->filter ? SLICE_LIT("rules") : SLICE_LIT("timeframe"));
}

static int read_searches(struct section *section)
{
    const struct yaml_doc_node *node = section->node;
    for (size_t i = 0; i < yaml_doc_pairs(node); i++) {
        const struct yaml_doc_node *key = yaml_doc_key(node, i);
        if (is_reserved(section, key->text))
            continue;
        if (key->text.len > SIGMA_MAX_SEARCH_NAME)
            return sigma_refuse(section->parse, key->line,
                                "a search name is longer than 256 bytes");
        struct sigma_search *search = &section->searches[section->count++];
        search->name = key->text;
        if (search_build(section->parse, yaml_doc_value(node, i), &search->node) < 0)
            return -1;
    }
    return section->count
               ? 0
               : sigma_refuse(section->parse, node->line, "the detection has no search");
}

static int section_read(struct section *section)
{
    const struct yaml_doc_node *node = section->node;
    size_t pairs = yaml_doc_pairs(node);
    if (node->kind != YAML_DOC_MAPPING)
        return sigma_refuse(section->parse, node->line, "'detection' must be a map");
    if (pairs > SIGMA_MAX_SEARCHES)
        return sigma_refuse(section->parse, node->line,
                            "the detection has more than 1000 searches");
    section->condition = yaml_doc_get(node, "condition");
    section->timeframe = section->filter ? NULL : yaml_doc_get(node, "timeframe");
    if (!section->condition)
        return sigma_refuse(section->parse, node->line, "the detection has no 'condition'");
    section->searches = arena_array(section->parse->arena, pairs, sizeof *section->searches);
    return read_searches(section);
}

static int section_take_condition(const struct section *section,
                                  const struct yaml_doc_node *condition,
                                  struct sigma_node **out)
{
    return sigma_condition_parse(section->parse, condition, section->searches, section->count,
                                 out);
}

static int take_timeframe(const struct section *section, struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *timeframe = section->timeframe;
    if (!timeframe)
        return 0;
    correlation->timespan_ms = sigma_timespan_parse(timeframe->text);
    if (correlation->timespan_ms)
        return 0;
    return sigma_refuse(section->parse, timeframe->line,
                        "timeframe '%.*s': a number and a unit are needed, as 15m",
                        SHOWN(timeframe->text));
}

/* "search | aggregation": `bar` is where the '|' stands. */
static int take_aggregation(const struct section *section, size_t bar,
                            struct sigma_aggregation *out)
{
    struct yaml_doc_node search = *section->condition;
    struct sigma_node *tree;
    search.text = slice_first(section->condition->text, bar);
    if (section_take_condition(section, &search, &tree) < 0 ||
        sigma_aggregation_parse(section->parse, section->condition,
                                slice_from_offset(section->condition->text, bar + 1), tree,
                                section->searches, section->count, out) < 0)
        return -1;
    return take_timeframe(section, out->correlation);
}

static int take_condition(const struct section *section, struct sigma_rule *rule)
{
    if (section_take_condition(section, section->condition, &rule->detection) < 0)
        return -1;
    rule->node_count = node_number(rule->detection);
    if (!section->timeframe)
        return 0;
    return sigma_refuse(section->parse, section->timeframe->line,
                        "'timeframe' without an aggregation in the condition");
}

int sigma_detection_parse(struct sigma_parse *parse, const struct yaml_doc_node *detection,
                          struct sigma_rule *rule, struct sigma_aggregation *aggregation)
{
    struct section section = { .parse = parse, .node = detection };
    if (section_read(&section) < 0)
        return -1;
    const struct yaml_doc_node *condition = section.condition;
    assert(condition);
    size_t bar =
        condition->kind == YAML_DOC_SCALAR ? slice_find_char(condition->text, '|') : SIZE_MAX;
    return bar == SIZE_MAX ? take_condition(&section, rule)
                           : take_aggregation(&section, bar, aggregation);
}

int sigma_detection_parse_filter(struct sigma_parse *parse, const struct yaml_doc_node *section,
                                 struct sigma_rule *rule)
{
    struct section filter = { .parse = parse, .node = section, .filter = true };
    return section_read(&filter) < 0 ? -1 : take_condition(&filter, rule);
}
