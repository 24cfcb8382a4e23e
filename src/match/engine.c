#include "match/engine.h"

#include <stdlib.h>

#include "match/binding.h"
#include "match/literals.h"
#include "match/pattern.h"
#include "match/prefilter.h"

#define NOT_A_FIELD SIZE_MAX
#define GIVE_UPS_MAX 50 /* of one rule in one file; each may cost a millisecond */

/* A sigma_item, compiled. */
struct item {
    size_t field; /* index into engine.fields; NOT_A_FIELD: keywords */
    bool all;
    size_t count;
    struct matcher *matchers;
};

struct rule {
    const struct sigma_rule *sigma;
    struct item *items; /* by sigma_node.id; only those of item nodes are filled */
    struct literal_set literals;
};

/* What the prefilter of one family is made of. */
struct family_plan {
    struct prefilter *filter; /* NULL when there is nothing to look for */
    size_t rule_count;
    size_t *rules; /* of this family, in order */
    size_t literal_count;
    size_t *literal_rule; /* literal → position in rules */
    size_t always_count;
    size_t *always; /* positions in rules that have no literal */
};

struct engine {
    struct arena arena;
    struct engine_options options;
    const struct sigma_set *set;
    size_t rule_count;
    struct rule *rules;
    size_t node_count_max; /* of any rule */
    size_t field_count, field_capacity;
    struct slice *fields;
    struct family_plan plans[FAMILY_COUNT];
};

/* ---- compiling ------------------------------------------------------------------------------
 */

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

static size_t field_find(const struct engine *engine, struct slice name)
{
    for (size_t i = 0; i < engine->field_count; i++)
        if (slice_eq(engine->fields[i], name))
            return i;
    return NOT_A_FIELD;
}

static void compile_item(struct engine *engine, const struct sigma_item *sigma,
                         struct item *item)
{
    item->field = sigma->field.ptr ? field_intern(engine, sigma->field) : NOT_A_FIELD;
    item->all = sigma->all;
    item->count = sigma->count;
    item->matchers = arena_array(&engine->arena, sigma->count + 1, sizeof *item->matchers);
    for (size_t i = 0; i < sigma->count; i++)
        matcher_init(&item->matchers[i], &sigma->values[i], sigma->cased, NULL);
}

/*
 * Conditions share nodes: a hostile one has more paths than anybody can walk. So every walk
 * looks at a node once, told by `seen`, which is indexed by sigma_node.id.
 */
static void compile_node(struct engine *engine, const struct sigma_node *node,
                         struct item *items, bool *seen)
{
    if (seen[node->id])
        return;
    seen[node->id] = true;
    if (node->kind == SIGMA_NODE_ITEM)
        compile_item(engine, node->item, &items[node->id]);
    for (size_t i = 0; i < node->count; i++)
        compile_node(engine, node->children[i], items, seen);
}

static const char *const *derived_literals(const void *context, struct slice field)
{
    const struct engine_options *options = context;
    for (size_t i = 0; i < options->derived_count; i++)
        if (slice_eq(field, slice_from(options->derived[i].name)))
            return options->derived[i].literals;
    return NULL;
}

static void compile_rule(struct engine *engine, const struct sigma_rule *sigma)
{
    struct rule *rule = &engine->rules[engine->rule_count++];
    rule->sigma = sigma;
    rule->items = arena_array(&engine->arena, sigma->node_count + 1, sizeof *rule->items);
    AUTO_FREE bool *seen = mem_alloc((sigma->node_count + 1) * sizeof *seen);
    compile_node(engine, sigma->detection, rule->items, seen);
    if (sigma->node_count > engine->node_count_max)
        engine->node_count_max = sigma->node_count;
    rule->literals =
        literals_required(&engine->arena, sigma, derived_literals, &engine->options);
}

static void intern_group_by(struct engine *engine, const struct sigma_correlation *correlation)
{
    for (size_t i = 0; i < correlation->group_count; i++)
        field_intern(engine, correlation->group_by[i]);
}

static bool rule_answers(const struct sigma_rule *rule, const struct family *family)
{
    const struct sigma_logsource *source = &rule->logsource;
    return family_answers(family, source->product, source->category, source->service);
}

static void plan_literals(struct engine *engine, struct family_plan *plan)
{
    struct slice *literals = mem_alloc(plan->literal_count * sizeof *literals);
    plan->literal_rule =
        arena_array(&engine->arena, plan->literal_count, sizeof *plan->literal_rule);
    size_t n = 0;
    for (size_t i = 0; i < plan->rule_count; i++) {
        struct literal_set set = engine->rules[plan->rules[i]].literals;
        for (size_t k = 0; k < set.count; k++) {
            literals[n] = set.literals[k];
            plan->literal_rule[n++] = i;
        }
    }
    plan->filter = prefilter_build(literals, n);
    free(literals);
}

static void plan_family(struct engine *engine, const struct family *family)
{
    struct family_plan *plan = &engine->plans[family->id];
    plan->rules = arena_array(&engine->arena, engine->rule_count, sizeof *plan->rules);
    plan->always = arena_array(&engine->arena, engine->rule_count, sizeof *plan->always);
    for (size_t i = 0; i < engine->rule_count; i++) {
        if (!rule_answers(engine->rules[i].sigma, family))
            continue;
        if (engine->rules[i].literals.count == 0)
            plan->always[plan->always_count++] = plan->rule_count;
        plan->literal_count += engine->rules[i].literals.count;
        plan->rules[plan->rule_count++] = i;
    }
    if (plan->literal_count)
        plan_literals(engine, plan);
}

struct engine *engine_new(const struct sigma_set *set, const struct engine_options *options)
{
    struct engine *engine = mem_alloc(sizeof *engine);
    engine->options = *options;
    engine->set = set;
    engine->rules = mem_alloc(set->rule_count * sizeof *engine->rules);
    for (size_t i = 0; i < set->rule_count; i++) {
        if (set->rules[i]->detection)
            compile_rule(engine, set->rules[i]);
        else
            intern_group_by(engine, set->rules[i]->correlation);
    }
    for (int id = FAMILY_NONE + 1; id < FAMILY_COUNT; id++)
        plan_family(engine, family_get((enum family_id)id));
    return engine;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    for (size_t r = 0; r < engine->rule_count; r++)
        for (size_t i = 0; i < engine->rules[r].sigma->node_count; i++)
            for (size_t m = 0; m < engine->rules[r].items[i].count; m++)
                matcher_deinit(&engine->rules[r].items[i].matchers[m]);
    for (size_t f = 0; f < FAMILY_COUNT; f++)
        prefilter_free(engine->plans[f].filter);
    free(engine->rules);
    free(engine->fields);
    arena_deinit(&engine->arena);
    free(engine);
}

static int validate_node(const struct sigma_node *node, bool *seen, struct err *err)
{
    if (seen[node->id])
        return 0;
    seen[node->id] = true;
    for (size_t i = 0; node->kind == SIGMA_NODE_ITEM && i < node->item->count; i++) {
        struct matcher matcher;
        if (matcher_init(&matcher, &node->item->values[i], false, err) < 0)
            return err_wrap(err, "line %d", node->item->line);
        matcher_deinit(&matcher);
    }
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
    for (size_t i = 0; i < engine->rule_count; i++)
        count += engine->rules[i].literals.count == 0;
    return count;
}

/* ---- evaluating -----------------------------------------------------------------------------
 */

struct cached {
    uint64_t event; /* serial of the event it was read from */
    struct readings readings;
};

struct evaluator {
    const struct engine *engine;
    struct evaluator_sink sink;
    int64_t since, until;
    struct arena scratch;
    struct event event;
    uint64_t serial;         /* of the event, to tell stale cache entries */
    bool gave_up;            /* a regex did, in the rule that is being evaluated */
    unsigned *gave_up_count; /* by rule, in this file */
    uint64_t trial;          /* of one rule on one event */
    uint64_t *memo; /* by sigma_node.id: trial * 2 + result, for nodes that are shared */

    const struct schema *schema; /* that `bindings` belong to; NULL: none */
    struct binding *bindings;    /* by field */
    struct cached *cache;        /* by field */

    /* The line that the prefilter is collecting candidates for. */
    const struct family_plan *plan;
    struct slice rows;
    size_t line_start, line_end;
    bool pending;
    uint64_t *candidates; /* bit set over plan->rules */
    int64_t day;
};

static size_t bit_words(const struct engine *engine)
{
    return engine->rule_count / 64 + 1;
}

struct evaluator *evaluator_new(const struct engine *engine, const struct evaluator_sink *sink)
{
    struct evaluator *ev = mem_alloc(sizeof *ev);
    ev->engine = engine;
    ev->sink = *sink;
    ev->since = ev->until = TIME_NONE;
    ev->bindings = mem_alloc((engine->field_count + 1) * sizeof *ev->bindings);
    ev->cache = mem_alloc((engine->field_count + 1) * sizeof *ev->cache);
    ev->candidates = mem_alloc(bit_words(engine) * sizeof *ev->candidates);
    ev->memo = mem_alloc((engine->node_count_max + 1) * sizeof *ev->memo);
    ev->gave_up_count = mem_alloc((engine->rule_count + 1) * sizeof *ev->gave_up_count);
    return ev;
}

void evaluator_free(struct evaluator *ev)
{
    if (!ev)
        return;
    arena_deinit(&ev->scratch);
    free(ev->bindings);
    free(ev->cache);
    free(ev->candidates);
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

static void bind(struct evaluator *ev, const struct schema *schema)
{
    const struct engine *engine = ev->engine;
    ev->schema = schema;
    for (size_t i = 0; i < engine->field_count; i++) {
        size_t derived = derived_index(engine, engine->fields[i]);
        ev->bindings[i] = derived == NOT_A_FIELD ? binding_resolve(schema, engine->fields[i])
                                                 : (struct binding){ BINDING_DERIVED, derived };
    }
}

static const struct readings *read_field(struct evaluator *ev, size_t field)
{
    struct cached *cached = &ev->cache[field];
    if (cached->event == ev->serial)
        return &cached->readings;
    cached->event = ev->serial;
    struct binding binding = ev->bindings[field];
    if (binding.kind == BINDING_DERIVED) {
        const struct derived_field *derived = &ev->engine->options.derived[binding.column];
        cached->readings.count = 1;
        cached->readings.text[0] =
            derived->value(ev->engine->options.derived_context, &ev->event);
        return &cached->readings;
    }
    binding_read(binding, ev->engine->fields[field], &ev->event, &cached->readings);
    readings_add_spaced(&cached->readings, &ev->event);
    return &cached->readings;
}

struct slice evaluator_value(struct evaluator *ev, struct slice field)
{
    size_t index = field_find(ev->engine, field);
    return index == NOT_A_FIELD ? SLICE_NULL : read_field(ev, index)->text[0];
}

/* null, exists and numbers look at the field itself, not at its other readings. */
static bool looks_at_all_readings(const struct matcher *matcher)
{
    return matcher->kind == SIGMA_VALUE_PATTERN || matcher->kind == SIGMA_VALUE_REGEX;
}

static bool matches_any_reading(struct evaluator *ev, const struct matcher *matcher,
                                const struct readings *readings)
{
    size_t count = looks_at_all_readings(matcher) ? readings->count : 1;
    for (size_t i = 0; i < count; i++) {
        int got = matcher_matches(matcher, readings->text[i]);
        if (got > 0)
            return true;
        ev->gave_up |= got < 0;
    }
    return false;
}

/* Keywords: anywhere in the line as written, in its readable form, or in a cell without quotes.
 */
static bool matches_keyword(struct evaluator *ev, const struct matcher *matcher)
{
    struct readings line = { 1, { ev->event.row } };
    readings_add_spaced(&line, &ev->event);
    for (size_t i = 0; i < line.count; i++) {
        int got = matcher_found_in(matcher, line.text[i]);
        if (got > 0)
            return true;
        ev->gave_up |= got < 0;
    }
    for (size_t i = 0; i < ev->event.cell_count; i++) {
        int got = matcher_found_in(matcher, ev->event.cells[i]);
        if (got > 0)
            return true;
        ev->gave_up |= got < 0;
    }
    return false;
}

static bool item_matches(struct evaluator *ev, const struct item *item)
{
    const struct readings *readings =
        item->field == NOT_A_FIELD ? NULL : read_field(ev, item->field);
    for (size_t i = 0; i < item->count; i++) {
        const struct matcher *matcher = &item->matchers[i];
        bool hit = readings ? matches_any_reading(ev, matcher, readings)
                            : matches_keyword(ev, matcher);
        if (hit != item->all)
            return hit;
    }
    return item->all && item->count > 0;
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
        result = item_matches(ev, &rule->items[node->id]);
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

/* A rule whose expression gives up again and again is left alone for the rest of the file. */
static void evaluate_rule(struct evaluator *ev, const struct rule *rule)
{
    size_t index = (size_t)(rule - ev->engine->rules);
    if (ev->gave_up_count[index] >= GIVE_UPS_MAX)
        return;
    ev->gave_up = false;
    ev->trial++;
    if (node_matches(ev, rule, rule->sigma->detection))
        ev->sink.hit(ev->sink.context, rule->sigma, &ev->event);
    if (!ev->gave_up)
        return;
    ev->gave_up_count[index]++;
    ev->sink.gave_up(ev->sink.context, rule->sigma, &ev->event);
}

static bool outside_time(const struct evaluator *ev)
{
    int64_t time = ev->event.time;
    if (time == TIME_NONE)
        return false; /* a row without time may belong to the window: look at it */
    return (ev->since != TIME_NONE && time < ev->since) ||
           (ev->until != TIME_NONE && time > ev->until);
}

/* Splits one line and evaluates the rules whose bit is set in ev->candidates. */
static void evaluate_line(struct evaluator *ev, struct slice line)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    arena_reset(&ev->scratch); /* an event lives until the sink has seen it */
    ev->serial++;
    event_split(&ev->event, ev->schema, line, ev->day, &ev->scratch);
    if (outside_time(ev))
        return;
    if (ev->event.pairs_left_out)
        ev->sink.gave_up(ev->sink.context, NULL, &ev->event);
    for (size_t w = 0; w < bit_words(ev->engine); w++)
        for (uint64_t bits = ev->candidates[w]; bits; bits &= bits - 1) {
            size_t i = w * 64 + (size_t)__builtin_ctzll(bits);
            evaluate_rule(ev, &ev->engine->rules[ev->plan->rules[i]]);
        }
}

static void add_candidate(struct evaluator *ev, size_t rule)
{
    ev->candidates[rule / 64] |= UINT64_C(1) << (rule % 64);
}

static void clear_candidates(struct evaluator *ev)
{
    memset(ev->candidates, 0, bit_words(ev->engine) * sizeof *ev->candidates);
}

static void flush_line(struct evaluator *ev)
{
    if (!ev->pending)
        return;
    struct slice line = slice_of(ev->rows.ptr + ev->line_start, ev->line_end - ev->line_start);
    evaluate_line(ev, line);
    clear_candidates(ev);
    ev->pending = false;
}

static void find_line(struct evaluator *ev, size_t at)
{
    size_t start = at;
    while (start > 0 && ev->rows.ptr[start - 1] != '\n')
        start--;
    const char *end = memchr(ev->rows.ptr + at, '\n', ev->rows.len - at);
    ev->line_start = start;
    ev->line_end = end ? (size_t)(end - ev->rows.ptr) : ev->rows.len;
    ev->pending = true;
}

static void on_literal(void *context, size_t literal, size_t at)
{
    struct evaluator *ev = context;
    if (!ev->pending || at >= ev->line_end) {
        flush_line(ev);
        find_line(ev, at);
    }
    add_candidate(ev, ev->plan->literal_rule[literal]);
}

static void on_literal_in_line(void *context, size_t literal, size_t at)
{
    struct evaluator *ev = context;
    (void)at;
    add_candidate(ev, ev->plan->literal_rule[literal]);
}

/* Which rules can match this line, when each line is looked at anyway? */
static void collect_candidates(struct evaluator *ev, struct slice line)
{
    const struct family_plan *plan = ev->plan;
    clear_candidates(ev);
    if (ev->engine->options.no_prefilter) {
        for (size_t i = 0; i < plan->rule_count; i++)
            add_candidate(ev, i);
        return;
    }
    for (size_t i = 0; i < plan->always_count; i++)
        add_candidate(ev, plan->always[i]);
    if (plan->filter)
        prefilter_scan(plan->filter, line, on_literal_in_line, ev);
}

/* Without prefilter, or where a rule of this family has no literal. */
static void run_every_line(struct evaluator *ev)
{
    struct slice rest = ev->rows;
    while (rest.ptr && rest.len) {
        struct slice line = slice_cut(&rest, '\n');
        collect_candidates(ev, line);
        evaluate_line(ev, line);
    }
}

void evaluator_run(struct evaluator *ev, const struct schema *schema, struct slice rows,
                   int64_t day)
{
    ev->plan = &ev->engine->plans[schema->family->id];
    if (ev->plan->rule_count == 0)
        return;
    if (ev->schema != schema)
        bind(ev, schema);
    ev->rows = rows;
    ev->day = day;
    ev->pending = false;
    if (ev->engine->options.no_prefilter || ev->plan->always_count) {
        run_every_line(ev);
        return;
    }
    clear_candidates(ev);
    prefilter_scan(ev->plan->filter, rows, on_literal, ev);
    flush_line(ev);
}
