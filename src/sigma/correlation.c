#include "sigma/correlation.h"

#include "sigma/scalar.h"

static int parse_kind(struct sigma_parse *parse, const struct yaml_doc_node *section,
                      struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *type = yaml_doc_get(section, "type");
    if (!type)
        return sigma_refuse(parse, section->line, "the correlation has no 'type'");
    if (slice_eq(type->text, SLICE_LIT("event_count")))
        correlation->kind = SIGMA_EVENT_COUNT;
    else if (slice_eq(type->text, SLICE_LIT("temporal_ordered")))
        correlation->kind = SIGMA_TEMPORAL_ORDERED;
    else
        return sigma_refuse(parse, type->line, "correlation type '%.*s' is not supported",
                            SHOWN(type->text));
    return 0;
}

static int parse_references(struct sigma_parse *parse, const struct yaml_doc_node *section,
                            struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *rules = yaml_doc_get(section, "rules");
    if (sigma_scalar_read_list(parse, rules, "rules", &correlation->rule_refs,
                               &correlation->rule_count) < 0)
        return -1;
    if (correlation->rule_count == 0)
        return sigma_refuse(parse, section->line, "the correlation names no 'rules'");
    if (correlation->rule_count > SIGMA_MAX_CORRELATED)
        return sigma_refuse(parse, rules->line, "the correlation names more than 1000 rules");
    return sigma_scalar_read_list(parse, yaml_doc_get(section, "group-by"), "group-by",
                                  &correlation->group_by, &correlation->group_count);
}

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return 1000;
    case 'm':
        return INT64_C(60) * 1000;
    case 'h':
        return INT64_C(3600) * 1000;
    case 'd':
        return INT64_C(86400) * 1000;
    default:
        return 0;
    }
}

/* "15m" as milliseconds, or 0. */
static int64_t timespan_ms(struct slice text)
{
    uint64_t number;
    if (text.len < 2)
        return 0;
    int64_t unit = unit_ms(text.ptr[text.len - 1]);
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
    correlation->timespan_ms = timespan_ms(timespan->text);
    if (correlation->timespan_ms == 0)
        return sigma_refuse(parse, timespan->line,
                            "timespan '%.*s': a number and s, m, h or d is needed, as 15m",
                            SHOWN(timespan->text));
    return 0;
}

static bool holds(double count, enum sigma_compare compare, double threshold)
{
    switch (compare) {
    case SIGMA_LT:
        return count < threshold;
    case SIGMA_LTE:
        return count <= threshold;
    case SIGMA_GT:
        return count > threshold;
    case SIGMA_GTE:
        return count >= threshold;
    case SIGMA_EQ:
        return count == threshold;
    default:
        return count != threshold;
    }
}

static bool find_compare(struct slice name, enum sigma_compare *out)
{
    static const struct {
        const char *name;
        enum sigma_compare compare;
    } operators[] = {
        { "gt", SIGMA_GT },   { "gte", SIGMA_GTE }, { "lt", SIGMA_LT },
        { "lte", SIGMA_LTE }, { "eq", SIGMA_EQ },
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (slice_eq(name, slice_from(operators[i].name))) {
            *out = operators[i].compare;
            return true;
        }
    }
    return false;
}

/*
 * "Fewer than five" holds wherever nothing is logged at all, and there is no event to show for
 * it; a threshold below zero, or half an event, can never be met.
 */
static int check_threshold(struct sigma_parse *parse, const struct yaml_doc_node *value,
                           const struct sigma_correlation *correlation)
{
    double threshold = correlation->threshold;
    if (holds(0, correlation->compare, threshold))
        return sigma_refuse(parse, value->line,
                            "the correlation condition is true without any event");
    bool upper = correlation->compare == SIGMA_LT || correlation->compare == SIGMA_LTE;
    bool whole = threshold < 9007199254740992.0 && threshold == (double)(int64_t)threshold;
    if (upper || (correlation->compare == SIGMA_EQ && (!whole || threshold < 0)))
        return sigma_refuse(parse, value->line, "the correlation condition can never be true");
    return 0;
}

static int parse_condition(struct sigma_parse *parse, const struct yaml_doc_node *condition,
                           struct sigma_correlation *correlation)
{
    if (condition->kind != YAML_DOC_MAPPING || yaml_doc_pairs(condition) != 1)
        return sigma_refuse(parse, condition->line,
                            "the correlation condition must be one comparison, as 'gte: 10'");
    const struct yaml_doc_node *key = yaml_doc_key(condition, 0);
    const struct yaml_doc_node *value = yaml_doc_value(condition, 0);
    if (!find_compare(key->text, &correlation->compare))
        return sigma_refuse(parse, key->line, "correlation condition '%.*s' is not supported",
                            SHOWN(key->text));
    if (!sigma_scalar_to_number(value, &correlation->threshold))
        return sigma_refuse(parse, value->line, "the correlation condition needs a number");
    return check_threshold(parse, value, correlation);
}

/* Only counts have a threshold. "Temporal" without one means all rules, in order. */
static int parse_threshold(struct sigma_parse *parse, const struct yaml_doc_node *section,
                           struct sigma_correlation *correlation)
{
    const struct yaml_doc_node *condition = yaml_doc_get(section, "condition");
    if (correlation->kind == SIGMA_EVENT_COUNT)
        return condition
                   ? parse_condition(parse, condition, correlation)
                   : sigma_refuse(parse, section->line, "event_count needs a 'condition'");
    if (condition)
        return sigma_refuse(parse, condition->line,
                            "a condition for temporal_ordered is not supported");
    correlation->compare = SIGMA_GTE;
    correlation->threshold = (double)correlation->rule_count;
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

static bool is_known_key(struct slice key)
{
    static const char *const keys[] = { "type",     "rules",     "group-by",
                                        "timespan", "condition", "generate" };
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
    /* The type comes first: an unsupported one explains keys that are unknown here. */
    if (section->kind == YAML_DOC_MAPPING && parse_kind(parse, section, correlation) < 0)
        return -1;
    if (check_keys(parse, section) < 0 || parse_references(parse, section, correlation) < 0 ||
        parse_timespan(parse, section, correlation) < 0 ||
        parse_threshold(parse, section, correlation) < 0)
        return -1;
    return parse_generate(parse, root, section, correlation);
}
