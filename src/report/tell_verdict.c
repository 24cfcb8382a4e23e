/* What happened to a host, in the sentences of the catalogue. */
#include <inttypes.h>

#include "base/clock.h"
#include "casefile/triage.h"
#include "report/page_words.h"
#include "report/telling.h"

/* "ProxyLogon (CVE-2021-26855)" */
static struct slice hole(struct report *r, struct slice number)
{
    for (size_t i = 0; i < cve_count; i++) {
        struct slice id = slice_from(cve_table[i].id);
        if (!number.len || !slice_icase_ends(id, number))
            continue;
        struct slice name = slice_from(cve_table[i].name);
        name = slice_first(name, slice_find_char(name, ':'));
        return tell_format(r, "%.*s (%.*s)", SLICE_FMT(name), SLICE_FMT(id));
    }
    return slice_from(word(WORD_HOLE));
}

static void tell_exploit(struct report *r, struct buf *out, const struct host_verdict *v)
{
    if (v->exploit.time == TIME_NONE) {
        if (v->grade >= GRADE_E3)
            tell_fill(out, WORD_NO_ENTRY, NULL, 0);
        return;
    }
    struct slice sources = v->exploiter_count ? tell_names(r, v->exploiters, v->exploiter_count)
                                              : slice_from(word(WORD_SOMEBODY));
    bool once = v->first_exploit.time == v->exploit.time;
    TELL(out, once ? WORD_EXPLOIT : WORD_EXPLOIT_SPAN,
         { "hole", hole(r, v->first_exploit.cve) }, { "sources", sources },
         { "first", tell_when(r, v->first_exploit.time) },
         { "first_ref", tell_cite(r, &v->first_exploit.proof) },
         { "time", tell_when(r, v->exploit.time) }, { "ref", tell_cite(r, &v->exploit.proof) });
}

static void tell_change(struct report *r, struct buf *out, const struct host_verdict *v)
{
    const struct moment *moment = v->script.time != TIME_NONE ? &v->script : &v->changed;
    if (moment->time != TIME_NONE)
        TELL(out, v->script.time != TIME_NONE ? WORD_SCRIPT : WORD_CHANGED,
             { "time", tell_when(r, moment->time) }, { "ref", tell_cite(r, &moment->proof) });
}

static enum word write_word(const struct moment *plant)
{
    if (plant->backdoor)
        return plant->what.len ? WORD_PLANT_FOUND : WORD_PLANT_TITLED;
    return plant->what.len ? WORD_PLANT_NAMED : WORD_PLANT;
}

static void tell_write(struct report *r, struct buf *out, const struct host_verdict *v)
{
    const struct moment *plant = &v->plant;
    if (plant->time == TIME_NONE) {
        tell_change(r, out, v);
        return;
    }
    TELL(out, write_word(plant), { "title", tell_safe(r, plant->title) },
         { "time", tell_when(r, plant->time) }, { "file", tell_safe(r, plant->what) },
         { "ref", tell_cite(r, &plant->proof) });
    if (v->cleared.time != TIME_NONE)
        TELL(out, WORD_CLEARED, { "time", tell_when(r, v->cleared.time) },
             { "ref", tell_cite(r, &v->cleared.proof) });
}

static void tell_blind_time(struct report *r, struct buf *out, const struct host_verdict *v)
{
    if (v->blind.from != TIME_NONE)
        TELL(out, WORD_BLIND, { "from", tell_when(r, v->blind.from) },
             { "to", tell_when(r, v->blind.to) });
}

static void add_item(struct buf *list, const char *text)
{
    if (list->len)
        buf_add_text(list, ", ");
    buf_add_text(list, text);
}

static void add_timed(struct report *r, struct buf *list, enum word which, int64_t time)
{
    struct buf text = BUF_INIT;
    TELL(&text, which, { "time", tell_format(r, "%.9s", tell_when(r, time).ptr + 11) });
    add_item(list, text.ptr);
    buf_deinit(&text);
}

/* "06:49 (script set, directory re-created, write not confirmed)" */
static void describe_run(struct report *r, struct buf *out, const struct exploit_run *run)
{
    struct buf list = BUF_INIT;
    if (run->steps & RUN_SCRIPT)
        add_item(&list, word(WORD_RUN_SCRIPT));
    if (run->steps & RUN_RECREATE)
        add_item(&list, word(WORD_RUN_RECREATED));
    if (!run->steps && run->changed != TIME_NONE)
        add_item(&list, word(WORD_RUN_CHANGED));
    if (run->planted != TIME_NONE)
        add_timed(r, &list, WORD_RUN_WRITTEN, run->planted);
    else if (run->steps)
        add_item(&list, word(WORD_RUN_UNCONFIRMED));
    else if (run->changed == TIME_NONE && run->reached != TIME_NONE)
        add_item(&list, word(WORD_RUN_REACHED));
    if (run->cleared != TIME_NONE)
        add_timed(r, &list, WORD_RUN_CLEARED, run->cleared);
    buf_printf(out, "%s%.16s (%s) %.*s", out->len ? "; " : "", tell_when(r, run->first).ptr,
               list.ptr, SLICE_FMT(tell_cite(r, &run->proof)));
    buf_deinit(&list);
}

#define RUNS_TOLD_MAX 4

static void tell_runs(struct report *r, struct buf *out, const struct host_verdict *v)
{
    struct buf list = BUF_INIT;
    size_t told = v->run_count < RUNS_TOLD_MAX ? v->run_count : RUNS_TOLD_MAX;
    if (v->run_count < 2)
        return;
    for (size_t i = 0; i < told; i++)
        describe_run(r, &list, &v->runs[i]);
    if (told < v->run_count)
        buf_add_text(&list, "; and later ones");
    TELL(out, WORD_RUNS, { "count", tell_format(r, "%lu", (unsigned long)v->run_count) },
         { "list", buf_slice(&list) });
    buf_deinit(&list);
}

static const char *use_words(enum page_use use)
{
    return word(use == PAGE_USE_CHECKED  ? WORD_USE_CHECKED
                : use == PAGE_USE_LIKELY ? WORD_USE_LIKELY
                                         : WORD_USE_SEEN);
}

static void tell_page(struct report *r, struct buf *out, const struct host_verdict *v,
                      const struct page_fact *page, enum word which)
{
    size_t count = v->answered_pages;
    bool afterwards = v->plant.time != TIME_NONE && page->first_answer >= v->plant.time;
    struct slice name = tell_safe(r, page->page);
    TELL(out, which, { "afterwards", afterwards ? SLICE_LIT(" afterwards") : SLICE_LIT("") },
         { "count", tell_format(r, "%lu", (unsigned long)count) }, { "page", name },
         { "time", tell_when(r, page->first_answer) },
         { "use", slice_from(use_words(page->use)) }, { "ref", tell_cite(r, &page->proof) },
         { "sources", tell_names(r, page->sources, page->source_count) });
    if (page->first_refusal_after != TIME_NONE)
        TELL(out, WORD_PAGE_GONE, { "page", name }, { "last", tell_when(r, page->last_answer) },
             { "time", tell_when(r, page->first_refusal_after) },
             { "ref", tell_cite(r, &page->gone_proof) });
    else
        TELL(out, WORD_PAGE_STILL, { "page", name },
             { "time", tell_when(r, page->last_answer) });
}

static void tell_pages(struct report *r, struct buf *out, const struct host_verdict *v)
{
    size_t told = v->answered_pages < PAGES_TOLD_MAX ? v->answered_pages : PAGES_TOLD_MAX;
    for (size_t i = 0; i < told; i++)
        tell_page(r, out, v, &v->pages[i],
                  i > 0                    ? WORD_PAGE_ALSO
                  : v->answered_pages == 1 ? WORD_PAGE_ONLY
                                           : WORD_PAGE_FIRST);
    if (v->asked_pages)
        TELL(out, v->answered_pages ? WORD_ASKED : WORD_ASKED_NONE,
             { "count", tell_format(r, "%lu", (unsigned long)v->asked_pages) },
             { "example", tell_safe(r, v->pages[v->answered_pages].page) });
}

static void tell_disk_page(struct report *r, struct buf *out, const struct disk_page *page)
{
    const struct page_fact *answers = page->answers;
    struct slice class = slice_from(page_words_noun(page->class));
    if (!answers) {
        TELL(out, WORD_DISK, { "file", tell_safe(r, page->path) }, { "class", class },
             { "ref", tell_cite(r, &page->proof) });
        return;
    }
    TELL(out, WORD_DISK_ANSWERED, { "file", tell_safe(r, page->path) }, { "class", class },
         { "ref", tell_cite(r, &page->proof) }, { "page", tell_safe(r, answers->page) },
         { "answer_ref", tell_cite(r, &answers->proof) });
}

static void tell_disk(struct report *r, struct buf *out, const struct host_verdict *v)
{
    size_t told = v->disk_planted < PAGES_TOLD_MAX ? v->disk_planted : PAGES_TOLD_MAX;
    for (size_t i = 0; i < told; i++)
        tell_disk_page(r, out, &v->disk[i]);
    if (told < v->disk_planted)
        TELL(out, WORD_DISK_MORE,
             { "count", tell_format(r, "%lu", (unsigned long)(v->disk_planted - told)) });
}

/* What event logs show of the machine itself. */
static void tell_deeds(struct report *r, struct buf *out, const struct host_verdict *v)
{
    if (v->command.time != TIME_NONE)
        TELL(out, v->command.what.len ? WORD_COMMAND_LINE : WORD_COMMAND,
             { "time", tell_when(r, v->command.time) },
             { "ref", tell_cite(r, &v->command.proof) },
             { "line", tell_safe(r, slice_first(v->command.what, VALUE_TOLD_MAX)) });
    if (v->spread.time != TIME_NONE)
        TELL(out, WORD_SPREAD, { "time", tell_when(r, v->spread.time) },
             { "title", tell_safe(r, v->spread.title) },
             { "ref", tell_cite(r, &v->spread.proof) });
}

static enum word verdict_word(const struct host_verdict *v)
{
    if (v->grade == GRADE_E4 && v->plant.time == TIME_NONE && v->disk_planted)
        return WORD_VERDICT_DISK;
    bool no_page = v->command.time != TIME_NONE && !v->answered_pages;
    return v->grade == GRADE_E5 && no_page ? WORD_COMMAND_ONLY
                                           : (enum word)(WORD_VERDICT_N + (int)v->grade);
}

struct slice tell_headline(struct report *r, const struct host_verdict *v)
{
    return tell_format(r, "%.*s: %s, grade %s (%s)", SLICE_FMT(tell_safe(r, v->host)),
                       words_headline(v->grade), grade_name(v->grade), grade_word(v->grade));
}

/* "ex01: COMPROMISED, grade E5 (answered), first sign 2021-03-02 16:04Z" */
struct slice tell_summary(struct report *r, const struct verdict_summary *summary)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%.*s: %s, grade %s (%s)", SLICE_FMT(tell_safe(r, summary->host)),
               words_headline(summary->grade), grade_name(summary->grade),
               grade_word(summary->grade));
    if (summary->first != TIME_NONE)
        buf_printf(&text, ", first sign %.16sZ", tell_when(r, summary->first).ptr);
    return tell_keep(r, &text);
}

static void tell_partial(struct report *r, struct buf *out, const struct host_verdict *v)
{
    (void)r;
    if (v->partial)
        tell_fill(out, WORD_PARTIAL, NULL, 0);
}

/* What is left out of all that is said before. */
static void tell_allowed(struct report *r, struct buf *out, const struct host_verdict *v)
{
    struct triage_host closed = triage_of_host(r->casefile, v->host);
    if (closed.closed)
        TELL(out, WORD_ALLOWED_HOST, { "count", tell_format(r, "%" PRIu64, closed.closed) },
             { "s", slice_from(tell_plural(closed.closed)) },
             { "grade", slice_from(grade_name(closed.gravest)) },
             { "word", slice_from(grade_word(closed.gravest)) });
}

static void tell_grade(struct report *r, struct buf *out, const struct host_verdict *v)
{
    (void)r;
    tell_fill(out, verdict_word(v), NULL, 0);
}

void tell_verdict_parts(struct report *r, const struct host_verdict *v, struct sentences *out)
{
    static void (*const parts[])(struct report *, struct buf *, const struct host_verdict *) = {
        tell_grade, tell_exploit, tell_write,      tell_disk,    tell_runs,
        tell_pages, tell_deeds,   tell_blind_time, tell_partial, tell_allowed
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct buf text = BUF_INIT;
        parts[i](r, &text, v);
        sentences_add(out, tell_keep(r, &text));
    }
}

struct slice tell_verdict(struct report *r, const struct host_verdict *v)
{
    struct sentences parts = { 0 };
    struct buf text = BUF_INIT;
    tell_verdict_parts(r, v, &parts);
    for (size_t i = 0; i < parts.count; i++) {
        buf_add_text(&text, i ? " " : "");
        buf_add_slice(&text, parts.items[i]);
    }
    return tell_keep(r, &text);
}

/* "Sysmon or Security" */
static struct slice harm_logs(struct report *r, const struct harm_reason *reason,
                              const char *last)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < reason->family_count; i++)
        buf_printf(&text, "%s%s",
                   i == 0                          ? ""
                   : i + 1 == reason->family_count ? last
                                                   : ", ",
                   family_get(reason->families[i])->title);
    return tell_keep(r, &text);
}

/* "possible [3]", "not observable (needs Sysmon logs)" */
static void add_harm_reason(struct report *r, struct buf *out, const struct harm_reason *reason)
{
    bool known = reason->family_count > 0;
    if (reason->proof.path.ptr)
        buf_printf(out, " %.*s", SLICE_FMT(tell_cite(r, &reason->proof)));
    else if (reason->because == HARM_NO_LOG && known)
        TELL(out, WORD_HARM_NO_LOG, { "logs", harm_logs(r, reason, " or ") });
    else if (reason->because == HARM_NOTHING_IN_LOGS && known)
        TELL(out, WORD_HARM_NOTHING, { "logs", harm_logs(r, reason, " and ") });
    else if (reason->because == HARM_ABLE)
        tell_fill(out, WORD_HARM_ABLE, NULL, 0);
}

struct slice tell_harm_reason(struct report *r, const struct harm_reason *reason)
{
    struct buf text = BUF_INIT;
    add_harm_reason(r, &text, reason);
    return tell_keep(r, &text);
}

struct slice tell_harm(struct report *r, const struct host_verdict *v)
{
    struct buf text = BUF_INIT;
    for (int k = 0; k < HARM_COUNT; k++) {
        buf_printf(&text, "%s%s %s", k ? ", " : "", words_harm_kind((enum harm_kind)k),
                   words_harm_state(v->harm[k]));
        add_harm_reason(r, &text, &v->harm_reason[k]);
    }
    return tell_keep(r, &text);
}
