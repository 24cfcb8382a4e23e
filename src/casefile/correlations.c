/*
 * Correlation rules (Sigma specification 2.1, "Correlation") over stored base hits of one host
 * and group, in the order of time, so that neither workers nor the order of files change the
 * result. Windows slide; after a hit a window starts anew, so that one burst gives one finding.
 */
#include "base/clock.h"
#include "casefile/finish.h"

#define SEQUENCE_MAX 32   /* rules in one temporal_ordered correlation */
#define WINDOW_MAX 100000 /* events that one window may hold */

struct hit {
    int64_t finding, time;
    size_t rule; /* index of the base rule */
};

/* State of one correlation in one group. */
struct window {
    const struct sigma_rule *rule;
    struct slice host, key; /* of the group; owned by `arena` */
    struct arena arena;
    /* event_count: the events inside the window, oldest first */
    size_t count, first, capacity;
    struct hit *hits;
    /* temporal_ordered: chain[i] is the latest chain that has seen rules 0..i */
    struct hit chain[SEQUENCE_MAX][SEQUENCE_MAX];
    bool alive[SEQUENCE_MAX];
};

static void window_reset(struct window *window)
{
    window->count = window->first = 0;
    memset(window->alive, 0, sizeof window->alive);
}

static bool same_group(const struct window *window, struct slice host, struct slice key)
{
    return window->host.ptr && slice_eq(window->host, host) && slice_eq(window->key, key);
}

static void window_enter(struct window *window, struct slice host, struct slice key)
{
    if (same_group(window, host, key))
        return;
    arena_reset(&window->arena);
    window->host = arena_copy(&window->arena, host);
    window->key = arena_copy(&window->arena, key);
    window_reset(window);
}

/* The finding of a correlation is a copy of its last event under the correlation's own rule. */
static void emit(struct casefile *casefile, const struct window *window,
                 const struct hit *parts, size_t count)
{
    struct query query;
    enum stage stage = stage_by_name(sigma_rule_tag(window->rule, SLICE_LIT("hauberk.stage.")));
    int64_t last = parts[count - 1].finding;
    query_open(&query, casefile,
               "INSERT INTO finding(item,offset,rule,time,host,family,stage,outcome,grade,"
               "own_probe,from_itself,hits_only,silent,source,method,url_path,url_query,status,"
               "agent,user,page,page_foreign,request_id,session,row,fields)"
               " SELECT item,offset,?,time,host,family,?,outcome,"
               " CASE WHEN own_probe THEN 0 WHEN outcome='success' THEN ? ELSE ? END,"
               "own_probe,from_itself,hits_only,?,source,method,url_path,url_query,status,"
               "agent,user,page,page_foreign,request_id,session,row,fields FROM finding"
               " WHERE id=?");
    query_bind_int(&query, (int64_t)window->rule->index);
    query_bind_text(&query, slice_from(stage_name(stage)));
    query_bind_int(&query, (int64_t)grade_of(stage, OUTCOME_SUCCESS));
    query_bind_int(&query, (int64_t)grade_of(stage, OUTCOME_UNKNOWN));
    query_bind_int(&query, window->rule->silent);
    query_bind_int(&query, last);
    query_run(&query);
    query_close(&query);

    int64_t id = casefile_count(casefile, "SELECT last_insert_rowid()");
    query_open(&query, casefile, "INSERT INTO correlation_part VALUES(?,?)");
    for (size_t i = 0; i < count; i++) {
        query_bind_int(&query, id);
        query_bind_int(&query, parts[i].finding);
        query_run(&query);
    }
    query_close(&query);
}

static bool enough(const struct sigma_correlation *correlation, size_t count)
{
    double n = (double)count;
    if (correlation->compare == SIGMA_GT)
        return n > correlation->threshold;
    return n >= correlation->threshold; /* gte, and eq: reached for the first time */
}

static void count_event(struct casefile *casefile, struct window *window, const struct hit *hit)
{
    const struct sigma_correlation *correlation = window->rule->correlation;
    while (window->count &&
           hit->time - window->hits[window->first].time > correlation->timespan_ms) {
        window->first++;
        window->count--;
    }
    if (window->first && window->first + window->count >= window->capacity) {
        memmove(window->hits, window->hits + window->first,
                window->count * sizeof *window->hits);
        window->first = 0;
    }
    if (window->count == WINDOW_MAX)
        return;
    window->hits = mem_reserve(window->hits, window->first + window->count, &window->capacity,
                               sizeof *window->hits);
    window->hits[window->first + window->count++] = *hit;
    if (!enough(correlation, window->count))
        return;
    emit(casefile, window, window->hits + window->first, window->count);
    window_reset(window);
}

/* From the last step to the first, so that one event does not take two steps at once. */
static void order_event(struct casefile *casefile, struct window *window, const struct hit *hit)
{
    const struct sigma_correlation *correlation = window->rule->correlation;
    for (size_t i = correlation->rule_count; i-- > 0;) {
        if (correlation->rules[i]->index != hit->rule)
            continue;
        bool follows =
            i == 0 || (window->alive[i - 1] &&
                       hit->time - window->chain[i - 1][0].time <= correlation->timespan_ms);
        if (!follows)
            continue;
        if (i > 0)
            memcpy(window->chain[i], window->chain[i - 1], i * sizeof *hit);
        window->chain[i][i] = *hit;
        window->alive[i] = true;
        if (i + 1 == correlation->rule_count) {
            emit(casefile, window, window->chain[i], i + 1);
            window_reset(window);
            return;
        }
    }
}

static void run_one(struct casefile *casefile, const struct sigma_rule *rule,
                    struct window *window)
{
    struct query query;
    *window = (struct window){ .rule = rule };
    query_open(&query, casefile,
               "SELECT f.host, k.key, f.time, f.id, f.rule FROM correlation_key k"
               " JOIN finding f ON f.id=k.finding WHERE k.rule=? AND f.time IS NOT NULL"
               " AND NOT f.own_probe ORDER BY f.host, k.key, f.time, f.item, f.offset, f.rule");
    query_bind_int(&query, (int64_t)rule->index);
    while (query_next(&query)) {
        struct hit hit = { query_int(&query, 3), query_int(&query, 2),
                           (size_t)query_int(&query, 4) };
        window_enter(window, query_text(&query, 0), query_text(&query, 1));
        if (rule->correlation->kind == SIGMA_EVENT_COUNT)
            count_event(casefile, window, &hit);
        else if (rule->correlation->rule_count <= SEQUENCE_MAX)
            order_event(casefile, window, &hit);
    }
    query_close(&query);
    arena_deinit(&window->arena);
    mem_free_auto(&window->hits);
}

void correlations_run(struct casefile *casefile, const struct sigma_set *set)
{
    AUTO_FREE struct window *window = mem_alloc(sizeof *window);
    casefile_execute(casefile, "CREATE INDEX IF NOT EXISTS correlation_key_rule"
                               " ON correlation_key(rule)");
    for (size_t i = 0; i < set->rule_count; i++)
        if (set->rules[i]->correlation)
            run_one(casefile, set->rules[i], window);
}
