#include "cli/answers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/map.h"
#include "cli/explain.h"
#include "cli/rules.h"
#include "events/winlog.h"
#include "match/binding.h"

/* What a part of the condition can be. */
struct truth {
    bool yes, no;
};

static const struct truth open = { true, true }, always = { true, false },
                          never = { false, true };

struct judge {
    const struct sigma_rule *rule;
    struct map fields;           /* name → index in answers.fields + 1 */
    const uint8_t *states;       /* NULL: as if all were filled */
    const struct family *family; /* of the source at hand */
    uint64_t event_id;
    bool *seen;          /* by sigma_node.id */
    struct truth *truth; /* the same, where seen */
};

/* ---- can the condition hold? ----------------------------------------------------------------
 */

static enum field_state state_of(const struct judge *judge, struct slice field)
{
    const uint64_t *index = map_find(&judge->fields, field);
    return judge->states && index ? (enum field_state)judge->states[*index - 1] : FIELD_FILLED;
}

static bool matches_empty(const struct sigma_pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++)
        if (pattern->tokens[i].kind != SIGMA_TOKEN_RUN)
            return false;
    return true;
}

static struct truth truth_of_lacking(const struct sigma_value *value)
{
    if (value->kind == SIGMA_VALUE_NULL)
        return always;
    return value->kind == SIGMA_VALUE_EXISTS && !value->wanted ? always : never;
}

static struct truth truth_of_empty(const struct sigma_value *value)
{
    switch (value->kind) {
    case SIGMA_VALUE_PATTERN:
        return matches_empty(&value->pattern) ? open : never;
    case SIGMA_VALUE_CIDR:
    case SIGMA_VALUE_COMPARE:
    case SIGMA_VALUE_FIELD:
    case SIGMA_VALUE_TIME:
        return never;
    case SIGMA_VALUE_REGEX:
    case SIGMA_VALUE_NULL:
    case SIGMA_VALUE_EXISTS:
        break;
    }
    return open;
}

static struct truth truth_of_id(const struct judge *judge, const struct sigma_value *value)
{
    char id[24];
    const struct sigma_pattern *pattern = &value->pattern;
    if (value->kind != SIGMA_VALUE_PATTERN || pattern->count != 1 ||
        pattern->tokens[0].kind != SIGMA_TOKEN_TEXT)
        return open;
    snprintf(id, sizeof id, "%" PRIu64, judge->event_id);
    return slice_eq(pattern->tokens[0].text, slice_from(id)) ? always : never;
}

static struct truth truth_of_value(const struct judge *judge, const struct sigma_item *item,
                                   const struct sigma_value *value)
{
    if (!item->field.ptr)
        return open;
    if (judge->family->format == FORMAT_EVTX &&
        slice_icase_eq(item->field, SLICE_LIT("EventID")))
        return truth_of_id(judge, value);
    enum field_state state = state_of(judge, item->field);
    if (state != FIELD_FILLED)
        return state == FIELD_LACKING ? truth_of_lacking(value) : truth_of_empty(value);
    bool lame =
        value->kind == SIGMA_VALUE_FIELD && state_of(judge, value->text) == FIELD_LACKING;
    return lame ? never : open;
}

/* Of all, or of one of several. */
static struct truth truth_join(struct truth a, struct truth b, bool all)
{
    return all ? (struct truth){ a.yes && b.yes, a.no || b.no }
               : (struct truth){ a.yes || b.yes, a.no && b.no };
}

static struct truth truth_of_item(const struct judge *judge, const struct sigma_item *item)
{
    struct truth truth = item->all ? always : never;
    for (size_t i = 0; i < item->count; i++)
        truth = truth_join(truth, truth_of_value(judge, item, &item->values[i]), item->all);
    return truth;
}

static struct truth truth_of_node(struct judge *judge, const struct sigma_node *node)
{
    if (judge->seen[node->id])
        return judge->truth[node->id];
    bool all = node->kind == SIGMA_NODE_AND;
    struct truth truth = all ? always : never;
    if (node->kind == SIGMA_NODE_ITEM)
        truth = truth_of_item(judge, node->item);
    for (size_t i = 0; i < node->count; i++)
        truth = truth_join(truth, truth_of_node(judge, node->children[i]), all);
    if (node->kind == SIGMA_NODE_NOT)
        truth = (struct truth){ truth.no, truth.yes };
    judge->seen[node->id] = true;
    return judge->truth[node->id] = truth;
}

static bool can_hold(struct judge *judge, const uint8_t *states)
{
    judge->states = states;
    memset(judge->seen, 0, judge->rule->node_count * sizeof *judge->seen);
    return truth_of_node(judge, judge->rule->detection).yes;
}

/* ---- which fields has a source? -------------------------------------------------------------
 */

/* Its columns as those of a log, the filled ones in front. */
struct columns {
    const struct schema *schema;
    size_t filled; /* that many are filled */
};

static struct columns columns_of(struct arena *arena, const struct survey *survey,
                                 const struct survey_source *source)
{
    struct slice names[COLUMNS_MAX];
    struct columns columns = { NULL, 0 };
    size_t count = 0;
    for (int filled = 1; filled >= 0; filled--) {
        const struct survey_column *column = survey_column(survey, source->first_column);
        for (; column && count < COLUMNS_MAX; column = survey_column(survey, column->next))
            if (column->filled == (filled == 1))
                names[count++] = column->name;
        columns.filled = filled ? count : columns.filled;
    }
    columns.schema = schema_new(arena, source->family, names, count, false, false);
    return columns;
}

static enum field_state state_of_column(const struct columns *columns, size_t column)
{
    if (column >= columns->schema->count)
        return FIELD_LACKING;
    return column < columns->filled ? FIELD_FILLED : FIELD_EMPTY;
}

static bool is_derived(struct slice field)
{
    for (size_t i = 0; i < rules_derived_count; i++)
        if (slice_eq(field, slice_from(rules_derived[i].name)))
            return true;
    return false;
}

static enum field_state state_in(const struct columns *columns,
                                 const struct survey_source *source, struct slice field)
{
    const struct schema *schema = columns->schema;
    bool event_log = source->family->format == FORMAT_EVTX;
    struct binding binding = event_log ? binding_resolve_record(schema, source->event_id, field)
                                       : binding_resolve(schema, field);
    enum role role = ROLE_URL_PATH;
    switch (binding.kind) {
    case BINDING_COLUMN:
    case BINDING_VALUES:
        return state_of_column(columns, binding.column);
    case BINDING_URL_QUERY: /* HTTPERR has path and query in one column */
        if (source->family->roles[ROLE_URL_QUERY])
            role = ROLE_URL_QUERY;
        return schema->role[role] == COLUMN_NONE ? FIELD_LACKING : FIELD_FILLED;
    case BINDING_URL_PATH:
    case BINDING_URL:
    case BINDING_EXTENSION:
        return state_of_column(columns, schema->role[role]);
    case BINDING_UNKNOWN:
    case BINDING_NONE:
    case BINDING_PAIRS: /* keys that were seen are columns here */
    case BINDING_DERIVED:
        break;
    }
    return is_derived(field) ? FIELD_FILLED : FIELD_LACKING;
}

/* ---- adding up ------------------------------------------------------------------------------
 */

static void add_name(struct slice *names, size_t *count, struct slice name)
{
    for (size_t i = 0; i < *count && i < ANSWER_NAMES_MAX; i++)
        if (slice_eq(names[i], name))
            return;
    if (*count < ANSWER_NAMES_MAX)
        names[*count] = name;
    ++*count; /* beyond the limit a host of several sources is counted anew */
}

static void add_id(struct answer *answer, uint64_t id)
{
    for (size_t i = 0; i < answer->id_count && i < ANSWER_NAMES_MAX; i++)
        if (answer->ids[i] == id)
            return;
    if (answer->id_count < ANSWER_NAMES_MAX)
        answer->ids[answer->id_count] = id;
    answer->id_count++;
}

static struct answer *answer_for(struct answers *answers, const struct family *family,
                                 const uint8_t *states)
{
    for (size_t i = 0; i < answers->count; i++)
        if (answers->list[i].family == family &&
            memcmp(answers->list[i].fields, states, answers->field_count) == 0)
            return &answers->list[i];
    if (answers->count == ANSWERS_MAX)
        return NULL;
    struct answer *answer = &answers->list[answers->count++];
    answer->family = family;
    answer->from = answer->to = TIME_NONE;
    answer->fields = arena_alloc(&answers->arena, answers->field_count + 1);
    memcpy(answer->fields, states, answers->field_count);
    return answer;
}

static void add_source(struct answer *answer, const struct survey_source *source)
{
    answer->events += source->events;
    if (source->from != TIME_NONE && (answer->from == TIME_NONE || source->from < answer->from))
        answer->from = source->from;
    if (source->to != TIME_NONE && (answer->to == TIME_NONE || source->to > answer->to))
        answer->to = source->to;
    add_name(answer->hosts, &answer->host_count, source->host);
    if (source->event_id != SURVEY_NO_ID)
        add_id(answer, source->event_id);
}

static bool is_covered(const struct sigma_rule *rule, const struct survey_source *source)
{
    const struct sigma_logsource *asked = &rule->logsource;
    if (source->family->format != FORMAT_EVTX)
        return family_answers(source->family, asked->product, asked->category, asked->service);
    return winlog_covers(source->family, source->event_id, asked->product, asked->category,
                         asked->service, NULL) > 0;
}

static enum decides decides_with(struct judge *judge, const uint8_t *states, size_t count)
{
    if (!can_hold(judge, states))
        return DECIDES_NOT;
    for (size_t i = 0; i < count; i++)
        if (states[i] != FIELD_FILLED)
            return DECIDES_PARTLY;
    return DECIDES_ALL;
}

/* The best answer for each host and family: answer's index + 1, in `best`. */
static void note_best(struct map *best, const struct answers *answers,
                      const struct survey_source *source, size_t place)
{
    struct buf key = BUF_INIT;
    buf_put_u32(&key, (uint32_t)source->family->id);
    buf_add_slice(&key, source->host);
    uint64_t *at = map_at(best, buf_slice(&key), NULL);
    if (!*at || answers->list[*at - 1].decides < answers->list[place].decides)
        *at = place + 1;
    buf_deinit(&key);
}

static void judge_source(struct answers *answers, struct judge *judge, struct map *best,
                         const struct survey *survey, const struct survey_source *source)
{
    struct arena scratch = ARENA_INIT;
    uint8_t *states = arena_alloc(&scratch, answers->field_count + 1);
    struct columns columns = columns_of(&scratch, survey, source);
    for (size_t i = 0; i < answers->field_count; i++)
        states[i] = (uint8_t)state_in(&columns, source, answers->fields[i]);
    struct answer *answer = answer_for(answers, source->family, states);
    if (answer) {
        add_source(answer, source);
        answer->decides = decides_with(judge, states, answers->field_count);
        note_best(best, answers, source, (size_t)(answer - answers->list));
    } else {
        answers->left_out++;
    }
    arena_deinit(&scratch);
}

/* What a host has: values of a map. */
enum { HEARD = 1, ANSWERED = 2 };

/* Hosts without a log of the source, or without an event in it that the rule looks at. */
static void find_silent_hosts(struct answers *answers, const struct survey *survey,
                              const struct map *hosts)
{
    struct map told = MAP_INIT;
    bool anybody = map_find(hosts, SLICE_LIT("")) != NULL; /* logs that name none */
    for (size_t i = 0; i < survey_count(survey); i++) {
        bool is_new;
        struct slice host = survey_get(survey, i)->host;
        const uint64_t *known = map_find(hosts, host);
        map_at(&told, host, &is_new);
        if (!is_new)
            continue;
        if (known && *known == HEARD)
            add_name(answers->idle, &answers->idle_count, host);
        else if (!known && host.len && !anybody)
            add_name(answers->absent, &answers->absent_count, host);
    }
    map_deinit(&told);
}

static void sum_up(struct answers *answers, const struct map *best)
{
    bool all = answers->count > 0 && !answers->left_out && !answers->idle_count &&
               !answers->absent_count;
    bool any = answers->idle_count > 0;
    for (size_t i = 0; i < best->capacity; i++) {
        if (!best->slots[i].key.ptr)
            continue;
        struct answer *answer = &answers->list[best->slots[i].value - 1];
        answer->best = true;
        all = all && answer->decides == DECIDES_ALL;
        any = any || answer->decides != DECIDES_NOT;
    }
    answers->decides = all ? DECIDES_ALL : any ? DECIDES_PARTLY : DECIDES_NOT;
}

static bool may_cover(const struct sigma_rule *rule, const struct family *family)
{
    const struct sigma_logsource *asked = &rule->logsource;
    return family_answers(family, asked->product, asked->category, asked->service);
}

static void look_at(struct answers *answers, struct judge *judge, const struct survey *survey,
                    struct map *best, struct map *hosts)
{
    for (size_t i = 0; i < survey_count(survey); i++) {
        const struct survey_source *source = survey_get(survey, i);
        if (!may_cover(judge->rule, source->family))
            continue;
        uint64_t *host = map_at(hosts, source->host, NULL);
        judge->family = source->family;
        judge->event_id = source->event_id;
        bool asked = is_covered(judge->rule, source) && can_hold(judge, NULL);
        if (asked)
            judge_source(answers, judge, best, survey, source);
        if (*host != ANSWERED)
            *host = asked ? ANSWERED : HEARD;
    }
}

void answers_find(struct answers *out, const struct sigma_rule *rule,
                  const struct survey *survey)
{
    AUTO_FREE bool *seen = mem_alloc(rule->node_count + 1);
    AUTO_FREE struct truth *truth = mem_alloc((rule->node_count + 1) * sizeof *truth);
    struct judge judge = { .rule = rule, .fields = MAP_INIT, .seen = seen, .truth = truth };
    struct map best = MAP_INIT, hosts = MAP_INIT;
    *out = (struct answers){ .arena = ARENA_INIT };
    explain_fields(&out->arena, rule, &judge.fields, &out->fields);
    out->field_count = judge.fields.count;
    look_at(out, &judge, survey, &best, &hosts);
    find_silent_hosts(out, survey, &hosts);
    sum_up(out, &best);
    map_deinit(&best);
    map_deinit(&hosts);
    map_deinit(&judge.fields);
}

void answers_deinit(struct answers *answers)
{
    arena_deinit(&answers->arena);
}
