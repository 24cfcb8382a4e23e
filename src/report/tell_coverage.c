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
