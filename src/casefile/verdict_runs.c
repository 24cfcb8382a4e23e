/* Runs: exploit steps of a host with no more than five minutes between them. */
#include <assert.h>

#include "base/clock.h"
#include "casefile/verdict_internal.h"

/* The run that a step belongs to; NULL when it starts none or there are too many. */
static struct exploit_run *run_at(struct host_verdict *v, struct arena *arena,
                                  struct query *query, enum stage stage)
{
    int64_t time = query_time(query, 0);
    assert(v->runs);
    struct exploit_run *last = v->run_count ? &v->runs[v->run_count - 1] : NULL;
    if (last && time - last->last <= RUN_GAP_MS)
        return last;
    if (stage == STAGE_CLEANUP)
        return NULL; /* clearing up later is no run of its own */
    if (v->run_count == VERDICT_RUNS_MAX) {
        v->runs_left_out += !v->runs_left_out || time - v->last_left_out > RUN_GAP_MS;
        v->last_left_out = time;
        return NULL;
    }
    struct exploit_run *run = &v->runs[v->run_count++];
    *run = (struct exploit_run){ .first = time,
                                 .reached = TIME_NONE,
                                 .changed = TIME_NONE,
                                 .planted = TIME_NONE,
                                 .cleared = TIME_NONE,
                                 .proof = verdict_proof(query, arena, 3) };
    return run;
}

static void add_to_run(struct exploit_run *run, enum stage stage, int64_t time,
                       struct slice tags)
{
    run->last = time;
    if (stage == STAGE_REACH)
        run->reached = time;
    if (stage == STAGE_ABUSE)
        run->changed = time;
    if (stage == STAGE_PLANT && run->planted == TIME_NONE)
        run->planted = time;
    if (stage == STAGE_CLEANUP && run->cleared == TIME_NONE)
        run->cleared = time;
    if (slice_has(tags, SLICE_LIT("hauberk.step.script")))
        run->steps |= RUN_SCRIPT;
    if (slice_has(tags, SLICE_LIT("hauberk.step.recreate")))
        run->steps |= RUN_RECREATE;
}

void verdict_read_runs(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct query query;
    v->runs = arena_array(arena, VERDICT_RUNS_MAX, sizeof *v->runs);
    verdict_query(&query, casefile,
                  "SELECT f.time, f.stage, r.tags, i.path, f.offset, e.row FROM finding f"
                  " LEFT JOIN event e ON e.id=f.event JOIN rule r ON r.id=f.rule"
                  " JOIN item i ON i.id=f.item WHERE f.host=?"
                  " AND NOT f.own_probe AND NOT f.silent AND f.time IS NOT NULL AND"
                  " f.outcome='success' AND f.stage IN ('reach','abuse','plant','cleanup')"
                  " ORDER BY f.time, f.item, f.offset",
                  v->host);
    while (query_next(&query)) {
        enum stage stage = stage_by_name(query_text(&query, 1));
        struct exploit_run *run = run_at(v, arena, &query, stage);
        if (run)
            add_to_run(run, stage, query_time(&query, 0), query_text(&query, 2));
    }
    query_close(&query);
}
