#include "casefile/checklist.h"

#include "base/clock.h"
#include "casefile/verdict_internal.h"
#include "events/family.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *check_name(enum check check)
{
    static const char *const names[CHECK_COUNT] = {
        [CHECK_MEMORY] = "memory",
        [CHECK_WEB_LOGS] = "web-logs",
        [CHECK_EVENT_LOGS] = "event-logs",
        [CHECK_HIVES] = "registry",
        [CHECK_SEARCH] = "search",
        [CHECK_UPDATE] = "update-march",
        [CHECK_DISCONNECT] = "disconnect",
        [CHECK_REPORT] = "report",
        [CHECK_MSERT] = "msert",
        [CHECK_TEST_SCRIPT] = "test-proxylogon",
        [CHECK_MSERT_WEEKLY] = "msert-weekly",
        [CHECK_FIREWALL] = "firewall",
        [CHECK_FAST_UPDATES] = "fast-updates",
        [CHECK_SUPPORTED] = "supported",
        [CHECK_ROLES] = "roles",
        [CHECK_RETENTION] = "retention",
        [CHECK_SIGNATURES] = "signatures",
        [CHECK_KEEP] = "keep",
        [CHECK_APRIL] = "update-april",
    };
    return names[check];
}

const char *check_status_name(enum check_status status)
{
    static const char *const names[] = { "done", "not done", "not decidable",
                                         "does not apply" };
    return names[status];
}

/* What the decisions are made from. */
struct facts {
    struct casefile *casefile;
    struct arena *arena;
    struct host_verdict verdict;
    struct exposure exposure;
    struct settings settings;
    bool alone; /* the only host of the case */
};

static void set(struct check_row *row, enum check_status status, enum check_says says)
{
    row->status = status;
    row->says = says;
}

static void add_proof(struct check_row *row, const struct proof *proof)
{
    if (proof->path.len && row->proof_count < CHECK_PROOFS_MAX)
        row->proofs[row->proof_count++] = *proof;
}

/* ---- files that say something by being there ---- */

/*
 * The first file of the host's PATH arguments whose name fits one of two patterns of LIKE.
 * Where there are several hosts, its path must name this one.
 */
static bool find_file(struct facts *f, const char *one, const char *other, struct proof *out)
{
    struct query query;
    query_open(&query, f->casefile,
               "SELECT path FROM item WHERE (path LIKE ?1 OR path LIKE ?2) AND root IN"
               " (SELECT i.root FROM coverage c JOIN item i ON i.id=c.item WHERE c.host=?3"
               " UNION SELECT i.root FROM page p JOIN item i ON i.id=p.item WHERE p.host=?3"
               " UNION SELECT i.root FROM setting s JOIN item i ON i.id=s.item WHERE"
               " s.host=?3) AND (?4 OR instr(lower(path), ?3)) ORDER BY path LIMIT 1");
    query_bind_text(&query, slice_from(one));
    query_bind_text(&query, slice_from(other));
    query_bind_text(&query, f->verdict.host);
    query_bind_int(&query, f->alone);
    bool found = query_next(&query);
    if (found)
        *out = (struct proof){ arena_copy(f->arena, query_text(&query, 0)), 0, SLICE_NULL };
    query_close(&query);
    return found;
}

/* A file shows that something was begun, not that it was done well. */
static void check_file(struct facts *f, struct check_row *row, const char *const *patterns,
                       size_t count, enum check_status status)
{
    struct proof proof;
    set(row, CHECK_UNDECIDED, SAYS_ABSENT);
    for (size_t i = 0; i + 1 < count; i += 2) {
        if (!find_file(f, patterns[i], patterns[i + 1], &proof))
            continue;
        set(row, status, SAYS_FILE);
        add_proof(row, &proof);
    }
}

static void check_memory(struct facts *f, struct check_row *row)
{
    static const char *const patterns[] = { "%.vmem",       "%.lime", "%memory%.raw",
                                            "%memory%.dmp", "%.mem",  "%memdump%" };
    check_file(f, row, patterns, COUNT(patterns), CHECK_DONE);
}

static void check_hives(struct facts *f, struct check_row *row)
{
    static const char *const patterns[] = { "%config/SYSTEM",   "%config\\SYSTEM",
                                            "%config/SOFTWARE", "%config\\SOFTWARE",
                                            "%config/SAM",      "%config\\SAM" };
    check_file(f, row, patterns, COUNT(patterns), CHECK_DONE);
    if (row->status == CHECK_DONE && row->proof_count < COUNT(patterns) / 2)
        row->status = CHECK_UNDECIDED; /* all of them are asked for */
}

static void check_msert(struct facts *f, struct check_row *row)
{
    static const char *const patterns[] = { "%/msert.log", "%\\msert.log" };
    check_file(f, row, patterns, COUNT(patterns), CHECK_UNDECIDED);
}

static void check_test_script(struct facts *f, struct check_row *row)
{
    static const char *const patterns[] = { "%Cve-2021-26855.csv", "%LogAgeDays.csv",
                                            "%Test-ProxyLogon%", "%Cve-2021-27065.csv" };
    check_file(f, row, patterns, COUNT(patterns), CHECK_UNDECIDED);
}

/* ---- logs ---- */

typedef bool is_wanted(const struct family *family);

static bool is_web(const struct family *family)
{
    return family->id == FAMILY_IIS || family->id == FAMILY_HTTPPROXY;
}

static bool is_event(const struct family *family)
{
    return family->id >= FAMILY_WIN_APPLICATION;
}

/* The file in which the coverage begins. */
static void add_first_file(struct facts *f, const struct family *family, struct check_row *row)
{
    struct query query;
    query_open(&query, f->casefile,
               "SELECT i.path FROM coverage c JOIN item i ON i.id=c.item WHERE c.host=? AND"
               " c.family=? ORDER BY c.time_from IS NULL, c.time_from LIMIT 1");
    query_bind_text(&query, f->verdict.host);
    query_bind_text(&query, slice_from(family->name));
    if (query_next(&query)) {
        struct proof proof = { arena_copy(f->arena, query_text(&query, 0)), 0, SLICE_NULL };
        add_proof(row, &proof);
    }
    query_close(&query);
}

static void add_name(struct facts *f, struct check_row *row, const char *name)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%.*s%s%s", SLICE_FMT(row->a), row->a.len ? ", " : "", name);
    row->a = arena_copy(f->arena, buf_slice(&text));
    buf_deinit(&text);
}

static void check_logs(struct facts *f, struct check_row *row, is_wanted *wanted)
{
    set(row, CHECK_UNDECIDED, SAYS_ABSENT);
    for (size_t i = 0; i < f->verdict.coverage_count; i++) {
        const struct coverage_line *line = &f->verdict.coverage[i];
        if (!wanted(line->family) || line->from == TIME_NONE)
            continue;
        if (row->time == TIME_NONE || line->from < row->time)
            row->time = line->from;
        if (row->until == TIME_NONE || line->to > row->until)
            row->until = line->to;
        add_name(f, row, line->family->name);
        add_first_file(f, line->family, row);
        set(row, CHECK_DONE, SAYS_COVERED);
    }
}

static void check_web_logs(struct facts *f, struct check_row *row)
{
    check_logs(f, row, is_web);
}

static void check_event_logs(struct facts *f, struct check_row *row)
{
    check_logs(f, row, is_event);
}

#define RETENTION_DAYS 180

/* The shortest of what there is counts. What lies elsewhere we do not see. */
static void check_retention(struct facts *f, struct check_row *row)
{
    int64_t shortest = INT64_MAX;
    const struct family *family = NULL;
    for (size_t i = 0; i < f->verdict.coverage_count; i++) {
        const struct coverage_line *line = &f->verdict.coverage[i];
        if (!is_web(line->family) || line->from == TIME_NONE ||
            line->to - line->from >= shortest)
            continue;
        shortest = line->to - line->from;
        family = line->family;
    }
    set(row, CHECK_UNDECIDED, SAYS_ABSENT);
    if (!family)
        return;
    struct buf text = BUF_INIT;
    int64_t days = shortest / MS_PER_DAY;
    buf_printf(&text, "%lu", (unsigned long)days);
    row->a = arena_copy(f->arena, buf_slice(&text));
    row->b = slice_from(family->name);
    buf_deinit(&text);
    add_first_file(f, family, row);
    set(row, days >= RETENTION_DAYS ? CHECK_DONE : CHECK_UNDECIDED,
        days >= RETENTION_DAYS ? SAYS_LONG : SAYS_SHORT);
}

/* ---- signs ---- */

static const char *const proxylogon[] = { "CVE-2021-26855", "CVE-2021-26857", "CVE-2021-26858",
                                          "CVE-2021-27065" };

static void check_search(struct facts *f, struct check_row *row)
{
    for (size_t i = 0; i < f->verdict.undecided_count; i++)
        for (size_t k = 0; k < COUNT(proxylogon); k++)
            if (strcmp(f->verdict.undecided[i]->id, proxylogon[k]) == 0)
                add_name(f, row, proxylogon[k]);
    if (row->a.len)
        set(row, CHECK_UNDECIDED, SAYS_BLIND);
    else
        set(row, CHECK_DONE, SAYS_SEARCHED);
}

/* The gravest moment that the verdict has. */
static const struct moment *sign_of(const struct host_verdict *v)
{
    const struct moment *const moments[] = { &v->plant, &v->exploit, &v->first_exploit,
                                             &v->command, &v->changed };
    for (size_t i = 0; i < COUNT(moments); i++)
        if (moments[i]->time != TIME_NONE && moments[i]->proof.path.len)
            return moments[i];
    return NULL;
}

/* Rows that go on for long after the first sign: the server was still on the network. */
static void check_disconnect(struct facts *f, struct check_row *row)
{
    const struct host_verdict *v = &f->verdict;
    const struct moment *sign = sign_of(v);
    if (v->grade < GRADE_E2) {
        set(row, v->partial || v->undecided_count ? CHECK_UNDECIDED : CHECK_DOES_NOT_APPLY,
            SAYS_NO_SIGN);
        return;
    }
    set(row, CHECK_UNDECIDED, SAYS_STILL_SERVED);
    row->time = sign ? sign->time : v->first;
    if (sign)
        add_proof(row, &sign->proof);
    for (size_t i = 0; i < v->coverage_count; i++)
        if (is_web(v->coverage[i].family) && v->coverage[i].to > row->until)
            row->until = v->coverage[i].to;
    if (row->until == TIME_NONE)
        row->says = SAYS_OUTSIDE;
}

/* ---- builds ---- */

static void name_build(struct facts *f, struct check_row *row)
{
    char text[BUILD_TEXT_SIZE];
    const struct exposure_build *now = f->exposure.now;
    row->a = arena_copy(f->arena, slice_from(builds_text(now->facts.build, text)));
    add_proof(row, &now->last);
}

static const struct exposure_cve *cve_of(const struct facts *f, const char *id)
{
    size_t at = cve_find(slice_from(id));
    return at < CVE_COUNT ? &f->exposure.cves[at] : NULL;
}

/* The state of the worst of some CVEs; `late` gets one that was still open at the deadline. */
static enum patch_code worst_of(const struct facts *f, const char *const *ids, size_t count)
{
    enum patch_code worst = PATCH_NOT_AFFECTED;
    for (size_t i = 0; i < count; i++) {
        const struct exposure_cve *cve = cve_of(f, ids[i]);
        enum patch_code code = cve ? cve->now : PATCH_UNKNOWN;
        if (code == PATCH_VULNERABLE || worst == PATCH_VULNERABLE)
            worst = PATCH_VULNERABLE;
        else if (code != PATCH_FIXED && code != PATCH_NOT_AFFECTED && code != PATCH_CONFIGURE)
            worst = PATCH_UNKNOWN;
    }
    return worst;
}

static bool is_mitigated(const struct facts *f)
{
    size_t hole = mitigation_find_hole("CVE-2021-26855");
    return hole != SIZE_MAX && f->settings.holes >> hole & 1;
}

/* The last vulnerable row behind `deadline`; NULL: none is seen. */
static const struct exposure_interval *still_open(const struct facts *f, const char *const *ids,
                                                  size_t count, int64_t deadline)
{
    for (size_t i = 0; i < count; i++) {
        const struct exposure_cve *cve = cve_of(f, ids[i]);
        for (size_t k = 0; cve && k < cve->interval_count; k++)
            if (cve->intervals[k].to != TIME_NONE && cve->intervals[k].to > deadline)
                return &cve->intervals[k];
    }
    return NULL;
}

static void check_builds(struct facts *f, struct check_row *row, const char *const *ids,
                         size_t count, int64_t deadline)
{
    if (!f->exposure.now) {
        set(row, CHECK_UNDECIDED, SAYS_NO_BUILD);
        return;
    }
    enum patch_code code = worst_of(f, ids, count);
    const struct exposure_interval *late = still_open(f, ids, count, deadline);
    name_build(f, row);
    if (code == PATCH_VULNERABLE) {
        set(row, CHECK_NOT_DONE, SAYS_VULNERABLE);
    } else if (code == PATCH_UNKNOWN) {
        set(row, CHECK_UNDECIDED, SAYS_OPEN_BUILD);
    } else if (late) {
        set(row, CHECK_NOT_DONE, SAYS_FIXED_LATE);
        row->time = late->to;
        add_proof(row, &late->last);
    } else {
        set(row, CHECK_DONE, SAYS_FIXED);
    }
}

#define NOON_EST_2021_03_05 INT64_C(1614963600000) /* 2021-03-05T17:00:00Z */
#define DAWN_EDT_2021_04_16 INT64_C(1618545660000) /* 2021-04-16T04:01:00Z */
#define MARCH_UPDATE INT64_C(1614643200000)        /* 2021-03-02, the day it came out */

static void check_update(struct facts *f, struct check_row *row)
{
    check_builds(f, row, proxylogon, COUNT(proxylogon), NOON_EST_2021_03_05);
    if (row->says == SAYS_VULNERABLE && is_mitigated(f))
        row->says = SAYS_MITIGATED;
}

static void check_april(struct facts *f, struct check_row *row)
{
    static const char *const april[] = { "CVE-2021-28480" };
    check_builds(f, row, april, COUNT(april), DAWN_EDT_2021_04_16);
}

/* The update of March came out on a day; an hour is not known: the whole day counts. */
static void check_fast_updates(struct facts *f, struct check_row *row)
{
    const struct exposure_cve *cve = cve_of(f, proxylogon[0]);
    int64_t limit = MARCH_UPDATE + MS_PER_DAY + 48 * MS_PER_HOUR;
    const struct exposure_interval *late = still_open(f, proxylogon, 1, limit);
    const struct exposure_interval *patched = cve ? exposure_patched(cve) : NULL;
    set(row, CHECK_UNDECIDED, SAYS_NO_BUILD);
    if (late) {
        set(row, CHECK_NOT_DONE, SAYS_TOO_LATE);
        row->time = late->to;
        add_proof(row, &late->last);
    } else if (patched) {
        bool in_time = patched->until <= limit;
        set(row, in_time ? CHECK_DONE : CHECK_UNDECIDED,
            in_time ? SAYS_IN_TIME : SAYS_TIME_OPEN);
        row->time = patched->to;
        row->until = patched->until;
        add_proof(row, &patched->fixed);
    }
}

static void check_supported(struct facts *f, struct check_row *row)
{
    const struct exposure_build *now = f->exposure.now;
    if (!now || !now->facts.product) {
        set(row, CHECK_UNDECIDED, SAYS_NO_BUILD);
        return;
    }
    const struct product *product = now->facts.product;
    struct slice ended = slice_from(product->support_ended);
    struct slice today = f->exposure.builds->known_on;
    bool over = ended.len == today.len && memcmp(ended.ptr, today.ptr, today.len) < 0;
    row->a = slice_from(product->name);
    row->b = ended;
    add_proof(row, &now->last);
    set(row, over ? CHECK_NOT_DONE : CHECK_DONE, over ? SAYS_SUPPORT_ENDED : SAYS_SUPPORT);
}

static void check_outside(struct facts *f, struct check_row *row)
{
    (void)f;
    set(row, CHECK_UNDECIDED, SAYS_OUTSIDE);
}

static void (*const checks[CHECK_COUNT])(struct facts *f, struct check_row *row) = {
    [CHECK_MEMORY] = check_memory,
    [CHECK_WEB_LOGS] = check_web_logs,
    [CHECK_EVENT_LOGS] = check_event_logs,
    [CHECK_HIVES] = check_hives,
    [CHECK_SEARCH] = check_search,
    [CHECK_UPDATE] = check_update,
    [CHECK_DISCONNECT] = check_disconnect,
    [CHECK_REPORT] = check_outside,
    [CHECK_MSERT] = check_msert,
    [CHECK_TEST_SCRIPT] = check_test_script,
    [CHECK_MSERT_WEEKLY] = check_outside,
    [CHECK_FIREWALL] = check_outside,
    [CHECK_FAST_UPDATES] = check_fast_updates,
    [CHECK_SUPPORTED] = check_supported,
    [CHECK_ROLES] = check_outside,
    [CHECK_RETENTION] = check_retention,
    [CHECK_SIGNATURES] = check_outside,
    [CHECK_KEEP] = check_outside,
    [CHECK_APRIL] = check_april,
};

void checklist_read(struct casefile *casefile, struct arena *arena, struct slice host,
                    struct check_row rows[CHECK_COUNT])
{
    struct facts *f = arena_alloc(arena, sizeof *f);
    f->casefile = casefile;
    f->arena = arena;
    verdict_read(casefile, arena, host, &f->verdict);
    exposure_read(casefile, arena, host, &f->exposure);
    settings_read(casefile, arena, host, &f->settings);
    struct slice *hosts;
    f->alone = verdict_hosts(casefile, arena, &hosts) <= 1;
    for (int i = 0; i < CHECK_COUNT; i++) {
        rows[i] =
            (struct check_row){ .check = (enum check)i, .time = TIME_NONE, .until = TIME_NONE };
        rows[i].a = rows[i].b = SLICE_LIT("");
        checks[i](f, &rows[i]);
    }
}
