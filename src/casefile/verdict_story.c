/* The story: findings in the order of incidents and time, grouped into steps. */
#include <assert.h>

#include "base/clock.h"
#include "casefile/verdict_internal.h"

/* Silence that ends a step: exploits come in runs, visits to a page go on for days. */
static int64_t step_gap(enum stage stage)
{
    bool exploit = stage == STAGE_REACH || stage == STAGE_ABUSE || stage == STAGE_PLANT ||
                   stage == STAGE_CLEANUP;
    return exploit || stage == STAGE_SCAN ? RUN_GAP_MS : MS_PER_DAY;
}

/* Counts of one step by log family: the same request stands in IIS and in HttpProxy. */
struct step_counts {
    uint64_t by_family[FAMILY_COUNT];
};

static bool continues(const struct step *step, const struct step *next, int64_t time)
{
    bool asked = next->stage == STAGE_ANSWER && next->outcome != OUTCOME_SUCCESS;
    return slice_eq(step->incident, next->incident) && slice_eq(step->actor, next->actor) &&
           slice_eq(step->title, next->title) && step->outcome == next->outcome &&
           (next->stage != STAGE_ANSWER || slice_eq(step->method, next->method)) &&
           (time == TIME_NONE || step->last == TIME_NONE ||
            time - step->last <= step_gap(step->stage)) &&
           (asked || !step->page_count || !next->page_count ||
            slice_eq(step->pages[0], next->pages[0]));
}

static void add_step_page(struct step *step, struct arena *arena, struct slice page)
{
    if (!page.len)
        return;
    for (size_t i = 0; i < step->page_count && i < STEP_PAGES_MAX; i++)
        if (slice_eq(step->pages[i], page))
            return;
    if (step->page_count < STEP_PAGES_MAX)
        step->pages[step->page_count] = arena_copy(arena, page);
    step->page_count += step->page_count < STEP_PAGES_MAX;
}

static enum outcome outcome_by_name(struct slice name)
{
    if (slice_eq(name, SLICE_LIT("success")))
        return OUTCOME_SUCCESS;
    return slice_eq(name, SLICE_LIT("refused")) ? OUTCOME_REFUSED : OUTCOME_UNKNOWN;
}

/* The step that this row would start; text borrows from the row. */
static struct step step_of_row(struct query *query)
{
    struct step step = { .incident = query_text(query, 0),
                         .actor = query_text(query, 1),
                         .title = query_text(query, 2),
                         .stage = stage_by_name(query_text(query, 3)),
                         .grade = query_grade(query, 4),
                         .outcome = outcome_by_name(query_text(query, 5)),
                         .first = query_time(query, 6),
                         .last = query_time(query, 6),
                         .status = (int)query_int(query, 7),
                         .agent = query_text(query, 9),
                         .method = query_text(query, 14) };
    struct slice page = query_text(query, 8);
    if (page.len)
        step.pages[step.page_count++] = page;
    return step;
}

/* Steps with the same title are found among the last few, since two actors may take turns. */
static struct step *find_step(struct host_verdict *v, const struct step *next)
{
    for (size_t i = v->step_count; i > 0 && v->step_count - i < 32; i--)
        if (continues(&v->steps[i - 1], next, next->first))
            return &v->steps[i - 1];
    return NULL;
}

static struct step *add_step(struct host_verdict *v, struct arena *arena, struct query *query,
                             const struct step *next)
{
    assert(v->steps);
    if (v->step_count == VERDICT_STEPS_MAX) {
        v->steps_left_out++;
        return NULL;
    }
    struct step *step = &v->steps[v->step_count++];
    *step = *next;
    step->incident = arena_copy(arena, next->incident);
    step->actor = next->actor.ptr ? arena_copy(arena, next->actor) : SLICE_NULL;
    step->title = arena_copy(arena, next->title);
    step->agent = arena_copy(arena, next->agent);
    step->method = arena_copy(arena, next->method);
    step->page_count = 0;
    step->proof = verdict_proof(query, arena, 10);
    return step;
}

static void count_request(struct step *step, struct step_counts *counts,
                          struct slice family_name)
{
    const struct family *family = family_by_name(family_name);
    uint64_t *count = &counts->by_family[family ? family->id : FAMILY_NONE];
    ++*count;
    if (*count > step->requests)
        step->requests = *count;
}

/* A row that is the twin of a better proof of the same request tells nothing new: left out. */
void verdict_read_story(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct query query;
    AUTO_FREE struct step_counts *counts = mem_alloc(VERDICT_STEPS_MAX * sizeof *counts);
    v->steps = arena_array(arena, VERDICT_STEPS_MAX, sizeof *v->steps);
    verdict_query(
        &query, casefile,
        "SELECT n.name, f.actor, r.title, f.stage, f.grade, f.outcome, f.time, f.status,"
        " CASE WHEN f.page IS NOT NULL AND lower(substr(f.url_path,1,length(f.page)))=f.page "
        "THEN"
        " substr(f.url_path,1,length(f.page)) ELSE coalesce(f.page, f.url_path) END,"
        " f.agent, i.path, f.offset, e.row, f.family, f.method"
        " FROM finding f LEFT JOIN event e ON e.id=f.event JOIN rule r ON r.id=f.rule"
        " JOIN item i ON i.id=f.item"
        " JOIN incident n ON n.id=f.incident AND n.host=f.host WHERE f.host=?"
        " AND NOT f.silent AND NOT EXISTS(SELECT 1 FROM request q WHERE"
        " q.host=f.host AND q.request_id=f.request_id AND (q.grade>f.grade OR"
        " q.proxy_grade=f.grade AND f.family='iis' AND f.stage<>'answer'))"
        " ORDER BY n.first, n.id, f.time, f.item, f.offset",
        v->host);
    while (query_next(&query)) {
        struct step next = step_of_row(&query);
        struct step *step = find_step(v, &next);
        if (!step)
            step = add_step(v, arena, &query, &next);
        if (!step)
            continue;
        step->last = next.last;
        step->status = next.status;
        add_step_page(step, arena, query_text(&query, 8));
        count_request(step, &counts[step - v->steps], query_text(&query, 13));
    }
    query_close(&query);
}
