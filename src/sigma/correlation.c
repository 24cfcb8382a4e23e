#include "sigma/correlation.h"

#include "sigma/condition.h"
#include "sigma/node.h"
#include "sigma/scalar.h"

static bool is_temporal(const struct sigma_correlation *correlation)
{
    return correlation->kind == SIGMA_TEMPORAL || correlation->kind == SIGMA_TEMPORAL_ORDERED;
}

static bool is_of_values(const struct sigma_correlation *correlation)
{
    return !is_temporal(correlation) && correlation->kind != SIGMA_EVENT_COUNT;
}

static bool is_of_numbers(const struct sigma_correlation *correlation)
{
    return is_of_values(correlation) && correlation->kind != SIGMA_VALUE_COUNT;
}

/* --- type, rules, group-by, timespan --- */

static int parse_kind(struct sigma_parse *parse, const struct yaml_doc_node *section,
                      struct sigma_correlation *correlation)
{
    static const struct {
        const char *name;
        enum sigma_correlation_kind kind;
    } kinds[] = {
        { "event_count", SIGMA_EVENT_COUNT },
        { "value_count", SIGMA_VALUE_COUNT },
        { "value_sum", SIGMA_VALUE_SUM },
        { "value_avg", SIGMA_VALUE_AVG },
        { "value_percentile", SIGMA_VALUE_PERCENTILE },
        { "value_median", SIGMA_VALUE_MEDIAN },
        { "temporal", SIGMA_TEMPORAL },
        { "temporal_ordered", SIGMA_TEMPORAL_ORDERED },
    };
    const struct yaml_doc_node *type = yaml_doc_get(section, "type");
    if (!type)
        return sigma_refuse(parse, section->line, "the correlation has no 'type'");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        correlation->kind = kinds[i].kind;
        if (slice_eq(type->text, slice_from(kinds[i].name)))
            return 0;
    }
    return sigma_refuse(parse, type->line, "correlation type '%.*s' is not supported",
                        SHOWN(type->text));
}

static int parse_lists(struct sigma_parse *parse, const struct yaml_doc_node *section,
                       struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *rules = yaml_doc_get(section, "rules");
    if (sigma_scalar_read_list(parse, rules, "rules", &correlation->rule_refs,
                               &correlation->rule_count) < 0)
        return -1;
    if (correlation->rule_count > SIGMA_MAX_CORRELATED)
        return sigma_refuse(parse, rules->line, "the correlation names more than 1000 rules");
    return sigma_scalar_read_list(parse, yaml_doc_get(section, "group-by"), "group-by",
                                  &correlation->group_by, &correlation->group_count);
}

/* Months and years have their mean length, as in pySigma: 30.44 and 365.24 days. */
static int64_t unit_seconds(char unit)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 },      { 'm', 60 },      { 'h', 3600 },    { 'd', 86400 },
                  { 'w', 604800 }, { 'M', 2629746 }, { 'y', 31556952 } };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].unit == unit)
            return units[i].seconds;
    return 0;
}

int64_t sigma_timespan_parse(struct slice text)
{
    uint64_t number;
    if (text.len < 2)
        return 0;
    int64_t unit = unit_seconds(text.ptr[text.len - 1]) * 1000;
    if (!unit || !slice_to_u64(slice_first(text, text.len - 1), &number))
        return 0;
    return number > (uint64_t)(INT64_MAX / unit) ? 0 : (int64_t)number * unit;
}

static int parse_timespan(struct sigma_parse *parse, const struct yaml_doc_node *section,
                          struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *timespan = yaml_doc_get(section, "timespan");
    if (!timespan)
        return sigma_refuse(parse, section->line, "the correlation has no 'timespan'");
    correlation->timespan_ms = sigma_timespan_parse(timespan->text);
    if (correlation->timespan_ms == 0)
        return sigma_refuse(parse, timespan->line,
                            "timespan '%.*s': a number and s, m, h, d, w, M or y is needed, "
                            "as 15m",
                            SHOWN(timespan->text));
    return 0;
}

/* --- aliases: {name: {rule: field, ...}, ...} --- */

static int parse_alias(struct sigma_parse *parse, const struct yaml_doc_node *key,
                       const struct yaml_doc_node *map, struct sigma_alias *alias)
{
    if (map->kind != YAML_DOC_MAPPING || map->count == 0)
        return sigma_refuse(parse, key->line,
                            "the alias '%.*s' must be a map from rules to fields",
                            SHOWN(key->text));
    alias->name = arena_copy(parse->arena, key->text);
    alias->count = yaml_doc_pairs(map);
    alias->rules = arena_array(parse->arena, alias->count, sizeof *alias->rules);
    alias->fields = arena_array(parse->arena, alias->count, sizeof *alias->fields);
    alias->used = arena_array(parse->arena, alias->count, sizeof *alias->used);
    for (size_t i = 0; i < alias->count; i++) {
        const struct yaml_doc_node *field = yaml_doc_value(map, i);
        if (field->kind != YAML_DOC_SCALAR || field->text.len == 0)
            return sigma_refuse(parse, field->line,
                                "the alias '%.*s' must name one field for each rule",
                                SHOWN(key->text));
        alias->rules[i] = arena_copy(parse->arena, yaml_doc_key(map, i)->text);
        alias->fields[i] = arena_copy(parse->arena, field->text);
    }
    return 0;
}

static int parse_aliases(struct sigma_parse *parse, const struct yaml_doc_node *section,
                         struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *aliases = yaml_doc_get(section, "aliases");
    if (!aliases || sigma_scalar_is_null(aliases))
        return 0;
    if (aliases->kind != YAML_DOC_MAPPING)
        return sigma_refuse(parse, aliases->line, "'aliases' must be a map");
    size_t count = yaml_doc_pairs(aliases);
    correlation->aliases = arena_array(parse->arena, count, sizeof *correlation->aliases);
    correlation->alias_count = count;
    for (size_t i = 0; i < count; i++)
        if (parse_alias(parse, yaml_doc_key(aliases, i), yaml_doc_value(aliases, i),
                        &correlation->aliases[i]) < 0)
            return -1;
    return 0;
}

/* --- a condition of comparisons: {gte: 10, field: x} --- */

bool sigma_bound_holds(const struct sigma_bound *bound, double number)
{
    switch (bound->compare) {
    case SIGMA_LT:
        return number < bound->number;
    case SIGMA_LTE:
        return number <= bound->number;
    case SIGMA_GT:
        return number > bound->number;
    case SIGMA_GTE:
        return number >= bound->number;
    case SIGMA_EQ:
        return number >= bound->number && number <= bound->number;
    case SIGMA_NEQ:
        return number < bound->number || number > bound->number;
    }
    return false;
}

bool sigma_bounds_hold(const struct sigma_bound *bounds, size_t count, double number)
{
    for (size_t i = 0; i < count; i++)
        if (!sigma_bound_holds(&bounds[i], number))
            return false;
    return true;
}

static double whole_below(double number)
{
    if (number > 9e15 || number < -9e15)
        return number; /* whole already */
    double whole = (double)(int64_t)number;
    return whole > number ? whole - 1 : whole;
}

/* What holds for any whole number holds for 1 or for one that is next to a bound. */
bool sigma_bounds_can_hold(const struct sigma_bound *bounds, size_t count)
{
    if (sigma_bounds_hold(bounds, count, 1))
        return true;
    for (size_t i = 0; i < count; i++)
        for (int step = -1; step <= 2; step++) {
            double number = whole_below(bounds[i].number) + step;
            if (number >= 1 && sigma_bounds_hold(bounds, count, number))
                return true;
        }
    return false;
}

static bool find_compare(struct slice name, enum sigma_compare *out)
{
    static const struct {
        const char *name;
        enum sigma_compare compare;
    } operators[] = {
        { "gt", SIGMA_GT },   { "gte", SIGMA_GTE }, { "lt", SIGMA_LT },
        { "lte", SIGMA_LTE }, { "eq", SIGMA_EQ },   { "neq", SIGMA_NEQ },
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (slice_eq(name, slice_from(operators[i].name))) {
            *out = operators[i].compare;
            return true;
        }
    }
    return false;
}

static int read_fields(struct sigma_parse *parse, const struct yaml_doc_node *node,
                       struct sigma_correlation *correlation)
{
    if (!is_of_values(correlation))
        return sigma_refuse(parse, node->line, "'field' says nothing in a count of events");
    return sigma_scalar_read_list(parse, node, "field", &correlation->fields,
                                  &correlation->field_count);
}

static int read_percentile(struct sigma_parse *parse, const struct yaml_doc_node *node,
                           struct sigma_correlation *correlation)
{
    double *percentile = &correlation->percentile;
    if (correlation->kind != SIGMA_VALUE_PERCENTILE)
        return sigma_refuse(parse, node->line, "'percentile' belongs to value_percentile");
    if (!sigma_scalar_to_number(node, percentile) || *percentile < 0 || *percentile > 100)
        return sigma_refuse(parse, node->line, "'percentile' must be a number from 0 to 100");
    return 0;
}

static int read_condition_key(struct sigma_parse *parse, const struct yaml_doc_node *key,
                              const struct yaml_doc_node *value,
                              struct sigma_correlation *correlation)
{
    if (slice_eq(key->text, SLICE_LIT("field")))
        return read_fields(parse, value, correlation);
    if (slice_eq(key->text, SLICE_LIT("percentile")))
        return read_percentile(parse, value, correlation);
    struct sigma_bound *bound = &correlation->bounds[correlation->bound_count];
    if (!find_compare(key->text, &bound->compare))
        return sigma_refuse(parse, key->line, "correlation condition '%.*s' is not supported",
                            SHOWN(key->text));
    correlation->bound_count++; /* keys are unique: there is room for all operators */
    if (!sigma_scalar_to_number(value, &bound->number))
        return sigma_refuse(parse, value->line, "the correlation condition needs a number");
    return 0;
}

static int check_condition(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                           const struct sigma_correlation *correlation)
{
    if (correlation->bound_count == 0)
        return sigma_refuse(parse, condition->line,
                            "the correlation condition needs a comparison, as 'gte: 10'");
    if (is_of_values(correlation) && correlation->field_count == 0)
        return sigma_refuse(parse, condition->line,
                            "the correlation condition needs a 'field'");
    if (is_of_numbers(correlation) && correlation->field_count > 1)
        return sigma_refuse(parse, condition->line, "only value_count takes several fields");
    if (correlation->kind == SIGMA_VALUE_PERCENTILE && !yaml_doc_get(condition, "percentile"))
        return sigma_refuse(parse, condition->line,
                            "value_percentile needs 'percentile' (0 to 100)");
    if (!is_of_numbers(correlation) &&
        !sigma_bounds_can_hold(correlation->bounds, correlation->bound_count))
        return sigma_refuse(parse, condition->line,
                            "the correlation condition can never be true: a window holds one "
                            "event or more");
    return 0;
}

static int parse_bounds(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                        struct sigma_correlation *correlation)
{
    for (size_t i = 0; i < yaml_doc_pairs(condition); i++)
        if (read_condition_key(parse, yaml_doc_key(condition, i), yaml_doc_value(condition, i),
                               correlation) < 0)
            return -1;
    return check_condition(parse, condition, correlation);
}

/* --- a condition over names: "a and not b" --- */

static bool is_keyword(struct slice word)
{
    static const char *const words[] = { "and", "or", "not", "of", "1", "any", "all", "them" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_icase_eq(word, slice_from(words[i])))
            return true;
    return false;
}

static struct slice next_word(struct slice *rest)
{
    size_t start = 0, end;
    while (start < rest->len && strchr(" \t\r\n()", rest->ptr[start]))
        start++;
    for (end = start; end < rest->len && !strchr(" \t\r\n()", rest->ptr[end]);)
        end++;
    struct slice word = slice_of(rest->ptr + start, end - start);
    *rest = slice_from_offset(*rest, end);
    return word;
}

static bool names_already(const struct sigma_correlation *correlation, struct slice name)
{
    for (size_t i = 0; i < correlation->rule_count; i++)
        if (slice_eq(correlation->rule_refs[i], name))
            return true;
    return false;
}

/* Without `rules`, those that the condition names, in its order. */
static void take_rules_from(struct sigma_parse *parse, struct slice condition,
                            struct sigma_correlation *correlation)
{
    struct slice rest = condition;
    correlation->rule_refs =
        arena_array(parse->arena, SIGMA_MAX_CORRELATED, sizeof *correlation->rule_refs);
    while (rest.len && correlation->rule_count < SIGMA_MAX_CORRELATED) {
        struct slice word = next_word(&rest);
        if (word.len && !is_keyword(word) && !names_already(correlation, word))
            correlation->rule_refs[correlation->rule_count++] = arena_copy(parse->arena, word);
    }
}

/* pySigma asks for the same: a rule that is not named could only be a mistake. */
static int check_all_named(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                           const struct sigma_correlation *correlation)
{
    for (size_t i = 0; i < correlation->rule_count; i++) {
        struct slice rest = condition->text, word = SLICE_NULL;
        while (rest.len && !slice_eq(word, correlation->rule_refs[i]))
            word = next_word(&rest);
        if (!slice_eq(word, correlation->rule_refs[i]))
            return sigma_refuse(parse, condition->line,
                                "the condition does not name the rule '%.*s'",
                                SHOWN(correlation->rule_refs[i]));
    }
    return 0;
}

/* Steps have one order: all of them, and nothing else, can be asked for. */
static int check_ordered(struct sigma_parse *parse, int line, const struct sigma_node *node)
{
    if (node->kind == SIGMA_NODE_OR || node->kind == SIGMA_NODE_NOT)
        return sigma_refuse(parse, line,
                            "the condition of temporal_ordered can only join rules by 'and'");
    for (size_t i = 0; i < node->count; i++)
        if (check_ordered(parse, line, node->children[i]) < 0)
            return -1;
    return 0;
}

static int parse_expression(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                            struct sigma_correlation *correlation)
{
    if (!is_temporal(correlation))
        return sigma_refuse(parse, condition->line,
                            "a condition over rules belongs to the temporal types");
    if (correlation->rule_count == 0)
        take_rules_from(parse, condition->text, correlation);
    size_t count = correlation->rule_count;
    struct sigma_search *searches = arena_array(parse->arena, count, sizeof *searches);
    for (size_t i = 0; i < count; i++) {
        searches[i].name = correlation->rule_refs[i];
        searches[i].node = node_item(parse->arena, NULL);
        searches[i].node->id = i;
    }
    if (sigma_condition_parse(parse, condition, searches, count, &correlation->expression) <
            0 ||
        check_all_named(parse, condition, correlation) < 0)
        return -1;
    return correlation->kind == SIGMA_TEMPORAL
               ? 0
               : check_ordered(parse, condition->line, correlation->expression);
}

/* --- the condition --- */

/* "At least three" of three rules in order is all of them; less has no order to speak of. */
static int check_ordered_bounds(struct sigma_parse *parse,
                                const struct yaml_doc_node *condition,
                                const struct sigma_correlation *correlation)
{
    const struct sigma_bound *bounds = correlation->bounds;
    size_t count = correlation->bound_count;
    bool all = sigma_bounds_hold(bounds, count, (double)correlation->rule_count);
    for (size_t n = 1; all && n < correlation->rule_count; n++)
        all = !sigma_bounds_hold(bounds, count, (double)n);
    return all ? 0
               : sigma_refuse(parse, condition->line,
                              "temporal_ordered can only ask for all of its rules");
}

static int parse_condition(struct sigma_parse *parse, const struct yaml_doc_node *section,
                           struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *condition = yaml_doc_get(section, "condition");
    bool ordered = correlation->kind == SIGMA_TEMPORAL_ORDERED;
    if (correlation->rule_count == 0 && !(condition && condition->kind == YAML_DOC_SCALAR))
        return sigma_refuse(parse, section->line, "the correlation names no 'rules'");
    if (!condition)
        return is_temporal(correlation)
                   ? 0
                   : sigma_refuse(parse, section->line, "the correlation has no 'condition'");
    if (condition->kind == YAML_DOC_SCALAR)
        return parse_expression(parse, condition, correlation);
    if (condition->kind != YAML_DOC_MAPPING)
        return sigma_refuse(parse, condition->line,
                            "the correlation condition must be comparisons, as 'gte: 10'");
    if (parse_bounds(parse, condition, correlation) < 0)
        return -1;
    return ordered ? check_ordered_bounds(parse, condition, correlation) : 0;
}

static int check_rules(struct sigma_parse *parse, const struct yaml_doc_node *section,
                       const struct sigma_correlation *correlation)
{
    if (correlation->rule_count == 0)
        return sigma_refuse(parse, section->line, "the correlation names no 'rules'");
    if (correlation->kind == SIGMA_TEMPORAL_ORDERED &&
        correlation->rule_count > SIGMA_ORDERED_MAX)
        return sigma_refuse(parse, section->line, "temporal_ordered takes 32 rules at most");
    return 0;
}

static int read_generate(struct sigma_parse *parse, const struct yaml_doc_node *node, bool *out)
{
    if (node && !sigma_scalar_to_bool(node, out))
        return sigma_refuse(parse, node->line, "'generate' must be true or false");
    return 0;
}

static int parse_generate(struct sigma_parse *parse, const struct yaml_doc_node *root,
                          const struct yaml_doc_node *section,
                          struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *inner = yaml_doc_get(section, "generate");
    const struct yaml_doc_node *outer = yaml_doc_get(root, "generate");
    bool outer_says = false;
    if (read_generate(parse, inner, &correlation->generate) < 0 ||
        read_generate(parse, outer, &outer_says) < 0)
        return -1;
    if (inner && outer && outer_says != correlation->generate)
        return sigma_refuse(parse, inner->line, "'generate' is given twice and differs");
    correlation->generate = correlation->generate || outer_says;
    return 0;
}

/* --- the section --- */

static bool is_known_key(struct slice key)
{
    static const char *const keys[] = { "type",      "rules",   "group-by", "timespan",
                                        "condition", "aliases", "generate" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (slice_eq(key, slice_from(keys[i])))
            return true;
    }
    return false;
}

static int check_keys(struct sigma_parse *parse, const struct yaml_doc_node *section)
{
    if (section->kind != YAML_DOC_MAPPING)
        return sigma_refuse(parse, section->line, "'correlation' must be a map");
    for (size_t i = 0; i < yaml_doc_pairs(section); i++) {
        const struct yaml_doc_node *key = yaml_doc_key(section, i);
        if (!is_known_key(key->text))
            return sigma_refuse(parse, key->line, "'%.*s' in a correlation is not supported",
                                SHOWN(key->text));
    }
    return 0;
}

int sigma_correlation_parse(struct sigma_parse *parse, const struct yaml_doc_node *root,
                            struct sigma_rule *rule)
{
    const struct yaml_doc_node *section = yaml_doc_get(root, "correlation");
    struct sigma_correlation *correlation = arena_alloc(parse->arena, sizeof *correlation);
    rule->correlation = correlation;
    if (check_keys(parse, section) < 0 || parse_kind(parse, section, correlation) < 0 ||
        parse_lists(parse, section, correlation) < 0 ||
        parse_timespan(parse, section, correlation) < 0 ||
        parse_aliases(parse, section, correlation) < 0 ||
        parse_condition(parse, section, correlation) < 0 ||
        check_rules(parse, section, correlation) < 0)
        return -1;
    return parse_generate(parse, root, section, correlation);
}
