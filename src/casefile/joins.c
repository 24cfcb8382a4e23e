#include "casefile/joins.h"

#include <stdlib.h>

#include "base/map.h"
#include "casefile/verdict_internal.h"

#define KEYS_MAX 500000     /* distinct sessions, requests and pages that are joined */
#define GROUPS_MAX 4000000  /* the same with addresses: what is beyond joins nothing */
#define REQUESTS_MAX 200000 /* that are compared for their time */
#define COUPLES_MAX 256     /* of hosts and logs */
#define PAIRS_MAX 2000      /* of one couple: enough for a median */

const struct join_by_column joins_columns[JOIN_COLUMN_COUNT] = {
    [JOIN_SOURCE] = { "ip:", GROUPS_MAX },
    [JOIN_SESSION] = { "session:", KEYS_MAX }, /* ECP: ACTID, canary */
    [JOIN_REQUEST] = { "request:", KEYS_MAX }, /* cafeReqId = RequestId */
    [JOIN_PAGE] = { "page:", KEYS_MAX },       /* written, on disk, answered */
};

/* Logon sessions of the system itself are everybody's (winnt.h: 0x3e4, 0x3e5, 0x3e7). */
static bool is_logon(struct slice value)
{
    static const char *const everybody[] = { "0x0", "0x3e4", "0x3e5", "0x3e7", "0", "-" };
    for (size_t i = 0; i < sizeof everybody / sizeof *everybody; i++)
        if (slice_icase_eq(value, slice_from(everybody[i])))
            return false;
    return value.len > 0;
}

static bool is_guid(struct slice value)
{
    size_t digits = 0;
    for (size_t i = 0; i < value.len; i++)
        digits += ascii_is_alnum(value.ptr[i]) && value.ptr[i] != '0';
    return value.len >= 36 && digits > 4; /* not all zeros */
}

/* An account of a domain or machine that somebody made: S-1-5-21-a-b-c-RID, RID from 1000 on.
 */
static bool is_made_account(struct slice value)
{
    uint64_t rid;
    size_t dash = value.len;
    while (dash > 0 && value.ptr[dash - 1] != '-')
        dash--;
    return slice_starts(value, SLICE_LIT("S-1-5-21-")) &&
           slice_to_u64(slice_from_offset(value, dash), &rid) && rid >= 1000;
}

static const struct join_by_field fields[] = {
    { "ProcessGuid", "process:", 0, is_guid },
    { "ParentProcessGuid", "process:", 0, is_guid },
    { "SourceProcessGUID", "process:", 0, is_guid },
    { "SubjectLogonId", "logon:", MS_PER_DAY, is_logon },
    { "TargetLogonId", "logon:", MS_PER_DAY, is_logon },
    { "LogonId", "logon:", MS_PER_DAY, is_logon },
    { "TargetSid", "account:", 7 * MS_PER_DAY, is_made_account },
    { "MemberSid", "account:", 7 * MS_PER_DAY, is_made_account },
    { "TargetUserSid", "account:", 7 * MS_PER_DAY, is_made_account },
};

const char joins_field_names[] =
    "'ProcessGuid','ParentProcessGuid','SourceProcessGUID','SubjectLogonId','TargetLogonId',"
    "'LogonId','TargetSid','MemberSid','TargetUserSid'";

const struct join_by_field *joins_by_field(struct slice field)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (slice_eq(field, slice_from(fields[i].field)))
            return &fields[i];
    return NULL;
}

/* "file:_C:\x.aspx" → "C:\x.aspx": Defender writes paths like this. */
static struct slice without_scheme(struct slice word)
{
    struct slice scheme = SLICE_LIT("file:_");
    return slice_icase_starts(word, scheme) ? slice_from_offset(word, scheme.len) : word;
}

struct slice joins_written_file(struct slice text)
{
    struct slice best = SLICE_NULL;
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        bool separator =
            i == text.len || strchr("\"',;<>|", text.ptr[i]) || text.ptr[i] == '\0';
        if (!separator)
            continue;
        struct slice word = without_scheme(slice_trim(slice_of(text.ptr + start, i - start)));
        if (exchange_page_is_script(word) && slice_find_char(word, '\\') != SIZE_MAX &&
            word.len > best.len)
            best = word;
        start = i + 1;
    }
    return best;
}

/* ---- clocks ---------------------------------------------------------------------------------
 */

struct log_place { /* a log of a host */
    struct slice host;
    const struct family *family;
};

struct couple {
    struct log_place a, b;
    size_t count;
    int64_t differences[PAIRS_MAX]; /* time in b minus time in a */
    int64_t item, offset;           /* of the first row in b */
};

struct seen { /* the first row of a request */
    struct log_place place;
    int64_t time;
};

struct clocks {
    struct arena arena;
    struct map hosts, requests;
    size_t seen_count, seen_capacity;
    struct seen *seen;
    size_t couple_count;
    struct couple *couples;
};

static struct slice kept_host(struct clocks *clocks, struct slice host)
{
    bool added;
    uint64_t *at = map_at(&clocks->hosts, host, &added);
    if (added)
        *at = (uint64_t)(uintptr_t)arena_text(&clocks->arena, host);
    return slice_from((const char *)(uintptr_t)*at);
}

static bool is_same_place(const struct log_place *a, const struct log_place *b)
{
    return a->family == b->family && slice_eq(a->host, b->host);
}

/* Couples are kept in one direction, so that both orders of rows go to the same one. */
static bool comes_first(const struct log_place *a, const struct log_place *b)
{
    size_t len = a->host.len < b->host.len ? a->host.len : b->host.len;
    int order = len ? memcmp(a->host.ptr, b->host.ptr, len) : 0;
    if (order == 0)
        order = (a->host.len > b->host.len) - (a->host.len < b->host.len);
    return order ? order < 0 : a->family->id < b->family->id;
}

static struct couple *couple_of(struct clocks *clocks, const struct log_place *a,
                                const struct log_place *b)
{
    for (size_t i = 0; i < clocks->couple_count; i++)
        if (is_same_place(&clocks->couples[i].a, a) && is_same_place(&clocks->couples[i].b, b))
            return &clocks->couples[i];
    if (clocks->couple_count == COUPLES_MAX)
        return NULL;
    struct couple *couple = &clocks->couples[clocks->couple_count++];
    couple->a = *a;
    couple->b = *b;
    couple->count = 0;
    return couple;
}

static void compare_times(struct clocks *clocks, const struct seen *before,
                          const struct seen *now, int64_t item, int64_t offset)
{
    bool turned = comes_first(&now->place, &before->place);
    const struct seen *a = turned ? now : before, *b = turned ? before : now;
    struct couple *couple = couple_of(clocks, &a->place, &b->place);
    if (!couple || couple->count == PAIRS_MAX)
        return;
    if (couple->count == 0) {
        couple->item = item;
        couple->offset = offset;
    }
    couple->differences[couple->count++] = b->time - a->time;
}

/* Rows of one place have one clock: only the first of each request counts. */
static void take_row(struct clocks *clocks, struct query *query)
{
    bool added;
    struct seen now = { { kept_host(clocks, query_text(query, 1)),
                          family_by_name(query_text(query, 2)) },
                        query_time(query, 3) };
    if (!now.place.family || now.time == TIME_NONE || clocks->seen_count >= REQUESTS_MAX)
        return;
    uint64_t *at = map_at(&clocks->requests, query_text(query, 0), &added);
    if (!added) {
        const struct seen *before = &clocks->seen[*at - 1];
        if (!is_same_place(&before->place, &now.place))
            compare_times(clocks, before, &now, query_int(query, 4), query_int(query, 5));
        return;
    }
    clocks->seen = mem_reserve(clocks->seen, clocks->seen_count, &clocks->seen_capacity,
                               sizeof *clocks->seen);
    clocks->seen[clocks->seen_count++] = now;
    *at = clocks->seen_count;
}

static int compare_times_of(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void store_couple(struct query *insert, struct couple *couple)
{
    qsort(couple->differences, couple->count, sizeof *couple->differences, compare_times_of);
    query_bind_text(insert, couple->a.host);
    query_bind_text(insert, slice_from(couple->a.family->name));
    query_bind_text(insert, couple->b.host);
    query_bind_text(insert, slice_from(couple->b.family->name));
    query_bind_int(insert, couple->differences[couple->count / 2]);
    query_bind_int(insert, (int64_t)couple->count);
    query_bind_int(insert, couple->item);
    query_bind_int(insert, couple->offset);
    query_run(insert);
}

void joins_measure_skew(struct casefile *casefile)
{
    struct query query;
    struct clocks clocks = { .hosts = MAP_INIT, .requests = MAP_INIT };
    clocks.couples = mem_alloc(COUPLES_MAX * sizeof *clocks.couples);
    casefile_execute(casefile, "DELETE FROM skew");
    /* An id that stands in many rows is a client's own: table `request` leaves it out. */
    query_open(&query, casefile,
               "SELECT f.request_id, f.host, f.family, f.time, f.item, f.offset FROM finding f"
               " WHERE f.stage IN " STAGES_TOLD " AND f.request_id IS NOT NULL AND f.host IS"
               " NOT NULL AND NOT f.silent ORDER BY f.time, f.item, f.offset");
    while (query_next(&query))
        take_row(&clocks, &query);
    query_close(&query);
    query_open(&query, casefile, "INSERT INTO skew VALUES(?,?,?,?,?,?,?,?)");
    for (size_t i = 0; i < clocks.couple_count; i++)
        if (clocks.couples[i].count >= SKEW_PAIRS_MIN)
            store_couple(&query, &clocks.couples[i]);
    query_close(&query);
    map_deinit(&clocks.hosts);
    map_deinit(&clocks.requests);
    arena_deinit(&clocks.arena);
    free(clocks.seen);
    free(clocks.couples);
}

size_t joins_read_skew(struct casefile *casefile, struct arena *arena, struct slice host,
                       struct skew_line *out)
{
    struct query query;
    size_t count = 0;
    verdict_query(&query, casefile,
                  "SELECT s.host, s.family, s.other_host, s.other_family, s.median_ms, s.pairs,"
                  " i.path, s.offset, NULL FROM skew s JOIN item i ON i.id=s.item WHERE"
                  " (s.host=?1 OR s.other_host=?1) AND abs(s.median_ms)>=?2 ORDER BY"
                  " abs(s.median_ms) DESC, s.host, s.family, s.other_host, s.other_family",
                  host);
    query_bind_int(&query, SKEW_MIN_MS);
    while (count < SKEW_LINES_MAX && query_next(&query)) {
        struct skew_line *line = &out[count];
        *line = (struct skew_line){ .host = arena_copy(arena, query_text(&query, 0)),
                                    .family = family_by_name(query_text(&query, 1)),
                                    .other_host = arena_copy(arena, query_text(&query, 2)),
                                    .other_family = family_by_name(query_text(&query, 3)),
                                    .median_ms = query_int(&query, 4),
                                    .pairs = (uint64_t)query_int(&query, 5),
                                    .proof = verdict_proof(&query, arena, 6) };
        count += line->family && line->other_family;
    }
    query_close(&query);
    return count;
}
