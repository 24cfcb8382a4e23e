#include "report/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/escape.h"
#include "casefile/verdict.h"
#include "report/page.h"
#include "report/page_words.h"
#include "report/secrets.h"
#include "report/words.h"

#define PROOFS_MAX 400        /* rows printed as proof; the case file has all */
#define ROW_PRINTED_MAX 420   /* characters of a row */
#define VALUE_PRINTED_MAX 160 /* of one value of an event */
#define STEPS_PRINTED_MAX 150
#define GAPS_PRINTED_MAX 3
#define LIST_PRINTED_MAX 12
#define HOSTS_PRINTED_MAX 100 /* in full; the overview names all */
#define PAGES_TOLD_MAX 5

struct report {
    struct casefile *casefile;
    struct page page;
    bool show_secrets;
    struct arena arena;
    bool has_context; /* the case keeps neighbours of findings */
    size_t proof_count;
    const struct proof *proofs[PROOFS_MAX];
};

/* ---- values ---------------------------------------------------------------------------------
 */

/* Evidence as it may be printed: secrets shortened, control characters made visible. */
static struct slice safe(struct report *r, struct slice text)
{
    struct buf plain = BUF_INIT, escaped = BUF_INIT;
    if (r->show_secrets)
        buf_add_slice(&plain, text);
    else
        secrets_shorten(&plain, text);
    escape_text(&escaped, buf_slice(&plain));
    struct slice copy = arena_copy(&r->arena, buf_slice(&escaped));
    buf_deinit(&plain);
    buf_deinit(&escaped);
    return copy;
}

static struct slice print(struct report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static struct slice print(struct report *r, const char *format, ...)
{
    struct buf text = BUF_INIT;
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    struct slice copy = arena_copy(&r->arena, buf_slice(&text));
    buf_deinit(&text);
    return copy;
}

static struct slice when(struct report *r, int64_t time)
{
    char text[TIME_TEXT_SIZE];
    return print(r, "%s", time_format_plain(time, text));
}

/* "[3]": the number under which the proof is printed at the end; equal places share one. */
static struct slice cite(struct report *r, const struct proof *proof)
{
    if (!proof->path.ptr)
        return SLICE_LIT("");
    for (size_t i = 0; i < r->proof_count; i++)
        if (r->proofs[i]->offset == proof->offset && slice_eq(r->proofs[i]->path, proof->path))
            return print(r, "[%lu]", (unsigned long)(i + 1));
    if (r->proof_count == PROOFS_MAX)
        return SLICE_LIT("[case file]");
    r->proofs[r->proof_count++] = proof;
    return print(r, "[%lu]", (unsigned long)r->proof_count);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void fill(struct buf *out, enum word which, const struct filler *fillers, size_t count)
{
    if (out->len)
        buf_add_char(out, ' ');
    words_fill(out, word(which), fillers, count);
}

#define FILL(out, which, ...)                                                                  \
    do {                                                                                       \
        const struct filler fillers_[] = { __VA_ARGS__ };                                      \
        fill(out, which, fillers_, sizeof fillers_ / sizeof *fillers_);                        \
    } while (0)

/* ---- the verdict in words -------------------------------------------------------------------
 */

static struct slice join_names(struct report *r, const struct slice *names, size_t count)
{
    struct buf list = BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_text(&list, i + 1 == count ? " and " : ", ");
        buf_add_slice(&list, safe(r, names[i]));
    }
    struct slice copy = arena_copy(&r->arena, buf_slice(&list));
    buf_deinit(&list);
    return copy;
}

/* "ProxyLogon (CVE-2021-26855)" */
static struct slice hole(struct report *r, struct slice number)
{
    for (size_t i = 0; i < cve_count; i++) {
        struct slice id = slice_from(cve_table[i].id);
        if (!number.len || !slice_icase_ends(id, number))
            continue;
        struct slice name = slice_from(cve_table[i].name);
        name = slice_first(name, slice_find_char(name, ':'));
        return print(r, "%.*s (%.*s)", SLICE_FMT(name), SLICE_FMT(id));
    }
    return slice_from(word(WORD_HOLE));
}

static void tell_exploit(struct report *r, struct buf *out, const struct host_verdict *v)
{
    if (v->exploit.time == TIME_NONE) {
        if (v->grade >= GRADE_E3)
            fill(out, WORD_NO_ENTRY, NULL, 0);
        return;
    }
    struct slice sources = v->exploiter_count ? join_names(r, v->exploiters, v->exploiter_count)
                                              : slice_from(word(WORD_SOMEBODY));
    bool once = v->first_exploit.time == v->exploit.time;
    FILL(out, once ? WORD_EXPLOIT : WORD_EXPLOIT_SPAN,
         { "hole", hole(r, v->first_exploit.cve) }, { "sources", sources },
         { "first", when(r, v->first_exploit.time) },
         { "first_ref", cite(r, &v->first_exploit.proof) },
         { "time", when(r, v->exploit.time) }, { "ref", cite(r, &v->exploit.proof) });
}

static void tell_change(struct report *r, struct buf *out, const struct host_verdict *v)
{
    const struct moment *moment = v->script.time != TIME_NONE ? &v->script : &v->changed;
    if (moment->time != TIME_NONE)
        FILL(out, v->script.time != TIME_NONE ? WORD_SCRIPT : WORD_CHANGED,
             { "time", when(r, moment->time) }, { "ref", cite(r, &moment->proof) });
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
    FILL(out, write_word(plant), { "title", safe(r, plant->title) },
         { "time", when(r, plant->time) }, { "file", safe(r, plant->what) },
         { "ref", cite(r, &plant->proof) });
    if (v->cleared.time != TIME_NONE)
        FILL(out, WORD_CLEARED, { "time", when(r, v->cleared.time) },
             { "ref", cite(r, &v->cleared.proof) });
}

static void tell_blind_time(struct report *r, struct buf *out, const struct host_verdict *v)
{
    if (v->blind.from != TIME_NONE)
        FILL(out, WORD_BLIND, { "from", when(r, v->blind.from) },
             { "to", when(r, v->blind.to) });
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
    FILL(&text, which, { "time", print(r, "%.9s", when(r, time).ptr + 11) });
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
    buf_printf(out, "%s%.16s (%s) %.*s", out->len ? "; " : "", when(r, run->first).ptr,
               list.ptr, SLICE_FMT(cite(r, &run->proof)));
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
    FILL(out, WORD_RUNS, { "count", print(r, "%lu", (unsigned long)v->run_count) },
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
    struct slice name = safe(r, page->page);
    FILL(out, which, { "afterwards", afterwards ? SLICE_LIT(" afterwards") : SLICE_LIT("") },
         { "count", print(r, "%lu", (unsigned long)count) }, { "page", name },
         { "time", when(r, page->first_answer) }, { "use", slice_from(use_words(page->use)) },
         { "ref", cite(r, &page->proof) },
         { "sources", join_names(r, page->sources, page->source_count) });
    if (page->first_refusal_after != TIME_NONE)
        FILL(out, WORD_PAGE_GONE, { "page", name },
             { "time", when(r, page->first_refusal_after) },
             { "ref", cite(r, &page->gone_proof) });
    else
        FILL(out, WORD_PAGE_STILL, { "page", name }, { "time", when(r, page->last_answer) });
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
        FILL(out, v->answered_pages ? WORD_ASKED : WORD_ASKED_NONE,
             { "count", print(r, "%lu", (unsigned long)v->asked_pages) },
             { "example", safe(r, v->pages[v->answered_pages].page) });
}

static void tell_disk_page(struct report *r, struct buf *out, const struct disk_page *page)
{
    const struct page_fact *answers = page->answers;
    struct slice class = slice_from(page_words_noun(page->class));
    if (!answers) {
        FILL(out, WORD_DISK, { "file", safe(r, page->path) }, { "class", class },
             { "ref", cite(r, &page->proof) });
        return;
    }
    FILL(out, WORD_DISK_ANSWERED, { "file", safe(r, page->path) }, { "class", class },
         { "ref", cite(r, &page->proof) }, { "page", safe(r, answers->page) },
         { "answer_ref", cite(r, &answers->proof) });
}

static void tell_disk(struct report *r, struct buf *out, const struct host_verdict *v)
{
    size_t told = v->disk_planted < PAGES_TOLD_MAX ? v->disk_planted : PAGES_TOLD_MAX;
    for (size_t i = 0; i < told; i++)
        tell_disk_page(r, out, &v->disk[i]);
    if (told < v->disk_planted)
        FILL(out, WORD_DISK_MORE,
             { "count", print(r, "%lu", (unsigned long)(v->disk_planted - told)) });
}

/* What event logs show of the machine itself. */
static void tell_deeds(struct report *r, struct buf *out, const struct host_verdict *v)
{
    if (v->command.time != TIME_NONE)
        FILL(out, v->command.what.len ? WORD_COMMAND_LINE : WORD_COMMAND,
             { "time", when(r, v->command.time) }, { "ref", cite(r, &v->command.proof) },
             { "line", safe(r, slice_first(v->command.what, VALUE_PRINTED_MAX)) });
    if (v->spread.time != TIME_NONE)
        FILL(out, WORD_SPREAD, { "time", when(r, v->spread.time) },
             { "title", safe(r, v->spread.title) }, { "ref", cite(r, &v->spread.proof) });
}

static enum word verdict_word(const struct host_verdict *v)
{
    if (v->grade == GRADE_E4 && v->plant.time == TIME_NONE && v->disk_planted)
        return WORD_VERDICT_DISK;
    bool no_page = v->command.time != TIME_NONE && !v->answered_pages;
    return v->grade == GRADE_E5 && no_page ? WORD_COMMAND_ONLY
                                           : (enum word)(WORD_VERDICT_N + (int)v->grade);
}

static enum ink headline_ink(enum grade grade)
{
    if (grade >= GRADE_E2)
        return INK_ALARM;
    return grade == GRADE_N ? INK_GOOD : INK_BOLD;
}

static void print_verdict(struct report *r, const struct host_verdict *v)
{
    struct buf text = BUF_INIT;
    struct slice headline =
        print(r, "%.*s: %s, grade %s (%s)", SLICE_FMT(safe(r, v->host)),
              words_headline(v->grade), grade_name(v->grade), grade_word(v->grade));
    page_blank(&r->page);
    page_wrap(&r->page, headline_ink(v->grade), NULL, 0, headline);
    page_blank(&r->page);
    fill(&text, verdict_word(v), NULL, 0);
    tell_exploit(r, &text, v);
    tell_write(r, &text, v);
    tell_disk(r, &text, v);
    tell_runs(r, &text, v);
    tell_pages(r, &text, v);
    tell_deeds(r, &text, v);
    tell_blind_time(r, &text, v);
    if (v->partial)
        fill(&text, WORD_PARTIAL, NULL, 0);
    page_wrap(&r->page, INK_PLAIN, NULL, 2, buf_slice(&text));
    buf_deinit(&text);
}

static void print_harm(struct report *r, const struct host_verdict *v)
{
    struct buf text = BUF_INIT;
    for (int k = 0; k < HARM_COUNT; k++)
        buf_printf(&text, "%s%s %s", k ? ", " : "", words_harm_kind((enum harm_kind)k),
                   words_harm_state(v->harm[k]));
    page_blank(&r->page);
    page_wrap(&r->page, INK_PLAIN, "  Harm: ", 8, buf_slice(&text));
    buf_deinit(&text);
}

/* ---- the story ------------------------------------------------------------------------------
 */

static struct slice step_pages(struct report *r, const struct step *step)
{
    struct buf list = BUF_INIT;
    size_t shown = step->page_count < LIST_PRINTED_MAX ? step->page_count : LIST_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++) {
        buf_add_text(&list, i ? ", " : "");
        buf_add_slice(&list, safe(r, step->pages[i]));
    }
    if (shown < step->page_count)
        buf_printf(&list, " and %s%lu more",
                   step->page_count == STEP_PAGES_MAX ? "at least " : "",
                   (unsigned long)(step->page_count - shown));
    struct slice copy = arena_copy(&r->arena, buf_slice(&list));
    buf_deinit(&list);
    return copy;
}

/* What was tried and refused must not read as if it had been done. */
static const char *step_label(const struct step *step)
{
    bool did = step->outcome == OUTCOME_SUCCESS || step->stage == STAGE_ANSWER ||
               step->stage == STAGE_SCAN;
    /* An event log shows what ran, not which page was asked. */
    if (step->stage == STAGE_ANSWER && !step->page_count)
        return word(WORD_STEP_COMMAND);
    return words_stage(did ? step->stage : STAGE_ATTEMPT);
}

/* ", answered 200", ", refused (404)", ", how it ended is not in this log" */
static void add_ending(struct buf *text, const struct step *step)
{
    if (step->stage == STAGE_CLEANUP || step->stage == STAGE_NONE)
        return;
    if (step->status && (step->outcome == OUTCOME_SUCCESS || step->stage == STAGE_ANSWER ||
                         step->stage == STAGE_SCAN || step->stage == STAGE_ATTEMPT))
        buf_printf(text, ", answered %d", step->status);
    else if (step->status)
        buf_printf(text, ", refused (%d)", step->status);
    else if (step->outcome == OUTCOME_UNKNOWN)
        buf_add_text(text, ", how it ended is not in this log");
    else if (step->outcome == OUTCOME_REFUSED)
        buf_add_text(text, ", stopped");
}

static void print_step(struct report *r, const struct step *step)
{
    char clock[TIME_TEXT_SIZE] = "";
    struct buf text = BUF_INIT;
    time_format_plain(step->first, clock);
    bool dated = step->first != TIME_NONE;
    struct slice head =
        print(r, "    %-9.9s %-8s ", dated ? clock + 11 : "no time", step_label(step));
    buf_add_slice(&text, safe(r, step->title));
    if (step->page_count && (step->stage == STAGE_ANSWER || step->page_count > 1))
        buf_printf(&text, ": %.*s", SLICE_FMT(step_pages(r, step)));
    if (step->stage == STAGE_ANSWER && step->method.len)
        buf_printf(&text, ", %.*s", SLICE_FMT(safe(r, step->method)));
    add_ending(&text, step);
    if (step->requests > 1)
        buf_printf(&text, ", %" PRIu64 " times", step->requests);
    if (step->last != TIME_NONE && step->last - step->first >= 60 * MS_PER_SECOND)
        buf_printf(&text, " until %.*s", SLICE_FMT(when(r, step->last)));
    buf_printf(&text, " %.*s", SLICE_FMT(cite(r, &step->proof)));
    page_wrap(&r->page, step->grade >= GRADE_E2 ? INK_BOLD : INK_PLAIN, head.ptr, 23,
              buf_slice(&text));
    buf_deinit(&text);
}

static int64_t day_of(int64_t time)
{
    return time == TIME_NONE ? TIME_NONE : time / MS_PER_DAY;
}

/* A line that tells who acts from here on, and on which day. */
static void print_scene(struct report *r, const struct step *step, const struct step *before)
{
    bool same_incident = before && slice_eq(before->incident, step->incident);
    bool same_actor = same_incident && slice_eq(before->actor, step->actor);
    bool new_run = !same_actor || step->first == TIME_NONE || before->last == TIME_NONE ||
                   step->first - before->last > RUN_GAP_MS ||
                   day_of(step->first) != day_of(before->first);
    if (!same_incident) {
        page_blank(&r->page);
        page_wrap(&r->page, INK_BOLD, NULL, 2,
                  print(r, "Incident %.*s", SLICE_FMT(safe(r, step->incident))));
    }
    if (!new_run)
        return;
    struct slice actor =
        step->actor.len ? safe(r, step->actor) : SLICE_LIT("(no source address)");
    struct buf text = BUF_INIT;
    struct slice day = step->first == TIME_NONE ? SLICE_LIT("no time   ")
                                                : slice_first(when(r, step->first), 10);
    buf_printf(&text, "%.*s  %.*s", SLICE_FMT(day), SLICE_FMT(actor));
    if (!same_actor && step->agent.len)
        buf_printf(&text, "  %.*s", SLICE_FMT(safe(r, slice_first(step->agent, 120))));
    page_wrap(&r->page, INK_FAINT, NULL, 4, buf_slice(&text));
    buf_deinit(&text);
}

static void print_story(struct report *r, const struct host_verdict *v)
{
    if (!v->step_count)
        return;
    page_heading(&r->page, "WHAT HAPPENED (times are UTC; [n] is the proof below)");
    size_t shown = v->step_count < STEPS_PRINTED_MAX ? v->step_count : STEPS_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++) {
        print_scene(r, &v->steps[i], i ? &v->steps[i - 1] : NULL);
        print_step(r, &v->steps[i]);
    }
    if (shown < v->step_count || v->steps_left_out)
        page_wrap(&r->page, INK_PLAIN, NULL, 4,
                  print(r, "... and %lu more steps; the case file of --case holds all",
                        (unsigned long)(v->step_count - shown + v->steps_left_out)));
}

#define REASONS_PRINTED_MAX 6 /* of one page */

static void print_page_reasons(struct report *r, const struct page_record *record)
{
    struct buf text = BUF_INIT;
    size_t shown =
        record->reason_count < REASONS_PRINTED_MAX ? record->reason_count : REASONS_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++) {
        buf_clear(&text);
        page_words_reason(&text, &record->reasons[i]);
        page_wrap(&r->page, INK_PLAIN, "      ", 8, buf_slice(&text));
        buf_clear(&text);
        page_words_way(&text, &record->reasons[i]);
        if (text.len)
            page_wrap(&r->page, INK_FAINT, NULL, 10, buf_slice(&text));
    }
    if (shown < record->reason_count)
        page_wrap(&r->page, INK_PLAIN, NULL, 6,
                  print(r, "... and %lu more reasons",
                        (unsigned long)(record->reason_count - shown)));
    buf_deinit(&text);
}

static void print_disk_page(struct report *r, const struct disk_page *page)
{
    struct buf text = BUF_INIT;
    const struct page_record *record = page->record;
    bool open = record->standing == STANDING_FOREIGN && record->later_builds &&
                page->class == WEBSHELL_FOREIGN && page->grade == GRADE_N;
    page_wrap(&r->page, page->grade >= GRADE_E4 ? INK_ALARM : INK_BOLD, "  - ", 4,
              print(r, "%.*s: %s %.*s", SLICE_FMT(safe(r, page->path)),
                    page_words_class(page->class), SLICE_FMT(cite(r, &page->proof))));
    print_page_reasons(r, record);
    if (open)
        fill(&text, WORD_DISK_LATER, NULL, 0);
    if (record->modified != TIME_NONE)
        FILL(&text, WORD_DISK_TIME, { "time", when(r, record->modified) });
    if (text.len)
        page_wrap(&r->page, INK_FAINT, "      ", 6, buf_slice(&text));
    buf_deinit(&text);
}

/* Those with a grade first; then what somebody should look at. */
static void print_disk(struct report *r, const struct host_verdict *v)
{
    bool graded = false, looked = false;
    for (size_t i = 0; i < v->disk_count; i++) {
        bool grade = v->disk[i].grade >= GRADE_E4;
        if (grade && !graded)
            page_heading(&r->page, "BACK DOORS ON DISK");
        if (!grade && !looked)
            page_heading(&r->page, "PAGES ON DISK TO LOOK AT (they do not change the verdict)");
        graded |= grade;
        looked |= !grade;
        print_disk_page(r, &v->disk[i]);
    }
    if (v->disk_left_out)
        page_wrap(&r->page, INK_PLAIN, NULL, 4,
                  print(r, "... and %lu more pages; the case file of --case holds all",
                        (unsigned long)v->disk_left_out));
}

static void print_other_matches(struct report *r, const struct host_verdict *v)
{
    struct query q;
    if (v->other_matches <= v->disk_count - v->disk_planted && !v->probes)
        return; /* pages are told by themselves */
    page_heading(&r->page, "OTHER MATCHES (they do not change the verdict)");
    query_open(&q, r->casefile,
               "SELECT r.title, r.level, count(*) FROM finding f JOIN rule r ON r.id=f.rule"
               " WHERE f.host=? AND f.stage='none' AND NOT f.silent"
               " AND r.rule_id NOT LIKE 'hauberk-page-%' GROUP BY f.rule"
               " ORDER BY 3 DESC LIMIT 20");
    query_bind_text(&q, v->host);
    while (query_next(&q))
        page_wrap(&r->page, INK_PLAIN, "  - ", 4,
                  print(r, "%.*s (%.*s): %" PRId64, SLICE_FMT(safe(r, query_text(&q, 0))),
                        SLICE_FMT(query_text(&q, 1)), query_int(&q, 2)));
    query_close(&q);
    if (v->probes)
        page_wrap(&r->page, INK_PLAIN, "  - ", 4,
                  print(r,
                        "Exchange's own monitoring matched rules %" PRIu64
                        " times; that never raises a grade.",
                        v->probes));
}

/* ---- what was read, what was not
 * ------------------------------------------------------------- */

static void print_gaps(struct report *r, const struct coverage_line *line)
{
    size_t shown = line->gap_count < GAPS_PRINTED_MAX ? line->gap_count : GAPS_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++)
        page_wrap(&r->page, INK_PLAIN, NULL, 28,
                  print(r, "gap %.16s - %.16s", when(r, line->gaps[i].from).ptr,
                        when(r, line->gaps[i].to).ptr));
    if (shown < line->gap_count)
        page_wrap(&r->page, INK_PLAIN, NULL, 28,
                  print(r, "... and %lu more gaps", (unsigned long)(line->gap_count - shown)));
}

static void print_coverage(struct report *r, const struct host_verdict *v)
{
    page_heading(&r->page, "WHAT WAS READ");
    for (size_t i = 0; i < v->coverage_count; i++) {
        const struct coverage_line *line = &v->coverage[i];
        struct slice head = print(r, "  %-25s ", line->family->title);
        struct slice span =
            line->from == TIME_NONE
                ? SLICE_LIT("rows without time")
                : print(r, "%.16s - %.16s", when(r, line->from).ptr, when(r, line->to).ptr);
        page_wrap(&r->page, INK_PLAIN, head.ptr, 28,
                  print(r, "%.*s, %" PRIu64 " row%s", SLICE_FMT(span), line->events,
                        plural(line->events)));
        print_gaps(r, line);
    }
    if (v->pages_analysed + v->pages_known + v->pages_listed) {
        struct buf text = BUF_INIT;
        FILL(&text, WORD_DISK_READ, { "count", print(r, "%" PRIu64, v->pages_analysed) },
             { "known", print(r, "%" PRIu64, v->pages_known) });
        if (v->pages_listed)
            FILL(&text, WORD_DISK_LISTED, { "count", print(r, "%" PRIu64, v->pages_listed) });
        page_wrap(&r->page, INK_PLAIN, "  Pages on disk             ", 28, buf_slice(&text));
        buf_deinit(&text);
    }
    if (!v->coverage_count)
        page_wrap(&r->page, INK_PLAIN, NULL, 2, SLICE_LIT("No log that counts as coverage."));
}

static struct slice needs(struct report *r, const struct cve *cve)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < CVE_FAMILIES_MAX && cve->shown_by[i] != FAMILY_NONE; i++)
        buf_printf(&text, "%s%s", text.len ? " or " : "", family_get(cve->shown_by[i])->title);
    if (text.len)
        buf_add_text(&text, " logs");
    struct slice copy = arena_copy(&r->arena, buf_slice(&text));
    buf_deinit(&text);
    return copy;
}

static struct slice meta(struct report *r, const char *key)
{
    struct query q;
    query_open(&q, r->casefile, "SELECT value FROM meta WHERE key=?");
    query_bind_text(&q, slice_from(key));
    struct slice value = query_next(&q) ? safe(r, query_text(&q, 0)) : SLICE_NULL;
    query_close(&q);
    return value;
}

/* --since and --until: what the reader left out himself. */
static bool limits(struct report *r, struct buf *text)
{
    struct slice since = meta(r, "since"), until = meta(r, "until");
    if (!since.len && !until.len)
        return false;
    FILL(text, WORD_LIMITED, { "since", since.len ? since : SLICE_LIT("the beginning") },
         { "until", until.len ? until : SLICE_LIT("the end") });
    return true;
}

static void print_limits(struct report *r, const char *first, enum ink ink)
{
    struct buf text = BUF_INIT;
    if (limits(r, &text))
        page_wrap(&r->page, ink, first, first ? 4 : 0, buf_slice(&text));
    buf_deinit(&text);
}

static void print_outside(struct report *r, const struct host_verdict *v)
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
        return;
    FILL(&text, WORD_OUTSIDE, { "from", when(r, from) }, { "to", when(r, to) });
    if (v->blind.from != TIME_NONE)
        FILL(&text, WORD_BLIND, { "from", when(r, v->blind.from) },
             { "to", when(r, v->blind.to) });
    page_wrap(&r->page, INK_PLAIN, "  - ", 4, buf_slice(&text));
    buf_deinit(&text);
}

static void print_unseen(struct report *r, const struct host_verdict *v)
{
    struct buf text = BUF_INIT;
    page_heading(&r->page, "WHAT COULD NOT BE SEEN");
    print_limits(r, "  - ", INK_PLAIN);
    print_outside(r, v);
    for (size_t i = 0; i < v->undecided_count; i++) {
        const struct cve *cve = v->undecided[i];
        buf_clear(&text);
        FILL(&text, WORD_UNDECIDED, { "cve", slice_from(cve->id) },
             { "name", slice_from(cve->name) }, { "needs", needs(r, cve) });
        page_wrap(&r->page, INK_PLAIN, "  - ", 4, buf_slice(&text));
    }
    if (!verdict_covers(v, FAMILY_WIN_SECURITY) && !verdict_covers(v, FAMILY_WIN_SYSMON))
        page_wrap(&r->page, INK_PLAIN, "  - ", 4,
                  SLICE_LIT("No Security or Sysmon event log was read: what ran on the machine "
                            "is not judged."));
    if (!v->pages_analysed && !v->pages_known && !v->pages_listed)
        page_wrap(&r->page, INK_PLAIN, "  - ", 4, slice_from(word(WORD_DISK_NONE)));
    page_wrap(&r->page, INK_PLAIN, "  - ", 4, slice_from(word(WORD_NOT_CLEAN)));
    buf_deinit(&text);
}

static void print_list(struct report *r, const char *heading, const char *sql, const char *more)
{
    struct query q;
    size_t count = 0;
    query_open(&q, r->casefile, sql);
    while (query_next(&q)) {
        if (count == 0)
            page_heading(&r->page, heading);
        if (count++ < LIST_PRINTED_MAX)
            page_wrap(&r->page, INK_PLAIN, "  - ", 4,
                      print(r, "%.*s: %.*s", SLICE_FMT(safe(r, query_text(&q, 0))),
                            SLICE_FMT(safe(r, query_text(&q, 1)))));
    }
    query_close(&q);
    if (count > LIST_PRINTED_MAX)
        page_wrap(
            &r->page, INK_PLAIN, NULL, 4,
            print(r, "... and %lu more %s", (unsigned long)(count - LIST_PRINTED_MAX), more));
}

static void print_files(struct report *r)
{
    print_list(r, "DAMAGE: PARTS THAT COULD NOT BE READ",
               "SELECT i.path || ' at byte ' || d.offset, d.reason FROM damage d"
               " JOIN item i ON i.id=d.item UNION ALL SELECT path, reason FROM trouble"
               " WHERE NOT skipped",
               "damaged places");
    print_list(r, "NOT READ",
               "SELECT path, coalesce(note,'not read') FROM item WHERE family IS NULL AND done"
               " AND id NOT IN (SELECT item FROM page) GROUP BY path UNION ALL SELECT path, "
               "reason FROM trouble WHERE skipped",
               "files");
    print_list(r, "READ WITH A REMARK",
               "SELECT path, note FROM item WHERE family IS NOT NULL AND note IS NOT NULL"
               " GROUP BY path",
               "files");
}

/* ---- what to do, and the proof
 * --------------------------------------------------------------- */

/* "Look for RedirSuiteServerProxy.aspx ...": the general advice, with the names of this case.
 */
static void print_particulars(struct report *r, const struct host_verdict *v, size_t number)
{
    struct buf text = BUF_INIT;
    struct slice names[PAGES_TOLD_MAX];
    size_t count = v->answered_pages < PAGES_TOLD_MAX ? v->answered_pages : PAGES_TOLD_MAX;
    for (size_t i = 0; i < count; i++)
        names[i] = v->pages[i].page;
    if (count)
        FILL(&text, WORD_LOOK_FOR, { "pages", join_names(r, names, count) });
    if (v->exploiter_count)
        FILL(&text, WORD_SEARCH_FOR,
             { "sources", join_names(r, v->exploiters, v->exploiter_count) });
    if (text.len)
        page_wrap(&r->page, INK_PLAIN, print(r, "  %lu. ", (unsigned long)number).ptr, 5,
                  buf_slice(&text));
    buf_deinit(&text);
}

static void print_next_steps(struct report *r, const struct host_verdict *v)
{
    const char *const *steps = words_next_steps(v->grade);
    size_t i = 0;
    page_heading(&r->page, "WHAT TO DO NEXT");
    for (; steps[i]; i++) {
        struct slice head = print(r, "  %lu. ", (unsigned long)(i + 1));
        page_wrap(&r->page, INK_PLAIN, head.ptr, 5, slice_from(steps[i]));
    }
    print_particulars(r, v, i + 1);
}

/* The fields of the event that a proof shows, as stored: one flat JSON object. */
static json_t *proof_fields(struct report *r, const struct proof *proof)
{
    struct query q;
    query_open(&q, r->casefile,
               "SELECT e.fields FROM finding f JOIN event e ON e.id=f.event"
               " WHERE f.item IN (SELECT id FROM item WHERE path=?)"
               " AND f.offset=? LIMIT 1");
    query_bind_text(&q, proof->path);
    query_bind_int(&q, (int64_t)proof->offset);
    struct slice stored = query_next(&q) ? query_text(&q, 0) : SLICE_NULL;
    json_t *fields =
        stored.len ? json_loadb(stored.ptr, stored.len, JSON_ALLOW_NUL, NULL) : NULL;
    query_close(&q);
    return fields;
}

/* Replaces the first `secret` in the row by its short form. */
static void shorten_in_row(struct buf *row, struct slice secret)
{
    struct buf changed = BUF_INIT;
    struct slice text = buf_slice(row);
    size_t at = secret.len ? slice_find(text, secret) : SIZE_MAX;
    if (at == SIZE_MAX)
        return;
    buf_add_slice(&changed, slice_first(text, at));
    secrets_shorten_whole(&changed, secret);
    buf_add_slice(&changed, slice_from_offset(text, at + secret.len));
    buf_deinit(row);
    *row = changed;
}

/* What every event has and nobody asks for in a proof. */
static bool is_envelope(const char *name)
{
    static const char *const names[] = { "Provider_Guid",
                                         "Version",
                                         "Level",
                                         "Task",
                                         "Opcode",
                                         "Keywords",
                                         "Execution_ThreadID",
                                         "Execution_ProcessID",
                                         "EventID_Qualifiers",
                                         "Correlation_ActivityID",
                                         "TimeCreated_SystemTime" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A record of an event log has no row: its values stand for it. */
static void add_values(struct buf *row, json_t *fields)
{
    const char *key;
    json_t *value;
    json_object_foreach(fields, key, value)
    {
        if (is_envelope(key))
            continue;
        struct slice text = slice_of(json_string_value(value), json_string_length(value));
        buf_printf(row, "%s%s=", row->len ? " " : "", key);
        buf_add_slice(row, slice_first(text, VALUE_PRINTED_MAX));
        buf_add_text(row, text.len > VALUE_PRINTED_MAX ? "..." : "");
    }
}

/* The row as it may be shown: cells that are secrets as a whole (cookies) are shortened too. */
static struct slice printable_row(struct report *r, const struct proof *proof)
{
    struct buf row = BUF_INIT;
    const char *key;
    json_t *value, *fields = proof_fields(r, proof);
    buf_add_slice(&row, proof->row);
    if (!proof->row.len)
        add_values(&row, fields);
    json_object_foreach(fields, key, value)
    {
        if (!r->show_secrets && secrets_is_secret_field(slice_from(key)))
            shorten_in_row(&row, slice_of(json_string_value(value), json_string_length(value)));
    }
    json_decref(fields);
    bool cut = row.len > ROW_PRINTED_MAX;
    struct slice shown = safe(r, slice_first(buf_slice(&row), ROW_PRINTED_MAX));
    buf_deinit(&row);
    return cut ? print(r, "%.*s ...", SLICE_FMT(shown)) : shown;
}

#define NEIGHBOURS_PRINTED_MAX 20 /* of one proof */
#define NEIGHBOUR_PRINTED_MAX 160 /* characters of its row */

/* "-1  2021-03-02 16:04:11Z  iis  <row>": what the same source did around it. */
static void print_neighbours(struct report *r, const struct proof *proof)
{
    struct query q;
    if (!r->has_context)
        return;
    query_open(&q, r->casefile,
               "SELECT * FROM (SELECT position, time, family, row FROM context WHERE finding="
               "(SELECT min(f.id) FROM finding f JOIN item i ON i.id=f.item WHERE i.path=?"
               " AND f.offset=? AND EXISTS(SELECT 1 FROM context c WHERE c.finding=f.id))"
               " ORDER BY abs(position) LIMIT ?) ORDER BY position");
    query_bind_text(&q, proof->path);
    query_bind_int(&q, (int64_t)proof->offset);
    query_bind_int(&q, NEIGHBOURS_PRINTED_MAX);
    while (query_next(&q)) {
        struct slice row = slice_first(query_text(&q, 3), NEIGHBOUR_PRINTED_MAX);
        struct slice head = print(r, "       %+" PRId64 " ", query_int(&q, 0));
        page_wrap(&r->page, INK_FAINT, head.ptr, 11,
                  print(r, "%.*s %.*s %.*s", SLICE_FMT(when(r, query_time(&q, 1))),
                        SLICE_FMT(query_text(&q, 2)), SLICE_FMT(safe(r, row))));
    }
    query_close(&q);
}

static void print_proofs(struct report *r)
{
    if (!r->proof_count)
        return;
    r->has_context =
        casefile_count(r->casefile, "SELECT count(*) FROM sqlite_master WHERE name='context'");
    page_heading(&r->page, "PROOF (the first line of each step, and the byte where it starts)");
    for (size_t i = 0; i < r->proof_count; i++) {
        const struct proof *proof = r->proofs[i];
        struct slice head = print(r, "  [%lu] ", (unsigned long)(i + 1));
        page_wrap(
            &r->page, INK_PLAIN, head.ptr, 7,
            print(r, "%.*s at byte %" PRIu64, SLICE_FMT(safe(r, proof->path)), proof->offset));
        page_wrap(&r->page, INK_FAINT, NULL, 7, printable_row(r, proof));
        print_neighbours(r, proof);
    }
}

static struct slice human_size(struct report *r, int64_t bytes)
{
    double size = (double)bytes;
    if (bytes < 100000)
        return print(r, "%.1f kB", size / 1e3);
    return bytes < INT64_C(10000000000) ? print(r, "%.1f MB", size / 1e6)
                                        : print(r, "%.1f GB", size / 1e9);
}

static void print_head(struct report *r, size_t hosts)
{
    int64_t files = casefile_count(r->casefile, "SELECT count(DISTINCT path) FROM item");
    int64_t bytes = casefile_count(r->casefile, "SELECT coalesce(sum(size),0) FROM item");
    page_wrap(&r->page, INK_FAINT, NULL, 0,
              print(r, "hauberk %s: %" PRId64 " file%s, %.*s, %lu host%s", HAUBERK_VERSION,
                    files, plural((uint64_t)files), SLICE_FMT(human_size(r, bytes)),
                    (unsigned long)hosts, plural(hosts)));
    print_limits(r, NULL, INK_BOLD);
    if (casefile_count(r->casefile,
                       "SELECT count(*) FROM meta WHERE key='partial' AND value='1'"))
        page_wrap(
            &r->page, INK_ALARM, NULL, 0,
            SLICE_LIT("INTERRUPTED: what follows is partial. With --case FILE the same "
                      "command goes on where it was stopped; without it, it starts anew."));
}

/* "  ex01: COMPROMISED, grade E5 (answered), since 2021-03-02 16:04Z" */
static void print_summary(struct report *r, const struct verdict_summary *summary,
                          size_t indent)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%.*s: %s, grade %s (%s)", SLICE_FMT(safe(r, summary->host)),
               words_headline(summary->grade), grade_name(summary->grade),
               grade_word(summary->grade));
    if (summary->first != TIME_NONE)
        buf_printf(&text, ", first sign %.16sZ", when(r, summary->first).ptr);
    page_wrap(&r->page, headline_ink(summary->grade), NULL, indent, buf_slice(&text));
    buf_deinit(&text);
}

static void print_overview(struct report *r, const char *heading,
                           const struct verdict_summary *summaries, size_t count)
{
    page_heading(&r->page, heading);
    for (size_t i = 0; i < count; i++)
        print_summary(r, &summaries[i], 2);
}

static void print_host(struct report *r, const struct host_verdict *v)
{
    print_verdict(r, v);
    print_harm(r, v);
    print_story(r, v);
    print_disk(r, v);
    print_other_matches(r, v);
    print_coverage(r, v);
    print_unseen(r, v);
    print_next_steps(r, v);
}

int report_text(struct casefile *casefile, const struct text_options *options, FILE *out,
                struct err *err)
{
    struct report *r = mem_alloc(sizeof *r);
    struct verdict_summary *summaries;
    *r = (struct report){ .casefile = casefile,
                          .page = { out, options->colour },
                          .show_secrets = options->show_secrets };
    size_t count = verdict_summaries(casefile, &r->arena, &summaries);
    print_head(r, count);
    if (count > 1)
        print_overview(r, "HOSTS", summaries, count);
    for (size_t i = 0; i < count && i < HOSTS_PRINTED_MAX; i++) {
        /* In the arena: the proofs that are printed last point into it. */
        struct host_verdict *verdict = arena_alloc(&r->arena, sizeof *verdict);
        verdict_read(casefile, &r->arena, summaries[i].host, verdict);
        print_host(r, verdict);
    }
    if (count == 0)
        page_wrap(&r->page, INK_BOLD, NULL, 0, slice_from(word(WORD_NO_HOST)));
    print_files(r);
    print_proofs(r);
    if (count)
        print_overview(r, "VERDICT", summaries, count);
    arena_deinit(&r->arena);
    free(r);
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE) /* the reader may have enough */
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(casefile, err);
}
