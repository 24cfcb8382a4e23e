/* One host: verdict, harm, time line, story, pages on disk, coverage, what to do. */
#include "base/clock.h"
#include "report/advice.h"
#include "report/html_internal.h"
#include "report/page_words.h"

#define GAPS_TOLD_MAX 3
#define REASONS_TOLD_MAX 6 /* of one page */

static void add_text(struct html_report *h, const char *text)
{
    html_text(&h->html, slice_from(text));
}

/* ---- verdict and harm -----------------------------------------------------------------------
 */

static void write_verdict(struct html_report *h, const struct host_verdict *v)
{
    struct html *html = &h->html;
    struct sentences parts = { 0 };
    const char *tone = html_grade_class(v->grade);
    tell_verdict_parts(h->r, v, &parts);
    html_markup(html, "<div class=\"verdict ");
    html_markup(html, tone);
    html_markup(html, "\">\n<h2><span class=\"fact\">");
    html_text(html, tell_safe(h->r, v->host));
    html_markup(html, "</span> <span class=\"says ");
    html_markup(html, tone);
    html_markup(html, "\">");
    add_text(h, words_headline(v->grade));
    html_markup(html, "</span> <span class=\"badge ");
    html_markup(html, tone);
    html_markup(html, "\">grade ");
    html_markup(html, grade_name(v->grade));
    html_markup(html, ": ");
    html_markup(html, grade_word(v->grade));
    html_markup(html, "</span></h2>\n");
    for (size_t i = 0; i < parts.count; i++) {
        html_markup(html, i ? "<p>" : "<p class=\"lead\">");
        html_sentence(h, parts.items[i]);
        html_markup(html, "</p>\n");
    }
    html_markup(html, "</div>\n");
}

static const char *harm_class(enum harm_state state)
{
    static const char *const classes[] = { "good", "", "warn", "bad" };
    return classes[state];
}

static void write_harm(struct html_report *h, const struct host_verdict *v)
{
    struct html *html = &h->html;
    html_heading(h, "harm-", HTML_HARM);
    html_markup(html, "<dl class=\"harm\">\n");
    for (int k = 0; k < HARM_COUNT; k++) {
        html_markup(html, "<div><dt>");
        add_text(h, words_harm_kind((enum harm_kind)k));
        html_markup(html, "</dt><dd class=\"");
        html_markup(html, harm_class(v->harm[k]));
        html_markup(html, "\">");
        add_text(h, words_harm_state(v->harm[k]));
        html_markup(html, "</dd><dd class=\"why\">");
        html_sentence(h, tell_harm_reason(h->r, &v->harm_reason[k]));
        html_markup(html, "</dd></div>\n");
    }
    html_markup(html, "</dl>\n");
}

/* ---- the moments that matter most -----------------------------------------------------------
 */

struct moments {
    size_t count;
    struct html_moment list[HTML_MOMENTS_MAX];
};

static void add_moment(struct html_report *h, struct moments *moments, enum html_word what,
                       int64_t time, struct slice detail, const struct proof *proof)
{
    if (time == TIME_NONE || moments->count == HTML_MOMENTS_MAX)
        return;
    size_t at = moments->count++;
    for (; at > 0 && moments->list[at - 1].time > time; at--)
        moments->list[at] = moments->list[at - 1];
    struct slice shown = tell_safe(h->r, slice_first(detail, VALUE_TOLD_MAX));
    moments->list[at] = (struct html_moment){ time, what, shown, proof };
}

static void collect_moments(struct html_report *h, const struct host_verdict *v,
                            struct moments *out)
{
    const struct moment *changed = v->script.time != TIME_NONE ? &v->script : &v->changed;
    const struct page_fact *page = v->answered_pages ? &v->pages[0] : NULL;
    add_moment(h, out, HTML_MOMENT_EXPLOIT, v->first_exploit.time, v->first_exploit.title,
               &v->first_exploit.proof);
    add_moment(h, out, changed == &v->script ? HTML_MOMENT_SCRIPT : HTML_MOMENT_CHANGED,
               changed->time, changed->title, &changed->proof);
    add_moment(h, out, HTML_MOMENT_PLANT, v->plant.time,
               v->plant.what.len ? v->plant.what : v->plant.title, &v->plant.proof);
    add_moment(h, out, HTML_MOMENT_CLEARED, v->cleared.time, v->cleared.title,
               &v->cleared.proof);
    if (page) {
        add_moment(h, out, HTML_MOMENT_PAGE, page->first_answer, page->page, &page->proof);
        add_moment(h, out, HTML_MOMENT_GONE, page->first_refusal_after, page->page,
                   &page->gone_proof);
    }
    add_moment(h, out, HTML_MOMENT_COMMAND, v->command.time, v->command.what,
               &v->command.proof);
    add_moment(h, out, HTML_MOMENT_SPREAD, v->spread.time, v->spread.title, &v->spread.proof);
}

static void write_moment(struct html_report *h, const struct html_moment *moment, size_t number)
{
    struct html *html = &h->html;
    html_markup(html, "<li><span class=\"no\">");
    html_number(html, (int64_t)number);
    html_markup(html, "</span> ");
    html_time(h, moment->time);
    html_markup(html, " <span>");
    add_text(h, html_word(moment->what));
    if (moment->detail.len) {
        html_markup(html, ": <span class=\"fact\">");
        html_text(html, moment->detail);
        html_markup(html, "</span>");
    }
    html_markup(html, " ");
    html_sentence(h, tell_cite(h->r, moment->proof));
    html_markup(html, "</span></li>\n");
}

static void write_time_line(struct html_report *h, const struct host_verdict *v)
{
    struct moments moments = { 0 };
    if (!v->step_count)
        return;
    collect_moments(h, v, &moments);
    html_heading(h, "time-line-", HTML_TIME_LINE);
    html_time_line(h, v, moments.list, moments.count);
    html_markup(&h->html, "<ol class=\"moments\">\n");
    for (size_t i = 0; i < moments.count; i++)
        write_moment(h, &moments.list[i], i + 1);
    html_markup(&h->html, "</ol>\n");
    html_note(h, HTML_TIME_LINE_NOTE);
}

/* ---- the story ------------------------------------------------------------------------------
 */

static void write_step(struct html_report *h, const struct step *step)
{
    struct html *html = &h->html;
    char text[TIME_TEXT_SIZE], machine[TIME_TEXT_SIZE];
    html_markup(html, "<li>");
    if (step->first == TIME_NONE) {
        html_markup(html, "<span>no time</span>");
    } else {
        html_markup(html, "<time");
        html_attribute(html, "datetime", slice_from(time_format(step->first, machine)));
        html_markup(html, ">");
        add_text(h, time_format_plain(step->first, text) + 11);
        html_markup(html, "</time>");
    }
    html_markup(html, " <span class=\"stage t-");
    html_markup(html, stage_name(step->stage));
    html_markup(html, "\">");
    add_text(h, tell_step_label(step));
    html_markup(html, "</span> <span>");
    html_sentence(h, tell_step(h->r, step));
    html_markup(html, "</span></li>\n");
}

static void write_incident(struct html_report *h, const struct step *step)
{
    html_markup(&h->html, "<h4>Incident ");
    html_text(&h->html, tell_safe(h->r, step->incident));
    html_markup(&h->html, "</h4>\n");
}

/* Scenes: who acts from here on; each has a list of its own. */
static void write_steps(struct html_report *h, const struct step *steps, size_t count)
{
    struct html *html = &h->html;
    for (size_t i = 0; i < count; i++) {
        const struct step *before = i ? &steps[i - 1] : NULL;
        bool incident = !before || !slice_eq(before->incident, steps[i].incident);
        if (incident || tell_scene_begins(&steps[i], before)) {
            html_markup(html, i ? "</ol>\n" : "");
            if (incident)
                write_incident(h, &steps[i]);
            html_markup(html, "<p class=\"scene\">");
            html_text(html, tell_scene(h->r, &steps[i], before));
            html_markup(html, "</p>\n<ol class=\"story\">\n");
        }
        write_step(h, &steps[i]);
    }
    html_markup(html, count ? "</ol>\n" : "");
}

static void write_story(struct html_report *h, const struct host_verdict *v)
{
    size_t shown = v->step_count < h->steps_max ? v->step_count : h->steps_max;
    if (!v->step_count)
        return;
    html_heading(h, "story-", HTML_STORY);
    html_note(h, HTML_STORY_NOTE);
    write_steps(h, v->steps, shown);
    if (shown == v->step_count && !v->steps_left_out)
        return;
    html_markup(&h->html, "<p class=\"note\">... and ");
    html_count(&h->html, v->step_count - shown + v->steps_left_out);
    html_markup(&h->html, " more steps; the case file of --case holds all.</p>\n");
}

/* ---- pages on disk --------------------------------------------------------------------------
 */

static void write_reason(struct html_report *h, const struct page_reason *reason)
{
    struct buf text = BUF_INIT;
    page_words_reason(&text, reason);
    html_markup(&h->html, "<li>");
    html_text(&h->html, buf_slice(&text));
    buf_clear(&text);
    page_words_way(&text, reason);
    if (text.len) {
        html_markup(&h->html, "<span class=\"way\">");
        html_text(&h->html, buf_slice(&text));
        html_markup(&h->html, "</span>");
    }
    html_markup(&h->html, "</li>\n");
    buf_deinit(&text);
}

static void write_reasons(struct html_report *h, const struct page_record *record)
{
    size_t shown =
        record->reason_count < REASONS_TOLD_MAX ? record->reason_count : REASONS_TOLD_MAX;
    html_markup(&h->html, "<ul>\n");
    for (size_t i = 0; i < shown; i++)
        write_reason(h, &record->reasons[i]);
    if (shown < record->reason_count) {
        html_markup(&h->html, "<li>... and ");
        html_count(&h->html, record->reason_count - shown);
        html_markup(&h->html, " more reasons</li>\n");
    }
    html_markup(&h->html, "</ul>\n");
}

static void write_page_remarks(struct html_report *h, const struct disk_page *page)
{
    const struct page_record *record = page->record;
    struct buf text = BUF_INIT;
    bool open = record->standing == STANDING_FOREIGN && record->later_builds &&
                page->class == WEBSHELL_FOREIGN && page->grade == GRADE_N;
    if (open)
        tell_fill(&text, WORD_DISK_LATER, NULL, 0);
    if (record->modified != TIME_NONE)
        TELL(&text, WORD_DISK_TIME, { "time", tell_when(h->r, record->modified) });
    if (text.len) {
        html_markup(&h->html, "<p class=\"note\">");
        html_text(&h->html, buf_slice(&text));
        html_markup(&h->html, "</p>\n");
    }
    buf_deinit(&text);
}

static void write_disk_page(struct html_report *h, const struct disk_page *page)
{
    struct html *html = &h->html;
    char digest[HASH_TEXT_SIZE];
    html_markup(html, page->grade >= GRADE_E4 ? "<div class=\"disk bad\">\n<h4>"
                                              : "<div class=\"disk\">\n<h4>");
    html_markup(html, "<span class=\"fact\">");
    html_text(html, tell_safe(h->r, page->path));
    html_markup(html, "</span></h4>\n<p>");
    add_text(h, page_words_class(page->class));
    html_markup(html, " ");
    html_sentence(h, tell_cite(h->r, &page->proof));
    html_markup(html, "</p>\n");
    write_reasons(h, page->record);
    html_markup(html, "<p class=\"note\">");
    html_size_text(h, page->record->size);
    html_markup(html, ", SHA-256 <span class=\"hash\">");
    add_text(h, hash_text(page->record->sha256, SHA256_BYTES, digest));
    html_markup(html, "</span></p>\n");
    write_page_remarks(h, page);
    html_markup(html, "</div>\n");
}

/* Those with a grade first; then what somebody should look at. */
static void write_disk(struct html_report *h, const struct host_verdict *v)
{
    bool graded = false, looked = false;
    for (size_t i = 0; i < v->disk_count; i++) {
        bool grade = v->disk[i].grade >= GRADE_E4;
        if (grade && !graded)
            html_heading(h, "disk-", HTML_DISK);
        if (!grade && !looked)
            html_heading(h, graded ? "look-" : "disk-", HTML_DISK_LOOK);
        graded |= grade;
        looked |= !grade;
        write_disk_page(h, &v->disk[i]);
    }
    if (!v->disk_left_out)
        return;
    html_markup(&h->html, "<p class=\"note\">... and ");
    html_count(&h->html, v->disk_left_out);
    html_markup(&h->html, " more pages; the case file of --case holds all.</p>\n");
}

/* ---- coverage -------------------------------------------------------------------------------
 */

static void write_gaps(struct html_report *h, const struct coverage_line *line)
{
    size_t shown = line->gap_count < GAPS_TOLD_MAX ? line->gap_count : GAPS_TOLD_MAX;
    for (size_t i = 0; i < shown; i++) {
        html_markup(&h->html, i ? "<br>" : "");
        html_text(&h->html, slice_first(tell_when(h->r, line->gaps[i].from), 16));
        html_markup(&h->html, " \xe2\x80\x93 ");
        html_text(&h->html, slice_first(tell_when(h->r, line->gaps[i].to), 16));
    }
    if (shown < line->gap_count) {
        html_markup(&h->html, "<br>and ");
        html_count(&h->html, line->gap_count - shown);
        html_markup(&h->html, " more");
    }
}

static void write_coverage_line(struct html_report *h, const struct coverage_line *line)
{
    struct html *html = &h->html;
    html_markup(html, "<tr><th scope=\"row\">");
    add_text(h, line->family->title);
    html_markup(html, "</th><td class=\"when\">");
    if (line->from == TIME_NONE)
        html_markup(html, "rows without time");
    else
        html_text(html, slice_first(tell_when(h->r, line->from), 16));
    html_markup(html, "</td><td class=\"when\">");
    if (line->to != TIME_NONE)
        html_text(html, slice_first(tell_when(h->r, line->to), 16));
    html_markup(html, "</td><td class=\"num\">");
    html_count(html, line->events);
    html_markup(html, "</td><td>");
    write_gaps(h, line);
    html_markup(html, "</td></tr>\n");
}

static void write_coverage(struct html_report *h, const struct host_verdict *v)
{
    struct html *html = &h->html;
    struct slice pages = tell_disk_read(h->r, v);
    html_heading(h, "coverage-", HTML_COVERAGE);
    if (!v->coverage_count)
        html_note(h, HTML_COVERAGE_NONE);
    if (v->coverage_count) {
        html_coverage_chart(h, v);
        html_markup(html, "<div class=\"scroll\"><table>\n<caption>");
        add_text(h, html_word(HTML_COVERAGE_CAPTION));
        html_markup(html,
                    "</caption>\n<thead><tr><th scope=\"col\">Log</th><th scope=\"col\">From"
                    "</th><th scope=\"col\">To</th><th scope=\"col\" class=\"num\">Rows</th>"
                    "<th scope=\"col\">Gaps</th></tr></thead>\n<tbody>\n");
        for (size_t i = 0; i < v->coverage_count; i++)
            write_coverage_line(h, &v->coverage[i]);
        html_markup(html, "</tbody>\n</table></div>\n");
    }
    if (pages.len) {
        html_markup(html, "<p>Pages on disk: ");
        html_text(html, pages);
        html_markup(html, ".</p>\n");
    }
}

/* ---- the rest -------------------------------------------------------------------------------
 */

static void write_unseen(struct html_report *h, const struct host_verdict *v)
{
    struct sentences list = { 0 };
    tell_unseen(h->r, v, &list);
    html_heading(h, "unseen-", HTML_UNSEEN);
    html_points(h, &list);
}

static void write_other_matches(struct html_report *h, const struct host_verdict *v)
{
    struct sentences list = { 0 };
    tell_other_matches(h->r, v, &list);
    if (!list.count)
        return;
    html_heading(h, "other-", HTML_OTHER);
    html_points(h, &list);
}

static void write_commands(struct html_report *h, const struct advice_step *step)
{
    for (size_t i = 0; i < step->command_count; i++) {
        if (!i || !slice_eq(step->commands[i].shell, step->commands[i - 1].shell)) {
            html_markup(&h->html, "<span class=\"shell\">");
            html_text(&h->html, step->commands[i].shell);
            html_markup(&h->html, "</span>");
        }
        html_markup(&h->html, "<pre class=\"raw\">");
        html_text(&h->html, step->commands[i].run);
        html_markup(&h->html, "</pre>\n");
    }
}

static void write_next_steps(struct html_report *h, const struct host_verdict *v)
{
    struct advice advice;
    int phase = ADVICE_PHASE_COUNT;
    advice_for_host(h->r, v, &advice);
    html_heading(h, "next-", HTML_NEXT);
    html_markup(&h->html, "<ol class=\"steps\">\n");
    for (size_t i = 0; i < advice.count; i++) {
        const struct advice_step *step = &advice.steps[i];
        html_markup(&h->html, "<li>");
        if ((int)step->phase != phase) {
            html_markup(&h->html, "<strong>");
            add_text(h, advice_phase_words(step->phase));
            html_markup(&h->html, ":</strong> ");
        }
        phase = step->phase;
        html_text(&h->html, step->text);
        write_commands(h, step);
        html_markup(&h->html, "</li>\n");
    }
    html_markup(&h->html, "</ol>\n");
}

/* What a host's chapter is made of, in this order; a part without content writes nothing. */
static void (*const parts[])(struct html_report *h, const struct host_verdict *v) = {
    write_verdict, write_harm,          html_skew,        write_time_line,
    html_actors,   html_taken,          write_story,      write_disk,
    html_settings, html_exposure,       write_coverage,   write_unseen,
    html_volumes,  write_other_matches, write_next_steps, html_checklist,
};

void html_host(struct html_report *h, const struct host_verdict *v)
{
    html_markup(&h->html, h->host_number == 1 ? "<section class=\"part host first\""
                                              : "<section class=\"part host\"");
    html_id(&h->html, "host-", h->host_number);
    html_attribute(&h->html, "aria-label", tell_safe(h->r, v->host));
    html_markup(&h->html, ">\n");
    /* In the arena: the proofs that are shown later point into it. */
    h->exposure = arena_alloc(&h->r->arena, sizeof *h->exposure);
    exposure_read(h->r->casefile, &h->r->arena, v->host, h->exposure);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        parts[i](h, v);
    html_markup(&h->html, "</section>\n");
}
