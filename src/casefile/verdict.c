#include "casefile/verdict.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"

size_t verdict_hosts(struct casefile *casefile, struct arena *arena, struct slice **out)
{
    struct query query;
    size_t count = 0;
    size_t max =
        (size_t)casefile_count(casefile, "SELECT count(*) FROM (SELECT host FROM finding"
                                         " UNION SELECT host FROM coverage)");
    *out = arena_array(arena, max + 1, sizeof **out);
    query_open(&query, casefile,
               "SELECT host FROM finding WHERE host IS NOT NULL UNION SELECT host FROM coverage"
               " WHERE host IS NOT NULL ORDER BY 1");
    while (count < max && query_next(&query))
        (*out)[count++] = arena_copy(arena, query_text(&query, 0));
    query_close(&query);
    return count;
}

static void open_for_host(struct query *query, struct casefile *casefile, const char *sql,
                          struct slice host)
{
    query_open(query, casefile, sql);
    query_bind_text(query, host);
}

static int64_t count_for_host(struct casefile *casefile, const char *sql, struct slice host)
{
    struct query query;
    open_for_host(&query, casefile, sql, host);
    int64_t count = query_next(&query) ? query_int(&query, 0) : 0;
    query_close(&query);
    return count;
}

/* ---- grade ----------------------------------------------------------------------------------
 */

/* Damage counts for the host whose rows the file holds; where it holds none, for all. */
static bool is_partial(struct casefile *casefile, struct slice host)
{
    return casefile_count(casefile,
                          "SELECT EXISTS(SELECT 1 FROM meta WHERE key='partial' AND value='1')"
                          " OR EXISTS(SELECT 1 FROM trouble WHERE NOT skipped)") ||
           count_for_host(
               casefile,
               "SELECT EXISTS(SELECT 1 FROM damage d WHERE"
               " EXISTS(SELECT 1 FROM coverage c WHERE c.item=d.item AND c.host=?1) OR"
               " EXISTS(SELECT 1 FROM finding f WHERE f.item=d.item AND f.host=?1) OR"
               " NOT EXISTS(SELECT 1 FROM coverage c WHERE c.item=d.item) AND"
               " NOT EXISTS(SELECT 1 FROM finding f WHERE f.item=d.item))",
               host);
}

static void read_counts(struct casefile *casefile, struct host_verdict *v)
{
    struct query query;
    open_for_host(&query, casefile,
                  "SELECT grade, count(*), min(time), max(time) FROM finding WHERE host=?"
                  " AND NOT own_probe AND NOT silent AND stage NOT IN ('none','cleanup')"
                  " GROUP BY grade",
                  v->host);
    v->first = v->last = TIME_NONE;
    while (query_next(&query)) {
        int64_t grade = query_int(&query, 0), first = query_time(&query, 2),
                last = query_time(&query, 3);
        if (grade < GRADE_N || grade > GRADE_E6)
            continue; /* a case file may have been edited */
        v->findings[grade] += (uint64_t)query_int(&query, 1);
        if ((enum grade)grade > v->grade)
            v->grade = (enum grade)grade;
        if (first != TIME_NONE && (v->first == TIME_NONE || first < v->first))
            v->first = first;
        if (last != TIME_NONE && (v->last == TIME_NONE || last > v->last))
            v->last = last;
    }
    query_close(&query);
    v->other_matches = (uint64_t)count_for_host(
        casefile, "SELECT count(*) FROM finding WHERE host=? AND stage='none' AND NOT silent",
        v->host);
    v->probes = (uint64_t)count_for_host(
        casefile, "SELECT count(*) FROM finding WHERE host=? AND own_probe AND NOT silent",
        v->host);
    v->partial = is_partial(casefile, v->host);
}

/* ---- moments --------------------------------------------------------------------------------
 */

static struct proof read_proof(struct query *query, struct arena *arena, int column)
{
    return (struct proof){ arena_copy(arena, query_text(query, column)),
                           (uint64_t)query_int(query, column + 1),
                           arena_copy(arena, query_text(query, column + 2)) };
}

static bool has_page_ending(struct slice name)
{
    static const char *const endings[] = { ".aspx", ".ashx", ".asmx", ".asp", ".req", ".php" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (slice_icase_ends(name, slice_from(endings[i])))
            return true;
    return false;
}

/* The longest word of the row that ends like a page and holds a folder: where it was written.
 */
static struct slice written_file(struct slice row)
{
    struct slice best = SLICE_NULL;
    size_t start = 0;
    for (size_t i = 0; i <= row.len; i++) {
        bool separator = i == row.len || strchr("\"',;<>|", row.ptr[i]) || row.ptr[i] == '\0';
        if (!separator)
            continue;
        struct slice word = slice_trim(slice_of(row.ptr + start, i - start));
        if (has_page_ending(word) && slice_find_char(word, '\\') != SIZE_MAX &&
            word.len > best.len)
            best = word;
        start = i + 1;
    }
    return best;
}

static struct moment read_moment(struct casefile *casefile, struct arena *arena,
                                 const char *sql, struct slice host, int64_t limit)
{
    struct query query;
    struct moment moment = { .time = TIME_NONE };
    open_for_host(&query, casefile, sql, host);
    query_bind_int(&query, limit);
    if (query_next(&query)) {
        moment.time = query_time(&query, 0);
        moment.actor = arena_copy(arena, query_text(&query, 1));
        moment.proof = read_proof(&query, arena, 2);
        moment.what = written_file(moment.proof.row);
    }
    query_close(&query);
    return moment;
}

#define MOMENT(stage_sql, limit_sql, order_sql)                                                \
    "SELECT f.time, f.actor, i.path, f.offset, f.row FROM finding f JOIN item i ON "           \
    "i.id=f.item"                                                                              \
    " WHERE f.host=? AND NOT f.own_probe AND NOT f.silent AND f.time IS NOT NULL "             \
    "AND " stage_sql " AND f.time " limit_sql " ? ORDER BY f.time " order_sql " LIMIT 1"

static void read_moments(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    v->plant = read_moment(casefile, arena,
                           MOMENT("f.stage='plant' AND f.outcome='success'", ">=", "ASC"),
                           v->host, INT64_MIN);
    int64_t before = v->plant.time == TIME_NONE ? INT64_MAX : v->plant.time;
    v->exploit = read_moment(casefile, arena,
                             MOMENT("f.stage='reach' AND f.outcome='success'", "<=", "DESC"),
                             v->host, before);
    v->script = read_moment(casefile, arena,
                            MOMENT("f.stage='abuse' AND f.outcome='success'", "<=", "DESC"),
                            v->host, before);
    int64_t after = v->plant.time == TIME_NONE ? INT64_MIN : v->plant.time;
    v->cleared =
        read_moment(casefile, arena, MOMENT("f.stage='cleanup'", ">=", "ASC"), v->host, after);
}

static void read_exploiters(struct casefile *casefile, struct arena *arena,
                            struct host_verdict *v)
{
    struct query query;
    size_t max = sizeof v->exploiters / sizeof *v->exploiters;
    open_for_host(&query, casefile,
                  "SELECT actor, min(time) FROM finding WHERE host=? AND NOT own_probe"
                  " AND NOT silent AND actor IS NOT NULL AND outcome='success'"
                  " AND stage IN ('reach','abuse','plant') GROUP BY actor ORDER BY 2",
                  v->host);
    while (v->exploiter_count < max && query_next(&query))
        v->exploiters[v->exploiter_count++] = arena_copy(arena, query_text(&query, 0));
    query_close(&query);
}

/* ---- runs -----------------------------------------------------------------------------------
 */

#define RUN_GAP_MS (INT64_C(300) * MS_PER_SECOND)

static struct exploit_run *run_at(struct host_verdict *v, struct arena *arena,
                                  struct query *query)
{
    int64_t time = query_time(query, 0);
    assert(v->runs);
    struct exploit_run *last = v->run_count ? &v->runs[v->run_count - 1] : NULL;
    if (last && time - last->last <= RUN_GAP_MS)
        return last;
    if (v->run_count == VERDICT_RUNS_MAX) {
        v->runs_left_out++;
        return NULL;
    }
    struct exploit_run *run = &v->runs[v->run_count++];
    *run = (struct exploit_run){ .first = time,
                                 .reached = TIME_NONE,
                                 .changed = TIME_NONE,
                                 .planted = TIME_NONE,
                                 .cleared = TIME_NONE,
                                 .proof = read_proof(query, arena, 3) };
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

static void read_runs(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct query query;
    v->runs = arena_array(arena, VERDICT_RUNS_MAX, sizeof *v->runs);
    open_for_host(&query, casefile,
                  "SELECT f.time, f.stage, r.tags, i.path, f.offset, f.row FROM finding f"
                  " JOIN rule r ON r.id=f.rule JOIN item i ON i.id=f.item WHERE f.host=?"
                  " AND NOT f.own_probe AND NOT f.silent AND f.time IS NOT NULL AND"
                  " f.outcome='success' AND f.stage IN ('reach','abuse','plant','cleanup')"
                  " ORDER BY f.time, f.item, f.offset",
                  v->host);
    while (query_next(&query)) {
        enum stage stage = stage_by_name(query_text(&query, 1));
        struct exploit_run *run =
            stage == STAGE_CLEANUP && !v->run_count ? NULL : run_at(v, arena, &query);
        if (run)
            add_to_run(run, stage, query_time(&query, 0), query_text(&query, 2));
    }
    query_close(&query);
}

/* ---- pages ----------------------------------------------------------------------------------
 */

/* Words that only a command line or a shell's own parameters put into a query. */
static bool shows_command(struct slice query)
{
    static const char *const words[] = {
        "whoami",     "cmd.exe",  "cmd=",           "powershell", "net+user",
        "net%20user", "ipconfig", "systeminfo",     "tasklist",   "certutil",
        "exec=",      "command=", "Response.Write("
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_icase_has(query, slice_from(words[i])))
            return true;
    return false;
}

static enum page_use use_of(struct slice method, struct slice query)
{
    if (shows_command(query))
        return PAGE_USE_SEEN;
    bool body =
        slice_icase_eq(method, SLICE_LIT("POST")) || slice_icase_eq(method, SLICE_LIT("PUT"));
    return body || query.len ? PAGE_USE_LIKELY : PAGE_USE_CHECKED;
}

/* The page in the letters of the request, when these are the same path. */
static struct slice as_written(struct arena *arena, struct slice page, struct slice path)
{
    return arena_copy(arena,
                      slice_icase_starts(path, page) ? slice_first(path, page.len) : page);
}

static struct page_fact *page_for(struct host_verdict *v, struct arena *arena,
                                  struct slice page, struct slice path)
{
    for (size_t i = 0; i < v->page_count; i++)
        if (slice_eq(v->pages[i].key, page))
            return &v->pages[i];
    if (v->page_count == VERDICT_PAGES_MAX) {
        v->pages_left_out++;
        return NULL;
    }
    struct page_fact *fact = &v->pages[v->page_count++];
    *fact = (struct page_fact){ .key = arena_copy(arena, page),
                                .page = as_written(arena, page, path),
                                .first_answer = TIME_NONE,
                                .last_answer = TIME_NONE,
                                .first_refusal_after = TIME_NONE };
    return fact;
}

static void add_source(struct page_fact *fact, struct arena *arena, struct slice source)
{
    for (size_t i = 0; i < fact->source_count; i++)
        if (slice_eq(fact->sources[i], source))
            return;
    if (source.len && fact->source_count < PAGE_SOURCES_MAX)
        fact->sources[fact->source_count++] = arena_copy(arena, source);
}

static void add_answer(struct page_fact *fact, struct query *query, struct arena *arena)
{
    int64_t time = query_time(query, 0);
    if (fact->answered++ == 0) {
        fact->first_answer = time;
        fact->proof = read_proof(query, arena, 5);
    }
    fact->last_answer = time;
    add_source(fact, arena, query_text(query, 10));
    fact->first_refusal_after = TIME_NONE; /* it is there again */
    enum page_use use = use_of(query_text(query, 2), query_text(query, 3));
    if (use > fact->use)
        fact->use = use;
}

static void add_refusal(struct page_fact *fact, struct query *query, struct arena *arena)
{
    int64_t status = query_int(query, 4);
    bool absent = status == 302 || status == 404 || status == 410;
    if (fact->refused++ == 0 && fact->answered == 0)
        fact->proof = read_proof(query, arena, 5);
    if (fact->answered && absent && fact->first_refusal_after == TIME_NONE) {
        fact->first_refusal_after = query_time(query, 0);
        fact->gone_proof = read_proof(query, arena, 5);
    }
}

static int compare_pages(const void *a, const void *b)
{
    const struct page_fact *x = a, *y = b;
    if ((x->answered > 0) != (y->answered > 0))
        return x->answered > 0 ? -1 : 1;
    if (x->first_answer != y->first_answer)
        return x->first_answer < y->first_answer ? -1 : 1;
    size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
    return memcmp(x->key.ptr, y->key.ptr, len);
}

static void read_pages(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct query query;
    v->pages = arena_array(arena, VERDICT_PAGES_MAX, sizeof *v->pages);
    open_for_host(
        &query, casefile,
        "SELECT f.time, f.page, f.method, f.url_query, f.status, i.path, f.offset, f.row,"
        " f.outcome='success', f.url_path, f.source FROM finding f JOIN item i ON i.id=f.item"
        " WHERE f.host=? AND f.stage='answer' AND f.page IS NOT NULL AND NOT f.own_probe"
        " AND NOT f.silent ORDER BY f.time, f.item, f.offset",
        v->host);
    while (query_next(&query)) {
        struct page_fact *fact =
            page_for(v, arena, query_text(&query, 1), query_text(&query, 9));
        if (fact && query_int(&query, 8))
            add_answer(fact, &query, arena);
        else if (fact)
            add_refusal(fact, &query, arena);
    }
    query_close(&query);
    qsort(v->pages, v->page_count, sizeof *v->pages, compare_pages);
    for (size_t i = 0; i < v->page_count; i++) {
        v->answered_pages += v->pages[i].answered > 0;
        v->asked_pages += v->pages[i].answered == 0;
    }
}

/* ---- coverage and what it cannot decide
 * ------------------------------------------------------ */

static void extend_line(struct coverage_line *line, int64_t from, int64_t to, struct gap *gaps,
                        size_t gaps_max)
{
    int64_t allowed = MS_PER_HOUR * line->family->gap_hours;
    if (from == TIME_NONE)
        return;
    if (line->from == TIME_NONE) {
        line->from = from;
        line->to = to;
        return;
    }
    if (allowed && from > line->to + allowed && line->gap_count < gaps_max)
        gaps[line->gap_count++] = (struct gap){ line->to, from };
    if (to > line->to)
        line->to = to;
}

#define GAPS_MAX 1000

static void read_coverage(struct casefile *casefile, struct arena *arena,
                          struct host_verdict *v)
{
    struct query query;
    AUTO_FREE struct gap *gaps = mem_alloc(GAPS_MAX * sizeof *gaps);
    v->coverage = arena_array(arena, FAMILY_COUNT, sizeof *v->coverage);
    open_for_host(&query, casefile,
                  "SELECT family, time_from, time_to, events FROM coverage WHERE host=?"
                  " ORDER BY family, time_from, time_to",
                  v->host);
    struct coverage_line *line = NULL;
    bool more = query_next(&query);
    while (more && v->coverage_count < FAMILY_COUNT) {
        const struct family *family = family_by_name(query_text(&query, 0));
        if (family) {
            if (!line || line->family != family) {
                line = &v->coverage[v->coverage_count++];
                *line = (struct coverage_line){ family, TIME_NONE, TIME_NONE, 0, 0, NULL };
            }
            extend_line(line, query_time(&query, 1), query_time(&query, 2), gaps, GAPS_MAX);
            line->events += (uint64_t)query_int(&query, 3);
        }
        more = query_next(&query);
        bool ends = line && (!more || family_by_name(query_text(&query, 0)) != line->family);
        if (ends && line->gap_count) {
            line->gaps = arena_array(arena, line->gap_count, sizeof *gaps);
            memcpy(line->gaps, gaps, line->gap_count * sizeof *gaps);
        }
    }
    query_close(&query);
}

static bool covers_family(const struct host_verdict *v, enum family_id id)
{
    for (size_t i = 0; i < v->coverage_count; i++)
        if (v->coverage[i].family->id == id && v->coverage[i].events)
            return true;
    return false;
}

static bool can_show(const struct host_verdict *v, const struct cve *cve)
{
    for (size_t i = 0; i < CVE_FAMILIES_MAX && cve->shown_by[i] != FAMILY_NONE; i++)
        if (covers_family(v, cve->shown_by[i]))
            return true;
    return false;
}

static void read_undecided(struct arena *arena, struct host_verdict *v)
{
    v->undecided = arena_array(arena, cve_count, sizeof *v->undecided);
    for (size_t i = 0; i < cve_count; i++)
        if (!can_show(v, &cve_table[i]))
            v->undecided[v->undecided_count++] = &cve_table[i];
}

/* ---- harm -----------------------------------------------------------------------------------
 */

static bool is_proven(struct casefile *casefile, struct slice host, const char *pattern)
{
    struct query query;
    open_for_host(&query, casefile,
                  "SELECT 1 FROM finding f JOIN rule r ON r.id=f.rule WHERE f.host=? AND"
                  " f.outcome='success' AND NOT f.own_probe AND NOT f.silent AND r.tags LIKE ?"
                  " LIMIT 1",
                  host);
    query_bind_text(&query, slice_from(pattern));
    bool proven = query_next(&query);
    query_close(&query);
    return proven;
}

/*
 * Mail can be read by whoever got through (E2); a page that answers can do anything. What
 * happens on the machine itself (credentials, spread) shows in event logs, which are not read
 * yet.
 */
static void read_harm(struct casefile *casefile, struct host_verdict *v)
{
    bool web_seen = covers_family(v, FAMILY_HTTPPROXY) || covers_family(v, FAMILY_IIS);
    enum harm_state unseen = web_seen ? HARM_NONE_SEEN : HARM_NOT_OBSERVABLE;
    bool planted = v->grade >= GRADE_E4 && (v->plant.time != TIME_NONE || v->answered_pages);
    v->harm[HARM_MAIL] = v->grade >= GRADE_E2 ? HARM_POSSIBLE : unseen;
    v->harm[HARM_PERSISTENCE] = v->grade >= GRADE_E3 ? HARM_POSSIBLE : unseen;
    v->harm[HARM_CREDENTIALS] = HARM_NOT_OBSERVABLE;
    v->harm[HARM_SPREAD] = HARM_NOT_OBSERVABLE;
    if (is_proven(casefile, v->host, "%hauberk.harm.mail%"))
        v->harm[HARM_MAIL] = HARM_PROVEN;
    if (planted)
        v->harm[HARM_PERSISTENCE] = HARM_PROVEN;
    if (is_proven(casefile, v->host, "%hauberk.harm.credentials%"))
        v->harm[HARM_CREDENTIALS] = HARM_PROVEN;
    if (v->grade == GRADE_E6 || is_proven(casefile, v->host, "%hauberk.harm.spread%"))
        v->harm[HARM_SPREAD] = HARM_PROVEN;
}

/* ---- the story ------------------------------------------------------------------------------
 */

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
                         .grade = (enum grade)query_int(query, 4),
                         .outcome = outcome_by_name(query_text(query, 5)),
                         .first = query_time(query, 6),
                         .last = query_time(query, 6),
                         .status = (int)query_int(query, 7),
                         .agent = query_text(query, 9),
                         .method = query_text(query, 14) };
    if (step.grade < GRADE_N || step.grade > GRADE_E6)
        step.grade = GRADE_N;
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
    step->proof = read_proof(query, arena, 10);
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
static void read_story(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct query query;
    AUTO_FREE struct step_counts *counts = mem_alloc(VERDICT_STEPS_MAX * sizeof *counts);
    v->steps = arena_array(arena, VERDICT_STEPS_MAX, sizeof *v->steps);
    open_for_host(
        &query, casefile,
        "SELECT n.name, f.actor, r.title, f.stage, f.grade, f.outcome, f.time, f.status,"
        " CASE WHEN f.page IS NOT NULL AND lower(substr(f.url_path,1,length(f.page)))=f.page "
        "THEN"
        " substr(f.url_path,1,length(f.page)) ELSE coalesce(f.page, f.url_path) END,"
        " f.agent, i.path, f.offset, f.row, f.family, f.method"
        " FROM finding f JOIN rule r ON r.id=f.rule JOIN item i ON i.id=f.item"
        " JOIN incident n ON n.id=f.incident AND n.host=f.host WHERE f.host=?"
        " AND NOT f.silent AND NOT EXISTS(SELECT 1 FROM finding g WHERE"
        " g.request_id=f.request_id AND +g.host=f.host AND (g.grade>f.grade OR"
        " g.grade=f.grade AND f.family='iis' AND f.stage<>'answer' AND"
        " g.family='httpproxy'))"
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

void verdict_read(struct casefile *casefile, struct arena *arena, struct slice host,
                  struct host_verdict *out)
{
    *out = (struct host_verdict){ .host = arena_copy(arena, host) };
    read_counts(casefile, out);
    read_moments(casefile, arena, out);
    read_runs(casefile, arena, out);
    read_exploiters(casefile, arena, out);
    read_pages(casefile, arena, out);
    read_coverage(casefile, arena, out);
    read_undecided(arena, out);
    read_harm(casefile, out);
    read_story(casefile, arena, out);
}
