/* Rules of URL Rewrite in a configuration. */
#include "exchange/config_internal.h"
#include "exchange/mitigation.h"

static bool is_rules(enum node node)
{
    return node == NODE_RULES || node == NODE_GLOBAL_RULES || node == NODE_OUTBOUND_RULES;
}

static bool in_rules(const struct config_reading *r)
{
    return r->depth && is_rules(r->open[r->depth - 1]);
}

void config_rewrite_section(struct config_reading *r, const struct xml_element *element)
{
    (void)element;
    r->passed_site = r->passed_application = 0;
}

static enum rewrite_syntax syntax_of(struct slice name)
{
    if (slice_icase_eq(name, SLICE_LIT("Wildcard")))
        return SYNTAX_WILDCARD;
    return slice_icase_eq(name, SLICE_LIT("ExactMatch")) ? SYNTAX_EXACT : SYNTAX_REGEX;
}

void config_rewrite_begin(struct config_reading *r, const struct xml_element *element)
{
    if (!in_rules(r) || r->in_rule)
        return;
    struct rewrite_rule *rule = &r->rule;
    *rule = (struct rewrite_rule){ 0 };
    r->in_rule = true;
    r->rule_line = r->line;
    r->rule_offset = r->offset;
    rule->name = config_keep(r, xml_attribute(element, "name"));
    rule->global = config_in(r, NODE_GLOBAL_RULES);
    rule->outbound = config_in(r, NODE_OUTBOUND_RULES);
    rule->enabled = !config_is_false(element, "enabled");
    rule->ends = config_is_true(element, "stopProcessing");
    rule->syntax = syntax_of(xml_attribute(element, "patternSyntax"));
    rule->precondition = config_keep(r, xml_attribute(element, "preCondition"));
}

/* Patterns are kept whole: a cut one is another. */
static struct slice keep_pattern(struct config_reading *r, struct slice pattern)
{
    return arena_copy(r->arena, slice_first(pattern, REWRITE_PATTERN_MAX + 1));
}

void config_rewrite_match(struct config_reading *r, const struct xml_element *element)
{
    struct rewrite_rule *rule = &r->rule;
    if (!r->in_rule || !config_in(r, NODE_RULE))
        return;
    rule->url = keep_pattern(r, xml_attribute(element, rule->outbound ? "pattern" : "url"));
    rule->variable = config_keep(r, xml_attribute(element, "serverVariable"));
    rule->url_negate = config_is_true(element, "negate");
    rule->url_match_case = config_is_false(element, "ignoreCase");
}

void config_rewrite_conditions(struct config_reading *r, const struct xml_element *element)
{
    if (r->in_rule)
        r->rule.any =
            slice_icase_eq(xml_attribute(element, "logicalGrouping"), SLICE_LIT("MatchAny"));
}

void config_rewrite_add(struct config_reading *r, const struct xml_element *element)
{
    struct rewrite_rule *rule = &r->rule;
    if (!r->in_rule || !config_in(r, NODE_CONDITIONS))
        return;
    if (rule->condition_count == REWRITE_CONDITIONS_MAX) {
        rule->cut = true;
        return;
    }
    struct slice type = xml_attribute(element, "matchType");
    rule->conditions[rule->condition_count++] = (struct rewrite_condition){
        .input = config_keep(r, xml_attribute(element, "input")),
        .pattern = keep_pattern(r, xml_attribute(element, "pattern")),
        .negate = config_is_true(element, "negate"),
        .match_case = config_is_false(element, "ignoreCase"),
        .undecidable = type.len && !slice_icase_eq(type, SLICE_LIT("Pattern")),
    };
}

static enum rewrite_action action_of(struct slice type)
{
    static const struct {
        struct slice name;
        enum rewrite_action action;
    } actions[] = {
        { SLICE_INIT("AbortRequest"), ACTION_ABORT },
        { SLICE_INIT("CustomResponse"), ACTION_RESPONSE },
        { SLICE_INIT("Redirect"), ACTION_REDIRECT },
        { SLICE_INIT("Rewrite"), ACTION_REWRITE },
    };
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (slice_icase_eq(type, actions[i].name))
            return actions[i].action;
    return ACTION_NONE;
}

void config_rewrite_action(struct config_reading *r, const struct xml_element *element)
{
    struct rewrite_rule *rule = &r->rule;
    uint64_t status;
    if (!r->in_rule || !config_in(r, NODE_RULE))
        return;
    rule->action = action_of(xml_attribute(element, "type"));
    rule->target = config_keep(r, xml_attribute(element, rule->outbound ? "value" : "url"));
    if (slice_to_u64(xml_attribute(element, "statusCode"), &status) && status < 1000)
        rule->status = (unsigned)status;
}

void config_rewrite_clear(struct config_reading *r, const struct xml_element *element)
{
    (void)element;
    if (!in_rules(r))
        return;
    struct setting *setting = config_add(r, SETTING_CLEAR, SLICE_LIT(""), SLICE_LIT(""));
    if (config_in(r, NODE_OUTBOUND_RULES))
        setting->flags = SETTING_OUTBOUND;
    r->passed_site = r->passed_application = 0;
}

void config_rewrite_remove(struct config_reading *r, const struct xml_element *element)
{
    if (!in_rules(r))
        return;
    struct setting *setting =
        config_add(r, SETTING_REMOVE, xml_attribute(element, "name"), SLICE_LIT(""));
    if (config_in(r, NODE_OUTBOUND_RULES))
        setting->flags = SETTING_OUTBOUND;
}

void config_rewrite_precondition(struct config_reading *r, const struct xml_element *element)
{
    if (r->precondition_count < PRECONDITIONS_MAX)
        r->preconditions[r->precondition_count++] =
            config_keep(r, xml_attribute(element, "name"));
}

/* ---- what it does ---- */

static unsigned flags_of(const struct rewrite_rule *rule)
{
    return (rule->enabled ? 0U : SETTING_OFF) | (rewrite_stops(rule) ? SETTING_STOPS : 0U) |
           (rule->ends ? SETTING_ENDS : 0U) | (rule->outbound ? SETTING_OUTBOUND : 0U) |
           (mitigation_sets_policy(rule) ? SETTING_POLICY : 0U) |
           (rewrite_leaves(rule) ? SETTING_LEAVES : 0U);
}

/* A rule that ends the search without ending the request lets its requests pass. */
static void mind_order(struct config_reading *r, struct setting *setting)
{
    uint32_t site = setting->site_mask & ~r->passed_site;
    uint32_t application = setting->application_mask & ~r->passed_application;
    if (site != setting->site_mask)
        setting->flags |= SETTING_SHADOWED;
    setting->site_mask = site;
    setting->application_mask = application;
    if (setting->flags & SETTING_ENDS && !(setting->flags & (SETTING_STOPS | SETTING_OFF))) {
        r->passed_site |= site;
        r->passed_application |= application;
    }
}

static void try_probes(struct config_reading *r, struct setting *setting)
{
    bool broken = false;
    if (r->rule.outbound || r->rules++ >= CONFIG_RULES_MAX)
        return;
    setting->site_mask =
        rewrite_try(&r->rule, mitigation_probes, FORM_COUNT, BASE_SITE, &broken);
    if (!broken)
        setting->application_mask =
            rewrite_try(&r->rule, mitigation_probes, FORM_COUNT, BASE_APPLICATION, &broken);
    if (broken)
        setting->flags |= SETTING_BROKEN;
    mind_order(r, setting);
}

void config_rewrite_end(struct config_reading *r)
{
    if (!r->in_rule)
        return;
    r->in_rule = false;
    r->line = r->rule_line;
    r->offset = r->rule_offset;
    struct setting *setting =
        config_add(r, SETTING_REWRITE, r->rule.name, rewrite_text(r->arena, &r->rule));
    setting->detail = r->rule.precondition.ptr ? r->rule.precondition : SLICE_LIT("");
    setting->flags = flags_of(&r->rule);
    try_probes(r, setting);
}

static bool has_precondition(const struct config_reading *r, struct slice name)
{
    for (size_t i = 0; i < r->precondition_count; i++)
        if (slice_icase_eq(r->preconditions[i], name))
            return true;
    return false;
}

/* IIS refuses a rule whose precondition nobody defines. It may stand behind the rules. */
void config_rewrite_settle(struct config_reading *r)
{
    for (struct setting *s = r->report->first; s; s = s->next)
        if (s->kind == SETTING_REWRITE && s->detail.len &&
            r->precondition_count < PRECONDITIONS_MAX && !has_precondition(r, s->detail))
            s->flags |= SETTING_PRECONDITION;
}
