#include "cli/explain.h"

#include <inttypes.h>

#include "base/escape.h"
#include "base/json.h"
#include "cli/rules.h"
#include "events/winlog.h"
#include "match/literals.h"

#define INDENT 4

static const char *const compare_signs[] = {
    [SIGMA_LT] = "<",   [SIGMA_LTE] = "<=", [SIGMA_GT] = ">",
    [SIGMA_GTE] = ">=", [SIGMA_EQ] = "=",   [SIGMA_NEQ] = "is not",
};

static const char *const part_names[] = {
    [SIGMA_TIME_MINUTE] = "minute", [SIGMA_TIME_HOUR] = "hour",   [SIGMA_TIME_DAY] = "day",
    [SIGMA_TIME_WEEK] = "week",     [SIGMA_TIME_MONTH] = "month", [SIGMA_TIME_YEAR] = "year",
};

/* ---- values ---------------------------------------------------------------------------------
 */

/* As a rule would write it; any dash is "[-/]". */
static void print_pattern(struct buf *out, const struct sigma_pattern *pattern)
{
    static const char *const holes[] = {
        [SIGMA_TOKEN_RUN] = "*",
        [SIGMA_TOKEN_ONE] = "?",
        [SIGMA_TOKEN_DASH] = "[-/]",
    };
    buf_add_char(out, '\'');
    for (size_t i = 0; i < pattern->count; i++) {
        const struct sigma_token *token = &pattern->tokens[i];
        if (token->kind != SIGMA_TOKEN_TEXT) {
            buf_add_text(out, holes[token->kind]);
            continue;
        }
        for (size_t k = 0; k < token->text.len; k++)
            if (token->text.ptr[k] == '*' || token->text.ptr[k] == '?')
                buf_printf(out, "\\%c", token->text.ptr[k]);
            else if ((unsigned char)token->text.ptr[k] < 0x80)
                escape_text(out, slice_of(token->text.ptr + k, 1));
            else
                buf_add_char(out, token->text.ptr[k]);
    }
    buf_add_char(out, '\'');
}

static void print_field_value(struct buf *out, const struct sigma_value *value)
{
    static const char *const words[] = { "the field ", "ends with the field ",
                                         "starts with the field ", "contains the field " };
    buf_add_text(out, words[value->open & 3]);
    escape_text(out, value->text);
}

static void print_regex(struct buf *out, const struct sigma_value *value)
{
    static const char *const flags[] = { "i", "m", "s", ", from the start", ", to the end" };
    buf_add_char(out, '/');
    escape_text(out, value->text);
    buf_add_char(out, '/');
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (value->regex_flags >> i & 1)
            buf_add_text(out, flags[i]);
}

static void print_value(struct buf *out, const struct sigma_value *value)
{
    switch (value->kind) {
    case SIGMA_VALUE_PATTERN:
        print_pattern(out, &value->pattern);
        break;
    case SIGMA_VALUE_REGEX:
        print_regex(out, value);
        break;
    case SIGMA_VALUE_CIDR:
        buf_add_text(out, "in ");
        escape_text(out, value->text);
        break;
    case SIGMA_VALUE_COMPARE:
        buf_printf(out, "%s %g", compare_signs[value->compare], value->number);
        break;
    case SIGMA_VALUE_NULL:
        buf_add_text(out, "nothing (null)");
        break;
    case SIGMA_VALUE_EXISTS:
        buf_add_text(out, value->wanted ? "present" : "not present");
        break;
    case SIGMA_VALUE_FIELD:
        print_field_value(out, value);
        break;
    case SIGMA_VALUE_TIME:
        buf_printf(out, "%s %s %g", part_names[value->part], compare_signs[value->compare],
                   value->number);
        break;
    }
}

/* ---- the condition for people ---------------------------------------------------------------
 */

static void print_line(struct buf *out, int depth, const char *text)
{
    buf_printf(out, "%*s%s\n", depth * INDENT, "", text);
}

static void print_item(struct buf *out, const struct sigma_item *item, int depth)
{
    buf_printf(out, "%*s", depth * INDENT, "");
    if (item->field.ptr)
        escape_text(out, item->field);
    else
        buf_add_text(out, "(anywhere)");
    if (item->cased)
        buf_add_text(out, ", upper and lower case told apart");
    if (item->count > 1)
        buf_add_text(out, item->all ? ", all of" : ", one of");
    buf_add_char(out, ':');
    for (size_t i = 0; i < item->count; i++) {
        if (item->count > 1)
            buf_printf(out, "\n%*s", (depth + 1) * INDENT, "");
        else
            buf_add_char(out, ' ');
        print_value(out, &item->values[i]);
    }
    buf_add_char(out, '\n');
}

/* A hostile condition has more paths than anybody can walk: the text is bounded. */
#define TEXT_MAX (4U << 20)

static const char *const node_words[] = {
    [SIGMA_NODE_AND] = "all of",
    [SIGMA_NODE_OR] = "one of",
    [SIGMA_NODE_NOT] = "not",
};

static void print_node(struct buf *out, const struct sigma_node *node, int depth)
{
    if (out->len > TEXT_MAX)
        return;
    if (node->kind == SIGMA_NODE_ITEM) {
        print_item(out, node->item, depth);
        return;
    }
    print_line(out, depth, node_words[node->kind]);
    for (size_t i = 0; i < node->count; i++)
        print_node(out, node->children[i], depth + 1);
}

/* ---- log sources ----------------------------------------------------------------------------
 */

static void print_attribute(struct buf *out, const char *name, struct slice value)
{
    if (!value.ptr)
        return;
    buf_printf(out, " %s=", name);
    escape_text(out, value);
}

static bool family_matches(const struct family *family, const struct sigma_logsource *source)
{
    return family && family_answers(family, source->product, source->category, source->service);
}

static void print_family(struct buf *out, const struct family *family)
{
    buf_printf(out, "    %s: %s", family->name, family->title);
    if (family->channels) {
        buf_add_text(out, " (");
        escape_text(out, slice_from(family->channels));
        buf_add_char(out, ')');
    }
    buf_add_char(out, '\n');
}

static void print_source(struct buf *out, const struct sigma_logsource *source)
{
    buf_add_text(out, "log source:");
    print_attribute(out, "product", source->product);
    print_attribute(out, "category", source->category);
    print_attribute(out, "service", source->service);
    buf_add_text(out, "\n  answered by\n");
    size_t before = out->len;
    for (int id = FAMILY_NONE + 1; id < FAMILY_COUNT; id++)
        if (family_matches(family_get((enum family_id)id), source))
            print_family(out, family_get((enum family_id)id));
    if (out->len == before)
        buf_add_text(out, "    no log that Hauberk reads: this rule never matches\n");
}

/* ---- fields and literals --------------------------------------------------------------------
 */

struct names {
    struct map *index; /* name → place in list + 1 */
    size_t capacity;
    struct slice *list;
    bool *seen; /* by sigma_node.id */
};

static void add_name(struct names *names, struct slice name)
{
    bool added;
    uint64_t *place = map_at(names->index, name, &added);
    if (!added)
        return;
    *place = names->index->count;
    names->list =
        mem_reserve(names->list, names->index->count - 1, &names->capacity, sizeof name);
    names->list[*place - 1] = name;
}

static void collect_names(struct names *names, const struct sigma_node *node)
{
    if (names->seen[node->id])
        return;
    names->seen[node->id] = true;
    for (size_t i = 0; i < node->count; i++)
        collect_names(names, node->children[i]);
    if (node->kind != SIGMA_NODE_ITEM)
        return;
    if (node->item->field.ptr)
        add_name(names, node->item->field);
    for (size_t i = 0; i < node->item->count; i++)
        if (node->item->values[i].kind == SIGMA_VALUE_FIELD)
            add_name(names, node->item->values[i].text);
}

void explain_fields(struct arena *arena, const struct sigma_rule *rule, struct map *index,
                    struct slice **list)
{
    AUTO_FREE bool *seen = mem_alloc((rule->node_count + 1) * sizeof *seen);
    struct names names = { .index = index, .seen = seen };
    collect_names(&names, rule->detection);
    *list = arena_array(arena, index->count + 1, sizeof **list);
    if (index->count)
        memcpy(*list, names.list, index->count * sizeof **list);
    mem_free_auto(&names.list);
}

static void print_fields(struct buf *out, const struct sigma_rule *rule)
{
    struct arena arena = ARENA_INIT;
    struct map index = MAP_INIT;
    struct slice *names;
    explain_fields(&arena, rule, &index, &names);
    buf_add_text(out, "fields:");
    for (size_t i = 0; i < index.count; i++) {
        buf_add_char(out, ' ');
        escape_text(out, names[i]);
    }
    buf_add_text(out, index.count ? "\n" : " none, the whole event is looked through\n");
    map_deinit(&index);
    arena_deinit(&arena);
}

static const char *const *derived_literals(const void *context, struct slice field)
{
    (void)context;
    for (size_t i = 0; i < rules_derived_count; i++)
        if (slice_eq(field, slice_from(rules_derived[i].name)))
            return rules_derived[i].literals;
    return NULL;
}

#define LITERALS_SHOWN 20

static void print_literals(struct buf *out, const struct sigma_rule *rule,
                           enum literal_medium medium, const struct literal_costs *costs,
                           const char *where, const char *none)
{
    struct arena arena = ARENA_INIT;
    struct literal_set set =
        literals_required(&arena, rule, medium, costs, derived_literals, NULL);
    buf_printf(out, "literals in %s:", where);
    if (set.count == 0)
        buf_printf(out, " none, %s", none);
    for (size_t i = 0; i < set.count && i < LITERALS_SHOWN; i++) {
        buf_add_text(out, i ? ", '" : " '");
        escape_text(out, set.literals[i]);
        buf_add_char(out, '\'');
    }
    if (set.count > LITERALS_SHOWN)
        buf_printf(out, " and %lu more", (unsigned long)(set.count - LITERALS_SHOWN));
    buf_add_char(out, '\n');
    arena_deinit(&arena);
}

static void print_all_literals(struct buf *out, const struct sigma_rule *rule)
{
    static const char none[] = "so every one of its log source is evaluated";
    struct literal_costs *costs = literal_costs_new();
    print_literals(out, rule, LITERAL_W3C, costs, "lines of W3C logs", none);
    print_literals(out, rule, LITERAL_CSV, costs, "lines of CSV logs", none);
    print_literals(out, rule, LITERAL_VALUE, costs, "values of event logs", none);
    literal_costs_free(costs);
}

/* ---- correlations ---------------------------------------------------------------------------
 */

static const char *kind_name(enum sigma_correlation_kind kind)
{
    static const char *const names[] = {
        [SIGMA_EVENT_COUNT] = "number of events",
        [SIGMA_VALUE_COUNT] = "number of different values",
        [SIGMA_VALUE_SUM] = "sum",
        [SIGMA_VALUE_AVG] = "mean",
        [SIGMA_VALUE_PERCENTILE] = "percentile",
        [SIGMA_VALUE_MEDIAN] = "median",
        [SIGMA_TEMPORAL] = "different rules, in any order",
        [SIGMA_TEMPORAL_ORDERED] = "rules, in this order",
    };
    return names[kind];
}

static void print_texts(struct buf *out, const char *what, const struct slice *texts,
                        size_t count)
{
    if (count == 0)
        return;
    buf_printf(out, "%s:", what);
    for (size_t i = 0; i < count; i++) {
        buf_add_char(out, ' ');
        escape_text(out, texts[i]);
    }
    buf_add_char(out, '\n');
}

static void print_expression(struct buf *out, const struct sigma_node *node, int depth)
{
    if (out->len > TEXT_MAX)
        return;
    buf_printf(out, "%*s", depth * INDENT, "");
    if (node->kind == SIGMA_NODE_ITEM)
        buf_printf(out, "rule %lu", (unsigned long)node->id + 1);
    else
        buf_add_text(out, node_words[node->kind]);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < node->count; i++)
        print_expression(out, node->children[i], depth + 1);
}

static void print_correlation(struct buf *out, const struct sigma_correlation *correlation)
{
    buf_printf(out, "correlation: %s", kind_name(correlation->kind));
    for (size_t i = 0; i < correlation->bound_count; i++)
        buf_printf(out, "%s %s %g", i ? " and" : "",
                   compare_signs[correlation->bounds[i].compare],
                   correlation->bounds[i].number);
    if (correlation->timespan_ms == INT64_MAX)
        buf_add_text(out, ", whenever\n");
    else
        buf_printf(out, ", within %" PRId64 " s\n", correlation->timespan_ms / 1000);
    print_texts(out, "of the fields", correlation->fields, correlation->field_count);
    print_texts(out, "for each", correlation->group_by, correlation->group_count);
    if (correlation->expression)
        print_expression(out, correlation->expression, 1);
    for (size_t i = 0; i < correlation->rule_count; i++) {
        const struct sigma_rule *rule = correlation->rules[i];
        buf_printf(out, "rule %lu: ", (unsigned long)i + 1);
        escape_text(out, rule->title);
        buf_add_char(out, '\n');
        if (rule->owner)
            print_node(out, rule->detection, 1);
    }
}

/* ---- all of it ------------------------------------------------------------------------------
 */

void explain_text(struct buf *out, const struct sigma_rule *rule)
{
    escape_text(out, rule->title);
    buf_add_text(out, "\n  ");
    escape_text(out, rule->id.len ? rule->id : SLICE_LIT("no id"));
    buf_printf(out, ", level %s, ", sigma_level_name(rule->level));
    escape_text(out, rule->file);
    buf_printf(out, ":%d%s\n", rule->line, rule->silent ? ", only feeds correlations" : "");
    if (rule->correlation) {
        print_correlation(out, rule->correlation);
        return;
    }
    print_source(out, &rule->logsource);
    buf_add_text(out, "condition:\n");
    print_node(out, rule->detection, 1);
    print_fields(out, rule);
    print_all_literals(out, rule);
}

/* ---- JSON -----------------------------------------------------------------------------------
 */

static void json_string(struct buf *out, struct slice text)
{
    buf_add_char(out, '"');
    escape_json(out, text);
    buf_add_char(out, '"');
}

static void json_pattern(struct buf *out, const struct sigma_pattern *pattern)
{
    static const char holes[] = {
        [SIGMA_TOKEN_RUN] = '*', [SIGMA_TOKEN_ONE] = '?', [SIGMA_TOKEN_DASH] = '-'
    };
    buf_add_text(out, "{\"pattern\":[");
    for (size_t i = 0; i < pattern->count; i++) {
        buf_add_text(out, i ? "," : "");
        if (pattern->tokens[i].kind == SIGMA_TOKEN_TEXT)
            json_string(out, pattern->tokens[i].text);
        else
            buf_printf(out, "{\"any\":\"%c\"}", holes[pattern->tokens[i].kind]);
    }
    buf_add_text(out, "]}");
}

static void json_value(struct buf *out, const struct sigma_value *value)
{
    switch (value->kind) {
    case SIGMA_VALUE_PATTERN:
        json_pattern(out, &value->pattern);
        return;
    case SIGMA_VALUE_REGEX:
        buf_add_text(out, "{\"regex\":");
        json_string(out, value->text);
        buf_printf(out, ",\"flags\":%u}", value->regex_flags);
        return;
    case SIGMA_VALUE_CIDR:
        buf_add_text(out, "{\"cidr\":");
        json_string(out, value->text);
        break;
    case SIGMA_VALUE_COMPARE:
        buf_printf(out, "{\"compare\":\"%s\",\"number\":%.17g", compare_signs[value->compare],
                   value->number);
        break;
    case SIGMA_VALUE_NULL:
        buf_add_text(out, "{\"null\":true");
        break;
    case SIGMA_VALUE_EXISTS:
        buf_printf(out, "{\"exists\":%s", value->wanted ? "true" : "false");
        break;
    case SIGMA_VALUE_FIELD:
        buf_add_text(out, "{\"fieldref\":");
        json_string(out, value->text);
        buf_printf(out, ",\"open\":%u", value->open);
        break;
    case SIGMA_VALUE_TIME:
        buf_printf(out, "{\"part\":\"%s\",\"compare\":\"%s\",\"number\":%.17g",
                   part_names[value->part], compare_signs[value->compare], value->number);
        break;
    }
    buf_add_char(out, '}');
}

static void json_item(struct buf *out, const struct sigma_item *item)
{
    buf_add_text(out, "{\"field\":");
    if (item->field.ptr)
        json_string(out, item->field);
    else
        buf_add_text(out, "null");
    buf_printf(out, ",\"all\":%s,\"cased\":%s,\"values\":[", item->all ? "true" : "false",
               item->cased ? "true" : "false");
    for (size_t i = 0; i < item->count; i++) {
        buf_add_text(out, i ? "," : "");
        json_value(out, &item->values[i]);
    }
    buf_add_text(out, "]}");
}

static void json_node(struct buf *out, const struct sigma_node *node)
{
    static const char *const words[] = {
        [SIGMA_NODE_AND] = "and",
        [SIGMA_NODE_OR] = "or",
        [SIGMA_NODE_NOT] = "not",
    };
    if (node->kind == SIGMA_NODE_ITEM) {
        json_item(out, node->item);
        return;
    }
    if (out->len > TEXT_MAX) {
        buf_add_text(out, "{\"cut\":true}");
        return;
    }
    buf_printf(out, "{\"%s\":[", words[node->kind]);
    for (size_t i = 0; i < node->count; i++) {
        buf_add_text(out, i ? "," : "");
        json_node(out, node->children[i]);
    }
    buf_add_text(out, "]}");
}

void explain_json(struct buf *out, const struct sigma_rule *rule, struct slice evidence)
{
    struct json json = json_open(out);
    json_text(&json, "id", rule->id);
    json_text(&json, "title", rule->title);
    json_text(&json, "file", rule->file);
    if (rule->detection) {
        struct buf tree = BUF_INIT;
        json_node(&tree, rule->detection);
        json_raw(&json, "condition", buf_slice(&tree));
        buf_deinit(&tree);
    }
    if (evidence.ptr)
        json_raw(&json, "evidence", evidence);
    json_close(&json);
    buf_add_char(out, '\n');
}
