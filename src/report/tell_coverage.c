/* What was read, and what could not be seen. */
#include <inttypes.h>

#include "base/clock.h"
#include "report/telling.h"

struct slice tell_coverage(struct report *r, const struct coverage_line *line)
{
    struct slice span = line->from == TIME_NONE
                            ? SLICE_LIT("rows without time")
                            : tell_format(r, "%.16s - %.16s", tell_when(r, line->from).ptr,
                                          tell_when(r, line->to).ptr);
    return tell_format(r, "%.*s, %" PRIu64 " row%s", SLICE_FMT(span), line->events,
                       tell_plural(line->events));
}

struct slice tell_disk_read(struct report *r, const struct host_verdict *v)
{
    struct buf text = BUF_INIT;
    if (!(v->pages_analysed + v->pages_known + v->pages_listed))
        return SLICE_LIT("");
    TELL(&text, WORD_DISK_READ, { "count", tell_format(r, "%" PRIu64, v->pages_analysed) },
         { "known", tell_format(r, "%" PRIu64, v->pages_known) });
    if (v->pages_listed)
        TELL(&text, WORD_DISK_LISTED, { "count", tell_format(r, "%" PRIu64, v->pages_listed) });
    return tell_keep(r, &text);
}

struct slice tell_limits(struct report *r)
{
    struct buf text = BUF_INIT;
    struct slice since = tell_meta(r, "since"), until = tell_meta(r, "until");
    if (!since.len && !until.len)
        return SLICE_LIT("");
    TELL(&text, WORD_LIMITED, { "since", since.len ? since : SLICE_LIT("the beginning") },
         { "until", until.len ? until : SLICE_LIT("the end") });
    return tell_keep(r, &text);
}

static struct slice needs(struct report *r, const struct cve *cve)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < CVE_FAMILIES_MAX && cve->shown_by[i] != FAMILY_NONE; i++)
        buf_printf(&text, "%s%s", text.len ? " or " : "", family_get(cve->shown_by[i])->title);
    if (text.len)
        buf_add_text(&text, " logs");
    return tell_keep(r, &text);
}

static struct slice outside(struct report *r, const struct host_verdict *v)
{
    struct buf text = BUF_INIT;
    int64_t from = TIME_NONE, to = TIME_NONE;
    for (size_t i = 0; i < v->coverage_count; i++) {
        const struct coverage_line *line = &v->coverage[i];
        if (line->from == TIME_NONE)
            continue;
        from = from == TIME_NONE || line->from < from ? line->from : from;
        to = to == TIME_NONE || line->to > to ? line->to : to;
    }
    if (from == TIME_NONE)
        return SLICE_LIT("");
    TELL(&text, WORD_OUTSIDE, { "from", tell_when(r, from) }, { "to", tell_when(r, to) });
    if (v->blind.from != TIME_NONE)
        TELL(&text, WORD_BLIND, { "from", tell_when(r, v->blind.from) },
             { "to", tell_when(r, v->blind.to) });
    return tell_keep(r, &text);
}

static struct slice undecided(struct report *r, const struct cve *cve)
{
    struct buf text = BUF_INIT;
    TELL(&text, WORD_UNDECIDED, { "cve", slice_from(cve->id) },
         { "name", slice_from(cve->name) }, { "needs", needs(r, cve) });
    return tell_keep(r, &text);
}

/* Those that no log of the server shows, in one sentence; empty when there are none. */
static struct slice never_shown(struct report *r, const struct host_verdict *v)
{
    struct buf text = BUF_INIT;
    struct slice *ids = arena_array(&r->arena, v->undecided_count, sizeof *ids);
    size_t count = 0;
    for (size_t i = 0; i < v->undecided_count; i++)
        if (v->undecided[i]->shown_by[0] == FAMILY_NONE)
            ids[count++] = slice_from(v->undecided[i]->id);
    if (count)
        TELL(&text, WORD_NEVER_SHOWN, { "cves", tell_names(r, ids, count) });
    return tell_keep(r, &text);
}

void tell_unseen(struct report *r, const struct host_verdict *v, struct sentences *out)
{
    sentences_add(out, tell_limits(r));
    sentences_add(out, outside(r, v));
    for (size_t i = 0; i < v->undecided_count; i++)
        if (v->undecided[i]->shown_by[0] != FAMILY_NONE)
            sentences_add(out, undecided(r, v->undecided[i]));
    sentences_add(out, never_shown(r, v));
    if (!verdict_covers(v, FAMILY_WIN_SECURITY) && !verdict_covers(v, FAMILY_WIN_SYSMON))
        sentences_add(out, SLICE_LIT("No Security or Sysmon event log was read: what ran on "
                                     "the machine is not judged."));
    if (!v->pages_analysed && !v->pages_known && !v->pages_listed)
        sentences_add(out, slice_from(word(WORD_DISK_NONE)));
    sentences_add(out, slice_from(word(WORD_NOT_CLEAN)));
}

void tell_other_matches(struct report *r, const struct host_verdict *v, struct sentences *out)
{
    struct query q;
    if (v->other_matches <= v->disk_count - v->disk_planted && !v->probes)
        return; /* pages are told by themselves */
    query_open(
        &q, r->casefile,
        "SELECT r.title, r.level, count(*) FROM finding f JOIN rule r ON r.id=f.rule"
        " WHERE f.host=? AND f.stage='none' AND NOT f.silent"
        " AND r.rule_id NOT LIKE 'hauberk-page-%' AND f.family<>'setting' GROUP BY f.rule"
        " ORDER BY 3 DESC LIMIT 20");
    query_bind_text(&q, v->host);
    while (query_next(&q))
        sentences_add(out, tell_format(r, "%.*s (%.*s): %" PRId64,
                                       SLICE_FMT(tell_safe(r, query_text(&q, 0))),
                                       SLICE_FMT(tell_safe(r, query_text(&q, 1))),
                                       query_int(&q, 2)));
    query_close(&q);
    if (v->probes)
        sentences_add(out, tell_format(r,
                                       "Exchange's own monitoring matched rules %" PRIu64
                                       " times; that never raises a grade.",
                                       v->probes));
}

static const struct {
    const char *heading, *sql, *more;
} file_lists[] = {
    [FILES_DAMAGED] = { "DAMAGE: PARTS THAT COULD NOT BE READ",
                        "SELECT i.path || ' at byte ' || d.offset, d.reason FROM damage d"
                        " JOIN item i ON i.id=d.item UNION ALL SELECT path, reason FROM trouble"
                        " WHERE NOT skipped",
                        "damaged places" },
    [FILES_NOT_READ] = { "NOT READ",
                         "SELECT path, coalesce(note,'not read') FROM item WHERE family IS NULL"
                         " AND done AND id NOT IN (SELECT item FROM page) AND id NOT IN"
                         " (SELECT item FROM host_build) AND id NOT IN"
                         " (SELECT item FROM setting) GROUP BY path UNION"
                         " ALL SELECT path, reason FROM trouble WHERE skipped",
                         "files" },
    [FILES_REMARKED] = { "READ WITH A REMARK",
                         "SELECT path, note FROM item WHERE family IS NOT NULL AND note IS NOT"
                         " NULL GROUP BY path",
                         "files" },
};

const char *tell_files_heading(enum file_list which)
{
    return file_lists[which].heading;
}

void tell_files(struct report *r, enum file_list which, struct sentences *out,
                struct slice *more_out)
{
    struct query q;
    size_t count = 0;
    query_open(&q, r->casefile, file_lists[which].sql);
    while (query_next(&q))
        if (count++ < LIST_TOLD_MAX)
            sentences_add(out, tell_format(r, "%.*s: %.*s",
                                           SLICE_FMT(tell_safe(r, query_text(&q, 0))),
                                           SLICE_FMT(tell_safe(r, query_text(&q, 1)))));
    query_close(&q);
    *more_out = count > LIST_TOLD_MAX ? tell_format(r, "... and %lu more %s",
                                                    (unsigned long)(count - LIST_TOLD_MAX),
                                                    file_lists[which].more)
                                      : SLICE_LIT("");
}
