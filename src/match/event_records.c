/*
 * Records of event logs: shape, channel and event id tell the plan, the plan tells the columns
 * that rules look at, and only those are rendered, unless a record with the same bytes in them
 * has been evaluated before.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "events/event_log.h"
#include "match/evaluator.h"
#include "match/event_class.h"
#include "match/event_memo.h"

#define PLANS_MAX 2048
#define PLACES ((size_t)PLANS_MAX * 2)

/* What to do with records of one shape, channel and event id. */
struct plan {
    uint32_t shape;
    uint64_t event_id;
    struct evtx_value channel; /* raw; bytes are copied */
    uint64_t number;           /* never used again, for the memo's keys */
    const struct schema *schema;
    const struct event_class *class;
    struct binding *bindings; /* by engine field */
    size_t column_count;
    uint32_t *columns; /* that class->values looks at */
};

struct event_records {
    const struct engine *engine;
    struct event_log *log;
    struct event_classes *classes;
    struct event_memo *memo; /* NULL: switched off */
    struct arena arena;      /* of plans */
    struct arena passing;    /* of the plan of a passing shape */
    size_t plan_count;
    uint64_t plans_made;
    struct plan *plans[PLACES];     /* open addressing */
    struct buf key, text, keywords; /* cells borrow from `text` */
    size_t hit_count;
    uint32_t *hits; /* of this record: positions in class->values, then in class->keywords */
};

static struct event_records *event_records_new(const struct engine *engine)
{
    struct event_records *records = mem_alloc(sizeof *records);
    records->engine = engine;
    records->log = event_log_new();
    records->classes = event_classes_new(engine);
    records->memo = engine->options.no_memo ? NULL : event_memo_new();
    records->hits = mem_alloc((engine->rule_count * WINLOG_GATES_MAX + 1) * sizeof(uint32_t));
    return records;
}

void event_records_free(struct event_records *records)
{
    if (!records)
        return;
    event_memo_free(records->memo);
    event_classes_free(records->classes);
    event_log_free(records->log);
    arena_deinit(&records->arena);
    arena_deinit(&records->passing);
    buf_deinit(&records->key);
    buf_deinit(&records->text);
    buf_deinit(&records->keywords);
    free(records->hits);
    free(records);
}

/* ---- plans ----------------------------------------------------------------------------------
 */

static const struct evtx_value *value_at(const struct evtx_record *record, size_t column)
{
    static const struct evtx_value absent = { 0, 0, NULL };
    return column < record->shape->count ? &record->values[column] : &absent;
}

/* An id that is written as text, or as a number of any type. */
static uint64_t id_of(const struct evtx_record *record)
{
    uint64_t id = EVENT_ID_NONE;
    const struct evtx_value *value = value_at(record, record->shape->event_id);
    if (!evtx_value_u64(value, &id)) {
        struct arena scratch = ARENA_INIT;
        if (!slice_to_u64(evtx_value_text(value, 0, &scratch), &id))
            id = EVENT_ID_NONE;
        arena_deinit(&scratch);
    }
    return id > UINT32_MAX ? EVENT_ID_NONE : id;
}

static void forget_plans(struct event_records *records)
{
    memset(records->plans, 0, sizeof records->plans);
    records->plan_count = 0;
    if (records->memo)
        event_memo_clear(records->memo); /* its answers are positions in classes that go */
    event_log_reset(records->log);
    event_classes_reset(records->classes);
    arena_reset(&records->arena);
}

static bool is_column_of(const struct plan *plan, const struct binding *binding, size_t column)
{
    if (binding->kind == BINDING_COLUMN)
        return binding->column == column;
    return binding->kind == BINDING_VALUES && column < plan->schema->count &&
           slice_eq(plan->schema->names[binding->column], plan->schema->names[column]);
}

static void add_columns(struct plan *plan, const struct binding *binding, bool *taken)
{
    for (size_t i = 0; i < plan->schema->count; i++) {
        if (taken[i] || !is_column_of(plan, binding, i))
            continue;
        taken[i] = true;
        plan->columns[plan->column_count++] = (uint32_t)i;
    }
}

static void find_columns(struct arena *arena, const struct engine *engine, struct plan *plan)
{
    bool taken[COLUMNS_MAX] = { false };
    plan->bindings = arena_array(arena, engine->field_count + 1, sizeof *plan->bindings);
    plan->columns = arena_array(arena, plan->schema->count + 1, sizeof *plan->columns);
    for (size_t i = 0; i < plan->class->field_count; i++) {
        size_t field = plan->class->fields[i];
        plan->bindings[field] =
            binding_resolve_record(plan->schema, plan->class->event_id, engine->fields[field]);
        add_columns(plan, &plan->bindings[field], taken);
    }
}

static struct plan *make_plan(struct event_records *records, struct arena *arena,
                              const struct evtx_record *record, uint64_t event_id)
{
    struct arena scratch = ARENA_INIT;
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    const struct evtx_value *channel = value_at(record, record->shape->channel);
    const struct family *family = winlog_family(evtx_value_text(channel, 0, &scratch));
    plan->shape = record->shape->id;
    plan->event_id = event_id;
    plan->channel = *channel;
    if (channel->bytes)
        plan->channel.bytes = arena_copy(arena, slice_of(channel->bytes, channel->len)).ptr;
    plan->schema = event_log_schema(records->log, record->shape, family);
    plan->class = event_classes_get(records->classes, family, event_id);
    find_columns(arena, records->engine, plan);
    arena_deinit(&scratch);
    return plan;
}

/* The type counts too: the same bytes are other text in another type. */
static bool same_value(const struct evtx_value *a, const struct evtx_value *b)
{
    return a->type == b->type && (a->bytes != NULL) == (b->bytes != NULL) &&
           slice_eq(slice_of(a->bytes, a->len), slice_of(b->bytes, b->len));
}

static bool is_plan_of(const struct plan *plan, const struct evtx_record *record,
                       uint64_t event_id)
{
    const struct evtx_value *channel = value_at(record, record->shape->channel);
    return plan->shape == record->shape->id && plan->event_id == event_id &&
           same_value(&plan->channel, channel);
}

static struct plan *find_plan(struct event_records *records, const struct evtx_record *record)
{
    uint64_t event_id = id_of(record);
    if (records->plan_count == PLANS_MAX || event_classes_full(records->classes))
        forget_plans(records);
    if (record->shape->passing) {
        arena_reset(&records->passing);
        return make_plan(records, &records->passing, record, event_id);
    }
    uint64_t mixed = (record->shape->id * UINT64_C(0x9e3779b97f4a7c15)) ^
                     (event_id * UINT64_C(0xc2b2ae3d27d4eb4f));
    size_t at = (size_t)(mixed >> 32) % PLACES;
    for (; records->plans[at]; at = (at + 1) % PLACES)
        if (is_plan_of(records->plans[at], record, event_id))
            return records->plans[at];
    struct plan *plan = make_plan(records, &records->arena, record, event_id);
    plan->number = records->plans_made++;
    records->plan_count++;
    records->plans[at] = plan;
    return plan;
}

/* ---- evaluating -----------------------------------------------------------------------------
 */

static bool gate_holds(struct evaluator *ev, const struct event_rule *rule)
{
    if (!rule->gate.field)
        return true;
    const struct readings *readings = evaluator_read(ev, rule->gate_field);
    for (size_t i = 0; i < readings->count; i++)
        if (readings->text[i].ptr &&
            slice_icase_eq(readings->text[i], slice_from(rule->gate.value)))
            return true;
    return false;
}

static void mark(struct evaluator *ev, size_t position)
{
    ev->candidates[position / 64] |= UINT64_C(1) << (position % 64);
}

/* Marks the rules that can match; false when there is none. */
static bool find_candidates(struct evaluator *ev, const struct event_rules *rules,
                            struct slice text)
{
    memset(ev->candidates, 0, (rules->count / 64 + 1) * sizeof *ev->candidates);
    if (ev->engine->options.no_prefilter) {
        for (size_t i = 0; i < rules->count; i++)
            mark(ev, i);
        return true;
    }
    for (size_t i = 0; i < rules->always_count; i++)
        mark(ev, rules->always[i]);
    if (!rules->scanner)
        return rules->always_count > 0;
    struct prefilter_found found = prefilter_text(rules->scanner, text);
    for (size_t i = 0; i < found.count; i++)
        mark(ev, rules->literal_rule[found.literals[i]]);
    return found.count || rules->always_count;
}

/* Appends the positions of the rules that match to `hits`. Was every answer certain? */
static bool evaluate_candidates(struct evaluator *ev, const struct event_rules *rules)
{
    struct event_records *records = ev->records;
    bool certain = true;
    for (size_t w = 0; w < rules->count / 64 + 1; w++)
        for (uint64_t bits = ev->candidates[w]; bits; bits &= bits - 1) {
            size_t i = w * 64 + (size_t)__builtin_ctzll(bits);
            if (gate_holds(ev, &rules->rules[i]) && evaluator_matches(ev, rules->rules[i].rule))
                records->hits[records->hit_count++] = (uint32_t)i;
            certain = certain && !ev->gave_up;
        }
    return certain;
}

/* The bytes of all columns that rules of fields look at. */
static struct slice memo_key(struct event_records *records, const struct plan *plan,
                             const struct evtx_record *record)
{
    struct buf *key = &records->key;
    buf_clear(key);
    buf_add(key, &plan->number, sizeof plan->number);
    for (size_t i = 0; i < plan->column_count; i++) {
        const struct evtx_value *value = &record->values[plan->columns[i]];
        uint32_t head[2] = { value->len, value->bytes ? value->type : UINT32_MAX };
        buf_add(key, head, sizeof head);
        if (value->bytes)
            buf_add(key, value->bytes, value->len);
    }
    return buf_slice(key);
}

static void evaluate_values(struct evaluator *ev, const struct plan *plan,
                            const struct evtx_record *record)
{
    struct event_records *records = ev->records;
    struct event_memo_hits known;
    struct slice key = SLICE_NULL;
    if (records->memo && !record->shape->passing) {
        key = memo_key(records, plan, record);
        if (event_memo_find(records->memo, key, &known)) {
            memcpy(records->hits, known.rules, known.count * sizeof *known.rules);
            records->hit_count = known.count;
            return;
        }
    }
    buf_clear(&records->text);
    event_log_fill_text(&ev->event, record, plan->columns, plan->column_count, &records->text);
    const struct event_rules *rules = &plan->class->values;
    bool certain = !find_candidates(ev, rules, buf_slice(&records->text)) ||
                   evaluate_candidates(ev, rules);
    if (key.ptr && certain)
        event_memo_put(records->memo, key, records->hits, records->hit_count);
}

/* Most events hold no keyword at all: that is seen before anything else is rendered. */
static void evaluate_keywords(struct evaluator *ev, const struct plan *plan,
                              const struct evtx_record *record)
{
    const struct event_rules *rules = &plan->class->keywords;
    struct event_records *records = ev->records;
    buf_clear(&records->keywords);
    if (rules->in_strings)
        event_log_add_strings(record, &records->keywords);
    else
        event_log_add_all(record, &records->keywords);
    if (!find_candidates(ev, rules, buf_slice(&records->keywords)))
        return;
    event_log_fill_all(&ev->event, record);
    evaluate_candidates(ev, rules);
}

static const struct event_rule *rule_of_hit(const struct event_records *records,
                                            const struct plan *plan, size_t hit,
                                            size_t value_hits)
{
    const struct event_rules *rules =
        hit < value_hits ? &plan->class->values : &plan->class->keywords;
    assert(records->hits[hit] < rules->count);
    return &rules->rules[records->hits[hit]];
}

static void tell_hits(struct evaluator *ev, const struct plan *plan,
                      const struct evtx_record *record, size_t value_hits)
{
    const struct event_records *records = ev->records;
    if (!records->hit_count)
        return;
    event_log_fill_all(&ev->event, record);
    for (size_t i = 0; i < records->hit_count; i++)
        ev->sink.hit(ev->sink.context, rule_of_hit(records, plan, i, value_hits)->rule->sigma,
                     &ev->event);
}

static void evaluate_rules(struct evaluator *ev, const struct plan *plan,
                           const struct evtx_record *record, uint64_t offset)
{
    struct event_records *records = ev->records;
    const struct event_class *class = plan->class;
    arena_reset(&ev->scratch);
    ev->serial++;
    ev->schema = plan->schema;
    ev->bindings = plan->bindings;
    ev->event_id = class->event_id;
    event_log_begin(&ev->event, plan->schema, record, offset, &ev->scratch);
    if (evaluator_outside_time(ev))
        return;
    records->hit_count = 0;
    if (class->values.count)
        evaluate_values(ev, plan, record);
    size_t value_hits = records->hit_count;
    if (class->keywords.count)
        evaluate_keywords(ev, plan, record);
    tell_hits(ev, plan, record, value_hits);
    if (ev->event.pairs_left_out)
        ev->sink.gave_up(ev->sink.context, NULL, &ev->event);
}

const struct family *evaluator_record(struct evaluator *ev, const struct evtx_record *record,
                                      uint64_t offset)
{
    if (!ev->records)
        ev->records = event_records_new(ev->engine);
    const struct plan *plan = find_plan(ev->records, record);
    if (plan->class->values.count || plan->class->keywords.count)
        evaluate_rules(ev, plan, record, offset);
    evaluator_seek_in_record(ev, plan->schema, record, offset, &ev->records->text);
    return plan->class->family;
}
