/* The text report, as its files see it. Thread rule: one owner. */
#ifndef HAUBERK_REPORT_TEXT_INTERNAL_H
#define HAUBERK_REPORT_TEXT_INTERNAL_H

#include "report/page.h"
#include "report/telling.h"

struct text {
    struct report *r;
    struct page page;
};

/* ---- text_story.c ---- */
void text_story(struct text *t, const struct host_verdict *v);

/* ---- text_taken.c ---- */
void text_taken(struct text *t, const struct host_verdict *v); /* actors, harm, volumes */

/* ---- text_pages.c ---- */
void text_disk(struct text *t, const struct host_verdict *v);

/* ---- text_settings.c ---- */
void text_settings(struct text *t, const struct host_verdict *v);

/* ---- text_coverage.c ---- */
void text_coverage(struct text *t, const struct host_verdict *v);
void text_unseen(struct text *t, const struct host_verdict *v);
void text_other_matches(struct text *t, const struct host_verdict *v);
void text_files(struct text *t); /* damaged, not read, read with a remark */

/* ---- text_exposure.c ---- */
void text_exposure(struct text *t, struct slice host);

/* ---- text_allowed.c ---- */
void text_allowed(struct text *t); /* each entry of the allow list, and what it closed */

/* ---- text_next.c ---- */
void text_next(struct text *t, const struct host_verdict *v);

/* ---- text_proof.c ---- */
void text_proofs(struct text *t); /* of all that was cited */

/* "  1. ", "  - " in front, the rest indented below it. */
void text_point(struct text *t, const char *mark, struct slice sentence);

#endif
