#include "casefile/verdict.h"

#include <stdlib.h>

#include "base/clock.h"
#include "casefile/joins.h"
#include "casefile/verdict_internal.h"

size_t verdict_hosts(struct casefile *casefile, struct arena *arena, struct slice **out)
{
    struct query query;
    size_t count = 0;
    size_t max =
        (size_t)casefile_count(casefile, "SELECT count(*) FROM (SELECT host FROM finding"
                                         " UNION SELECT host FROM coverage"
                                         " UNION SELECT host FROM page"
                                         " UNION SELECT host FROM setting)");
    *out = arena_array(arena, max + 1, sizeof **out);
    query_open(&query, casefile,
               "SELECT host FROM finding WHERE host IS NOT NULL UNION SELECT host FROM coverage"
               " WHERE host IS NOT NULL UNION SELECT host FROM page WHERE host IS NOT NULL"
               " AND (served OR class<>'none' OR matches) UNION SELECT host FROM setting"
               " WHERE host IS NOT NULL AND place NOT LIKE '?%' ORDER BY 1");
    while (count < max && query_next(&query))
        (*out)[count++] = arena_copy(arena, query_text(&query, 0));
    query_close(&query);
    return count;
}

void verdict_query(struct query *query, struct casefile *casefile, const char *sql,
                   struct slice host)
{
    query_open(query, casefile, sql);
    query_bind_text(query, host);
}

int64_t verdict_count(struct casefile *casefile, const char *sql, struct slice host)
{
    struct query query;
    verdict_query(&query, casefile, sql, host);
    int64_t count = query_next(&query) ? query_int(&query, 0) : 0;
    query_close(&query);
    return count;
}

struct proof verdict_proof(struct query *query, struct arena *arena, int column)
{
    return (struct proof){ arena_copy(arena, query_text(query, column)),
                           (uint64_t)query_int(query, column + 1),
                           arena_copy(arena, query_text(query, column + 2)) };
}

/* ---- grade ----------------------------------------------------------------------------------
 */

static bool is_partial(struct casefile *casefile, struct slice host)
{
    return casefile_count(casefile,
                          "SELECT EXISTS(SELECT 1 FROM meta WHERE key='partial' AND value='1')"
                          " OR EXISTS(SELECT 1 FROM trouble WHERE NOT skipped)") ||
           verdict_count(casefile,
                         "SELECT EXISTS(SELECT 1 FROM damaged_host WHERE host=? OR host='')",
                         host);
}

static void read_counts(struct casefile *casefile, struct host_verdict *v)
{
    struct query query;
    verdict_query(&query, casefile,
                  "SELECT grade, count(*), min(time), max(time) FROM finding WHERE host=?"
                  " AND NOT own_probe AND NOT silent AND stage IN " STAGES_GRADED
                  " GROUP BY grade",
                  v->host);
    v->first = v->last = TIME_NONE;
    while (query_next(&query)) {
        enum grade grade = query_grade(&query, 0);
        int64_t first = query_time(&query, 2), last = query_time(&query, 3);
        v->findings[grade] += (uint64_t)query_int(&query, 1);
        if (grade > v->grade)
            v->grade = grade;
        if (first != TIME_NONE && (v->first == TIME_NONE || first < v->first))
            v->first = first;
        if (last != TIME_NONE && (v->last == TIME_NONE || last > v->last))
            v->last = last;
    }
    query_close(&query);
    v->other_matches = (uint64_t)verdict_count(
        casefile,
        "SELECT count(*) FROM finding WHERE host=? AND stage='none' AND NOT silent"
        " AND family<>'setting'",
        v->host);
    v->probes = (uint64_t)verdict_count(
        casefile,
        "SELECT count(*) FROM finding WHERE host=? AND stage IN " STAGES_ALL
        " AND own_probe AND NOT silent",
        v->host);
    v->partial = is_partial(casefile, v->host);
}

/* Worst first; equal ones by name. */
static int compare_summaries(const void *a, const void *b)
{
    const struct verdict_summary *x = a, *y = b;
    if (x->grade != y->grade)
        return x->grade > y->grade ? -1 : 1;
    size_t len = x->host.len < y->host.len ? x->host.len : y->host.len;
    int order = memcmp(x->host.ptr, y->host.ptr, len);
    return order ? order : (x->host.len > y->host.len) - (x->host.len < y->host.len);
}

size_t verdict_summaries(struct casefile *casefile, struct arena *arena,
                         struct verdict_summary **out)
{
    struct slice *hosts;
    size_t count = verdict_hosts(casefile, arena, &hosts);
    *out = arena_array(arena, count + 1, sizeof **out);
    for (size_t i = 0; i < count; i++) {
        struct host_verdict v = { .host = hosts[i] };
        read_counts(casefile, &v);
        (*out)[i] = (struct verdict_summary){ hosts[i], v.grade, v.first };
    }
    if (count)
        qsort(*out, count, sizeof **out, compare_summaries);
    return count;
}

/* ---- moments --------------------------------------------------------------------------------
 */

/* "attack.t1190 cve.2021-26855 ..." → "2021-26855"; absent when no CVE is tagged. */
static struct slice first_cve(struct slice tags)
{
    for (struct slice rest = tags; rest.len;) {
        struct slice tag = slice_cut(&rest, ' ');
        if (slice_icase_starts(tag, SLICE_LIT("cve.")))
            return slice_from_offset(tag, 4);
    }
    return SLICE_NULL;
}

/* The same of an event without a row, from its values. */
static struct slice written_file_of(struct casefile *casefile, struct arena *arena,
                                    int64_t finding)
{
    struct query query;
    struct slice file = SLICE_NULL;
    query_open(&query, casefile,
               "SELECT j.value FROM finding f JOIN event e ON e.id=f.event, json_each(CASE WHEN"
               " json_valid(e.fields) THEN e.fields ELSE '{}' END) j WHERE f.id=?");
    query_bind_int(&query, finding);
    while (query_next(&query)) {
        struct slice found = joins_written_file(query_text(&query, 0));
        if (found.len > file.len)
            file = arena_copy(arena, found);
    }
    query_close(&query);
    return file;
}

/* The command line that an event shows, or at least the program. */
static struct slice command_line_of(struct casefile *casefile, struct arena *arena,
                                    const struct moment *moment)
{
    struct query query;
    struct slice line = SLICE_NULL;
    if (moment->time == TIME_NONE)
        return line;
    query_open(&query, casefile,
               "SELECT j.value FROM finding f JOIN event e ON e.id=f.event, json_each(CASE WHEN"
               " json_valid(e.fields) THEN e.fields ELSE '{}' END) j WHERE f.id=?"
               " AND j.value<>'' AND j.key IN"
               " ('CommandLine','Image','NewProcessName') ORDER BY j.key LIMIT 1");
    query_bind_int(&query, moment->finding);
    if (query_next(&query))
        line = arena_copy(arena, query_text(&query, 0));
    query_close(&query);
    return line;
}

static struct moment read_moment(struct casefile *casefile, struct arena *arena,
                                 const char *sql, struct slice host, int64_t limit)
{
    struct query query;
    struct moment moment = { .time = TIME_NONE };
    verdict_query(&query, casefile, sql, host);
    query_bind_int(&query, limit);
    if (query_next(&query)) {
        moment.time = query_time(&query, 0);
        moment.actor = arena_copy(arena, query_text(&query, 1));
        moment.proof = verdict_proof(&query, arena, 2);
        moment.finding = query_int(&query, 7);
        moment.what = moment.proof.row.len ? joins_written_file(moment.proof.row)
                                           : written_file_of(casefile, arena, moment.finding);
        moment.cve = arena_copy(arena, first_cve(query_text(&query, 5)));
        moment.title = arena_copy(arena, query_text(&query, 6));
        moment.backdoor = slice_has(query_text(&query, 5), SLICE_LIT("hauberk.step.backdoor"));
    }
    query_close(&query);
    return moment;
}

#define MOMENT(where, limit, order)                                                            \
    "SELECT f.time, f.actor, i.path, f.offset, e.row, r.tags, r.title, f.id FROM finding f"    \
    " LEFT JOIN event e ON e.id=f.event JOIN item i ON i.id=f.item"                            \
    " JOIN rule r ON r.id=f.rule WHERE f.host=?"                                               \
    " AND NOT f.own_probe AND NOT f.silent AND f.time IS NOT NULL AND " where                  \
    " AND f.time " limit " ? ORDER BY f.time " order ", f.item, f.offset LIMIT 1"
#define WORKED(stage) "f.stage='" stage "' AND f.outcome='success'"

static void read_moments(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    struct slice host = v->host;
    v->plant =
        read_moment(casefile, arena, MOMENT(WORKED("plant"), ">=", "ASC"), host, INT64_MIN);
    bool planted = v->plant.time != TIME_NONE;
    int64_t before = planted ? v->plant.time : INT64_MAX;
    int64_t after = planted ? v->plant.time : INT64_MIN;
    v->first_exploit =
        read_moment(casefile, arena, MOMENT(WORKED("reach"), "<=", "ASC"), host, before);
    v->exploit =
        read_moment(casefile, arena, MOMENT(WORKED("reach"), "<=", "DESC"), host, before);
    v->changed =
        read_moment(casefile, arena, MOMENT(WORKED("abuse"), "<=", "DESC"), host, before);
    v->script = read_moment(
        casefile, arena,
        MOMENT(WORKED("abuse") " AND r.tags LIKE '%hauberk.step.script%'", "<=", "DESC"), host,
        before);
    v->cleared =
        read_moment(casefile, arena, MOMENT("f.stage='cleanup'", ">=", "ASC"), host, after);
    v->command = read_moment(
        casefile, arena,
        MOMENT(WORKED("answer") " AND r.tags LIKE '%hauberk.step.command%'", ">=", "ASC"), host,
        INT64_MIN);
    v->command.what = command_line_of(casefile, arena, &v->command);
    v->spread =
        read_moment(casefile, arena, MOMENT("f.stage='spread'", ">=", "ASC"), host, INT64_MIN);
}

static void read_exploiters(struct casefile *casefile, struct arena *arena,
                            struct host_verdict *v)
{
    struct query query;
    size_t max = sizeof v->exploiters / sizeof *v->exploiters;
    verdict_query(
        &query, casefile,
        "SELECT actor, min(time) FROM finding WHERE host=? AND NOT own_probe"
        " AND NOT silent AND actor IS NOT NULL AND near_ms IS NULL AND outcome='success'"
        " AND stage IN ('reach','abuse','plant') GROUP BY actor ORDER BY 2",
        v->host);
    while (v->exploiter_count < max && query_next(&query))
        v->exploiters[v->exploiter_count++] = arena_copy(arena, query_text(&query, 0));
    query_close(&query);
}

/* ---- all of it ------------------------------------------------------------------------------
 */

/* Rules without a stage tell nothing of an intrusion, however often they match. */
static bool has_story(struct casefile *casefile, struct slice host)
{
    return verdict_count(casefile,
                         "SELECT EXISTS(SELECT 1 FROM finding WHERE host=? AND stage"
                         " IN " STAGES_TOLD ")",
                         host) > 0;
}

static void read_story(struct casefile *casefile, struct arena *arena, struct host_verdict *v)
{
    read_moments(casefile, arena, v);
    verdict_read_runs(casefile, arena, v);
    read_exploiters(casefile, arena, v);
    verdict_read_pages(casefile, arena, v);
    verdict_read_story(casefile, arena, v);
}

static void forget_moments(struct host_verdict *v)
{
    v->plant.time = v->first_exploit.time = v->exploit.time = TIME_NONE;
    v->changed.time = v->script.time = v->cleared.time = TIME_NONE;
    v->command.time = v->spread.time = TIME_NONE;
}

void verdict_read(struct casefile *casefile, struct arena *arena, struct slice host,
                  struct host_verdict *out)
{
    *out = (struct host_verdict){ .host = arena_copy(arena, host) };
    read_counts(casefile, out);
    bool story = has_story(casefile, host);
    if (story)
        read_story(casefile, arena, out);
    else
        forget_moments(out);
    verdict_read_disk(casefile, arena, out);
    verdict_read_coverage(casefile, arena, out);
    verdict_find_blind_time(out);
    verdict_read_harm(casefile, arena, out, story);
}
