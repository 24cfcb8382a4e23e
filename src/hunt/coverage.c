#include "hunt/coverage.h"

#include <stdlib.h>

#include "base/mask.h"
#include "base/word.h"
#include "casefile/record.h"
#include "events/event.h"

#define HOSTS_MAX 64      /* hosts told apart in one item */
#define INTERVALS_MAX 512 /* of one item; beyond that, gaps inside the item are not told */
#define HOUR_PREFIX 13    /* "2021-03-03 06", "2021-03-03T06" */
#define TIME_LENGTH 19    /* a row that is cut inside its time has none */

struct interval {
    const struct family *family;
    struct slice host; /* lower case, first label; absent when rows name none */
    int64_t from, to;
    uint64_t events;
};

struct track { /* the running interval of one host and family */
    const struct family *family;
    struct slice cell; /* the host as the rows write it */
    size_t interval;
    char hour[HOUR_PREFIX]; /* of the last row whose time was parsed */
    bool has_hour;
    struct slice last_row; /* in the hour, not parsed yet; absent when there is none */
};

struct coverage {
    struct arena arena;
    int64_t since, until;
    bool overflowed;
    size_t track_count;
    struct track tracks[HOSTS_MAX];
    size_t interval_count;
    struct interval intervals[INTERVALS_MAX];
};

struct coverage *coverage_new(int64_t since, int64_t until)
{
    struct coverage *coverage = mem_alloc(sizeof *coverage);
    coverage->since = since;
    coverage->until = until;
    return coverage;
}

void coverage_free(struct coverage *coverage)
{
    if (!coverage)
        return;
    arena_deinit(&coverage->arena);
    free(coverage);
}

static struct slice host_name(struct arena *arena, struct slice cell)
{
    cell = slice_trim(cell);
    cell = slice_first(cell, slice_find_char(cell, '.'));
    if (!cell.len)
        return SLICE_NULL;
    char *name = arena_alloc(arena, cell.len);
    for (size_t i = 0; i < cell.len; i++)
        name[i] = ascii_lower(cell.ptr[i]);
    return slice_of(name, cell.len);
}

static size_t interval_new(struct coverage *coverage, const struct family *family,
                           struct slice host)
{
    struct interval *interval = &coverage->intervals[coverage->interval_count];
    *interval = (struct interval){ family, host, TIME_NONE, TIME_NONE, 0 };
    return coverage->interval_count++;
}

/* The track of a host, made when it is new. The last place serves all hosts beyond HOSTS_MAX.
 */
static struct track *track_for(struct coverage *coverage, const struct family *family,
                               struct slice cell)
{
    for (size_t i = 0; i < coverage->track_count; i++)
        if (coverage->tracks[i].family == family && slice_eq(coverage->tracks[i].cell, cell))
            return &coverage->tracks[i];
    if (coverage->track_count == HOSTS_MAX || coverage->interval_count == INTERVALS_MAX) {
        coverage->overflowed = true;
        return &coverage->tracks[coverage->track_count - 1];
    }
    struct track *track = &coverage->tracks[coverage->track_count++];
    *track = (struct track){ .family = family, .cell = arena_copy(&coverage->arena, cell) };
    track->interval = interval_new(coverage, family, host_name(&coverage->arena, cell));
    return track;
}

static bool is_gap(const struct interval *interval, int64_t time)
{
    int64_t gap = interval->family->gap_hours * MS_PER_HOUR;
    if (interval->from == TIME_NONE || gap == 0)
        return false;
    return time > interval->to + gap || time < interval->from - gap;
}

static void extend(struct coverage *coverage, struct track *track, int64_t time)
{
    struct interval *interval = &coverage->intervals[track->interval];
    if (time == TIME_NONE)
        return;
    if (is_gap(interval, time) && coverage->interval_count < INTERVALS_MAX - HOSTS_MAX) {
        track->interval = interval_new(coverage, interval->family, interval->host);
        interval = &coverage->intervals[track->interval];
    }
    if (interval->from == TIME_NONE || time < interval->from)
        interval->from = time;
    if (interval->to == TIME_NONE || time > interval->to)
        interval->to = time;
}

static void settle(struct coverage *coverage, struct track *track, const struct run *run)
{
    if (track->last_row.ptr)
        extend(coverage, track, row_time(run->schema, track->last_row, run->day));
    track->last_row = SLICE_NULL;
}

/* Rows that start with their full time can be compared by their first 13 bytes. */
static bool time_leads(const struct schema *schema)
{
    if (schema->family->format == FORMAT_W3C)
        return schema->role[ROLE_DATE] == 0 && schema->role[ROLE_TIME] == 1;
    return schema->role[ROLE_TIME] == 0;
}

static bool outside(const struct coverage *coverage, int64_t time)
{
    if (time == TIME_NONE)
        return false;
    return (coverage->since != TIME_NONE && time < coverage->since) ||
           (coverage->until != TIME_NONE && time > coverage->until);
}

static void add_row_exactly(struct coverage *coverage, struct track *track, struct slice row,
                            const struct run *run)
{
    int64_t time = row_time(run->schema, row, run->day);
    if (outside(coverage, time))
        return;
    extend(coverage, track, time);
    coverage->intervals[track->interval].events++;
}

/* The two hold at least TIME_LENGTH and HOUR_PREFIX bytes. */
static bool same_hour(const char *row, const char *hour)
{
    enum { SECOND = HOUR_PREFIX - 8 }; /* two words that overlap */
    return load_64(row) == load_64(hour) && load_64(row + SECOND) == load_64(hour + SECOND);
}

static void add_row_by_hour(struct coverage *coverage, struct track *track, struct slice row,
                            const struct run *run)
{
    if (track->has_hour && row.len >= TIME_LENGTH && same_hour(row.ptr, track->hour)) {
        track->last_row = row;
        coverage->intervals[track->interval].events++;
        return;
    }
    settle(coverage, track, run);
    add_row_exactly(coverage, track, row, run);
    track->has_hour = row.len > HOUR_PREFIX && ascii_is_digit(row.ptr[0]);
    if (track->has_hour)
        memcpy(track->hour, row.ptr, HOUR_PREFIX);
}

static struct slice host_cell(const struct run *run, struct slice row, struct arena *scratch)
{
    struct slice cell;
    size_t column = run->schema->role[ROLE_HOST];
    if (column == COLUMN_NONE)
        return SLICE_LIT("");
    if (!row_peek_cell(run->schema, row, column, &cell)) {
        AUTO_FREE struct event *event = mem_alloc(sizeof *event);
        event_split(event, run->schema, row, run->day, scratch);
        cell = event_cell(event, column);
    }
    return cell.ptr ? cell : SLICE_LIT("");
}

static bool is_of_track(const struct track *track, const struct run *run, struct slice cell)
{
    return track && track->family == run->schema->family && track->cell.len == cell.len &&
           memcmp(track->cell.ptr, cell.ptr, cell.len) == 0;
}

static uint64_t count_rows(struct slice text)
{
    struct places newlines = places_of(text, '\n');
    uint64_t rows = 0;
    for (size_t start = 0; start < text.len; rows++)
        start = places_next(&newlines) + 1;
    return rows;
}

static uint64_t add_rows(struct coverage *coverage, const struct run *run,
                         struct arena *scratch)
{
    struct places newlines = places_of(run->text, '\n');
    struct track *track = NULL;
    bool by_hour =
        time_leads(run->schema) && coverage->since == TIME_NONE && coverage->until == TIME_NONE;
    uint64_t rows = 0;
    for (size_t start = 0, end; start < run->text.len; start = end + 1, rows++) {
        end = places_next(&newlines);
        struct slice row = slice_of(run->text.ptr + start, end - start);
        struct slice cell = host_cell(run, row, scratch);
        if (!is_of_track(track, run, cell)) {
            if (track)
                settle(coverage, track, run);
            track = track_for(coverage, run->schema->family, cell);
        }
        if (by_hour)
            add_row_by_hour(coverage, track, row, run);
        else
            add_row_exactly(coverage, track, row, run);
    }
    if (track)
        settle(coverage, track, run);
    return rows;
}

uint64_t coverage_add_run(struct coverage *coverage, const struct run *run)
{
    struct arena scratch = ARENA_INIT;
    uint64_t rows =
        run->schema->hits_only ? count_rows(run->text) : add_rows(coverage, run, &scratch);
    arena_deinit(&scratch);
    return rows;
}

void coverage_add_event(struct coverage *coverage, const struct family *family,
                        struct slice host, int64_t time)
{
    if (outside(coverage, time))
        return;
    struct track *track = track_for(coverage, family, host.ptr ? host : slice_from(""));
    extend(coverage, track, time);
    coverage->intervals[track->interval].events++;
}

bool coverage_overflowed(const struct coverage *coverage)
{
    return coverage->overflowed;
}

void coverage_flush(struct coverage *coverage, struct buf *out)
{
    for (size_t i = 0; i < coverage->interval_count; i++) {
        const struct interval *interval = &coverage->intervals[i];
        struct coverage_part part = { interval->host, interval->family->id, interval->from,
                                      interval->to, interval->events };
        if (part.events)
            record_put_coverage(out, &part);
    }
    coverage->track_count = coverage->interval_count = 0;
    coverage->overflowed = false;
    arena_reset(&coverage->arena);
}
