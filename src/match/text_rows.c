/* Rows of text: the prefilter finds the candidates, only those are split and evaluated. */
#include "match/evaluator.h"

void text_row_split(struct evaluator *ev, struct slice line)
{
    arena_reset(&ev->scratch); /* an event lives until the sink has seen it */
    ev->serial++;
    event_split(&ev->event, ev->schema, line, ev->day, &ev->scratch);
}

static struct slice without_return(struct slice line)
{
    return line.len && line.ptr[line.len - 1] == '\r' ? slice_first(line, line.len - 1) : line;
}

/* Splits one line and evaluates the rules whose bit is set in ev->candidates. */
static void evaluate_line(struct evaluator *ev, struct slice line)
{
    text_row_split(ev, without_return(line));
    if (evaluator_outside_time(ev))
        return;
    if (ev->event.pairs_left_out)
        ev->sink.gave_up(ev->sink.context, NULL, &ev->event);
    for (size_t w = 0; w < bit_words(ev->engine); w++)
        for (uint64_t bits = ev->candidates[w]; bits; bits &= bits - 1) {
            size_t i = w * 64 + (size_t)__builtin_ctzll(bits);
            evaluator_try_rule(ev, &ev->engine->rules[ev->plan->rules[i]]);
        }
}

static void add_candidate(struct evaluator *ev, size_t rule)
{
    ev->candidates[rule / 64] |= UINT64_C(1) << (rule % 64);
}

static void clear_candidates(struct evaluator *ev)
{
    memset(ev->candidates, 0, bit_words(ev->engine) * sizeof *ev->candidates);
    ev->gate_looked = false;
}

/* A rule whose literal is here, if what it needs besides is here too. */
static void consider_rule(struct evaluator *ev, struct slice line, size_t rule)
{
    const struct rule *compiled = &ev->engine->rules[ev->plan->rules[rule]];
    if (ev->candidates[rule / 64] >> (rule % 64) & 1)
        return;
    if (compiled->gate != NO_GATE && gate_is_shut(ev, without_return(line), compiled->gate))
        return;
    enum log_format format = ev->schema->family->format;
    if (literals_also_in(&compiled->literals[format], line))
        add_candidate(ev, rule);
}

static void add_literals(struct evaluator *ev, struct slice line, const uint32_t *literals,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        consider_rule(ev, line, ev->plan->literal_rule[literals[i]]);
}

static bool has_candidates(const struct evaluator *ev)
{
    uint64_t any = 0;
    for (size_t w = 0; w < bit_words(ev->engine); w++)
        any |= ev->candidates[w];
    return any != 0;
}

static void on_line(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    struct evaluator *ev = context;
    clear_candidates(ev);
    add_literals(ev, line, literals, count);
    if (has_candidates(ev))
        evaluate_line(ev, line);
}

static struct prefilter_scanner *scanner_of_plan(struct evaluator *ev)
{
    size_t family = ev->schema->family->id;
    if (!ev->scanners[family]) {
        ev->filters[family] = prefilter_build(ev->plan->literals, ev->plan->literal_count);
        ev->scanners[family] = prefilter_scanner_new(ev->filters[family]);
    }
    return ev->scanners[family];
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
    if (plan->literal_count) {
        struct prefilter_found found = prefilter_text(scanner_of_plan(ev), line);
        add_literals(ev, line, found.literals, found.count);
    }
}

/* Without prefilter, or where a rule of this family has no literal. */
static void run_every_line(struct evaluator *ev, struct slice rest)
{
    while (rest.ptr && rest.len) {
        struct slice line = slice_cut(&rest, '\n');
        collect_candidates(ev, line);
        evaluate_line(ev, line);
    }
}

void evaluator_run(struct evaluator *ev, const struct schema *schema, struct slice rows,
                   int64_t day)
{
    if (ev->schema != schema)
        evaluator_bind(ev, schema);
    evaluator_seek_in_rows(ev, schema, rows, day);
    ev->plan = &ev->engine->plans[schema->family->id];
    if (ev->plan->rule_count == 0)
        return;
    ev->day = day;
    if (ev->engine->options.no_prefilter || ev->plan->always_count)
        run_every_line(ev, rows);
    else
        prefilter_lines(scanner_of_plan(ev), rows, on_line, ev);
}
