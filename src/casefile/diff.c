#include "casefile/diff.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

#define KEY_BYTES 16 /* of a SHA-256: enough that nobody finds two rows with one key */

/* ---- keys ---- */

static void add_part(struct buf *text, struct slice part)
{
    buf_put_u64(text, part.len);
    buf_add_slice(text, part);
}

static struct slice without_gz(struct slice name)
{
    return slice_icase_ends(name, SLICE_LIT(".gz")) ? slice_first(name, name.len - 3) : name;
}

/* Where the file lies on the server, however its copy was reached. */
static struct slice place_of(struct arena *arena, struct slice url, struct slice path,
                             struct slice root)
{
    if (url.len)
        return url;
    if (slice_starts(path, root) && path.len > root.len)
        path = slice_from_offset(path, root.len);
    return path_fold(arena, path);
}

#define FINDING_COLUMNS(case_name)                                                             \
    "SELECT f.id, f.host, r.rule_id, f.time, e.row, e.fields, i.path, f.family='file',"        \
    " p.url, p.sha256, o.path, f.grade, f.silent, f.offset FROM " case_name ".finding f"       \
    " JOIN " case_name ".rule r ON r.id=f.rule JOIN " case_name ".item i ON i.id=f.item"       \
    " LEFT JOIN " case_name ".event e ON e.id=f.event"                                         \
    " LEFT JOIN " case_name ".page p ON p.item=f.item AND f.family='file'"                     \
    " LEFT JOIN " case_name ".root o ON o.id=i.root"                                           \
    " WHERE f.silent<>1 AND NOT f.own_probe ORDER BY f.id"

struct comparer {
    struct casefile *casefile;
    struct arena arena; /* of the row at hand */
    struct buf text;
    struct query find, count, add;
};

static struct slice key_of(struct comparer *c, struct query *q, uint8_t digest[SHA256_BYTES])
{
    struct slice host = query_text(q, 1), row = query_text(q, 4);
    arena_reset(&c->arena);
    buf_clear(&c->text);
    add_part(&c->text, query_text(q, 2));
    if (query_int(q, 7)) {
        add_part(&c->text, host);
        add_part(&c->text,
                 place_of(&c->arena, query_text(q, 8), query_text(q, 6), query_text(q, 10)));
        add_part(&c->text, query_text(q, 9));
        buf_put_u64(&c->text, (uint64_t)query_int(q, 13));
    } else {
        add_part(&c->text, host.len ? host : without_gz(path_last(query_text(q, 6))));
        buf_put_u64(&c->text, (uint64_t)query_time(q, 3));
        add_part(&c->text, row.len ? row : query_text(q, 5));
    }
    hash_bytes(HASH_SHA256, buf_slice(&c->text), digest);
    return slice_of((const char *)digest, KEY_BYTES);
}

/* ---- findings ---- */

static void count_old(struct comparer *c, struct query *q)
{
    uint8_t digest[SHA256_BYTES];
    query_bind_text(&c->count, key_of(c, q, digest));
    query_bind_int(&c->count, query_int(q, 11));
    query_bind_int(&c->count, query_int(q, 12) != 0);
    query_run(&c->count);
}

static void add_result(struct comparer *c, const char *change, struct query *q,
                       int64_t grade_before, int64_t closed_before)
{
    query_bind_text(&c->add, slice_from(change));
    query_bind_text(&c->add, query_text(q, 1).len ? query_text(q, 1) : SLICE_LIT(""));
    query_bind_int(&c->add, query_int(q, 0));
    query_bind_int(&c->add, grade_before);
    query_bind_int(&c->add, closed_before);
    query_run(&c->add);
}

/* A key that the other case has more often than was met so far is met once more. */
static bool meet(struct comparer *c, struct query *q, int64_t *grade, int64_t *closed)
{
    uint8_t digest[SHA256_BYTES];
    struct slice key = key_of(c, q, digest);
    query_rewind(&c->find);
    query_bind_text(&c->find, key);
    if (!query_next(&c->find) || query_int(&c->find, 0) <= 0)
        return false;
    *grade = query_int(&c->find, 1);
    *closed = query_int(&c->find, 2);
    query_rewind(&c->find);
    query_bind_text(&c->count, key);
    query_run(&c->count);
    return true;
}

static void compare_new(struct comparer *c, struct query *q)
{
    int64_t grade, closed;
    if (!meet(c, q, &grade, &closed))
        add_result(c, "new", q, GRADE_N, 0);
    else if (grade != query_int(q, 11) || closed != (query_int(q, 12) != 0))
        add_result(c, "changed", q, grade, closed);
}

/* What is left of the earlier case's keys. */
static void compare_gone(struct comparer *c, struct query *q)
{
    int64_t grade, closed;
    if (meet(c, q, &grade, &closed))
        add_result(c, "gone", q, grade, closed);
}

static void for_each(struct comparer *c, const char *sql,
                     void (*visit)(struct comparer *c, struct query *q))
{
    struct query q;
    query_open(&q, c->casefile, sql);
    while (query_next(&q))
        visit(c, &q);
    query_close(&q);
}

static void compare_findings(struct casefile *casefile)
{
    struct comparer c = { .casefile = casefile };
    casefile_execute(casefile,
                     "CREATE TEMP TABLE seen(key BLOB PRIMARY KEY, rest INTEGER, grade INTEGER,"
                     " closed INTEGER) WITHOUT ROWID;"
                     "CREATE TEMP TABLE diff_finding(change TEXT, host TEXT, finding INTEGER,"
                     " grade_before INTEGER, closed_before INTEGER, new_rule INTEGER)");
    query_open(&c.find, casefile, "SELECT rest, grade, closed FROM temp.seen WHERE key=?");
    query_open(&c.add, casefile, "INSERT INTO temp.diff_finding VALUES(?,?,?,?,?,0)");
    query_open(&c.count, casefile,
               "INSERT INTO temp.seen VALUES(?,1,?,?) ON CONFLICT(key) DO UPDATE SET"
               " rest=rest+1, grade=max(grade, excluded.grade), closed=closed AND"
               " excluded.closed");
    for_each(&c, FINDING_COLUMNS("old"), count_old);
    query_close(&c.count);
    query_open(&c.count, casefile, "UPDATE temp.seen SET rest=rest-1 WHERE key=?");
    for_each(&c, FINDING_COLUMNS("main"), compare_new);
    for_each(&c, FINDING_COLUMNS("old"), compare_gone);
    casefile_execute(casefile,
                     "UPDATE temp.diff_finding SET new_rule=1 WHERE change='new' AND finding IN"
                     " (SELECT f.id FROM main.finding f JOIN main.rule r ON r.id=f.rule WHERE"
                     " r.rule_id NOT IN (SELECT rule_id FROM old.rule WHERE rule_id IS NOT"
                     " NULL))");
    query_close(&c.find);
    query_close(&c.count);
    query_close(&c.add);
    casefile_execute(casefile, "DROP TABLE temp.seen");
    buf_deinit(&c.text);
    arena_deinit(&c.arena);
}

/* ---- pages ---- */

#define PAGE_COLUMNS(case_name)                                                                \
    "SELECT p.host, p.url, i.path, o.path, p.item, p.sha256, p.class FROM " case_name          \
    ".page p JOIN " case_name ".item i ON i.id=p.item LEFT JOIN " case_name                    \
    ".root o ON o.id=i.root WHERE p.standing NOT IN ('known','baseline') AND"                  \
    " (p.served OR p.class<>'none' OR p.matches) ORDER BY p.item"

static void list_pages(struct casefile *casefile, const char *sql, int64_t side)
{
    struct query q, add;
    struct arena arena = ARENA_INIT;
    query_open(&add, casefile, "INSERT OR IGNORE INTO temp.place VALUES(?,?,?,?,?,?)");
    query_open(&q, casefile, sql);
    while (query_next(&q)) {
        arena_reset(&arena);
        struct slice host = query_text(&q, 0);
        query_bind_int(&add, side);
        query_bind_text(&add, host.len ? host : SLICE_LIT(""));
        query_bind_text(
            &add, place_of(&arena, query_text(&q, 1), query_text(&q, 2), query_text(&q, 3)));
        query_bind_int(&add, query_int(&q, 4));
        query_bind_text(&add, query_text(&q, 5));
        query_bind_text(&add, query_text(&q, 6));
        query_run(&add);
    }
    query_close(&q);
    query_close(&add);
    arena_deinit(&arena);
}

static void compare_pages(struct casefile *casefile)
{
    casefile_execute(
        casefile, "CREATE TEMP TABLE place(side INTEGER, host TEXT, place TEXT, item INTEGER,"
                  " sha256 TEXT, class TEXT, PRIMARY KEY(side, host, place)) WITHOUT ROWID");
    list_pages(casefile, PAGE_COLUMNS("old"), 0);
    list_pages(casefile, PAGE_COLUMNS("main"), 1);
    casefile_execute(
        casefile,
        "CREATE TEMP TABLE diff_page AS"
        " SELECT CASE WHEN b.item IS NULL THEN 'new' ELSE 'changed' END AS change, a.host,"
        " a.place, b.item AS item_before, a.item FROM temp.place a LEFT JOIN temp.place b ON"
        " b.side=0 AND b.host=a.host AND b.place=a.place WHERE a.side=1 AND (b.item IS NULL OR"
        " b.sha256 IS NOT a.sha256 OR b.class IS NOT a.class)"
        " UNION ALL SELECT 'gone', b.host, b.place, b.item, NULL FROM temp.place b WHERE"
        " b.side=0 AND NOT EXISTS(SELECT 1 FROM temp.place a WHERE a.side=1 AND a.host=b.host"
        " AND a.place=b.place)");
}

/* ---- all else ---- */

#define COVERED(case_name)                                                                     \
    "(SELECT coalesce(host,'') AS host, family, min(time_from) AS t0, max(time_to) AS t1,"     \
    " sum(events) AS n FROM " case_name ".coverage GROUP BY 1, 2)"

/* `columns` that one case has and the other has not. */
#define ONE_SIDED(change, columns, mine, table, other)                                         \
    "SELECT DISTINCT '" change "' AS change, " columns " FROM " mine "." table                 \
    " EXCEPT SELECT '" change "', " columns " FROM " other "." table

static void compare_rest(struct casefile *casefile)
{
    casefile_execute(
        casefile,
        "CREATE TEMP TABLE diff_coverage AS"
        " SELECT CASE WHEN b.family IS NULL THEN 'new' ELSE 'changed' END AS change, a.host,"
        " a.family, b.t0 AS from_before, b.t1 AS to_before, b.n AS events_before, a.t0 AS"
        " time_from, a.t1 AS time_to, a.n AS events FROM " COVERED(
            "main") " a LEFT JOIN " COVERED("old") " b ON b.host=a.host AND b.family=a.family "
                                                   "WHERE b.family IS NULL OR"
                                                   " b.t0 IS NOT a.t0 OR b.t1 IS NOT a.t1 OR "
                                                   "b.n IS NOT a.n"
                                                   " UNION ALL SELECT 'gone', b.host, "
                                                   "b.family, b.t0, b.t1, b.n, NULL, NULL, "
                                                   "NULL FROM " COVERED("old") " b LEFT "
                                                                               "JOIN " COVERED(
                                                                                   "main") " a "
                                                                                           "ON "
                                                                                           "b."
                                                                                           "hos"
                                                                                           "t="
                                                                                           "a."
                                                                                           "hos"
                                                                                           "t "
                                                                                           "AND"
                                                                                           " b."
                                                                                           "fam"
                                                                                           "ily"
                                                                                           "=a."
                                                                                           "fam"
                                                                                           "ily"
                                                                                           " WH"
                                                                                           "ERE"
                                                                                           " a."
                                                                                           "fam"
                                                                                           "ily"
                                                                                           " IS"
                                                                                           " NU"
                                                                                           "L"
                                                                                           "L");
    casefile_execute(
        casefile,
        "CREATE TEMP TABLE diff_build AS "
        "SELECT * FROM (" ONE_SIDED(
            "new", "host, build", "main", "host_build",
            "old") ") UNION ALL SELECT * FROM (" ONE_SIDED("gone", "host, build", "old",
                                                           "host_build",
                                                           "main") ");"
                                                                   "CREATE TEMP TABLE "
                                                                   "diff_rule AS SELECT 'new' "
                                                                   "AS change, rule_id, title "
                                                                   "FROM main.rule"
                                                                   " WHERE rule_id NOT IN "
                                                                   "(SELECT rule_id FROM "
                                                                   "old.rule WHERE rule_id IS "
                                                                   "NOT NULL)"
                                                                   " UNION ALL SELECT 'gone', "
                                                                   "rule_id, title FROM "
                                                                   "old.rule WHERE rule_id NOT "
                                                                   "IN"
                                                                   " (SELECT rule_id FROM "
                                                                   "main.rule WHERE rule_id IS "
                                                                   "NOT NULL);"
                                                                   "CREATE TEMP TABLE "
                                                                   "diff_setting AS SELECT "
                                                                   "CASE WHEN b.key IS NULL "
                                                                   "THEN 'new' ELSE"
                                                                   " 'changed' END AS change, "
                                                                   "a.key, b.value AS "
                                                                   "value_before, a.value FROM "
                                                                   "main.meta a"
                                                                   " LEFT JOIN old.meta b ON "
                                                                   "b.key=a.key WHERE "
                                                                   "a.key<>'fingerprint' AND"
                                                                   " (b.key IS NULL OR b.value "
                                                                   "IS NOT a.value)"
                                                                   " UNION ALL SELECT 'gone', "
                                                                   "b.key, b.value, NULL FROM "
                                                                   "old.meta b WHERE"
                                                                   " b.key<>'fingerprint' AND "
                                                                   "b.key NOT IN (SELECT key "
                                                                   "FROM main.meta WHERE key "
                                                                   "IS NOT"
                                                                   " NULL)");
}

/* ---- life ---- */

int diff_open(struct diff *diff, const char *before, const char *after, struct err *err)
{
    *diff = (struct diff){ NULL, NULL };
    if (casefile_open(&diff->before, before, err) < 0 ||
        casefile_open(&diff->after, after, err) < 0 ||
        casefile_attach(diff->after, before, err) < 0) {
        diff_close(diff, NULL);
        return -1;
    }
    compare_findings(diff->after);
    compare_pages(diff->after);
    compare_rest(diff->after);
    if (casefile_error(diff->after, err) < 0) {
        diff_close(diff, NULL);
        return -1;
    }
    return 0;
}

int diff_close(struct diff *diff, struct err *err)
{
    int result = casefile_close(diff->before, err);
    if (casefile_close(diff->after, result < 0 ? NULL : err) < 0)
        result = -1;
    *diff = (struct diff){ NULL, NULL };
    return result;
}

/* ---- verdicts ---- */

static int worse_by(const struct diff_verdict *v)
{
    int before = v->was ? (int)v->before : 0, after = v->is ? (int)v->after : 0;
    return after - before;
}

static int compare_verdicts(const void *a, const void *b)
{
    const struct diff_verdict *x = a, *y = b;
    if (worse_by(x) != worse_by(y))
        return worse_by(y) - worse_by(x);
    if (x->after != y->after)
        return (int)y->after - (int)x->after;
    size_t len = x->host.len < y->host.len ? x->host.len : y->host.len;
    int order = len ? memcmp(x->host.ptr, y->host.ptr, len) : 0;
    return order ? order : (x->host.len > y->host.len) - (x->host.len < y->host.len);
}

/* By the host's name: both lists may be long. */
static int compare_names(const void *a, const void *b)
{
    const struct verdict_summary *x = a, *y = b;
    size_t len = x->host.len < y->host.len ? x->host.len : y->host.len;
    int order = len ? memcmp(x->host.ptr, y->host.ptr, len) : 0;
    return order ? order : (x->host.len > y->host.len) - (x->host.len < y->host.len);
}

static size_t sorted_summaries(struct casefile *casefile, struct arena *arena,
                               struct verdict_summary **out)
{
    size_t count = verdict_summaries(casefile, arena, out);
    if (count)
        qsort(*out, count, sizeof **out, compare_names);
    return count;
}

size_t diff_verdicts(struct diff *diff, struct arena *arena, struct diff_verdict **out)
{
    struct verdict_summary *old, *new;
    size_t olds = sorted_summaries(diff->before, arena, &old), o = 0, n = 0, count = 0;
    size_t news = sorted_summaries(diff->after, arena, &new);
    *out = arena_array(arena, olds + news + 1, sizeof **out);
    while (o < olds || n < news) {
        int order = o == olds ? 1 : n == news ? -1 : compare_names(&old[o], &new[n]);
        struct diff_verdict *v = &(*out)[count++];
        *v = (struct diff_verdict){ order <= 0 ? old[o].host : new[n].host, order <= 0,
                                    order >= 0, GRADE_N, GRADE_N };
        if (order <= 0)
            v->before = old[o++].grade;
        if (order >= 0)
            v->after = new[n++].grade;
    }
    if (count)
        qsort(*out, count, sizeof **out, compare_verdicts);
    return count;
}

bool diff_has_news(struct diff *diff)
{
    struct arena arena = ARENA_INIT;
    struct diff_verdict *verdicts;
    size_t count = diff_verdicts(diff, &arena, &verdicts);
    bool worse = count && worse_by(&verdicts[0]) > 0;
    arena_deinit(&arena);
    return worse ||
           casefile_count(diff->after,
                          "SELECT EXISTS(SELECT 1 FROM temp.diff_finding d JOIN main.finding f"
                          " ON f.id=d.finding WHERE d.change='new' AND NOT f.silent)") > 0;
}
