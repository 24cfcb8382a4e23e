#include "match/compiled.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "events/winlog.h"

static size_t field_intern(struct engine *engine, struct slice name)
{
    for (size_t i = 0; i < engine->field_count; i++)
        if (slice_eq(engine->fields[i], name))
            return i;
    engine->fields = mem_reserve(engine->fields, engine->field_count, &engine->field_capacity,
                                 sizeof *engine->fields);
    engine->fields[engine->field_count] = name;
    return engine->field_count++;
}

size_t engine_field_find(const struct engine *engine, struct slice name)
{
    for (size_t i = 0; i < engine->field_count; i++)
        if (slice_eq(engine->fields[i], name))
            return i;
    return NOT_A_FIELD;
}

static struct item compile_item(struct engine *engine, const struct sigma_item *sigma)
{
    struct item item = { .all = sigma->all, .count = sigma->count };
    item.field = sigma->field.ptr ? field_intern(engine, sigma->field) : NOT_A_FIELD;
    item.matchers = arena_array(&engine->arena, sigma->count + 1, sizeof *item.matchers);
    for (size_t i = 0; i < sigma->count; i++) {
        struct matcher *matcher = &item.matchers[i];
        matcher_init(matcher, &engine->arena, &sigma->values[i], sigma->cased, NULL);
        if (matcher->kind == SIGMA_VALUE_FIELD)
            matcher->other = field_intern(engine, matcher->text);
    }
    if (!item.all)
        item.set = value_set_take(&engine->arena, item.matchers, &item.count,
                                  item.field == NOT_A_FIELD);
    return item;
}

static size_t item_intern(struct engine *engine, const struct sigma_item *sigma,
                          struct map *known)
{
    bool added;
    struct buf key = BUF_INIT;
    matcher_item_key(sigma, &key);
    uint64_t *index = map_at(known, buf_slice(&key), &added);
    buf_deinit(&key);
    if (!added)
        return (size_t)*index;
    *index = engine->item_count;
    engine->items = mem_reserve(engine->items, engine->item_count, &engine->item_capacity,
                                sizeof *engine->items);
    engine->items[engine->item_count] = compile_item(engine, sigma);
    return engine->item_count++;
}

/*
 * Conditions share nodes: a hostile one has more paths than anybody can walk. So every walk
 * looks at a node once, told by `seen`, which is indexed by sigma_node.id.
 */
static void compile_node(struct engine *engine, const struct sigma_node *node, size_t *items,
                         bool *seen, struct map *known)
{
    if (seen[node->id])
        return;
    seen[node->id] = true;
    if (node->kind == SIGMA_NODE_ITEM)
        items[node->id] = item_intern(engine, node->item, known);
    for (size_t i = 0; i < node->count; i++)
        compile_node(engine, node->children[i], items, seen, known);
}

static const char *const *derived_literals(const void *context, struct slice field)
{
    const struct engine_options *options = context;
    for (size_t i = 0; i < options->derived_count; i++)
        if (slice_eq(field, slice_from(options->derived[i].name)))
            return options->derived[i].literals;
    return NULL;
}

static void compile_rule(struct engine *engine, const struct sigma_rule *sigma,
                         struct map *known)
{
    struct rule *rule = &engine->rules[engine->rule_count++];
    rule->sigma = sigma;
    rule->items = arena_array(&engine->arena, sigma->node_count + 1, sizeof *rule->items);
    AUTO_FREE bool *seen = mem_alloc((sigma->node_count + 1) * sizeof *seen);
    compile_node(engine, sigma->detection, rule->items, seen, known);
    rule->gate = gate_of_rule(engine, rule);
    if (sigma->node_count > engine->node_count_max)
        engine->node_count_max = sigma->node_count;
}

/* What evaluator_value() will be asked for. */
static void intern_feeds(struct engine *engine, const struct sigma_rule *rule)
{
    for (size_t i = 0; i < rule->feed_count; i++) {
        const struct sigma_feed *feed = &rule->feeds[i];
        const struct sigma_correlation *correlation = feed->correlation->correlation;
        for (size_t k = 0; k < correlation->group_count; k++)
            field_intern(engine, feed->group_by[k]);
        for (size_t k = 0; k < correlation->field_count; k++)
            field_intern(engine, feed->fields[k]);
    }
}

static bool rule_answers(const struct engine *engine, const struct sigma_rule *rule,
                         const struct family *family)
{
    const struct sigma_logsource *source = &rule->logsource;
    return engine->options.every_source ||
           family_answers(family, source->product, source->category, source->service);
}

/* What the rule needs in each kind of evidence that it is about. */
static void find_literals(struct engine *engine, struct rule *rule,
                          const struct literal_costs *costs)
{
    static const enum literal_medium media[FORMAT_COUNT] = { [FORMAT_W3C] = LITERAL_W3C,
                                                             [FORMAT_CSV] = LITERAL_CSV,
                                                             [FORMAT_ECP] = LITERAL_RAW_LINE,
                                                             [FORMAT_EVTX] = LITERAL_VALUE };
    for (int id = FAMILY_NONE + 1; id < FAMILY_COUNT; id++) {
        const struct family *family = family_get((enum family_id)id);
        if (rule->answers[family->format] || !rule_answers(engine, rule->sigma, family))
            continue;
        rule->answers[family->format] = true;
        rule->literals[family->format] =
            literals_required(&engine->arena, rule->sigma, media[family->format], costs,
                              derived_literals, &engine->options);
    }
}

static void plan_literals(struct engine *engine, struct family_plan *plan,
                          enum log_format format)
{
    plan->literals = arena_array(&engine->arena, plan->literal_count, sizeof *plan->literals);
    plan->literal_rule =
        arena_array(&engine->arena, plan->literal_count, sizeof *plan->literal_rule);
    size_t n = 0;
    for (size_t i = 0; i < plan->rule_count; i++) {
        struct literal_set set = engine->rules[plan->rules[i]].literals[format];
        for (size_t k = 0; k < set.count; k++) {
            plan->literals[n] = set.literals[k];
            plan->literal_rule[n++] = i;
        }
    }
}

static void plan_family(struct engine *engine, const struct family *family)
{
    struct family_plan *plan = &engine->plans[family->id];
    plan->rules = arena_array(&engine->arena, engine->rule_count, sizeof *plan->rules);
    plan->always = arena_array(&engine->arena, engine->rule_count, sizeof *plan->always);
    for (size_t i = 0; i < engine->rule_count; i++) {
        if (!rule_answers(engine, engine->rules[i].sigma, family))
            continue;
        size_t count = engine->rules[i].literals[family->format].count;
        if (count == 0)
            plan->always[plan->always_count++] = plan->rule_count;
        plan->literal_count += count;
        plan->rules[plan->rule_count++] = i;
    }
    if (plan->literal_count && family->format != FORMAT_EVTX)
        plan_literals(engine, plan, family->format); /* event logs: event_class.c */
}

struct engine *engine_new(const struct sigma_set *set, const struct engine_options *options)
{
    struct engine *engine = mem_alloc(sizeof *engine);
    struct map known = MAP_INIT; /* items */
    engine->options = *options;
    engine->set = set;
    engine->rules = mem_alloc(set->rule_count * sizeof *engine->rules);
    for (size_t i = 0; i < set->rule_count; i++) {
        if (set->rules[i]->detection)
            compile_rule(engine, set->rules[i], &known);
        intern_feeds(engine, set->rules[i]);
    }
    map_deinit(&known);
    struct literal_costs *costs = literal_costs_new();
    for (size_t i = 0; i < engine->rule_count; i++)
        find_literals(engine, &engine->rules[i], costs);
    literal_costs_free(costs);
    field_intern(engine, SLICE_LIT(WINLOG_GATE_FIELD));
    for (int id = FAMILY_NONE + 1; id < FAMILY_COUNT; id++)
        plan_family(engine, family_get((enum family_id)id));
    return engine;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    for (size_t i = 0; i < engine->item_count; i++)
        for (size_t m = 0; m < engine->items[i].count; m++)
            matcher_deinit(&engine->items[i].matchers[m]);
    free(engine->items);
    free(engine->rules);
    free(engine->fields);
    arena_deinit(&engine->arena);
    free(engine);
}

/* Only expressions and networks can turn out not to compile. */
static int validate_value(const struct sigma_value *value, struct err *err)
{
    struct matcher matcher;
    if (value->kind != SIGMA_VALUE_REGEX && value->kind != SIGMA_VALUE_CIDR)
        return 0;
    int result = matcher_init(&matcher, NULL, value, false, err);
    matcher_deinit(&matcher);
    return result;
}

static int validate_node(const struct sigma_node *node, bool *seen, struct err *err)
{
    if (seen[node->id])
        return 0;
    seen[node->id] = true;
    for (size_t i = 0; node->kind == SIGMA_NODE_ITEM && i < node->item->count; i++)
        if (validate_value(&node->item->values[i], err) < 0)
            return err_wrap(err, "line %d", node->item->line);
    for (size_t i = 0; i < node->count; i++)
        if (validate_node(node->children[i], seen, err) < 0)
            return -1;
    return 0;
}

int engine_validate_rule(const struct sigma_rule *rule, struct err *err)
{
    AUTO_FREE bool *seen = mem_alloc((rule->node_count + 1) * sizeof *seen);
    return rule->detection ? validate_node(rule->detection, seen, err) : 0;
}

size_t engine_unfiltered_count(const struct engine *engine)
{
    size_t count = 0;
    for (size_t i = 0; i < engine->rule_count; i++) {
        bool unfiltered = false;
        for (int f = 0; f < FORMAT_COUNT; f++)
            unfiltered |= engine->rules[i].answers[f] && !engine->rules[i].literals[f].count;
        count += unfiltered;
    }
    return count;
}
