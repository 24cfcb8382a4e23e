#include "match/event_class.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "events/event_log.h"

#define CLASSES_MAX 2048
#define ID_FIELD SLICE_LIT("EventID")

/* Which event ids the rules of one family name. */
struct family_ids {
    bool known;
    struct map ids;
};

struct event_classes {
    const struct engine *engine;
    struct arena arena;
    struct map index; /* family and id → position in classes + 1 */
    size_t count;
    struct event_class *classes[CLASSES_MAX];
    struct family_ids ids[FAMILY_COUNT];
};

struct event_classes *event_classes_new(const struct engine *engine)
{
    struct event_classes *classes = mem_alloc(sizeof *classes);
    classes->engine = engine;
    return classes;
}

static void free_filter(struct event_rules *rules)
{
    prefilter_scanner_free(rules->scanner);
    prefilter_free(rules->filter);
}

void event_classes_reset(struct event_classes *classes)
{
    for (size_t i = 0; i < classes->count; i++) {
        free_filter(&classes->classes[i]->values);
        free_filter(&classes->classes[i]->keywords);
    }
    classes->count = 0;
    map_deinit(&classes->index);
    classes->index = (struct map)MAP_INIT;
    arena_reset(&classes->arena);
}

void event_classes_free(struct event_classes *classes)
{
    if (!classes)
        return;
    event_classes_reset(classes);
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        map_deinit(&classes->ids[i].ids);
    arena_deinit(&classes->arena);
    free(classes);
}

bool event_classes_full(const struct event_classes *classes)
{
    return classes->count == CLASSES_MAX;
}

/* ---- which ids matter -----------------------------------------------------------------------
 */

static bool is_id_item(const struct sigma_item *item)
{
    return item->field.ptr && slice_icase_eq(item->field, ID_FIELD);
}

/* A whole id, as "4624": no wildcard, no comparison. */
static bool names_one_id(const struct sigma_value *value)
{
    return value->kind == SIGMA_VALUE_PATTERN && value->pattern.count == 1 &&
           value->pattern.tokens[0].kind == SIGMA_TOKEN_TEXT;
}

static void collect_ids(struct family_ids *ids, const struct sigma_item *item)
{
    for (size_t i = 0; i < item->count; i++)
        if (names_one_id(&item->values[i]))
            map_at(&ids->ids, item->values[i].pattern.tokens[0].text, NULL);
}

/* Every node is looked at once, by `seen`: conditions share them. */
static void collect_node_ids(struct family_ids *ids, const struct sigma_node *node, bool *seen)
{
    if (seen[node->id])
        return;
    seen[node->id] = true;
    if (node->kind == SIGMA_NODE_ITEM && is_id_item(node->item))
        collect_ids(ids, node->item);
    for (size_t i = 0; i < node->count; i++)
        collect_node_ids(ids, node->children[i], seen);
}

static void learn_ids(struct event_classes *classes, const struct family *family)
{
    struct family_ids *ids = &classes->ids[family->id];
    const struct family_plan *plan = &classes->engine->plans[family->id];
    AUTO_FREE bool *seen = mem_alloc(classes->engine->node_count_max + 1);
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct rule *rule = &classes->engine->rules[plan->rules[i]];
        memset(seen, 0, rule->sigma->node_count);
        collect_node_ids(ids, rule->sigma->detection, seen);
    }
    ids->known = true;
}

static struct slice id_text(uint64_t event_id, char out[24])
{
    int len = snprintf(out, 24, "%" PRIu64, event_id);
    return slice_of(out, (size_t)len);
}

/* Events whose id no rule and no category names are all of one class. */
static uint64_t telling_id(struct event_classes *classes, const struct family *family,
                           uint64_t event_id)
{
    char text[24];
    struct family_ids *ids = &classes->ids[family->id];
    if (!ids->known)
        learn_ids(classes, family);
    bool named =
        winlog_names_event(family, event_id) || map_find(&ids->ids, id_text(event_id, text));
    return named ? event_id : EVENT_ID_NONE;
}

/* ---- can a rule be true, once the id is known? ----------------------------------------------
 */

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_OPEN };

struct judge {
    struct slice id; /* absent: an id that no rule names */
    uint8_t *known;  /* by sigma_node.id: truth + 1 */
};

static enum truth judge_node(const struct judge *judge, const struct sigma_node *node);

/* Wildcards and comparisons stay open: they are asked of the event. */
static enum truth judge_value(const struct judge *judge, const struct sigma_value *value)
{
    if (!names_one_id(value))
        return TRUTH_OPEN;
    bool hit = judge->id.ptr && slice_eq(value->pattern.tokens[0].text, judge->id);
    return hit ? TRUTH_YES : TRUTH_NO;
}

static enum truth judge_item(const struct judge *judge, const struct sigma_item *item)
{
    enum truth decisive = item->all ? TRUTH_NO : TRUTH_YES;
    enum truth result = item->all ? TRUTH_YES : TRUTH_NO;
    if (!is_id_item(item))
        return TRUTH_OPEN;
    for (size_t i = 0; i < item->count; i++) {
        enum truth truth = judge_value(judge, &item->values[i]);
        if (truth == decisive)
            return decisive;
        result = truth == TRUTH_OPEN ? TRUTH_OPEN : result;
    }
    return result;
}

/* AND is decided by one NO, OR by one YES; else one open child leaves it open. */
static enum truth judge_children(const struct judge *judge, const struct sigma_node *node,
                                 enum truth decisive, enum truth otherwise)
{
    enum truth result = otherwise;
    for (size_t i = 0; i < node->count; i++) {
        enum truth truth = judge_node(judge, node->children[i]);
        if (truth == decisive)
            return decisive;
        result = truth == TRUTH_OPEN ? TRUTH_OPEN : result;
    }
    return result;
}

static enum truth judge_kind(const struct judge *judge, const struct sigma_node *node)
{
    enum truth truth;
    switch (node->kind) {
    case SIGMA_NODE_ITEM:
        return judge_item(judge, node->item);
    case SIGMA_NODE_AND:
        return judge_children(judge, node, TRUTH_NO, TRUTH_YES);
    case SIGMA_NODE_OR:
        return judge_children(judge, node, TRUTH_YES, TRUTH_NO);
    case SIGMA_NODE_NOT:
        truth = judge_node(judge, node->children[0]);
        return truth == TRUTH_OPEN ? truth : truth == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
    }
    return TRUTH_OPEN;
}

static enum truth judge_node(const struct judge *judge, const struct sigma_node *node)
{
    uint8_t *known = &judge->known[node->id];
    if (!*known)
        *known = (uint8_t)(judge_kind(judge, node) + 1);
    return (enum truth)(*known - 1);
}

/* ---- making a class -------------------------------------------------------------------------
 */

/* What is found while the nodes of a rule are walked. */
struct survey {
    const struct engine *engine;
    const struct rule *rule;
    bool *fields; /* by engine field */
    bool keywords;
    bool *seen;
};

static void survey_item(struct survey *survey, const struct item *item)
{
    if (item->field == NOT_A_FIELD)
        survey->keywords = true;
    else
        survey->fields[item->field] = true;
    for (size_t i = 0; i < item->count; i++)
        if (item->matchers[i].kind == SIGMA_VALUE_FIELD)
            survey->fields[item->matchers[i].other] = true;
}

static void survey_node(struct survey *survey, const struct sigma_node *node)
{
    if (survey->seen[node->id])
        return;
    survey->seen[node->id] = true;
    if (node->kind == SIGMA_NODE_ITEM)
        survey_item(survey, &survey->engine->items[survey->rule->items[node->id]]);
    for (size_t i = 0; i < node->count; i++)
        survey_node(survey, node->children[i]);
}

static bool has_keywords(struct survey *survey, const struct rule *rule)
{
    survey->rule = rule;
    survey->keywords = false;
    memset(survey->seen, 0, rule->sigma->node_count);
    survey_node(survey, rule->sigma->detection);
    return survey->keywords;
}

static void add_rule(const struct engine *engine, struct event_rules *rules,
                     const struct rule *rule, const struct winlog_gate *gate)
{
    struct event_rule *added = &rules->rules[rules->count++];
    added->rule = rule;
    added->gate = *gate;
    added->gate_field =
        gate->field ? engine_field_find(engine, slice_from(gate->field)) : NOT_A_FIELD;
}

static size_t count_literals(const struct event_rules *rules)
{
    size_t count = 0;
    for (size_t i = 0; i < rules->count; i++)
        count += rules->rules[i].rule->literals[FORMAT_EVTX].count;
    return count;
}

/* All literals one after the other; rules without any are always evaluated. */
static void collect_literals(struct event_rules *rules, struct slice *literals)
{
    size_t n = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct literal_set *set = &rules->rules[i].rule->literals[FORMAT_EVTX];
        if (set->count == 0)
            rules->always[rules->always_count++] = i;
        for (size_t k = 0; k < set->count; k++) {
            literals[n] = set->literals[k];
            rules->literal_rule[n++] = i;
        }
    }
}

static void add_filter(struct event_classes *classes, struct event_rules *rules)
{
    size_t count = count_literals(rules);
    AUTO_FREE struct slice *literals = mem_alloc((count + 1) * sizeof *literals);
    rules->literal_rule = arena_array(&classes->arena, count + 1, sizeof *rules->literal_rule);
    rules->always = arena_array(&classes->arena, rules->count + 1, sizeof *rules->always);
    collect_literals(rules, literals);
    rules->in_strings = true;
    for (size_t i = 0; i < count; i++)
        rules->in_strings = rules->in_strings && !event_log_fits_number(literals[i]);
    if (count) {
        rules->filter = prefilter_build(literals, count);
        rules->scanner = prefilter_scanner_new(rules->filter);
    }
}

/* In how many ways does the rule cover events of this class? Each has a gate. */
static size_t ways_to_cover(const struct engine *engine, const struct event_class *class,
                            const struct sigma_logsource *source,
                            struct winlog_gate gates[WINLOG_GATES_MAX])
{
    gates[0] = (struct winlog_gate){ NULL, NULL };
    if (engine->options.every_source)
        return 1;
    return winlog_covers(class->family, class->event_id, source->product, source->category,
                         source->service, gates);
}

static void collect_rules(struct event_classes *classes, struct event_class *class,
                          struct judge *judge, struct survey *survey)
{
    const struct engine *engine = classes->engine;
    const struct family_plan *plan = &engine->plans[class->family->id];
    for (size_t i = 0; i < plan->rule_count; i++) {
        struct winlog_gate gates[WINLOG_GATES_MAX];
        const struct rule *rule = &engine->rules[plan->rules[i]];
        size_t ways = ways_to_cover(engine, class, &rule->sigma->logsource, gates);
        memset(judge->known, 0, rule->sigma->node_count);
        if (!ways || judge_node(judge, rule->sigma->detection) == TRUTH_NO)
            continue;
        struct event_rules *rules =
            has_keywords(survey, rule) ? &class->keywords : &class->values;
        for (size_t w = 0; w < ways; w++) {
            add_rule(engine, rules, rule, &gates[w]);
            if (gates[w].field)
                survey->fields[rules->rules[rules->count - 1].gate_field] = true;
        }
    }
}

static struct event_class *make_class(struct event_classes *classes,
                                      const struct family *family, uint64_t event_id)
{
    const struct engine *engine = classes->engine;
    struct event_class *class = arena_alloc(&classes->arena, sizeof *class);
    size_t most = engine->plans[family->id].rule_count * WINLOG_GATES_MAX + 1;
    AUTO_FREE uint8_t *known = mem_alloc(engine->node_count_max + 1);
    AUTO_FREE bool *seen = mem_alloc(engine->node_count_max + 1);
    AUTO_FREE bool *fields = mem_alloc(engine->field_count + 1);
    AUTO_FREE struct event_rule *values = mem_alloc(most * sizeof *values);
    AUTO_FREE struct event_rule *keywords = mem_alloc(most * sizeof *keywords);
    char text[24];
    struct slice id = event_id == EVENT_ID_NONE ? SLICE_NULL : id_text(event_id, text);
    struct judge judge = { id, known };
    struct survey survey = { engine, NULL, fields, false, seen };

    *class = (struct event_class){ .family = family, .event_id = event_id };
    class->values.rules = values;
    class->keywords.rules = keywords;
    collect_rules(classes, class, &judge, &survey);
    class->values.rules = arena_array(&classes->arena, class->values.count + 1, sizeof *values);
    memcpy(class->values.rules, values, class->values.count * sizeof *values);
    class->keywords.rules =
        arena_array(&classes->arena, class->keywords.count + 1, sizeof *keywords);
    memcpy(class->keywords.rules, keywords, class->keywords.count * sizeof *keywords);
    class->fields = arena_array(&classes->arena, engine->field_count + 1, sizeof(size_t));
    for (size_t i = 0; i < engine->field_count; i++)
        if (fields[i])
            class->fields[class->field_count++] = i;
    add_filter(classes, &class->values);
    add_filter(classes, &class->keywords);
    return class;
}

const struct event_class *event_classes_get(struct event_classes *classes,
                                            const struct family *family, uint64_t event_id)
{
    struct {
        uint64_t family, id;
    } key = { (uint64_t)family->id, telling_id(classes, family, event_id) };
    uint64_t *at = map_at(&classes->index, slice_of((const char *)&key, sizeof key), NULL);
    if (*at)
        return classes->classes[*at - 1];
    assert(classes->count < CLASSES_MAX);
    struct event_class *class = make_class(classes, family, key.id);
    classes->classes[classes->count++] = class;
    *at = classes->count;
    return class;
}
