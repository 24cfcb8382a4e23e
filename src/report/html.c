#include "report/html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/hash.h"
#include "report/html_internal.h"

#define HOSTS_TOLD_MAX 40      /* in full; the overview names all */
#define HOSTS_NAMED_MAX 1000   /* in the overview */
#define STEPS_OF_ALL_MAX 2400U /* of all hosts together */
#define STEPS_OF_HOST_MAX 300U

/* ---- what the parts share -------------------------------------------------------------------
 */

void html_sentence(struct html_report *h, struct slice sentence)
{
    html_cited(&h->html, sentence, h->r->proof_count);
}

void html_points(struct html_report *h, const struct sentences *list)
{
    html_markup(&h->html, "<ul class=\"points\">\n");
    for (size_t i = 0; i < list->count; i++) {
        html_markup(&h->html, "<li>");
        html_sentence(h, list->items[i]);
        html_markup(&h->html, "</li>\n");
    }
    html_markup(&h->html, "</ul>\n");
}

static void add_word(struct html_report *h, enum html_word which)
{
    html_text(&h->html, slice_from(html_word(which)));
}

void html_heading(struct html_report *h, const char *name, enum html_word heading)
{
    html_markup(&h->html, "<h3");
    html_id(&h->html, name, h->host_number);
    html_markup(&h->html, ">");
    add_word(h, heading);
    html_markup(&h->html, "</h3>\n");
}

void html_note(struct html_report *h, enum html_word note)
{
    html_markup(&h->html, "<p class=\"note\">");
    add_word(h, note);
    html_markup(&h->html, "</p>\n");
}

void html_time(struct html_report *h, int64_t time)
{
    char text[TIME_TEXT_SIZE];
    if (time == TIME_NONE)
        return;
    html_markup(&h->html, "<time");
    html_attribute(&h->html, "datetime", slice_from(time_format(time, text)));
    html_markup(&h->html, ">");
    html_text(&h->html, slice_from(time_format_plain(time, text)));
    html_markup(&h->html, "</time>");
}

void html_size_text(struct html_report *h, uint64_t bytes)
{
    double size = (double)bytes;
    const char *unit = bytes < 100000 ? " kB" : bytes < UINT64_C(10000000000) ? " MB" : " GB";
    html_decimal(&h->html, size / (bytes < 100000                  ? 1e3
                                   : bytes < UINT64_C(10000000000) ? 1e6
                                                                   : 1e9));
    html_markup(&h->html, unit);
}

const char *html_grade_class(enum grade grade)
{
    if (grade >= GRADE_E2)
        return "bad";
    return grade == GRADE_N ? "good" : "warn";
}

/* ---- head -----------------------------------------------------------------------------------
 */

static struct slice embedded_text(const char *name)
{
    const struct embedded_file *file = embedded_find(name);
    return file ? slice_of((const char *)file->data, file->size) : SLICE_LIT("");
}

static void add_hash(struct html *html, const char *directive, struct slice content)
{
    uint8_t digest[HASH_BYTES_MAX];
    hash_bytes(HASH_SHA256, content, digest);
    html_markup(html, directive);
    html_base64(&html->text, digest, SHA256_BYTES);
    html_markup(html, "'");
}

static void write_head(struct html_report *h, struct slice style, struct slice script)
{
    struct html *html = &h->html;
    html_markup(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                      "'none'; base-uri 'none'; form-action 'none'");
    add_hash(html, "; style-src 'sha256-", style);
    add_hash(html, "; script-src 'sha256-", script);
    html_markup(html,
                "\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, "
                "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"generator\" content=\"hauberk " HAUBERK_VERSION "\">\n"
                "<title>");
    add_word(h, HTML_TITLE);
    html_markup(html, "</title>\n<style>");
    buf_add_slice(&html->text, style);
    html_markup(html, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#verdict\">");
    add_word(h, HTML_SKIP);
    html_markup(html, "</a>\n");
}

static void write_top(struct html_report *h, size_t hosts)
{
    struct html *html = &h->html;
    struct report *r = h->r;
    int64_t files = casefile_count(r->casefile, "SELECT count(DISTINCT path) FROM item");
    int64_t bytes = casefile_count(r->casefile, "SELECT coalesce(sum(size),0) FROM item");
    html_markup(html, "<div class=\"frame\">\n<header class=\"top\">\n<h1>");
    add_word(h, HTML_TITLE);
    html_markup(html, "</h1>\n<p>");
    html_count(html, (uint64_t)files);
    html_markup(html, files == 1 ? " file, " : " files, ");
    html_size_text(h, (uint64_t)bytes);
    html_markup(html, ", ");
    html_count(html, hosts);
    html_markup(html, hosts == 1 ? " host. " : " hosts. ");
    html_markup(html, "Made by hauberk " HAUBERK_VERSION ". ");
    add_word(h, HTML_UTC);
    html_markup(html, "</p>\n");
    struct slice limits = tell_limits(r);
    if (limits.len) {
        html_markup(html, "<p class=\"alert\">");
        html_text(html, limits);
        html_markup(html, "</p>\n");
    }
    if (casefile_count(r->casefile,
                       "SELECT count(*) FROM meta WHERE key='partial' AND value='1'")) {
        html_markup(html, "<p class=\"alert\">");
        add_word(h, HTML_INTERRUPTED);
        html_markup(html, "</p>\n");
    }
    html_markup(html, "</header>\n");
}

/* ---- contents and overview ------------------------------------------------------------------
 */

static const struct {
    const char *id;
    enum html_word heading;
} host_parts[] = {
    { "time-line-", HTML_TIME_LINE }, { "taken-", HTML_TAKEN },
    { "story-", HTML_STORY },         { "disk-", HTML_DISK },
    { "exposure-", HTML_EXPOSURE },   { "coverage-", HTML_COVERAGE },
    { "unseen-", HTML_UNSEEN },       { "next-", HTML_NEXT },
};

static bool has_part(const char *id, const struct host_verdict *v)
{
    if (strcmp(id, "time-line-") == 0 || strcmp(id, "story-") == 0)
        return v->step_count > 0;
    if (strcmp(id, "taken-") == 0)
        return v->grade >= GRADE_E2;
    return strcmp(id, "disk-") != 0 || v->disk_count > 0;
}

static void add_link(struct html_report *h, const char *id, uint64_t number,
                     enum html_word heading)
{
    html_markup(&h->html, "<li>");
    html_link(&h->html, id, number);
    add_word(h, heading);
    html_markup(&h->html, "</a></li>\n");
}

static void write_contents(struct html_report *h, struct host_verdict *const *verdicts,
                           size_t told, size_t count)
{
    struct html *html = &h->html;
    html_markup(html, "<nav class=\"toc\" aria-label=\"");
    add_word(h, HTML_CONTENTS);
    html_markup(html, "\">\n<ul>\n");
    if (count > 1)
        html_markup(html, "<li><a class=\"major\" href=\"#overview\">Hosts</a></li>\n");
    for (size_t i = 0; i < told; i++) {
        html_markup(html, "<li><a class=\"major\" href=\"#host-");
        html_number(html, (int64_t)i + 1);
        html_markup(html, "\">");
        html_text(html, tell_safe(h->r, verdicts[i]->host));
        html_markup(html, "</a>");
        if (told <= 3) {
            html_markup(html, "<ul>\n");
            for (size_t k = 0; k < sizeof host_parts / sizeof *host_parts; k++)
                if (has_part(host_parts[k].id, verdicts[i]))
                    add_link(h, host_parts[k].id, i + 1, host_parts[k].heading);
            html_markup(html, "</ul>");
        }
        html_markup(html, "</li>\n");
    }
    html_markup(html, "<li><a class=\"major\" href=\"#proof\">");
    add_word(h, HTML_PROOFS);
    html_markup(html, "</a></li>\n<li><a class=\"major\" href=\"#evidence\">");
    add_word(h, HTML_EVIDENCE);
    html_markup(html, "</a></li>\n<li><a class=\"major\" href=\"#custody\">");
    add_word(h, HTML_CUSTODY);
    html_markup(html, "</a></li>\n</ul>\n</nav>\n");
}

static void add_badge(struct html_report *h, enum grade grade)
{
    html_markup(&h->html, "<span class=\"badge ");
    html_markup(&h->html, html_grade_class(grade));
    html_markup(&h->html, "\">");
    html_text(&h->html, slice_from(words_headline(grade)));
    html_markup(&h->html, "</span>");
}

static void write_overview(struct html_report *h, const struct verdict_summary *summaries,
                           size_t count, size_t told)
{
    struct html *html = &h->html;
    html_markup(html, "<section class=\"part\" id=\"overview\">\n<h2>");
    add_word(h, HTML_OVERVIEW);
    html_markup(html, "</h2>\n<div class=\"scroll\"><table>\n<caption>");
    add_word(h, HTML_OVERVIEW_CAPTION);
    html_markup(html, "</caption>\n<thead><tr><th scope=\"col\">Host</th><th scope=\"col\">"
                      "Verdict</th><th scope=\"col\">Grade</th><th scope=\"col\">First sign"
                      "</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count && i < HOSTS_NAMED_MAX; i++) {
        const struct verdict_summary *summary = &summaries[i];
        html_markup(html, "<tr><th scope=\"row\">");
        if (i < told)
            html_link(html, "host-", i + 1);
        html_text(html, tell_safe(h->r, summary->host));
        html_markup(html, i < told ? "</a></th><td>" : "</th><td>");
        add_badge(h, summary->grade);
        html_markup(html, "</td><td>");
        html_markup(html, grade_name(summary->grade));
        html_markup(html, " (");
        html_markup(html, grade_word(summary->grade));
        html_markup(html, ")</td><td class=\"when\">");
        html_time(h, summary->first);
        html_markup(html, "</td></tr>\n");
    }
    html_markup(html, "</tbody>\n</table></div>\n");
    if (count > told) {
        html_markup(html, "<p class=\"note\">The first ");
        html_count(html, told);
        html_markup(html, " hosts are told in full; ");
        html_count(html, count - told);
        html_markup(html, " more are in the case file.</p>\n");
    }
    html_markup(html, "</section>\n");
}

/* ---- the document ---------------------------------------------------------------------------
 */

static void write_allowed(struct html_report *h)
{
    struct triage_entry *entries;
    size_t count = triage_read(h->r->casefile, &h->r->arena, &entries);
    if (!count)
        return;
    html_markup(&h->html, "<section class=\"part\" id=\"allowed\">\n<h2>");
    add_word(h, HTML_ALLOWED);
    html_markup(&h->html, "</h2>\n<ul class=\"points\">\n");
    for (size_t i = 0; i < count; i++) {
        html_markup(&h->html, "<li>");
        html_text(&h->html, tell_allow_entry(h->r, &entries[i]));
        html_markup(&h->html, "</li>\n");
    }
    html_markup(&h->html, "</ul>\n</section>\n");
}

static void write_files(struct html_report *h)
{
    bool any = false;
    for (int i = 0; i < FILE_LIST_COUNT; i++) {
        struct sentences list = { 0 };
        struct slice more;
        tell_files(h->r, (enum file_list)i, &list, &more);
        if (!list.count)
            continue;
        if (!any) {
            html_markup(&h->html, "<section class=\"part\" id=\"files\">\n<h2>");
            add_word(h, HTML_FILES);
            html_markup(&h->html, "</h2>\n");
        }
        any = true;
        html_markup(&h->html, "<h3>");
        html_text(&h->html, slice_from(tell_files_heading((enum file_list)i)));
        html_markup(&h->html, "</h3>\n");
        sentences_add(&list, more);
        html_points(h, &list);
    }
    if (any)
        html_markup(&h->html, "</section>\n");
}

static void write_foot(struct html_report *h, struct slice script)
{
    html_markup(&h->html, "</main>\n<footer><p>");
    add_word(h, HTML_FOOTER);
    html_markup(&h->html, "</p></footer>\n</div>\n<script>");
    buf_add_slice(&h->html.text, script);
    html_markup(&h->html, "</script>\n</body>\n</html>\n");
}

static void write_document(struct html_report *h)
{
    struct verdict_summary *summaries;
    struct report *r = h->r;
    struct slice style = embedded_text("report/report.css");
    struct slice script = embedded_text("report/report.js");
    size_t count = verdict_summaries(r->casefile, &r->arena, &summaries);
    size_t told = count < HOSTS_TOLD_MAX ? count : HOSTS_TOLD_MAX;
    struct host_verdict **verdicts = arena_array(&r->arena, told + 1, sizeof *verdicts);
    size_t steps = told ? STEPS_OF_ALL_MAX / told : 0;
    h->steps_max = steps < STEPS_OF_HOST_MAX ? steps : STEPS_OF_HOST_MAX;
    for (size_t i = 0; i < told; i++) {
        verdicts[i] = arena_alloc(&r->arena, sizeof **verdicts);
        verdict_read(r->casefile, &r->arena, summaries[i].host, verdicts[i]);
    }
    html_custody_number(h);
    write_head(h, style, script);
    write_top(h, count);
    write_contents(h, verdicts, told, count);
    html_markup(&h->html, "<main id=\"verdict\" tabindex=\"-1\">\n");
    if (count > 1)
        write_overview(h, summaries, count, told);
    for (size_t i = 0; i < told; i++) {
        h->host_number = i + 1;
        html_host(h, verdicts[i]);
    }
    if (!count) {
        html_markup(&h->html, "<section class=\"part\"><p>");
        html_text(&h->html, slice_from(word(WORD_NO_HOST)));
        html_markup(&h->html, "</p></section>\n");
    }
    write_allowed(h);
    html_proofs(h);
    html_evidence(h); /* fills what is left */
    html_custody(h);
    write_files(h);
    write_foot(h, script);
}

int report_html(struct casefile *casefile, bool show_secrets, FILE *out, struct err *err)
{
    AUTO_FREE struct report *r = mem_alloc(sizeof *r);
    struct html_report h = { .r = r };
    report_init(r, casefile, show_secrets);
    html_init(&h.html, out);
    write_document(&h);
    html_deinit(&h.html);
    map_deinit(&h.files);
    report_deinit(r);
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE) /* the reader may have enough */
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(casefile, err);
}
