/*
 * Correlation rules over stored base hits of one host and group, in the order of time, so that
 * neither workers nor the order of files change the result. window.h tells when they hold.
 *
 * A finding of a correlation is a copy of its last event under the correlation's own rule. It
 * keeps the keys of that event, under which it may take part in further correlations; those are
 * run after the ones that they name.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "casefile/finish.h"
#include "casefile/window.h"

struct runner {
    struct casefile *casefile;
    const struct sigma_rule *rule;
};

static void copy_last_event(const struct runner *runner, int64_t last)
{
    struct query query;
    const struct sigma_rule *rule = runner->rule;
    enum stage stage = stage_by_name(sigma_rule_tag(rule, SLICE_LIT("hauberk.stage.")));
    query_open(&query, runner->casefile,
               "INSERT INTO finding(item,offset,rule,time,host,family,stage,outcome,grade,"
               "own_probe,from_itself,hits_only,silent,source,method,url_path,url_query,status,"
               "agent,user,page,page_foreign,request_id,session,event)"
               " SELECT item,offset,?,time,host,family,?,outcome,"
               " CASE WHEN own_probe THEN 0 WHEN outcome='success' THEN ? ELSE ? END,"
               "own_probe,from_itself,hits_only,?,source,method,url_path,url_query,status,"
               "agent,user,page,page_foreign,request_id,session,event FROM finding"
               " WHERE id=?");
    query_bind_int(&query, (int64_t)rule->index);
    query_bind_text(&query, slice_from(stage_name(stage)));
    query_bind_int(&query, (int64_t)grade_of(stage, OUTCOME_SUCCESS));
    query_bind_int(&query, (int64_t)grade_of(stage, OUTCOME_UNKNOWN));
    query_bind_int(&query, rule->silent);
    query_bind_int(&query, last);
    query_run(&query);
    query_close(&query);
}

static void note_parts(const struct runner *runner, int64_t finding,
                       const struct window_hit *hits, size_t count)
{
    struct query query;
    query_open(&query, runner->casefile, "INSERT INTO correlation_part VALUES(?,?)");
    for (size_t i = 0; i < count; i++) {
        query_bind_int(&query, finding);
        query_bind_int(&query, hits[i].finding);
        query_run(&query);
    }
    query_close(&query);
}

static void copy_keys(const struct runner *runner, int64_t finding, int64_t last)
{
    struct query query;
    query_open(&query, runner->casefile,
               "INSERT INTO correlation_key SELECT rule,slot,key,value,number,?"
               " FROM correlation_key WHERE finding=?");
    query_bind_int(&query, finding);
    query_bind_int(&query, last);
    query_run(&query);
    query_close(&query);
}

static void emit(void *context, const struct window_hit *hits, size_t count)
{
    const struct runner *runner = context;
    int64_t last = hits[count - 1].finding;
    copy_last_event(runner, last);
    int64_t id = casefile_count(runner->casefile, "SELECT last_insert_rowid()");
    note_parts(runner, id, hits, count);
    copy_keys(runner, id, last);
}

/*
 * Which rule's findings a slot takes: keys of a hit also stand there for the correlations that
 * the hit reaches through others.
 */
static void note_slots(struct casefile *casefile, const struct sigma_rule *rule)
{
    struct query query;
    query_open(&query, casefile, "INSERT INTO temp.correlation_slot VALUES(?,?,?)");
    for (size_t i = 0; i < rule->correlation->rule_count; i++) {
        query_bind_int(&query, (int64_t)rule->index);
        query_bind_int(&query, (int64_t)i);
        query_bind_int(&query, (int64_t)rule->correlation->rules[i]->index);
        query_run(&query);
    }
    query_close(&query);
}

#define HITS_OF_A_RULE                                                                         \
    " FROM correlation_key k JOIN temp.correlation_slot s ON s.rule=k.rule AND s.slot=k.slot"  \
    " JOIN finding f ON f.id=k.finding AND f.rule=s.child"                                     \
    " WHERE k.rule=? AND f.time IS NOT NULL AND NOT f.own_probe"
#define IN_THE_ORDER_OF_TIME                                                                   \
    " ORDER BY f.host, k.key, f.time, f.item, f.offset, k.slot DESC, f.id"
#define RANKED_BY(value)                                                                       \
    "SELECT f.host, k.key, f.time, f.id, k.slot, k.number,"                                    \
    " dense_rank() OVER (PARTITION BY f.host, k.key ORDER BY " value ") - 1,"                  \
    " count(*) OVER (PARTITION BY f.host, k.key)"

/* SQLite tells equal values from different ones, and sorts numbers, outside of our memory. */
static const char *hits_query(const struct sigma_correlation *correlation)
{
    switch (correlation->kind) {
    case SIGMA_VALUE_COUNT:
        return RANKED_BY("k.value") HITS_OF_A_RULE
            " AND k.value IS NOT NULL" IN_THE_ORDER_OF_TIME;
    case SIGMA_VALUE_SUM:
    case SIGMA_VALUE_AVG:
    case SIGMA_VALUE_PERCENTILE:
    case SIGMA_VALUE_MEDIAN:
        return RANKED_BY("k.number") HITS_OF_A_RULE
            " AND k.number IS NOT NULL" IN_THE_ORDER_OF_TIME;
    case SIGMA_EVENT_COUNT:
    case SIGMA_TEMPORAL:
    case SIGMA_TEMPORAL_ORDERED:
        break;
    }
    return "SELECT f.host, k.key, f.time, f.id, k.slot, 0, 0, 0" HITS_OF_A_RULE
        IN_THE_ORDER_OF_TIME;
}

/* The group of the row at hand, while it lasts. */
struct group {
    struct arena arena;
    struct slice host, key;
    bool open;
};

static bool same_text(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || slice_eq(a, b)) && !a.ptr == !b.ptr;
}

static bool is_same_group(struct group *group, struct query *query)
{
    struct slice host = query_text(query, 0), key = query_text(query, 1);
    if (group->open && same_text(group->host, host) && same_text(group->key, key))
        return true;
    arena_reset(&group->arena);
    group->host = host.ptr ? arena_copy(&group->arena, host) : SLICE_NULL;
    group->key = key.ptr ? arena_copy(&group->arena, key) : SLICE_NULL;
    group->open = true;
    return false;
}

static void tell_left_out(const struct runner *runner, uint64_t count)
{
    char reason[160];
    if (count == 0)
        return;
    snprintf(reason, sizeof reason,
             "correlation \"%.*s\": a window held %u events, %" PRIu64 " more were not counted",
             SLICE_FMT(slice_first(runner->rule->title, 60)), WINDOW_HITS_MAX, count);
    casefile_add_trouble(runner->casefile, runner->rule->file, slice_from(reason), false);
}

static void run_one(struct casefile *casefile, const struct sigma_rule *rule)
{
    struct query query;
    struct runner runner = { casefile, rule };
    struct group group = { .arena = ARENA_INIT };
    struct window *window = window_new(rule->correlation, emit, &runner);
    note_slots(casefile, rule);
    query_open(&query, casefile, hits_query(rule->correlation));
    query_bind_int(&query, (int64_t)rule->index);
    while (query_next(&query)) {
        struct window_hit hit = { query_int(&query, 3), query_int(&query, 2),
                                  (uint32_t)query_int(&query, 4),
                                  (uint32_t)query_int(&query, 6), query_double(&query, 5) };
        if (!is_same_group(&group, &query))
            window_enter(window, (size_t)query_int(&query, 7));
        window_add(window, &hit);
    }
    window_enter(window, 0);
    query_close(&query);
    tell_left_out(&runner, window_left_out(window));
    window_free(window);
    arena_deinit(&group.arena);
}

void correlations_run(struct casefile *casefile, const struct sigma_set *set)
{
    casefile_execute(casefile,
                     "CREATE INDEX IF NOT EXISTS correlation_key_rule ON correlation_key(rule);"
                     "CREATE INDEX IF NOT EXISTS correlation_key_finding"
                     " ON correlation_key(finding);"
                     "CREATE TEMP TABLE IF NOT EXISTS correlation_slot(rule INTEGER,"
                     " slot INTEGER, child INTEGER, PRIMARY KEY(rule, slot)) WITHOUT ROWID;"
                     "DELETE FROM temp.correlation_slot");
    for (size_t depth = 1; depth <= SIGMA_CHAIN_MAX; depth++)
        for (size_t i = 0; i < set->rule_count; i++)
            if (set->rules[i]->correlation && set->rules[i]->correlation->depth == depth)
                run_one(casefile, set->rules[i]);
}
