#include "casefile/volumes.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "casefile/verdict_internal.h"

#define MAD_FACTOR 1.4826
#define DEVIATION_MIN                                                                          \
    0.1 /* of the logarithm: sources that are all alike are not suspicious                     \
         */

static const enum family_id logs[VOLUME_LOGS_MAX] = { FAMILY_HTTPPROXY, FAMILY_EWS,
                                                      FAMILY_IIS };

/* The logarithms of all sums of one log. */
struct habit {
    size_t count, capacity;
    double *values;
    double median, deviation;
};

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_numbers);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double magnitude(uint64_t bytes)
{
    return log10((double)bytes + 1);
}

static uint64_t bytes_of(double value)
{
    double bytes = pow(10, value) - 1;
    return bytes <= 0      ? 0
           : bytes >= 9e18 ? UINT64_C(9000000000000000000)
                           : (uint64_t)(bytes + 0.5);
}

static void read_habit(struct casefile *casefile, struct slice host, struct volume_log *log,
                       struct habit *habit)
{
    struct query query;
    verdict_query(&query, casefile,
                  "SELECT bytes FROM taken WHERE what='volume' AND host=? AND family=?"
                  " AND sized>0 ORDER BY source, slot LIMIT ?",
                  host);
    query_bind_text(&query, slice_from(log->family->name));
    query_bind_int(&query, VOLUME_DAYS_MAX);
    while (query_next(&query)) {
        habit->values =
            mem_reserve(habit->values, habit->count, &habit->capacity, sizeof *habit->values);
        habit->values[habit->count++] = magnitude((uint64_t)query_int(&query, 0));
    }
    query_close(&query);
    if (habit->count == 0)
        return;
    habit->median = middle(habit->values, habit->count); /* sorts them, too */
    log->median = bytes_of(habit->median);
    log->high = bytes_of(habit->values[habit->count - 1 - habit->count / 20]);
    for (size_t i = 0; i < habit->count; i++)
        habit->values[i] = fabs(habit->values[i] - habit->median);
    habit->deviation = MAD_FACTOR * middle(habit->values, habit->count);
    if (habit->deviation < DEVIATION_MIN)
        habit->deviation = DEVIATION_MIN;
}

static void read_size(struct casefile *casefile, struct slice host, struct volume_log *log)
{
    struct query query;
    verdict_query(&query, casefile,
                  "SELECT count(*), count(DISTINCT source), count(DISTINCT slot),"
                  " sum(requests-sized) FROM taken WHERE what='volume' AND host=? AND family=?"
                  " AND sized>0",
                  host);
    query_bind_text(&query, slice_from(log->family->name));
    if (query_next(&query)) {
        log->sums = (uint64_t)query_int(&query, 0);
        log->sources = (uint64_t)query_int(&query, 1);
        log->days = (uint64_t)query_int(&query, 2);
        log->unsized = (uint64_t)query_int(&query, 3);
    }
    query_close(&query);
    log->enough = log->sources >= VOLUME_SOURCES_MIN;
}

static bool is_intruder(struct casefile *casefile, struct slice host, struct slice source)
{
    struct query query;
    verdict_query(
        &query, casefile,
        "SELECT 1 FROM finding WHERE host=? AND source=? AND " BY_SOURCE(
            "") " AND"
                " stage IN ('reach','abuse','plant','answer','spread') AND outcome='success'"
                " AND NOT own_probe AND NOT silent LIMIT 1",
        host);
    query_bind_text(&query, source);
    bool intruder = query_next(&query);
    query_close(&query);
    return intruder;
}

/* The same bytes stand in HttpProxy, in EWS and in IIS: once is enough. */
static bool is_told(const struct volume_report *report, const struct volume_log *log,
                    struct slice source, int64_t day)
{
    for (const struct volume_log *other = report->logs; other < log; other++)
        for (size_t i = 0; i < other->line_count; i++)
            if (other->lines[i].day == day && slice_eq(other->lines[i].source, source))
                return true;
    return false;
}

static void read_lines(struct casefile *casefile, struct arena *arena, struct slice host,
                       const struct volume_report *report, struct volume_log *log,
                       const struct habit *habit)
{
    struct query query;
    verdict_query(&query, casefile,
                  "SELECT t.source, t.slot, t.bytes, t.requests, i.path, t.offset"
                  " FROM taken t JOIN item i ON i.id=t.item WHERE t.what='volume' AND t.host=? "
                  "AND t.family=? AND t.bytes>=?"
                  " ORDER BY t.bytes DESC, t.source, t.slot",
                  host);
    query_bind_text(&query, slice_from(log->family->name));
    query_bind_int(&query, (int64_t)VOLUME_BYTES_MIN);
    while (query_next(&query)) {
        uint64_t bytes = (uint64_t)query_int(&query, 2);
        double score = (magnitude(bytes) - habit->median) / habit->deviation;
        if (score < VOLUME_SCORE_MIN || bytes / VOLUME_TIMES_MIN < log->median)
            break; /* later ones are smaller */
        int64_t day = query_int(&query, 1);
        day = day > -100000 && day < 10000000 ? day * MS_PER_DAY : TIME_NONE;
        if (is_told(report, log, query_text(&query, 0), day)) {
            log->told_before++;
            continue;
        }
        if (log->line_count == VOLUME_LINES_MAX) {
            log->lines_left_out++;
            continue;
        }
        struct volume_line *line = &log->lines[log->line_count++];
        *line = (struct volume_line){ .source = arena_copy(arena, query_text(&query, 0)),
                                      .day = day,
                                      .bytes = bytes,
                                      .requests = (uint64_t)query_int(&query, 3),
                                      .score = score,
                                      .proof = { arena_copy(arena, query_text(&query, 4)),
                                                 (uint64_t)query_int(&query, 5), SLICE_NULL },
                                      .intruder =
                                          is_intruder(casefile, host, query_text(&query, 0)) };
    }
    query_close(&query);
}

void volumes_read(struct casefile *casefile, struct arena *arena, struct slice host,
                  struct volume_report *out)
{
    *out = (struct volume_report){ .looked = false };
    out->looked = verdict_count(casefile,
                                "SELECT EXISTS(SELECT 1 FROM taken WHERE what='volume' AND"
                                " host=?)",
                                host) > 0;
    for (size_t i = 0; out->looked && i < VOLUME_LOGS_MAX; i++) {
        struct volume_log *log = &out->logs[out->log_count];
        struct habit habit = { 0 };
        *log = (struct volume_log){ .family = family_get(logs[i]) };
        read_size(casefile, host, log);
        if (log->sums == 0)
            continue;
        out->log_count++;
        read_habit(casefile, host, log, &habit);
        if (log->enough)
            read_lines(casefile, arena, host, out, log, &habit);
        free(habit.values);
    }
}
