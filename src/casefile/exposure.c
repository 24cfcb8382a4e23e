#include "casefile/exposure.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "casefile/verdict_internal.h"

void exposure_add_build(struct casefile *casefile, uint64_t item, const struct build_note *note)
{
    struct query query;
    char text[BUILD_TEXT_SIZE];
    query_open(&query, casefile,
               "INSERT INTO host_build(item,host,build,source,seen,last,offset,last_offset)"
               " VALUES(?,?,?,?,?,?,?,?)");
    query_bind_int(&query, (int64_t)item);
    query_bind_text(&query, note->host);
    query_bind_text(&query, slice_from(builds_text(note->build, text)));
    query_bind_text(&query, slice_from(build_source_name(note->source)));
    query_bind_time(&query, note->from);
    query_bind_time(&query, note->to);
    query_bind_int(&query, (int64_t)note->offset);
    query_bind_int(&query, (int64_t)note->last_offset);
    query_run(&query);
    query_close(&query);
}

size_t exposure_hosts(struct casefile *casefile, struct arena *arena, struct slice **out)
{
    struct query query;
    struct slice *hosts;
    size_t count = verdict_hosts(casefile, arena, &hosts);
    size_t most =
        count + (size_t)casefile_count(casefile, "SELECT count(DISTINCT host) FROM host_build");
    *out = arena_array(arena, most + 1, sizeof **out);
    if (count)
        memcpy(*out, hosts, count * sizeof *hosts);
    query_open(&query, casefile,
               "SELECT DISTINCT host FROM host_build WHERE host IS NOT NULL AND host NOT IN"
               " (SELECT host FROM coverage WHERE host IS NOT NULL UNION SELECT host FROM"
               " finding WHERE host IS NOT NULL UNION SELECT host FROM page WHERE host IS NOT"
               " NULL AND (served OR class<>'none' OR matches)) ORDER BY 1");
    while (count < most && query_next(&query))
        (*out)[count++] = arena_copy(arena, query_text(&query, 0));
    query_close(&query);
    return count;
}

/* ---- sightings ---- */

struct sighting {
    struct build build;
    enum build_source source;
    int64_t from, to;
    struct proof first, last;
};

#define SIGHTING_SQL                                                                           \
    "SELECT b.build, b.source, b.seen, b.last, i.path, b.offset, b.last_offset FROM"           \
    " host_build b JOIN item i ON i.id=b.item WHERE b.host=? AND "

/* "(build 15.1.2106.13)" stands for the row, which the case does not keep. */
static struct proof proof_of(struct arena *arena, struct slice path, int64_t offset,
                             struct build build)
{
    char text[BUILD_TEXT_SIZE], row[BUILD_TEXT_SIZE + 16];
    int len = snprintf(row, sizeof row, "(build %s)", builds_text(build, text));
    return (struct proof){ path, (uint64_t)offset,
                           arena_copy(arena, slice_of(row, (size_t)len)) };
}

/* False: the case was tampered with. Proofs are made when they are needed. */
static bool read_sighting(struct query *query, struct sighting *out)
{
    *out = (struct sighting){ .source = build_source_by_name(query_text(query, 1)),
                              .from = query_time(query, 2),
                              .to = query_time(query, 3) };
    return out->source < BUILD_SOURCES && builds_parse(query_text(query, 0), &out->build);
}

static void read_proofs(struct query *query, struct arena *arena, struct sighting *out)
{
    struct slice path = arena_copy(arena, query_text(query, 4));
    out->first = proof_of(arena, path, query_int(query, 5), out->build);
    out->last = proof_of(arena, path, query_int(query, 6), out->build);
}

/* ---- the line of time ---- */

struct span {
    int64_t from, to; /* TIME_NONE: nothing */
};

static struct span span_of(struct casefile *casefile, const char *sql, struct slice host)
{
    struct query query;
    struct span span = { TIME_NONE, TIME_NONE };
    verdict_query(&query, casefile, sql, host);
    if (query_next(&query))
        span = (struct span){ query_time(&query, 0), query_time(&query, 1) };
    query_close(&query);
    return span;
}

struct line { /* while it is built */
    const struct builds *builds;
    struct exposure *out;
    struct span columns, rows; /* the time for which better sources speak */
};

/*
 * The same build again: its stretch goes on, unless another one lies between. Files of several
 * services overlap in time, so not only the last stretch counts.
 */
static struct exposure_build *stretch_of(struct exposure *out, const struct sighting *s)
{
    for (size_t i = out->build_count; i-- > 0;) {
        struct exposure_build *known = &out->timeline[i];
        bool goes_on = i + 1 == out->build_count || s->from <= known->to;
        if (goes_on && builds_compare(known->facts.build, s->build) == 0)
            return known;
    }
    return NULL;
}

static void lengthen(struct exposure_build *known, const struct sighting *s)
{
    if (s->source < known->source)
        known->source = s->source;
    if (s->to > known->to) {
        known->to = s->to;
        known->last = s->last;
    }
}

/* Sightings come in the order of their first rows. */
static void add_to_line(struct line *line, const struct sighting *s)
{
    struct exposure *out = line->out;
    struct exposure_build *known = stretch_of(out, s);
    if (known) {
        lengthen(known, s);
        return;
    }
    if (out->build_count == EXPOSURE_BUILDS_MAX) {
        out->builds_left_out++;
        return;
    }
    struct exposure_build *added = &out->timeline[out->build_count];
    *added = (struct exposure_build){ .source = s->source, .from = s->from, .to = s->to };
    added->first = s->first;
    added->last = s->last;
    if (builds_describe(line->builds, s->build, &added->facts))
        out->build_count++;
}

/* Does a better source speak for all of this time? If not, *s is cut to what it does not. */
static bool is_spoken_for(const struct span *span, struct sighting *s)
{
    if (span->from == TIME_NONE || s->to < span->from || s->from > span->to)
        return false;
    if (s->from < span->from) {
        s->to = span->from - 1;
        s->last = s->first;
        return false;
    }
    if (s->to > span->to) {
        s->from = span->to + 1;
        s->first = s->last;
        return false;
    }
    return true;
}

/*
 * What browsers ask for says little: they go on with the old build for a while, and the folder
 * of a build may stay. So only known builds count, and none lower than before.
 */
static bool is_stale(const struct line *line, const struct sighting *s)
{
    struct build_facts facts;
    const struct exposure *out = line->out;
    if (!builds_describe(line->builds, s->build, &facts) || !facts.row ||
        facts.basis == BASIS_DERIVED)
        return true;
    for (size_t i = 0; i < out->build_count; i++) {
        bool before = out->timeline[i].from <= s->from;
        if (before && builds_compare(out->timeline[i].facts.build, s->build) > 0)
            return true;
    }
    return false;
}

static bool is_wanted(struct line *line, struct sighting *s)
{
    switch (s->source) {
    case BUILD_OF_COLUMNS:
        return true;
    case BUILD_OF_ECP:
    case BUILD_OF_HEADER:
    case BUILD_OF_AUDIT:
        return !is_spoken_for(&line->columns, s);
    case BUILD_OF_PATH:
    case BUILD_OF_INTEGER:
        return !is_spoken_for(&line->rows, s) && !is_stale(line, s);
    default:
        return false;
    }
}

#define SPAN_SQL "SELECT min(seen), max(last) FROM host_build WHERE host=? AND source IN "

static int by_time(const void *a, const void *b)
{
    const struct exposure_build *x = a, *y = b;
    return x->from == y->from  ? builds_compare(x->facts.build, y->facts.build)
           : x->from < y->from ? -1
                               : 1;
}

static void read_line(struct casefile *casefile, struct arena *arena, struct exposure *out)
{
    struct query query;
    struct line line = { out->builds, out, span_of(casefile, SPAN_SQL "('columns')", out->host),
                         span_of(casefile, SPAN_SQL "('columns','ecp','header','audit')",
                                 out->host) };
    verdict_query(&query, casefile,
                  SIGHTING_SQL "b.seen IS NOT NULL ORDER BY b.seen, b.last, b.item, b.offset",
                  out->host);
    while (query_next(&query)) {
        struct sighting s;
        if (!read_sighting(&query, &s))
            continue;
        read_proofs(&query, arena, &s);
        if (is_wanted(&line, &s))
            add_to_line(&line, &s);
    }
    query_close(&query);
    if (out->build_count)
        qsort(out->timeline, out->build_count, sizeof *out->timeline, by_time);
}

/* ---- what is installed ---- */

/* Programs and folders have no time. Calls `use` for each build of a source once. */
static void each_untimed(struct casefile *casefile, struct arena *arena, struct exposure *out,
                         const char *sql,
                         void (*use)(struct exposure *out, const struct sighting *s))
{
    struct query query;
    verdict_query(&query, casefile, sql, out->host);
    while (query_next(&query)) {
        struct sighting s;
        if (!read_sighting(&query, &s))
            continue;
        read_proofs(&query, arena, &s);
        use(out, &s);
    }
    query_close(&query);
}

/* Several copies: the newest, by its build, is told; the others are folders' business. */
static void use_setup(struct exposure *out, const struct sighting *s)
{
    struct exposure_build *installed = &out->timeline[EXPOSURE_BUILDS_MAX];
    if (out->installed && builds_compare(s->build, installed->facts.build) <= 0)
        return;
    *installed =
        (struct exposure_build){ .source = s->source, .from = TIME_NONE, .to = TIME_NONE };
    installed->first = installed->last = s->first;
    if (builds_describe(out->builds, s->build, &installed->facts))
        out->installed = installed;
}

static void add_conflict(struct exposure *out, const struct exposure_conflict *conflict)
{
    if (out->conflict_count < EXPOSURE_OTHERS_MAX)
        out->conflicts[out->conflict_count++] = *conflict;
}

/* An update leaves programs as they are that it does not change, so older ones say nothing. */
static void use_program(struct exposure *out, const struct sighting *s)
{
    const struct exposure_build *setup = out->installed;
    if (!setup || builds_compare(s->build, setup->facts.build) <= 0)
        return;
    for (size_t i = 0; i < out->conflict_count; i++)
        if (builds_compare(out->conflicts[i].other, s->build) == 0)
            return;
    struct exposure_conflict conflict = { MIX_PROGRAM_NEWER, setup->facts.build, s->build,
                                          setup->first, s->first };
    add_conflict(out, &conflict);
}

static void add_trace(struct exposure_trace *list, size_t *count, struct build build,
                      struct proof proof)
{
    for (size_t i = 0; i < *count; i++)
        if (builds_compare(list[i].build, build) == 0)
            return;
    if (*count < EXPOSURE_OTHERS_MAX)
        list[(*count)++] = (struct exposure_trace){ build, proof };
}

static void use_folder(struct exposure *out, const struct sighting *s)
{
    struct build_facts facts;
    if (builds_describe(out->builds, s->build, &facts) && facts.row)
        add_trace(out->folders, &out->folder_count, s->build, s->first);
}

static void read_untimed(struct casefile *casefile, struct arena *arena, struct exposure *out)
{
    each_untimed(casefile, arena, out, SIGHTING_SQL "b.source='exsetup' ORDER BY b.item",
                 use_setup);
    each_untimed(casefile, arena, out,
                 SIGHTING_SQL "b.source='program' GROUP BY b.build ORDER BY b.item",
                 use_program);
    each_untimed(casefile, arena, out,
                 SIGHTING_SQL "b.source='folder' GROUP BY b.build ORDER BY b.item", use_folder);
}

#define OVERLAP_MS MS_PER_HOUR /* services restart one after the other */

static void find_conflicts(struct exposure *out)
{
    const struct exposure_build *setup = out->installed;
    const struct exposure_build *last =
        out->build_count ? &out->timeline[out->build_count - 1] : NULL;
    for (size_t i = 0; i + 1 < out->build_count; i++) {
        const struct exposure_build *a = &out->timeline[i], *b = a + 1;
        struct exposure_conflict conflict = { MIX_OVERLAP, a->facts.build, b->facts.build,
                                              a->last, b->first };
        if (a->to - b->from > OVERLAP_MS && b->to - b->from > OVERLAP_MS)
            add_conflict(out, &conflict);
    }
    if (!setup || !last || last->facts.basis == BASIS_CU)
        return;
    int order = builds_compare(last->facts.build, setup->facts.build);
    struct exposure_conflict conflict = { order > 0 ? MIX_SETUP_OLDER : MIX_SETUP_NEWER,
                                          setup->facts.build, last->facts.build, setup->first,
                                          last->last };
    if (order)
        add_conflict(out, &conflict);
}

/* ---- intervals ---- */

static bool is_safe(enum patch_code code)
{
    return code == PATCH_FIXED || code == PATCH_CONFIGURE || code == PATCH_NOT_AFFECTED;
}

static void add_vulnerable(struct exposure_cve *cve, const struct exposure_build *build,
                           bool *open, bool fixed_before)
{
    if (!*open) {
        struct exposure_interval *added = &cve->intervals[cve->interval_count++];
        *added = (struct exposure_interval){ .from = build->from,
                                             .to = build->to,
                                             .until = TIME_NONE,
                                             .began_fixed = fixed_before };
        added->first = build->first;
        added->last = build->last;
        *open = true;
        return;
    }
    struct exposure_interval *interval = &cve->intervals[cve->interval_count - 1];
    if (build->to > interval->to) {
        interval->to = build->to;
        interval->last = build->last;
    }
}

static void read_intervals(struct arena *arena, const struct exposure *out, size_t index,
                           struct exposure_cve *cve)
{
    bool open = false, fixed_before = false;
    cve->intervals = arena_array(arena, out->build_count + 1, sizeof *cve->intervals);
    for (size_t i = 0; i < out->build_count; i++) {
        const struct exposure_build *build = &out->timeline[i];
        enum patch_code code = build->facts.codes[index];
        if (code == PATCH_VULNERABLE)
            add_vulnerable(cve, build, &open, fixed_before);
        if (!is_safe(code))
            continue;
        if (open) {
            struct exposure_interval *interval = &cve->intervals[cve->interval_count - 1];
            interval->until = build->from;
            interval->fixed = build->first;
        }
        open = false;
        fixed_before = true;
    }
}

/* ---- against the coverage ---- */

/* To where does the line cover without a gap from `time` on? TIME_NONE: it does not. */
static int64_t covered_to(const struct coverage_line *line, int64_t time)
{
    if (line->from == TIME_NONE || time < line->from || time > line->to)
        return TIME_NONE;
    int64_t to = line->to;
    for (size_t i = 0; i < line->gap_count; i++) {
        if (time > line->gaps[i].from && time < line->gaps[i].to)
            return TIME_NONE;
        if (line->gaps[i].from >= time && line->gaps[i].from < to)
            to = line->gaps[i].from;
    }
    return to;
}

/* Where does the line cover again at or behind `time`? TIME_NONE: nowhere. */
static int64_t covered_next(const struct coverage_line *line, int64_t time)
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

static bool shows(const struct coverage_line *line, const struct cve *cve)
{
    for (size_t i = 0; i < CVE_FAMILIES_MAX && cve->shown_by[i] != FAMILY_NONE; i++)
        if (line->family->id == cve->shown_by[i])
            return true;
    return false;
}

/* How much of the time no log covers that could show the CVE. */
static int64_t unwatched(const struct host_verdict *v, const struct cve *cve, int64_t from,
                         int64_t to)
{
    int64_t missing = 0;
    for (int64_t at = from; at < to;) {
        int64_t end = TIME_NONE, next = to;
        for (size_t i = 0; i < v->coverage_count; i++) {
            if (!shows(&v->coverage[i], cve))
                continue;
            int64_t covered = covered_to(&v->coverage[i], at);
            int64_t again = covered_next(&v->coverage[i], at);
            end = covered != TIME_NONE && covered > end ? covered : end;
            next = again != TIME_NONE && again < next ? again : next;
        }
        if (end == TIME_NONE || end <= at)
            missing += (next > at ? next : at + 1) - at;
        at = end != TIME_NONE && end > at ? end : next > at ? next : at + 1;
    }
    return missing;
}

static void read_watch(const struct host_verdict *v, struct exposure_cve *cve)
{
    for (size_t i = 0; i < v->coverage_count; i++)
        cve->decidable |= v->coverage[i].events && shows(&v->coverage[i], cve->cve);
    for (size_t i = 0; i < cve->interval_count; i++)
        cve->unwatched_ms +=
            unwatched(v, cve->cve, cve->intervals[i].from, cve->intervals[i].to);
}

/* ---- against the findings ---- */

static enum patch_code code_at(const struct exposure *out, size_t index, int64_t time)
{
    enum patch_code code = PATCH_UNKNOWN;
    for (size_t i = 0; i < out->build_count; i++)
        if (out->timeline[i].from <= time && time <= out->timeline[i].to)
            code = out->timeline[i].facts.codes[index];
    return code;
}

static void note_use(struct exposure *out, size_t index, int64_t time, struct proof proof)
{
    struct exposure_cve *cve = &out->cves[index];
    if (cve->first_used != TIME_NONE && cve->first_used <= time)
        return;
    cve->first_used = time;
    cve->used = proof;
    cve->when_used = code_at(out, index, time);
}

/* The first finding of each rule that names CVEs. */
static void read_uses(struct casefile *casefile, struct arena *arena, struct exposure *out)
{
    struct query query;
    verdict_query(&query, casefile,
                  "SELECT min(f.time), r.tags, i.path, f.offset, e.row FROM finding f JOIN rule"
                  " r ON r.id=f.rule JOIN item i ON i.id=f.item LEFT JOIN event e ON"
                  " e.id=f.event WHERE f.host=? AND f.grade>=? AND NOT f.own_probe AND NOT"
                  " f.silent AND f.time IS NOT NULL AND r.tags LIKE '%cve.%' GROUP BY f.rule",
                  out->host);
    query_bind_int(&query, GRADE_E2);
    while (query_next(&query)) {
        struct slice tags = query_text(&query, 1);
        struct proof proof = verdict_proof(&query, arena, 2);
        while (tags.ptr) {
            struct slice tag = slice_cut(&tags, ' '), prefix = SLICE_LIT("cve.");
            size_t index = CVE_COUNT;
            if (slice_icase_starts(tag, prefix))
                index = cve_find(slice_from_offset(tag, prefix.len));
            if (index < CVE_COUNT)
                note_use(out, index, query_time(&query, 0), proof);
        }
    }
    query_close(&query);
}

/* ---- versions that exploits claim ---- */

#define CLAIM_ROWS_MAX 2000 /* findings whose rows are searched */

/* "~1942062522" behind a name: an integer of ten digits that is a build. */
static void find_claims(struct exposure *out, struct slice row, struct proof proof)
{
    for (size_t i = 0; i + 11 <= row.len; i++) {
        uint64_t number;
        struct build build;
        if (row.ptr[i] != '~' || (i + 11 < row.len && ascii_is_digit(row.ptr[i + 11])) ||
            !slice_to_u64(slice_of(row.ptr + i + 1, 10), &number) ||
            !builds_from_integer(number, &build))
            continue;
        bool own = false;
        for (size_t b = 0; b < out->build_count; b++)
            own |= builds_same_cu(build, out->timeline[b].facts.build);
        if (out->installed)
            own |= builds_same_cu(build, out->installed->facts.build);
        if (!own)
            add_trace(out->claims, &out->claim_count, build, proof);
    }
}

static void read_claims(struct casefile *casefile, struct arena *arena, struct exposure *out)
{
    struct query query;
    if (!out->now)
        return;
    query_open(&query, casefile,
               "SELECT i.path, f.offset, e.row FROM finding f JOIN item i ON i.id=f.item JOIN"
               " event e ON e.id=f.event WHERE f.host=? AND f.grade>=? AND NOT f.own_probe AND"
               " NOT f.silent AND e.row LIKE '%~19%' ORDER BY f.time LIMIT ?");
    query_bind_text(&query, out->host);
    query_bind_int(&query, GRADE_E1);
    query_bind_int(&query, CLAIM_ROWS_MAX);
    while (query_next(&query) && out->claim_count < EXPOSURE_OTHERS_MAX) {
        size_t before = out->claim_count;
        find_claims(out, query_text(&query, 2), (struct proof){ .path = SLICE_NULL });
        if (out->claim_count > before) {
            struct proof proof = verdict_proof(&query, arena, 0);
            for (size_t i = before; i < out->claim_count; i++)
                out->claims[i].proof = proof;
        }
    }
    query_close(&query);
}

/* ---- all of it ---- */

static void read_cves(struct casefile *casefile, struct arena *arena, struct exposure *out)
{
    struct host_verdict *v = arena_alloc(arena, sizeof *v);
    v->host = out->host;
    verdict_read_coverage(casefile, arena, v);
    for (size_t i = 0; i < CVE_COUNT; i++) {
        struct exposure_cve *cve = &out->cves[i];
        cve->cve = &cve_table[i];
        cve->first_used = TIME_NONE;
        if (out->now) {
            cve->now = out->now->facts.codes[i];
            cve->disputed = out->now->facts.disputed[i];
            cve->fix = builds_fix(out->builds, out->now->facts.build, i);
        }
        read_intervals(arena, out, i, cve);
        read_watch(v, cve);
    }
}

void exposure_read(struct casefile *casefile, struct arena *arena, struct slice host,
                   struct exposure *out)
{
    *out = (struct exposure){ .host = host, .builds = builds_load(arena) };
    /* One more than the limit: the place of what is installed. */
    out->timeline = arena_array(arena, EXPOSURE_BUILDS_MAX + 1, sizeof *out->timeline);
    read_line(casefile, arena, out);
    read_untimed(casefile, arena, out);
    find_conflicts(out);
    out->now = out->installed     ? out->installed
               : out->build_count ? &out->timeline[out->build_count - 1]
                                  : NULL;
    read_cves(casefile, arena, out);
    read_uses(casefile, arena, out);
    read_claims(casefile, arena, out);
}

size_t exposure_count(const struct exposure *exposure, enum patch_code code)
{
    size_t count = 0;
    for (size_t i = 0; exposure->now && i < CVE_COUNT; i++)
        count += exposure->cves[i].now == code;
    return count;
}

const struct exposure_interval *exposure_patched(const struct exposure_cve *cve)
{
    for (size_t i = cve->interval_count; i-- > 0;)
        if (cve->intervals[i].until != TIME_NONE)
            return &cve->intervals[i];
    return NULL;
}
