#include "match/evaluator.h"

#include <stdlib.h>

#define GIVE_UPS_MAX 50 /* of one rule in one file; each may cost a millisecond */

struct evaluator *evaluator_new(const struct engine *engine, const struct evaluator_sink *sink)
{
    struct evaluator *ev = mem_alloc(sizeof *ev);
    ev->engine = engine;
    ev->sink = *sink;
    ev->since = ev->until = TIME_NONE;
    ev->text_bindings = mem_alloc((engine->field_count + 1) * sizeof *ev->text_bindings);
    ev->cache = mem_alloc((engine->field_count + 1) * sizeof *ev->cache);
    ev->candidates = mem_alloc(bit_words(engine) * sizeof *ev->candidates);
    ev->items = mem_alloc((engine->item_count + 1) * sizeof *ev->items);
    ev->memo = mem_alloc((engine->node_count_max + 1) * sizeof *ev->memo);
    ev->gave_up_count = mem_alloc((engine->rule_count + 1) * sizeof *ev->gave_up_count);
    return ev;
}

void evaluator_free(struct evaluator *ev)
{
    if (!ev)
        return;
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        prefilter_scanner_free(ev->scanners[i]);
        prefilter_free(ev->filters[i]);
    }
    prefilter_scanner_free(ev->indicator_scanner);
    arena_deinit(&ev->scratch);
    free(ev->text_bindings);
    event_records_free(ev->records);
    gates_free(ev->gates);
    free(ev->cache);
    free(ev->candidates);
    free(ev->items);
    free(ev->memo);
    free(ev->gave_up_count);
    free(ev);
}

void evaluator_limit_time(struct evaluator *ev, int64_t since, int64_t until)
{
    ev->since = since;
    ev->until = until;
}

void evaluator_reset(struct evaluator *ev)
{
    memset(ev->gave_up_count, 0, ev->engine->rule_count * sizeof *ev->gave_up_count);
    ev->schema = NULL;
}

static size_t derived_index(const struct engine *engine, struct slice name)
{
    for (size_t i = 0; i < engine->options.derived_count; i++)
        if (slice_eq(name, slice_from(engine->options.derived[i].name)))
            return i;
    return NOT_A_FIELD;
}

void evaluator_bind(struct evaluator *ev, const struct schema *schema)
{
    ev->schema = schema;
    ev->bindings = ev->text_bindings;
    for (size_t i = 0; i < ev->engine->field_count; i++)
        ev->bindings[i] = (struct binding){ BINDING_UNKNOWN, 0 };
}

/* Logs have many schemas and rules many fields: each is looked up when it is needed. */
static struct binding bind(const struct evaluator *ev, size_t field)
{
    const struct engine *engine = ev->engine;
    size_t derived = derived_index(engine, engine->fields[field]);
    if (derived != NOT_A_FIELD)
        return (struct binding){ BINDING_DERIVED, derived };
    if (ev->schema->family->format == FORMAT_EVTX)
        return binding_resolve_record(ev->schema, ev->event_id, engine->fields[field]);
    return binding_resolve(ev->schema, engine->fields[field]);
}

const struct readings *evaluator_read(struct evaluator *ev, size_t field)
{
    struct cached *cached = &ev->cache[field];
    if (cached->event == ev->serial)
        return &cached->readings;
    cached->event = ev->serial;
    struct binding binding = ev->bindings[field];
    if (binding.kind == BINDING_UNKNOWN)
        binding = ev->bindings[field] = bind(ev, field);
    if (binding.kind == BINDING_DERIVED) {
        const struct derived_field *derived = &ev->engine->options.derived[binding.column];
        readings_init(&cached->readings);
        readings_add(&cached->readings, ev->event.scratch,
                     derived->value(ev->engine->options.derived_context, &ev->event));
        return &cached->readings;
    }
    binding_read(binding, ev->engine->fields[field], &ev->event, &cached->readings);
    readings_add_spaced(&cached->readings, &ev->event);
    return &cached->readings;
}

uint64_t evaluator_event(const struct evaluator *evaluator)
{
    return evaluator->serial;
}

struct slice evaluator_value(struct evaluator *ev, struct slice field)
{
    size_t index = engine_field_find(ev->engine, field);
    return index == NOT_A_FIELD ? SLICE_NULL : evaluator_read(ev, index)->text[0];
}

/*
 * null and exists look at the field itself. In text logs further readings are other ways to
 * read one cell, which make no other number of it; in event logs and in the pairs of ECP they
 * are values of their own.
 */
static bool looks_at_all_readings(const struct evaluator *ev, const struct matcher *matcher)
{
    if (matcher->kind == SIGMA_VALUE_PATTERN || matcher->kind == SIGMA_VALUE_REGEX)
        return true;
    enum log_format format = ev->event.schema->family->format;
    return (format == FORMAT_EVTX || format == FORMAT_ECP) &&
           matcher->kind != SIGMA_VALUE_NULL && matcher->kind != SIGMA_VALUE_EXISTS;
}

/* fieldref: any reading of the one against any reading of the other. */
static bool matches_other_field(struct evaluator *ev, const struct matcher *matcher,
                                const struct readings *readings)
{
    const struct readings *others = evaluator_read(ev, matcher->other);
    for (size_t i = 0; i < readings->count; i++)
        for (size_t k = 0; k < others->count; k++)
            if (matcher_matches_field(matcher, readings->text[i], others->text[k]))
                return true;
    return false;
}

static bool matches_any_reading(struct evaluator *ev, const struct matcher *matcher,
                                const struct readings *readings)
{
    if (matcher->kind == SIGMA_VALUE_FIELD)
        return matches_other_field(ev, matcher, readings);
    size_t count = looks_at_all_readings(ev, matcher) ? readings->count : 1;
    if (matcher->kind == SIGMA_VALUE_NULL && ev->event.schema->family->format == FORMAT_EVTX)
        return !readings->text[0].ptr; /* an event log can say "present and empty" */
    for (size_t i = 0; i < count; i++) {
        int got = matcher_matches(matcher, readings->text[i]);
        if (got > 0)
            return true;
        ev->gave_up |= got < 0;
    }
    return false;
}

/* What is looked for anywhere: a set, or one value. */
struct keyword {
    const struct value_set *set;
    const struct matcher *matcher;
};

static bool is_found_in_any(struct evaluator *ev, struct keyword keyword,
                            const struct slice *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!texts[i].ptr)
            continue;
        int got = keyword.set ? value_set_matches(keyword.set, texts[i])
                              : matcher_found_in(keyword.matcher, texts[i]);
        if (got > 0)
            return true;
        ev->gave_up |= got < 0;
    }
    return false;
}

/*
 * Keywords: anywhere in the line as written, in its readable form, or in a cell without quotes;
 * in any value of an event log. A search looks into the pairs of a row, too.
 */
static bool matches_keyword(struct evaluator *ev, struct keyword keyword)
{
    const struct event *event = &ev->event;
    struct readings line;
    readings_init(&line);
    if (event->row.ptr)
        readings_add(&line, event->scratch, event->row);
    readings_add_spaced(&line, event);
    if (is_found_in_any(ev, keyword, line.text, line.count) ||
        is_found_in_any(ev, keyword, event->cells, event->cell_count))
        return true;
    bool pairs =
        event->schema->family->format == FORMAT_EVTX || ev->engine->options.every_source;
    for (size_t i = 0; pairs && i < event->pair_count; i++)
        if (is_found_in_any(ev, keyword, &event->pairs[i].value, 1))
            return true;
    return false;
}

static bool set_matches(struct evaluator *ev, const struct value_set *set,
                        const struct readings *readings)
{
    if (!readings)
        return matches_keyword(ev, (struct keyword){ set, NULL });
    for (size_t i = 0; i < readings->count; i++)
        if (value_set_matches(set, readings->text[i]))
            return true;
    return false;
}

static bool values_match(struct evaluator *ev, const struct item *item)
{
    const struct readings *readings =
        item->field == NOT_A_FIELD ? NULL : evaluator_read(ev, item->field);
    if (item->set && set_matches(ev, item->set, readings))
        return true;
    for (size_t i = 0; i < item->count; i++) {
        const struct matcher *matcher = &item->matchers[i];
        bool hit = readings ? matches_any_reading(ev, matcher, readings)
                            : matches_keyword(ev, (struct keyword){ NULL, matcher });
        if (hit != item->all)
            return hit;
    }
    return item->all && item->count > 0;
}

/* Many rules ask the same of an event: the answer is kept until the next event. */
bool evaluator_item_matches(struct evaluator *ev, size_t index)
{
    uint64_t *known = &ev->items[index];
    if (*known >> 2 == ev->serial) {
        ev->gave_up |= *known >> 1 & 1;
        return *known & 1;
    }
    bool before = ev->gave_up;
    ev->gave_up = false;
    bool result = values_match(ev, &ev->engine->items[index]);
    *known = ev->serial << 2 | (uint64_t)ev->gave_up << 1 | result;
    ev->gave_up |= before;
    return result;
}

static bool node_matches(struct evaluator *ev, const struct rule *rule,
                         const struct sigma_node *node);

/* AND and OR end at the first child that decides. */
static bool any_decides(struct evaluator *ev, const struct rule *rule,
                        const struct sigma_node *node, bool decisive)
{
    for (size_t i = 0; i < node->count; i++)
        if (node_matches(ev, rule, node->children[i]) == decisive)
            return decisive;
    return !decisive;
}

static bool node_matches(struct evaluator *ev, const struct rule *rule,
                         const struct sigma_node *node)
{
    uint64_t *memo = &ev->memo[node->id];
    bool result = false;
    if (*memo >> 1 == ev->trial)
        return *memo & 1;
    switch (node->kind) {
    case SIGMA_NODE_ITEM:
        result = evaluator_item_matches(ev, rule->items[node->id]);
        break;
    case SIGMA_NODE_NOT:
        result = !node_matches(ev, rule, node->children[0]);
        break;
    case SIGMA_NODE_AND:
        result = any_decides(ev, rule, node, false);
        break;
    case SIGMA_NODE_OR:
        result = any_decides(ev, rule, node, true);
        break;
    }
    *memo = ev->trial << 1 | result;
    return result;
}

bool evaluator_matches(struct evaluator *ev, const struct rule *rule)
{
    size_t index = (size_t)(rule - ev->engine->rules);
    ev->gave_up = ev->gave_up_count[index] >= GIVE_UPS_MAX; /* not known, once more */
    if (ev->gave_up)
        return false;
    ev->trial++;
    bool hit = node_matches(ev, rule, rule->sigma->detection);
    if (ev->gave_up && ev->gave_up_count[index]++ == 0)
        ev->sink.gave_up(ev->sink.context, rule->sigma, &ev->event);
    return hit;
}

void evaluator_try_rule(struct evaluator *ev, const struct rule *rule)
{
    if (evaluator_matches(ev, rule))
        ev->sink.hit(ev->sink.context, rule->sigma, &ev->event);
}

bool evaluator_outside_time(const struct evaluator *ev)
{
    int64_t time = ev->event.time;
    if (time == TIME_NONE)
        return false; /* a row without time may belong to the window: look at it */
    return (ev->since != TIME_NONE && time < ev->since) ||
           (ev->until != TIME_NONE && time > ev->until);
}
