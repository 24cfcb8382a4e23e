/* Verdicts first, then host by host: new, changed, gone. */
#include "report/diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/page.h"
#include "report/telling.h"

#define GROUPS_PRINTED_MAX 30 /* of one list of one host; NDJSON has all */

struct printer {
    struct diff *diff;
    struct report *r; /* over the later case */
    struct page page;
    struct arena arena; /* of the hosts' names */
};

/* ---- verdicts ---- */

static const char *grade_text(struct printer *p, bool is, enum grade grade)
{
    return is ? tell_format(p->r, "%s (%s)", grade_name(grade), grade_word(grade)).ptr
              : "not in it";
}

static void print_verdict(struct printer *p, const struct diff_verdict *v)
{
    bool same = v->was && v->is && v->before == v->after;
    bool worse = v->is && (!v->was ? v->after > GRADE_N : v->after > v->before);
    struct slice text =
        same ? tell_format(p->r, "%.*s: %s, as before", SLICE_FMT(tell_safe(p->r, v->host)),
                           grade_text(p, true, v->after))
             : tell_format(p->r, "%.*s: %s, was %s%s", SLICE_FMT(tell_safe(p->r, v->host)),
                           grade_text(p, v->is, v->after), grade_text(p, v->was, v->before),
                           worse ? ": WORSE" : "");
    page_wrap(&p->page, worse ? INK_ALARM : same ? INK_PLAIN : INK_BOLD, NULL, 2, text);
}

/* ---- lists of a host ---- */

/* Reads a query of one host; its lines are made by `line`, its heading stands above the first.
 */
static void print_list(struct printer *p, struct slice host, const char *heading,
                       const char *sql, struct slice (*line)(struct printer *, struct query *))
{
    struct query q;
    size_t count = 0;
    query_open(&q, p->diff->after, sql);
    query_bind_text(&q, host);
    while (query_next(&q)) {
        if (count == 0)
            page_line(&p->page, INK_BOLD, heading);
        if (count++ < GROUPS_PRINTED_MAX)
            page_wrap(&p->page, INK_PLAIN, "    - ", 6, line(p, &q));
    }
    query_close(&q);
    if (count > GROUPS_PRINTED_MAX)
        page_wrap(&p->page, INK_PLAIN, NULL, 6,
                  tell_format(p->r, "... and %lu more; --format ndjson has all",
                              (unsigned long)(count - GROUPS_PRINTED_MAX)));
}

#define FINDINGS(case_name, where)                                                             \
    "SELECT r.title, max(f.grade), count(*), min(f.time), max(f.time), i.path, f.offset,"      \
    " sum(f.silent=2), max(d.new_rule), group_concat(DISTINCT f.source), max(d.grade_before)," \
    " min(f.id) FROM temp.diff_finding d JOIN " case_name                                      \
    ".finding f ON f.id=d.finding JOIN " case_name ".rule r ON r.id=f.rule JOIN " case_name    \
    ".item i ON i.id=f.item WHERE"                                                             \
    " d.host=? AND " where " GROUP BY f.rule, f.silent, d.grade_before"                        \
    " ORDER BY 2 DESC, 4"
#define NO_PAGES " AND r.rule_id NOT LIKE 'hauberk-page-%'"

static void add_span(struct printer *p, struct buf *out, int64_t first, int64_t last)
{
    if (first == TIME_NONE)
        return;
    buf_printf(out, ", %s", tell_when(p->r, first).ptr);
    if (last != first)
        buf_printf(out, " to %s", tell_when(p->r, last).ptr);
}

static void add_sources(struct printer *p, struct buf *out, struct slice sources)
{
    if (!sources.len)
        return;
    struct slice shown = slice_first(sources, VALUE_TOLD_MAX);
    buf_printf(out, ", from %.*s%s", SLICE_FMT(tell_safe(p->r, shown)),
               shown.len < sources.len ? " ..." : "");
}

static struct slice finding_line(struct printer *p, struct query *q)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s %.*s: %" PRId64, grade_name(query_grade(q, 1)),
               SLICE_FMT(tell_safe(p->r, query_text(q, 0))), query_int(q, 2));
    add_span(p, &text, query_time(q, 3), query_time(q, 4));
    add_sources(p, &text, query_text(q, 9));
    if (query_int(q, 7))
        buf_add_text(&text, ", closed by an allow list");
    if (query_int(q, 8))
        buf_add_text(&text, ", by a rule that the earlier case did not have");
    buf_printf(&text, " [%.*s at byte %" PRId64 "]",
               SLICE_FMT(tell_safe(p->r, query_text(q, 5))), query_int(q, 6));
    return tell_keep(p->r, &text);
}

static struct slice changed_line(struct printer *p, struct query *q)
{
    struct slice line = finding_line(p, q);
    enum grade before = query_grade(q, 10), now = query_grade(q, 1);
    if (before == now)
        return tell_format(p->r, "%.*s%s", SLICE_FMT(line),
                           query_int(q, 7) ? "" : ", open again");
    return tell_format(p->r, "%.*s, was %s", SLICE_FMT(line), grade_name(before));
}

static struct slice page_line_of(struct printer *p, struct query *q)
{
    struct buf text = BUF_INIT;
    struct slice hash = query_text(q, 2), before = query_text(q, 3);
    buf_printf(&text, "%.*s: %.*s, sha256 %.*s", SLICE_FMT(tell_safe(p->r, query_text(q, 0))),
               SLICE_FMT(tell_safe(p->r, query_text(q, 1))), SLICE_FMT(tell_safe(p->r, hash)));
    if (before.len)
        buf_printf(&text, ", was %.*s, sha256 %.*s",
                   SLICE_FMT(tell_safe(p->r, query_text(q, 4))),
                   SLICE_FMT(tell_safe(p->r, before)));
    return tell_keep(p->r, &text);
}

static struct slice build_line(struct printer *p, struct query *q)
{
    return tell_format(p->r, "%.*s: %.*s", SLICE_FMT(query_text(q, 0)),
                       SLICE_FMT(tell_safe(p->r, query_text(q, 1))));
}

static struct slice coverage_line_of(struct printer *p, struct query *q)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%.*s: ", SLICE_FMT(tell_safe(p->r, query_text(q, 0))));
    if (query_is_null(q, 6))
        buf_add_text(&text, "not read any more");
    else
        buf_printf(&text, "%" PRId64 " rows", query_int(q, 6));
    if (query_time(q, 5) != TIME_NONE)
        buf_printf(&text, ", %.16s - %.16s", tell_when(p->r, query_time(q, 4)).ptr,
                   tell_when(p->r, query_time(q, 5)).ptr);
    if (query_is_null(q, 3)) {
        buf_add_text(&text, ", was not read before");
        return tell_keep(p->r, &text);
    }
    buf_printf(&text, ", was %" PRId64, query_int(q, 3));
    if (query_time(q, 2) != TIME_NONE)
        buf_printf(&text, ", %.16s - %.16s", tell_when(p->r, query_time(q, 1)).ptr,
                   tell_when(p->r, query_time(q, 2)).ptr);
    return tell_keep(p->r, &text);
}

#define PAGES(change)                                                                          \
    "SELECT d.place, coalesce(p.class, b.class), coalesce(p.sha256, b.sha256),"                \
    " CASE d.change WHEN 'changed' THEN b.sha256 END, b.class FROM temp.diff_page d LEFT JOIN" \
    " main.page p ON p.item=d.item LEFT JOIN old.page b ON b.item=d.item_before WHERE"         \
    " d.host=? AND d.change='" change "' ORDER BY p.class='none', d.place"

static const struct {
    const char *heading, *sql;
    struct slice (*line)(struct printer *p, struct query *q);
} lists[] = {
    { "  New findings", FINDINGS("main", "d.change='new'" NO_PAGES), finding_line },
    { "  New pages on disk", PAGES("new"), page_line_of },
    { "  Pages with other content", PAGES("changed"), page_line_of },
    { "  Findings that are judged otherwise", FINDINGS("main", "d.change='changed'"),
      changed_line },
    { "  Findings that are gone", FINDINGS("old", "d.change='gone'" NO_PAGES), finding_line },
    { "  Pages that are gone", PAGES("gone"), page_line_of },
    { "  Builds", "SELECT change, build FROM temp.diff_build WHERE host=? ORDER BY 1 DESC, 2",
      build_line },
    { "  What was read",
      "SELECT family, from_before, to_before, events_before, time_from, time_to, events FROM"
      " temp.diff_coverage WHERE host=? ORDER BY family",
      coverage_line_of },
};

static bool has_lines(struct printer *p, struct slice host)
{
    struct query q;
    query_open(&q, p->diff->after,
               "SELECT EXISTS(SELECT 1 FROM temp.diff_finding WHERE host=?1) OR EXISTS(SELECT 1"
               " FROM temp.diff_page WHERE host=?1) OR EXISTS(SELECT 1 FROM temp.diff_build"
               " WHERE host=?1) OR EXISTS(SELECT 1 FROM temp.diff_coverage WHERE host=?1)");
    query_bind_text(&q, host);
    bool has = query_next(&q) && query_int(&q, 0);
    query_close(&q);
    return has;
}

static void print_host(struct printer *p, struct slice host)
{
    if (!has_lines(p, host))
        return;
    page_heading(&p->page,
                 host.len ? tell_safe(p->r, host).ptr : "findings that belong to no host");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        print_list(p, host, lists[i].heading, lists[i].sql, lists[i].line);
    arena_reset(&p->r->arena);
}

/* ---- rules and settings ---- */

static void print_rules(struct printer *p)
{
    struct casefile *casefile = p->diff->after;
    int64_t added =
        casefile_count(casefile, "SELECT count(*) FROM temp.diff_rule WHERE change='new'");
    int64_t gone =
        casefile_count(casefile, "SELECT count(*) FROM temp.diff_rule WHERE change='gone'");
    if (added || gone)
        page_wrap(&p->page, INK_BOLD, "  - ", 4,
                  tell_format(p->r,
                              "%" PRId64 " rules are new and %" PRId64
                              " are gone: findings may "
                              "be new or gone for that reason alone.",
                              added, gone));
}

static void print_settings(struct printer *p)
{
    struct query q;
    query_open(&q, p->diff->after, "SELECT * FROM temp.diff_setting ORDER BY key");
    while (query_next(&q)) {
        struct slice before = query_text(&q, 2), value = query_text(&q, 3);
        page_wrap(&p->page, INK_PLAIN, "  - ", 4,
                  tell_format(
                      p->r, "%.*s: %.*s, was %.*s",
                      SLICE_FMT(tell_safe(p->r, query_text(&q, 1))),
                      SLICE_FMT(value.ptr ? tell_safe(p->r, value) : SLICE_LIT("not set")),
                      SLICE_FMT(before.ptr ? tell_safe(p->r, before) : SLICE_LIT("not set"))));
    }
    query_close(&q);
}

static void print_all(struct printer *p)
{
    struct diff_verdict *verdicts;
    size_t count = diff_verdicts(p->diff, &p->arena, &verdicts);
    bool news = diff_has_news(p->diff);
    page_heading(&p->page, news ? "SOMETHING IS NEW" : "NOTHING NEW WAS FOUND");
    for (size_t i = 0; i < count; i++)
        print_verdict(p, &verdicts[i]);
    for (size_t i = 0; i < count; i++)
        print_host(p, verdicts[i].host);
    print_host(p, SLICE_LIT(""));
    if (casefile_count(p->diff->after, "SELECT EXISTS(SELECT 1 FROM temp.diff_rule) OR"
                                       " EXISTS(SELECT 1 FROM temp.diff_setting)"))
        page_heading(&p->page, "THE HUNTS THEMSELVES");
    print_rules(p);
    print_settings(p);
}

int report_diff_text(struct diff *diff, bool colour, bool show_secrets, FILE *out,
                     struct err *err)
{
    AUTO_FREE struct report *r = mem_alloc(sizeof *r);
    struct printer p = { diff, r, { out, colour }, ARENA_INIT };
    report_init(r, diff->after, show_secrets);
    print_all(&p);
    report_deinit(r);
    arena_deinit(&p.arena);
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE) /* the reader may have enough */
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    if (casefile_error(diff->before, err) < 0)
        return -1;
    return casefile_error(diff->after, err);
}
