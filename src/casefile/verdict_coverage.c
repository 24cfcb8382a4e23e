/* Which stretches of time the logs cover, and what they cannot decide. */
#include "base/clock.h"
#include "casefile/verdict_internal.h"

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

bool verdict_covers(const struct host_verdict *v, enum family_id id)
{
    for (size_t i = 0; i < v->coverage_count; i++)
        if (v->coverage[i].family->id == id && v->coverage[i].events)
            return true;
    return false;
}

static bool is_web(const struct coverage_line *line)
{
    return line->family->id == FAMILY_IIS || line->family->id == FAMILY_HTTPPROXY;
}

/* The first time at or after `time` that the line covers; TIME_NONE when it ends before. */
static int64_t covered_from(const struct coverage_line *line, int64_t time)
{
    if (line->from == TIME_NONE || time > line->to)
        return TIME_NONE;
    if (time < line->from)
        return line->from;
    for (size_t i = 0; i < line->gap_count; i++)
        if (time > line->gaps[i].from && time < line->gaps[i].to)
            return line->gaps[i].to;
    return time;
}

/* A page that was written may have been used at once: do the logs of requests show that time?
 */
void verdict_find_blind_time(struct host_verdict *v)
{
    int64_t written = v->plant.time, next = TIME_NONE;
    v->blind = (struct gap){ TIME_NONE, TIME_NONE };
    for (size_t i = 0; written != TIME_NONE && i < v->coverage_count; i++) {
        int64_t from =
            is_web(&v->coverage[i]) ? covered_from(&v->coverage[i], written) : TIME_NONE;
        if (from != TIME_NONE && (next == TIME_NONE || from < next))
            next = from;
    }
    if (next != TIME_NONE && next - written > MS_PER_HOUR)
        v->blind = (struct gap){ written, next };
}

static bool can_show(const struct host_verdict *v, const struct cve *cve)
{
    for (size_t i = 0; i < CVE_FAMILIES_MAX && cve->shown_by[i] != FAMILY_NONE; i++)
        if (verdict_covers(v, cve->shown_by[i]))
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

void verdict_read_coverage(struct casefile *casefile, struct arena *arena,
                           struct host_verdict *v)
{
    struct query query;
    AUTO_FREE struct gap *gaps = mem_alloc(GAPS_MAX * sizeof *gaps);
    v->coverage = arena_array(arena, FAMILY_COUNT, sizeof *v->coverage);
    verdict_query(&query, casefile,
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
    read_undecided(arena, v);
}
