#include <inttypes.h>

#include "report/text_internal.h"

#define GAPS_PRINTED_MAX 3

static void print_gaps(struct text *t, const struct coverage_line *line)
{
    size_t shown = line->gap_count < GAPS_PRINTED_MAX ? line->gap_count : GAPS_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++)
        page_wrap(&t->page, INK_PLAIN, NULL, 28,
                  tell_format(t->r, "gap %.16s - %.16s",
                              tell_when(t->r, line->gaps[i].from).ptr,
                              tell_when(t->r, line->gaps[i].to).ptr));
    if (shown < line->gap_count)
        page_wrap(&t->page, INK_PLAIN, NULL, 28,
                  tell_format(t->r, "... and %lu more gaps",
                              (unsigned long)(line->gap_count - shown)));
}

void text_coverage(struct text *t, const struct host_verdict *v)
{
    page_heading(&t->page, "WHAT WAS READ");
    for (size_t i = 0; i < v->coverage_count; i++) {
        const struct coverage_line *line = &v->coverage[i];
        struct slice head = tell_format(t->r, "  %-25s ", line->family->title);
        page_wrap(&t->page, INK_PLAIN, head.ptr, 28, tell_coverage(t->r, line));
        print_gaps(t, line);
    }
    struct slice pages = tell_disk_read(t->r, v);
    if (pages.len)
        page_wrap(&t->page, INK_PLAIN, "  Pages on disk             ", 28, pages);
    if (!v->coverage_count)
        page_wrap(&t->page, INK_PLAIN, NULL, 2, SLICE_LIT("No log that counts as coverage."));
}

void text_unseen(struct text *t, const struct host_verdict *v)
{
    struct sentences list = { 0 };
    page_heading(&t->page, "WHAT COULD NOT BE SEEN");
    tell_unseen(t->r, v, &list);
    for (size_t i = 0; i < list.count; i++)
        text_point(t, "  - ", list.items[i]);
}

static void print_list(struct text *t, const char *heading, const char *sql, const char *more)
{
    struct query q;
    size_t count = 0;
    query_open(&q, t->r->casefile, sql);
    while (query_next(&q)) {
        if (count == 0)
            page_heading(&t->page, heading);
        if (count++ < LIST_TOLD_MAX)
            page_wrap(&t->page, INK_PLAIN, "  - ", 4,
                      tell_format(t->r, "%.*s: %.*s",
                                  SLICE_FMT(tell_safe(t->r, query_text(&q, 0))),
                                  SLICE_FMT(tell_safe(t->r, query_text(&q, 1)))));
    }
    query_close(&q);
    if (count > LIST_TOLD_MAX)
        page_wrap(&t->page, INK_PLAIN, NULL, 4,
                  tell_format(t->r, "... and %lu more %s",
                              (unsigned long)(count - LIST_TOLD_MAX), more));
}

void text_files(struct text *t)
{
    print_list(t, "DAMAGE: PARTS THAT COULD NOT BE READ",
               "SELECT i.path || ' at byte ' || d.offset, d.reason FROM damage d"
               " JOIN item i ON i.id=d.item UNION ALL SELECT path, reason FROM trouble"
               " WHERE NOT skipped",
               "damaged places");
    print_list(t, "NOT READ",
               "SELECT path, coalesce(note,'not read') FROM item WHERE family IS NULL AND done"
               " AND id NOT IN (SELECT item FROM page) AND id NOT IN (SELECT item FROM host_build)"
               " GROUP BY path UNION ALL SELECT path, "
               "reason FROM trouble WHERE skipped",
               "files");
    print_list(t, "READ WITH A REMARK",
               "SELECT path, note FROM item WHERE family IS NOT NULL AND note IS NOT NULL"
               " GROUP BY path",
               "files");
}

void text_other_matches(struct text *t, const struct host_verdict *v)
{
    struct query q;
    if (v->other_matches <= v->disk_count - v->disk_planted && !v->probes)
        return; /* pages are told by themselves */
    page_heading(&t->page, "OTHER MATCHES (they do not change the verdict)");
    query_open(
        &q, t->r->casefile,
        "SELECT r.title, r.level, count(*) FROM finding f JOIN rule r ON r.id=f.rule"
        " WHERE f.host=? AND f.stage='none' AND NOT f.silent"
        " AND r.rule_id NOT LIKE 'hauberk-page-%' AND f.family<>'setting' GROUP BY f.rule"
        " ORDER BY 3 DESC LIMIT 20");
    query_bind_text(&q, v->host);
    while (query_next(&q))
        page_wrap(&t->page, INK_PLAIN, "  - ", 4,
                  tell_format(t->r, "%.*s (%.*s): %" PRId64,
                              SLICE_FMT(tell_safe(t->r, query_text(&q, 0))),
                              SLICE_FMT(query_text(&q, 1)), query_int(&q, 2)));
    query_close(&q);
    if (v->probes)
        page_wrap(&t->page, INK_PLAIN, "  - ", 4,
                  tell_format(t->r,
                              "Exchange's own monitoring matched rules %" PRIu64
                              " times; that never raises a grade.",
                              v->probes));
}
