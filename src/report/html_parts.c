/* Who took part, what was taken, volumes, builds and settings: the sections whose sentences
 * stand in tell_taken.h, tell_exposure.h and tell_settings.h. */
#include "report/html_internal.h"
#include "report/taken_words.h"
#include "report/tell_checklist.h"
#include "report/tell_exposure.h"
#include "report/tell_settings.h"
#include "report/tell_taken.h"

#define LINES_TOLD_MAX 60
#define SOURCES_TOLD_MAX 40

static void add_text(struct html_report *h, const char *text)
{
    html_text(&h->html, slice_from(text));
}

static void write_more(struct html_report *h, enum taken_word which, uint64_t count)
{
    struct buf text = BUF_INIT;
    struct filler filler = { "count", tell_format(h->r, "%lu", (unsigned long)count) };
    if (!count)
        return;
    words_fill(&text, taken_word(which), &filler, 1);
    html_markup(&h->html, "<p class=\"note\">");
    html_text(&h->html, buf_slice(&text));
    html_markup(&h->html, "</p>\n");
    buf_deinit(&text);
}

static void write_paragraph(struct html_report *h, struct slice sentence)
{
    if (!sentence.len)
        return;
    html_markup(&h->html, "<p>");
    html_sentence(h, sentence);
    html_markup(&h->html, "</p>\n");
}

static void write_point(struct html_report *h, struct slice sentence, const char *mark)
{
    html_markup(&h->html, mark);
    html_sentence(h, sentence);
    html_markup(&h->html, "</li>\n");
}

/* ---- who took part --------------------------------------------------------------------------
 */

void html_skew(struct html_report *h, const struct host_verdict *v)
{
    struct skew_line *lines = arena_array(&h->r->arena, SKEW_LINES_MAX, sizeof *lines);
    size_t count = joins_read_skew(h->r->casefile, &h->r->arena, v->host, lines);
    for (size_t i = 0; i < count; i++) {
        html_markup(&h->html, "<p class=\"warn\">");
        html_sentence(h, tell_skew(h->r, &lines[i]));
        html_markup(&h->html, "</p>\n");
    }
}

static void write_source(struct html_report *h, const struct actor_source *source)
{
    struct html *html = &h->html;
    const char *tie = taken_words_tie(source->tie);
    html_markup(html, "<tr><td class=\"num\">");
    html_number(html, (int64_t)source->actor);
    html_markup(html, source->role >= ACTOR_USED ? "</td><th scope=\"row\" class=\"bad\">"
                                                 : "</td><th scope=\"row\">");
    html_markup(html, "<span class=\"fact\">");
    html_text(html, tell_safe(h->r, source->address));
    html_markup(html, "</span></th><td>");
    html_sentence(h, tell_actor(h->r, source));
    if (*tie) {
        html_markup(html, "; one actor, since ");
        add_text(h, tie);
    }
    html_markup(html, "</td></tr>\n");
}

void html_actors(struct html_report *h, const struct host_verdict *v)
{
    /* In the arena: the proofs that are shown later point into it. */
    struct actors_report *actors = arena_alloc(&h->r->arena, sizeof *actors);
    actors_read(h->r->casefile, &h->r->arena, v->host, actors);
    size_t shown =
        actors->source_count < SOURCES_TOLD_MAX ? actors->source_count : SOURCES_TOLD_MAX;
    if (!actors->source_count)
        return;
    html_heading(h, "actors-", HTML_ACTORS);
    html_markup(&h->html, "<div class=\"scroll\"><table class=\"actors\">\n<caption>");
    add_text(h, html_word(HTML_ACTORS_CAPTION));
    html_markup(&h->html, "</caption>\n<thead><tr><th scope=\"col\" class=\"num\">Actor</th>"
                          "<th scope=\"col\">Source</th><th scope=\"col\">What it did</th>"
                          "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < shown; i++)
        write_source(h, &actors->sources[i]);
    html_markup(&h->html, "</tbody>\n</table></div>\n");
    write_more(h, TAKEN_WORD_ACTORS_MORE,
               actors->source_count - shown + actors->sources_left_out);
}

/* ---- what was taken -------------------------------------------------------------------------
 */

static const char *taken_class(enum taken_state state)
{
    static const char *const classes[] = {
        [TAKEN_NOT_OBSERVABLE] = "<tr><th scope=\"row\">",
        [TAKEN_POSSIBLE] = "<tr><th scope=\"row\" class=\"warn\">",
        [TAKEN_PROVEN] = "<tr><th scope=\"row\" class=\"bad\">",
    };
    return classes[state];
}

static void write_taken_lines(struct html_report *h, const struct taken_report *taken)
{
    struct html *html = &h->html;
    size_t shown = taken->line_count < LINES_TOLD_MAX ? taken->line_count : LINES_TOLD_MAX;
    html_markup(html, "<div class=\"scroll\"><table class=\"taken\">\n<caption>");
    add_text(h, html_word(HTML_TAKEN_CAPTION));
    html_markup(html, "</caption>\n<thead><tr><th scope=\"col\">State</th><th scope=\"col\">"
                      "What</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < shown; i++) {
        html_markup(html, taken_class(taken->lines[i].state));
        add_text(h, taken_words_state(taken->lines[i].state));
        html_markup(html, "</th><td>");
        html_sentence(h, tell_taken(h->r, &taken->lines[i]));
        html_markup(html, "</td></tr>\n");
    }
    html_markup(html, "</tbody>\n</table></div>\n");
    write_more(h, TAKEN_WORD_MORE, taken->line_count - shown);
}

void html_taken(struct html_report *h, const struct host_verdict *v)
{
    struct taken_report *taken = arena_alloc(&h->r->arena, sizeof *taken);
    struct sentences notes = { 0 };
    size_t told = 0;
    if (v->grade < GRADE_E2)
        return;
    taken_read(h->r->casefile, &h->r->arena, v->host, taken);
    html_heading(h, "taken-", HTML_TAKEN);
    for (size_t i = 0; i < taken->line_count; i++)
        told += taken->lines[i].state != TAKEN_NOT_OBSERVABLE;
    if (taken->line_count)
        write_taken_lines(h, taken);
    if (!told && taken->looked)
        write_paragraph(h, slice_from(taken_word(TAKEN_WORD_NOTHING)));
    write_paragraph(h, tell_taken_total(h->r, taken));
    tell_taken_notes(h->r, taken, &notes);
    for (size_t i = 0; i < notes.count; i++)
        write_paragraph(h, notes.items[i]);
}

static void write_volume_log(struct html_report *h, const struct volume_log *log)
{
    write_paragraph(h, tell_volume_habit(h->r, log));
    html_markup(&h->html, log->line_count ? "<ul class=\"points\">\n" : "");
    for (size_t i = 0; i < log->line_count; i++)
        write_point(h, tell_volume(h->r, log, &log->lines[i]), "<li>");
    html_markup(&h->html, log->line_count ? "</ul>\n" : "");
    write_more(h, TAKEN_WORD_VOLUME_MORE, log->lines_left_out);
    if (log->enough && !log->line_count && !log->told_before)
        write_paragraph(h, slice_from(taken_word(TAKEN_WORD_VOLUME_NONE)));
}

void html_volumes(struct html_report *h, const struct host_verdict *v)
{
    struct volume_report *volumes = arena_alloc(&h->r->arena, sizeof *volumes);
    bool lines = false;
    volumes_read(h->r->casefile, &h->r->arena, v->host, volumes);
    if (!volumes->log_count)
        return;
    html_heading(h, "volumes-", HTML_VOLUMES);
    for (size_t i = 0; i < volumes->log_count; i++) {
        write_volume_log(h, &volumes->logs[i]);
        lines |= volumes->logs[i].line_count > 0;
    }
    if (lines) {
        html_markup(&h->html, "<p class=\"note\">");
        add_text(h, taken_word(TAKEN_WORD_VOLUME_NOTE));
        html_markup(&h->html, "</p>\n");
    }
}

/* ---- builds and settings --------------------------------------------------------------------
 */

void html_exposure(struct html_report *h, const struct host_verdict *v)
{
    static void (*const parts[])(struct report *, const struct exposure *,
                                 struct sentences *) = {
        tell_exposure_builds, tell_exposure_history, tell_exposure_now, tell_exposure_doubts
    };
    (void)v;
    html_heading(h, "exposure-", HTML_EXPOSURE);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct sentences list = { 0 };
        parts[i](h->r, h->exposure, &list);
        if (list.count)
            html_points(h, &list);
    }
}

static void write_left_out(struct html_report *h, size_t count)
{
    if (!count)
        return;
    html_markup(&h->html, "<p class=\"note\">... and ");
    html_count(&h->html, count);
    html_markup(&h->html, " more; the case file has all.</p>\n");
}

static void write_setting_findings(struct html_report *h, const struct settings *settings,
                                   bool graded, enum html_word heading)
{
    bool any = false;
    for (size_t i = 0; i < settings->finding_count; i++) {
        const struct setting_finding *finding = &settings->findings[i];
        if ((finding->grade > GRADE_N) != graded)
            continue;
        if (!any) {
            html_heading(h, graded ? "set-" : "set-look-", heading);
            html_markup(&h->html, "<ul class=\"points\">\n");
        }
        any = true;
        write_point(h, tell_setting_finding(h->r, finding),
                    graded ? "<li class=\"grave\">" : "<li>");
    }
    html_markup(&h->html, any ? "</ul>\n" : "");
}

void html_settings(struct html_report *h, const struct host_verdict *v)
{
    struct settings *settings = arena_alloc(&h->r->arena, sizeof *settings);
    struct sentences said = { 0 };
    settings_read(h->r->casefile, &h->r->arena, v->host, settings);
    write_setting_findings(h, settings, true, HTML_SETTINGS_DOORS);
    write_setting_findings(h, settings, false, HTML_SETTINGS_LOOK);
    write_left_out(h, settings->finding_left_out);
    html_heading(h, "mitigations-", HTML_MITIGATIONS);
    tell_settings(h->r, settings, &said);
    for (size_t i = 0; i < said.count; i++)
        write_paragraph(h, said.items[i]);
    if (!settings->mitigation_count)
        return;
    html_markup(&h->html, "<ul class=\"points\">\n");
    for (size_t i = 0; i < settings->mitigation_count; i++) {
        enum mitigation_state state = settings->mitigations[i].state;
        bool bad = state == MITIGATION_FAILS || state == MITIGATION_LOST;
        write_point(h, tell_mitigation(h->r, &settings->mitigations[i]),
                    bad ? "<li class=\"grave\">" : "<li>");
    }
    html_markup(&h->html, "</ul>\n");
    write_left_out(h, settings->mitigation_left_out);
}

/* ---- the checklist of Emergency Directive 21-02 ---------------------------------------------
 */

static const char *check_class(enum check_status status)
{
    static const char *const classes[] = { [CHECK_DONE] = "</td><td class=\"good\">",
                                           [CHECK_NOT_DONE] = "</td><td class=\"bad\">",
                                           [CHECK_UNDECIDED] = "</td><td>",
                                           [CHECK_DOES_NOT_APPLY] = "</td><td>" };
    return classes[status];
}

static void write_check(struct html_report *h, const struct checklist_line *line)
{
    struct html *html = &h->html;
    if (line->part) {
        html_markup(html, "<tr><th scope=\"colgroup\" colspan=\"3\">");
        add_text(h, line->part);
        html_markup(html, "</th></tr>\n");
    }
    html_markup(html, "<tr><td>");
    add_text(h, line->asks);
    html_markup(html, check_class(line->status));
    add_text(h, line->status_word);
    html_markup(html, "</td><td>");
    html_sentence(h, line->says);
    html_markup(html, "</td></tr>\n");
}

void html_checklist(struct html_report *h, const struct host_verdict *v)
{
    const struct checklist_line *lines = tell_checklist(h->r, v->host);
    html_heading(h, "checklist-", HTML_CHECKLIST);
    html_markup(&h->html, "<div class=\"scroll\"><table class=\"checks\">\n<caption>");
    add_text(h, html_word(HTML_CHECKLIST_CAPTION));
    html_markup(&h->html, "</caption>\n<thead><tr><th scope=\"col\">Asked for</th>"
                          "<th scope=\"col\">State</th><th scope=\"col\">Why</th></tr></thead>"
                          "\n<tbody>\n");
    for (size_t i = 0; i < CHECK_COUNT; i++)
        write_check(h, &lines[i]);
    html_markup(&h->html, "</tbody>\n</table></div>\n");
}
