#include "casefile/taken.h"

#include <stdlib.h>

#include "casefile/verdict_internal.h"

#define NEAR_MS (INT64_C(120) * MS_PER_SECOND) /* a command this near to an exploit step */
#define TWIN_MS (INT64_C(10) * MS_PER_SECOND)  /* the same command in two logs */
#define MERGED_MAX 20000                       /* sums of intruders that are looked at */

/* What is known of the host before its rows are read. */
struct scene {
    struct casefile *casefile;
    struct arena *arena;
    struct slice host;
    enum grade grade;
    int64_t since; /* first success of anybody; TIME_NONE: none */
    struct taken_report *out;
};

static struct taken_line *add_line(struct scene *scene)
{
    struct taken_report *out = scene->out;
    if (out->line_count == TAKEN_LINES_MAX) {
        out->lines_left_out++;
        return NULL;
    }
    struct taken_line *line = &out->lines[out->line_count++];
    *line = (struct taken_line){ .first = TIME_NONE, .last = TIME_NONE };
    return line;
}

static void add_family(struct taken_line *line, enum family_id family)
{
    for (size_t i = 0; i < line->family_count; i++)
        if (line->families[i] == family)
            return;
    if (line->family_count < TAKEN_FAMILIES_MAX)
        line->families[line->family_count++] = family;
}

static void extend(struct taken_line *line, int64_t first, int64_t last)
{
    if (first != TIME_NONE && (line->first == TIME_NONE || first < line->first))
        line->first = first;
    if (last != TIME_NONE && (line->last == TIME_NONE || last > line->last))
        line->last = last;
}

/* Were rows of the family read that lie behind the first success? */
static bool is_covered(const struct scene *scene, enum family_id family)
{
    struct query query;
    verdict_query(&query, scene->casefile,
                  "SELECT 1 FROM coverage WHERE host=? AND family=? AND events>0 AND"
                  " (time_to IS NULL OR time_to>=?) LIMIT 1",
                  scene->host);
    query_bind_text(&query, slice_from(family_get(family)->name));
    query_bind_int(&query, scene->since == TIME_NONE ? INT64_MIN : scene->since);
    bool covered = query_next(&query);
    query_close(&query);
    return covered;
}

/* ---- mail ---- */

/* The rows of one source and mailbox, while they are added up. */
struct sums {
    struct taken_line *line;
    uint64_t all[FAMILY_COUNT], surely[FAMILY_COUNT], requests[FAMILY_COUNT];
    enum mail_act act; /* the strongest */
};

static void add_operation(struct scene *scene, struct taken_line *line, struct slice name,
                          uint64_t requests)
{
    for (size_t i = 0; i < line->operation_count; i++)
        if (slice_icase_eq(line->operations[i].name, name)) {
            line->operations[i].requests += requests;
            return;
        }
    if (line->operation_count == TAKEN_OPERATIONS_MAX) {
        line->operations_left_out++;
        return;
    }
    line->operations[line->operation_count++] =
        (struct taken_operation){ arena_copy(scene->arena, name), requests };
}

/* Reading outweighs everything: it is what the line is about. */
static int weight(enum mail_act act)
{
    static const int weights[MAIL_ACT_COUNT] = {
        [MAIL_NONE] = 0,    [MAIL_ADDRESSES] = 1, [MAIL_LOOKED] = 2,
        [MAIL_REACHED] = 3, [MAIL_WRITTEN] = 4,   [MAIL_READ] = 5,
    };
    return weights[act];
}

/* Columns of SUM_COLUMNS. */
static void add_sum(struct scene *scene, struct sums *sums, struct query *query)
{
    const struct family *family = family_by_name(query_text(query, 2));
    struct taken_line *line = sums->line;
    enum mail_act act = mail_act_by_name(query_text(query, 4));
    uint64_t answered = (uint64_t)query_int(query, 8), bytes = (uint64_t)query_int(query, 9);
    if (!family || answered == 0)
        return;
    enum family_id id = family->id;
    sums->all[id] += bytes;
    sums->requests[id] += answered;
    if (act == MAIL_READ)
        sums->surely[id] += bytes;
    if (weight(act) > weight(sums->act))
        sums->act = act;
    line->sized |= query_int(query, 10) > 0;
    line->unsized |= (uint64_t)query_int(query, 10) < answered;
    int64_t first = query_time(query, 5);
    if (line->first == TIME_NONE || (first != TIME_NONE && first < line->first))
        line->proof = verdict_proof(query, scene->arena, 11);
    extend(line, first, query_time(query, 6));
    add_family(line, id);
    add_operation(scene, line, query_text(query, 3), answered);
}

#define IDENTITY_REQUESTS_MAX 20
#define IDENTITY_BYTES_MAX 200000

/* A session at a mailbox's service and nothing else: how the exploits learn whom to become. */
static bool is_identity_step(const struct taken_line *line)
{
    return !line->mailbox.len && line->operation_count == 1 &&
           slice_eq(line->operations[0].name, SLICE_LIT("mapi")) &&
           line->requests <= IDENTITY_REQUESTS_MAX && line->upper <= IDENTITY_BYTES_MAX;
}

static void finish_mail(struct sums *sums, bool shared)
{
    struct taken_line *line = sums->line;
    for (int i = 0; i < FAMILY_COUNT; i++) {
        if (sums->all[i] > line->upper)
            line->upper = sums->all[i];
        if (sums->surely[i] > line->lower)
            line->lower = sums->surely[i];
        if (sums->requests[i] > line->requests)
            line->requests = sums->requests[i];
    }
    line->kind = sums->act == MAIL_ADDRESSES ? TAKEN_KIND_ADDRESSES : TAKEN_KIND_MAIL;
    line->state =
        sums->act == MAIL_READ || sums->act == MAIL_WRITTEN ? TAKEN_PROVEN : TAKEN_POSSIBLE;
    line->because = line->state == TAKEN_PROVEN ? TAKEN_SHOWN
                    : sums->act == MAIL_LOOKED  ? TAKEN_LOOKED
                                                : TAKEN_NO_OPERATION;
    if (line->because == TAKEN_NO_OPERATION && is_identity_step(line))
        line->because = TAKEN_IDENTITY;
    if (shared) {
        line->state = TAKEN_POSSIBLE;
        line->because = TAKEN_SHARED;
        line->lower = 0;
    }
}

/* Did anybody read mail from this address before it attacked? Then others sit behind it. */
static bool is_shared(const struct scene *scene, struct slice source)
{
    struct query query;
    verdict_query(&query, scene->casefile,
                  "SELECT 1 FROM taken WHERE what='mail' AND host=? AND source=? AND slot=0"
                  " AND answered>0 AND subject<>'' LIMIT 1",
                  scene->host);
    query_bind_text(&query, source);
    bool shared = query_next(&query);
    query_close(&query);
    return shared;
}

#define SUM_COLUMNS                                                                            \
    "t.source, t.subject, t.family, t.operation, t.act, t.first, t.last, t.requests,"          \
    " t.answered, t.bytes, t.sized, i.path, t.offset, t.row, t.slot"
#define SUM_TABLES " FROM taken t JOIN item i ON i.id=t.item "

static void read_mail(struct scene *scene)
{
    struct query query;
    struct sums *sums = mem_alloc(sizeof *sums);
    bool shared = false;
    size_t rows = 0;
    verdict_query(&query, scene->casefile,
                  "SELECT " SUM_COLUMNS SUM_TABLES "WHERE t.what='mail' AND t.host=? AND"
                  " t.slot=1 AND t.answered>0 ORDER BY t.source, t.subject, t.first, t.family,"
                  " t.operation",
                  scene->host);
    while (query_next(&query) && rows++ < MERGED_MAX) {
        struct taken_line *line = sums->line;
        bool same = line && slice_eq(line->actor, query_text(&query, 0)) &&
                    slice_eq(line->mailbox, query_text(&query, 1));
        if (!same) {
            if (line)
                finish_mail(sums, shared);
            memset(sums, 0, sizeof *sums);
            shared = is_shared(scene, query_text(&query, 0));
            sums->line = add_line(scene);
            if (!sums->line)
                continue;
            sums->line->actor = arena_copy(scene->arena, query_text(&query, 0));
            sums->line->mailbox = arena_copy(scene->arena, query_text(&query, 1));
        }
        add_sum(scene, sums, &query);
    }
    if (sums->line)
        finish_mail(sums, shared);
    query_close(&query);
    free(sums);
}

/*
 * HttpProxy and IIS show the requests once more that EWS and MAPI name the operations of, but
 * rarely for which mailbox. Such a line tells nothing new; its bytes are an upper bound for the
 * source's others.
 */
static void fold_front_end(struct scene *scene)
{
    struct taken_report *out = scene->out;
    for (size_t i = 0; i < out->line_count; i++) {
        struct taken_line *line = &out->lines[i];
        bool vague = line->kind == TAKEN_KIND_MAIL && !line->mailbox.len &&
                     (line->because == TAKEN_NO_OPERATION || line->because == TAKEN_IDENTITY);
        struct taken_line *best = NULL;
        for (size_t j = 0; vague && j < out->line_count; j++) {
            struct taken_line *other = &out->lines[j];
            if (other->kind == TAKEN_KIND_MAIL && other->because == TAKEN_SHOWN &&
                slice_eq(other->actor, line->actor) && (!best || other->upper > best->upper))
                best = other;
        }
        if (!best)
            continue;
        if (line->upper > best->upper)
            best->upper = line->upper;
        for (size_t f = 0; f < line->family_count; f++)
            add_family(best, line->families[f]);
        memmove(line, line + 1, (out->line_count - i - 1) * sizeof *line);
        out->line_count--;
        i--;
    }
}

static void sum_up(struct scene *scene)
{
    for (size_t i = 0; i < scene->out->line_count; i++) {
        const struct taken_line *line = &scene->out->lines[i];
        if (line->kind != TAKEN_KIND_MAIL || line->because == TAKEN_IDENTITY)
            continue;
        scene->out->lower += line->lower;
        scene->out->upper += line->upper;
    }
}

/* ---- commands ---- */

/* Does a step of an intruder that worked stand next to it, or is the row such a step itself? */
static bool is_near_step(const struct scene *scene, int64_t time)
{
    struct query query;
    verdict_query(&query, scene->casefile,
                  "SELECT 1 FROM finding WHERE host=? AND stage IN ('reach','abuse','plant')"
                  " AND outcome='success' AND NOT own_probe AND NOT silent"
                  " AND time BETWEEN ? AND ? LIMIT 1",
                  scene->host);
    query_bind_int(&query, time - NEAR_MS);
    query_bind_int(&query, time + NEAR_MS);
    bool near = query_next(&query);
    query_close(&query);
    return near;
}

/* The same command stands in CmdletInfra, in the audit log and in the event log. */
static struct taken_line *same_deed(struct scene *scene, enum deed deed, struct slice cmdlet,
                                    int64_t time)
{
    struct taken_report *out = scene->out;
    for (size_t i = out->line_count; i > 0; i--) {
        struct taken_line *line = &out->lines[i - 1];
        if (line->kind == TAKEN_KIND_DEED && line->deed == deed &&
            slice_icase_eq(line->operations[0].name, cmdlet) && line->last != TIME_NONE &&
            time != TIME_NONE && time - line->last <= TWIN_MS)
            return line;
    }
    return NULL;
}

static void read_deed(struct scene *scene, struct query *query)
{
    enum deed deed = deed_by_name(query_text(query, 4));
    int64_t time = query_time(query, 5);
    const struct family *family = family_by_name(query_text(query, 2));
    if (deed == DEED_NONE || time == TIME_NONE || !family)
        return;
    if (query_int(query, 8) == 0) {
        scene->out->refused++;
        return;
    }
    if (time < scene->since - NEAR_MS)
        return; /* read_before() counts them */
    struct taken_line *line = same_deed(scene, deed, query_text(query, 3), time);
    bool seen_here = false;
    for (size_t i = 0; line && i < line->family_count; i++)
        seen_here |= line->families[i] == family->id;
    if (line && !seen_here) {
        add_family(line, family->id);
        return;
    }
    line = add_line(scene);
    if (!line)
        return;
    bool near = is_near_step(scene, time);
    line->kind = TAKEN_KIND_DEED;
    line->deed = deed;
    line->state = near ? TAKEN_PROVEN : TAKEN_POSSIBLE;
    line->because = near ? TAKEN_SHOWN : TAKEN_LATER;
    line->actor = arena_copy(scene->arena, query_text(query, 0));
    line->mailbox = arena_copy(scene->arena, query_text(query, 1));
    line->requests = 1;
    line->proof = verdict_proof(query, scene->arena, 11);
    extend(line, time, time);
    add_family(line, family->id);
    add_operation(scene, line, query_text(query, 3), 1);
}

/* Commands, not rows: one may stand in several logs. */
static void read_before(struct scene *scene)
{
    struct query query;
    verdict_query(&query, scene->casefile,
                  "SELECT count(*) FROM (SELECT DISTINCT act, operation, slot/10000 FROM taken"
                  " WHERE what='deed' AND host=? AND answered>0 AND slot<? AND source NOT LIKE"
                  " '%HealthMailbox%')",
                  scene->host);
    query_bind_int(&query, scene->since - NEAR_MS);
    if (query_next(&query))
        scene->out->before = (uint64_t)query_int(&query, 0);
    query_close(&query);
}

static void read_deeds(struct scene *scene)
{
    struct query query;
    size_t rows = 0;
    verdict_query(&query, scene->casefile,
                  "SELECT " SUM_COLUMNS SUM_TABLES "WHERE t.what='deed' AND t.host=?"
                  " AND t.source NOT LIKE '%HealthMailbox%'"
                  " ORDER BY t.first, t.family, t.item, t.offset",
                  scene->host);
    while (query_next(&query) && rows++ < MERGED_MAX)
        read_deed(scene, &query);
    query_close(&query);
}

/* ---- archives ---- */

/* Did the source get through, or use what was planted, on this host? */
static bool is_intruder(const struct scene *scene, struct slice source)
{
    struct query query;
    verdict_query(&query, scene->casefile,
                  "SELECT 1 FROM finding WHERE host=? AND source=? AND " BY_SOURCE(
                      "") " AND stage IN"
                          " ('reach','abuse','plant','answer','spread') AND outcome='success'"
                          " AND NOT own_probe AND NOT silent LIMIT 1",
                  scene->host);
    query_bind_text(&query, source);
    bool intruder = query_next(&query);
    query_close(&query);
    return intruder;
}

static void read_archive(struct scene *scene, struct query *query)
{
    const struct family *family = family_by_name(query_text(query, 2));
    int64_t first = query_time(query, 5), last = query_time(query, 6);
    uint64_t bytes = (uint64_t)query_int(query, 9);
    if (!family || last == TIME_NONE || last < scene->since)
        return;
    struct taken_line *line = NULL;
    for (size_t i = scene->out->line_count; i > 0 && !line; i--) {
        struct taken_line *other = &scene->out->lines[i - 1];
        if (other->kind == TAKEN_KIND_ARCHIVE && slice_eq(other->actor, query_text(query, 0)) &&
            slice_eq(other->mailbox, query_text(query, 1)))
            line = other;
    }
    if (!line) {
        line = add_line(scene);
        if (!line)
            return;
        bool intruder = is_intruder(scene, query_text(query, 0));
        line->kind = TAKEN_KIND_ARCHIVE;
        line->state = intruder ? TAKEN_PROVEN : TAKEN_POSSIBLE;
        line->because = intruder ? TAKEN_SHOWN : TAKEN_OTHER_SOURCE;
        line->actor = arena_copy(scene->arena, query_text(query, 0));
        line->mailbox = arena_copy(scene->arena, query_text(query, 1));
        line->proof = verdict_proof(query, scene->arena, 11);
    }
    extend(line, first, last);
    add_family(line, family->id);
    if ((uint64_t)query_int(query, 8) > line->requests)
        line->requests = (uint64_t)query_int(query, 8);
    line->sized |= query_int(query, 10) > 0;
    if (bytes > line->upper)
        line->upper = line->lower = bytes;
}

static void read_archives(struct scene *scene)
{
    struct query query;
    size_t rows = 0;
    verdict_query(&query, scene->casefile,
                  "SELECT " SUM_COLUMNS SUM_TABLES "WHERE t.what='archive' AND t.host=?"
                  " ORDER BY t.source, t.subject, t.first, t.family",
                  scene->host);
    while (query_next(&query) && rows++ < MERGED_MAX)
        read_archive(scene, &query);
    query_close(&query);
}

/* ---- credentials ---- */

static void read_credentials(struct scene *scene)
{
    struct query query;
    verdict_query(&query, scene->casefile,
                  "SELECT r.title, min(f.time), max(f.time), count(*), f.actor, f.family,"
                  " i.path, f.offset, e.row FROM finding f JOIN rule r ON r.id=f.rule"
                  " JOIN item i ON i.id=f.item LEFT JOIN event e ON e.id=f.event WHERE f.host=?"
                  " AND f.stage IN " STAGES_TOLD " AND f.outcome='success' AND NOT f.own_probe"
                  " AND NOT f.silent AND r.tags LIKE '%hauberk.harm.credentials%'"
                  " GROUP BY f.rule, f.actor ORDER BY 2",
                  scene->host);
    while (query_next(&query)) {
        struct taken_line *line = add_line(scene);
        const struct family *family = family_by_name(query_text(&query, 5));
        if (!line)
            continue;
        line->kind = TAKEN_KIND_CREDENTIALS;
        line->state = TAKEN_PROVEN;
        line->actor = arena_copy(scene->arena, query_text(&query, 4));
        line->requests = (uint64_t)query_int(&query, 3);
        line->proof = verdict_proof(&query, scene->arena, 6);
        extend(line, query_time(&query, 1), query_time(&query, 2));
        add_operation(scene, line, query_text(&query, 0), line->requests);
        if (family)
            add_family(line, family->id);
    }
    query_close(&query);
}

/* ---- what cannot be seen ---- */

static const struct {
    enum taken_kind kind;
    enum deed deed;
    enum family_id any[TAKEN_FAMILIES_MAX]; /* one of them shows it */
} observable[] = {
    { TAKEN_KIND_MAIL, DEED_NONE, { FAMILY_EWS } },
    { TAKEN_KIND_MAIL, DEED_NONE, { FAMILY_MAPIHTTP } },
    { TAKEN_KIND_DEED,
      DEED_EXPORT,
      { FAMILY_CMDLET, FAMILY_AUDIT, FAMILY_WIN_MSEXCHANGE_MANAGEMENT } },
    { TAKEN_KIND_ARCHIVE, DEED_NONE, { FAMILY_IIS } },
    { TAKEN_KIND_CREDENTIALS, DEED_NONE, { FAMILY_WIN_SYSMON, FAMILY_WIN_SECURITY } },
};

static bool is_told(const struct scene *scene, enum taken_kind kind, enum taken_state least)
{
    for (size_t i = 0; i < scene->out->line_count; i++)
        if (scene->out->lines[i].kind == kind && scene->out->lines[i].state >= least)
            return true;
    return false;
}

static void read_missing(struct scene *scene)
{
    for (size_t i = 0; i < sizeof observable / sizeof *observable; i++) {
        bool seen = false;
        const enum family_id *any = observable[i].any;
        size_t count = 0;
        for (; count < TAKEN_FAMILIES_MAX && any[count] != FAMILY_NONE; count++)
            seen |= is_covered(scene, any[count]);
        if (seen || (observable[i].kind == TAKEN_KIND_CREDENTIALS &&
                     is_told(scene, TAKEN_KIND_CREDENTIALS, TAKEN_PROVEN)))
            continue;
        struct taken_line *line = add_line(scene);
        if (!line)
            return;
        line->kind = observable[i].kind;
        line->deed = observable[i].deed;
        line->state = TAKEN_NOT_OBSERVABLE;
        line->because = TAKEN_NO_LOG;
        for (size_t f = 0; f < count; f++)
            add_family(line, any[f]);
    }
}

/* ---- all of it ---- */

/* Proven ones first; then by kind, then by time. */
static int compare_lines(const void *a, const void *b)
{
    const struct taken_line *x = a, *y = b;
    if (x->state != y->state)
        return x->state > y->state ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    size_t len = x->mailbox.len < y->mailbox.len ? x->mailbox.len : y->mailbox.len;
    int order = len ? memcmp(x->mailbox.ptr, y->mailbox.ptr, len) : 0;
    return order ? order
                 : (x->mailbox.len > y->mailbox.len) - (x->mailbox.len < y->mailbox.len);
}

static void read_scene(struct scene *scene)
{
    struct query query;
    scene->since = TIME_NONE;
    verdict_query(&query, scene->casefile,
                  "SELECT max(grade), min(CASE WHEN outcome='success' AND stage IN"
                  " ('reach','abuse','plant','answer','spread') THEN time END) FROM finding"
                  " WHERE host=? AND stage IN " STAGES_GRADED " AND NOT own_probe AND NOT"
                  " silent",
                  scene->host);
    if (query_next(&query)) {
        scene->grade = query_grade(&query, 0);
        scene->since = query_time(&query, 1);
    }
    query_close(&query);
}

static void read_meta(struct scene *scene)
{
    struct query query;
    query_open(&query, scene->casefile,
               "SELECT (SELECT value FROM meta WHERE key='taken'), (SELECT CAST(value AS"
               " INTEGER) FROM meta WHERE key='taken_left_out')");
    if (query_next(&query)) {
        struct slice how = query_text(&query, 0);
        scene->out->cut = slice_eq(how, SLICE_LIT("cut"));
        scene->out->looked =
            slice_eq(how, SLICE_LIT("all")) || (how.len && scene->grade >= GRADE_E1);
        scene->out->rows_left_out = (uint64_t)query_int(&query, 1);
    }
    query_close(&query);
}

void taken_read(struct casefile *casefile, struct arena *arena, struct slice host,
                struct taken_report *out)
{
    *out = (struct taken_report){ .lines =
                                      arena_array(arena, TAKEN_LINES_MAX, sizeof *out->lines) };
    struct scene scene = { casefile, arena, host, GRADE_N, TIME_NONE, out };
    read_scene(&scene);
    read_meta(&scene);
    if (scene.grade < GRADE_E2 || scene.since == TIME_NONE)
        return; /* nobody got in: nothing was taken that way */
    read_mail(&scene);
    fold_front_end(&scene);
    sum_up(&scene);
    read_deeds(&scene);
    read_before(&scene);
    read_archives(&scene);
    read_credentials(&scene);
    read_missing(&scene);
    if (out->line_count)
        qsort(out->lines, out->line_count, sizeof *out->lines, compare_lines);
}
