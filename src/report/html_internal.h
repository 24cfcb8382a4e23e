/* The HTML report, as its files see it. Thread rule: one owner. */
#ifndef HAUBERK_REPORT_HTML_INTERNAL_H
#define HAUBERK_REPORT_HTML_INTERNAL_H

#include "base/map.h"
#include "casefile/exposure.h"
#include "report/html_words.h"
#include "report/html_writer.h"
#include "report/telling.h"

#define HTML_BYTES_MAX (2900U << 10) /* of the document: evidence fills what is left */

struct html_report {
    struct html html;
    struct report *r;
    struct map files;          /* path → number of the file in the chain of custody */
    size_t host_number;        /* of the host at hand, from 1 */
    size_t steps_max;          /* of one host */
    struct exposure *exposure; /* of the host at hand */
};

/* ---- html.c: what the parts share ---- */

void html_sentence(struct html_report *h, struct slice sentence); /* with its citations */
void html_points(struct html_report *h, const struct sentences *list);
/* `<h3>` with an id that the table of contents knows. */
void html_heading(struct html_report *h, const char *name, enum html_word heading);
/* A paragraph in small print; text of the catalogue. */
void html_note(struct html_report *h, enum html_word note);
void html_time(struct html_report *h, int64_t time); /* "2021-03-02 16:04:11Z", or nothing */
void html_size_text(struct html_report *h, uint64_t bytes); /* "12.3 MB" */
/* Class of a grade: "bad", "warn", "good". */
const char *html_grade_class(enum grade grade);

/* ---- html_host.c: one host ---- */
void html_host(struct html_report *h, const struct host_verdict *v);

/* ---- html_parts.c: parts of a host's chapter ---- */
void html_skew(struct html_report *h, const struct host_verdict *v);
void html_actors(struct html_report *h, const struct host_verdict *v);
void html_taken(struct html_report *h, const struct host_verdict *v);
void html_volumes(struct html_report *h, const struct host_verdict *v);
void html_exposure(struct html_report *h, const struct host_verdict *v);
void html_checklist(struct html_report *h, const struct host_verdict *v);
void html_settings(struct html_report *h, const struct host_verdict *v);

/* ---- html_chart.c: inline SVG ---- */

/* A moment of the story that matters more than others. */
struct html_moment {
    int64_t time;
    enum html_word what;
    struct slice detail; /* may be empty; escaped by tell_safe() */
    const struct proof *proof;
};

#define HTML_MOMENTS_MAX 12

/* Steps by stage; pauses are shortened. The moments' numbers stand above them. */
void html_time_line(struct html_report *h, const struct host_verdict *v,
                    const struct html_moment *moments, size_t count);
/* When which log was read, and what was found when, to scale. */
void html_coverage_chart(struct html_report *h, const struct host_verdict *v);

/* ---- html_evidence.c ---- */
void html_evidence(struct html_report *h);
void html_proofs(struct html_report *h);

/* ---- html_custody.c ---- */

/* Numbers the files, so that others can name them. */
void html_custody_number(struct html_report *h);
void html_custody(struct html_report *h);

#endif
