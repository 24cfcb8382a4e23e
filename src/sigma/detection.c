#include "sigma/detection.h"

#include "sigma/condition.h"
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

static int check_search_name(struct sigma_parse *parse, const struct yaml_doc_node *key)
{
    if (slice_eq(key->text, SLICE_LIT("timeframe")))
        return sigma_refuse(parse, key->line,
                            "'timeframe': aggregations of Sigma v1 are not supported, "
                            "write a correlation rule");
    if (key->text.len > SIGMA_MAX_SEARCH_NAME)
        return sigma_refuse(parse, key->line, "a search name is longer than 256 bytes");
    return 0;
}

static int searches_build(struct sigma_parse *parse, const struct yaml_doc_node *detection,
                          struct sigma_search *searches, size_t *count)
{
    for (size_t i = 0; i < yaml_doc_pairs(detection); i++) {
        const struct yaml_doc_node *key = yaml_doc_key(detection, i);
        if (slice_eq(key->text, SLICE_LIT("condition")))
            continue;
        if (check_search_name(parse, key) < 0)
            return -1;
        struct sigma_search *search = &searches[(*count)++];
        search->name = key->text;
        if (search_build(parse, yaml_doc_value(detection, i), &search->node) < 0)
            return -1;
    }
    return *count ? 0 : sigma_refuse(parse, detection->line, "the detection has no search");
}

int sigma_detection_parse(struct sigma_parse *parse, const struct yaml_doc_node *detection,
                          struct sigma_rule *rule)
{
    if (detection->kind != YAML_DOC_MAPPING)
        return sigma_refuse(parse, detection->line, "'detection' must be a map");
    if (yaml_doc_pairs(detection) > SIGMA_MAX_SEARCHES)
        return sigma_refuse(parse, detection->line,
                            "the detection has more than 1000 searches");
    const struct yaml_doc_node *condition = yaml_doc_get(detection, "condition");
    if (!condition)
        return sigma_refuse(parse, detection->line, "the detection has no 'condition'");

    size_t pairs = yaml_doc_pairs(detection);
    struct sigma_search *searches = arena_array(parse->arena, pairs, sizeof *searches);
    size_t count = 0;
    if (searches_build(parse, detection, searches, &count) < 0)
        return -1;
    if (sigma_condition_parse(parse, condition, searches, count, &rule->detection) < 0)
        return -1;
    rule->node_count = node_number(rule->detection);
    return 0;
}
