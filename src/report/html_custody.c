/* Which files were read, and what they were then. */
#include "base/clock.h"
#include "casefile/custody.h"
#include "report/html_internal.h"

#define FILES_TOLD_MAX 2000
#define PATH_BYTES 800U
#define PROBLEM_BYTES 200U

void html_custody_number(struct html_report *h)
{
    struct query q;
    struct custody_file file;
    uint64_t number = 0;
    custody_open(&q, h->r->casefile);
    while (number < FILES_TOLD_MAX && custody_next(&q, &file) && file.findings)
        if (file.path.len)
            *map_at(&h->files, file.path, NULL) = ++number;
    query_close(&q);
}

static void add_day(struct html_report *h, int64_t time)
{
    html_markup(&h->html, "<td class=\"when\">");
    if (time != TIME_NONE)
        html_text(&h->html, slice_first(tell_when(h->r, time), 16));
    html_markup(&h->html, "</td>");
}

static void write_digest(struct html_report *h, const struct custody_file *file)
{
    struct html *html = &h->html;
    html_markup(html, "<span class=\"hash\">SHA-256 ");
    if (file->sha256.len)
        html_text_cut(html, file->sha256, 80);
    else if (file->problem.len)
        html_text_cut(html, tell_safe(h->r, slice_first(file->problem, PROBLEM_BYTES)),
                      PROBLEM_BYTES);
    else
        html_text(html, slice_from(html_word(HTML_NO_HASH)));
    html_markup(html, "</span>");
}

static void write_file(struct html_report *h, const struct custody_file *file, uint64_t number)
{
    struct html *html = &h->html;
    bool told = file->findings || file->sha256.len || file->problem.len;
    html_markup(html, told ? "<tr" : "<tr class=\"x\"");
    html_id(html, "f", number);
    html_markup(html, "><td class=\"num\">f");
    html_number(html, (int64_t)number);
    html_markup(html, "</td><td class=\"path fact\">");
    html_text_cut(html, tell_safe(h->r, slice_first(file->path, PATH_BYTES)), PATH_BYTES);
    write_digest(h, file);
    html_markup(html, "</td><td class=\"num\">");
    html_count(html, file->size);
    html_markup(html, "</td>");
    add_day(h, file->from);
    add_day(h, file->to);
    html_markup(html, "<td class=\"num\">");
    if (file->findings)
        html_count(html, file->findings);
    html_markup(html, "</td></tr>\n");
}

static void write_head(struct html *html)
{
    html_markup(html, "<div class=\"scroll\"><table class=\"files\">\n<caption>");
    html_text(html, slice_from(html_word(HTML_CUSTODY_CAPTION)));
    html_markup(
        html,
        "</caption>\n<thead><tr><th scope=\"col\" class=\"num\">No.</th>"
        "<th scope=\"col\">File and SHA-256</th><th scope=\"col\" class=\"num\">Bytes</th>"
        "<th scope=\"col\">Rows from</th><th scope=\"col\">to</th>"
        "<th scope=\"col\" class=\"num\">Findings</th></tr></thead>\n<tbody>\n");
}

static void write_rest(struct html *html, uint64_t files, uint64_t bytes)
{
    html_markup(html, "<p class=\"note\">... and ");
    html_count(html, files);
    html_markup(html, " more files of ");
    html_count(html, bytes);
    html_markup(html, " bytes; the case file of --case names all.</p>\n");
}

void html_custody(struct html_report *h)
{
    struct html *html = &h->html;
    struct query q;
    struct custody_file file;
    uint64_t number = 0, more = 0, more_bytes = 0;
    html_markup(html, "<section class=\"part\" id=\"custody\">\n<h2>");
    html_text(html, slice_from(html_word(HTML_CUSTODY)));
    html_markup(html, "</h2>\n");
    html_note(h, HTML_CUSTODY_NOTE);
    html_markup(html, "<p class=\"note printed\">");
    html_text(html, slice_from(html_word(HTML_CUSTODY_PRINTED)));
    html_markup(html, "</p>\n");
    write_head(html);
    custody_open(&q, h->r->casefile);
    while (custody_next(&q, &file)) {
        if (number < FILES_TOLD_MAX && html_size(html) < HTML_BYTES_MAX) {
            write_file(h, &file, ++number);
        } else {
            more++;
            more_bytes += file.size;
        }
    }
    query_close(&q);
    html_markup(html, "</tbody>\n</table></div>\n");
    if (more)
        write_rest(html, more, more_bytes);
    html_markup(html, "</section>\n");
}
