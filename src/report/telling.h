/*
 * What a report for people says, apart from how it looks: values as they may be shown,
 * citations, and the sentences of verdict, story and coverage as plain text. The text report
 * wraps them, the HTML report marks them up; neither writes a sentence of its own about these.
 *
 * Everything that is returned lives in the report's arena. Text from evidence has its secrets
 * shortened and its control characters made visible; what is special in a format ('<' in HTML)
 * is left to that format. Sentences cite their proof as "[n]". Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_TELLING_H
#define HAUBERK_REPORT_TELLING_H

#include "casefile/casefile.h"
#include "casefile/triage.h"
#include "casefile/verdict.h"
#include "report/words.h"

#define PROOFS_MAX 400     /* rows shown as proof; the case file has all */
#define VALUE_TOLD_MAX 160 /* of one value of an event */
#define LIST_TOLD_MAX 12   /* names in one sentence, files in one list */
#define PAGES_TOLD_MAX 5   /* in the verdict sentence */
#define SENTENCES_MAX 64   /* of one list */

struct report {
    struct casefile *casefile;
    bool show_secrets;
    struct arena arena;
    size_t proof_count;
    const struct proof *proofs[PROOFS_MAX]; /* [n] is proofs[n-1] */
};

struct sentences {
    size_t count;
    struct slice items[SENTENCES_MAX];
};

void report_init(struct report *r, struct casefile *casefile, bool show_secrets);
void report_deinit(struct report *r);

/* ---- values (telling.c) ---- */

/* Evidence as it may be shown. */
struct slice tell_safe(struct report *r, struct slice text);
/* printf into the arena; arguments from evidence must have gone through tell_safe(). */
struct slice tell_format(struct report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct slice tell_when(struct report *r, int64_t time); /* "2021-03-02 16:04:11Z" */
/* "[3]": the number of the proof, which must outlive the report; equal places share one.
 * Empty for a proof without a place. */
struct slice tell_cite(struct report *r, const struct proof *proof);
const char *tell_plural(uint64_t count); /* "" or "s" */
/* "a, b and c", each as tell_safe() shows it. */
struct slice tell_names(struct report *r, const struct slice *names, size_t count);
/* What was built, into the arena; the buffer is given up. */
struct slice tell_keep(struct report *r, struct buf *text);
/* A value of the case's table `meta`; absent: SLICE_NULL. */
struct slice tell_meta(struct report *r, const char *key);

/* Appends a sentence of the catalogue, behind a space unless it is the first. */
void tell_fill(struct buf *out, enum word which, const struct filler *fillers, size_t count);

#define TELL(out, which, ...)                                                                  \
    do {                                                                                       \
        const struct filler fillers_[] = { __VA_ARGS__ };                                      \
        tell_fill(out, which, fillers_, sizeof fillers_ / sizeof *fillers_);                   \
    } while (0)

/* ---- the verdict (tell_verdict.c) ---- */

struct slice tell_headline(struct report *r, const struct host_verdict *v);
/* The same in an overview, with the first sign of it. */
struct slice tell_summary(struct report *r, const struct verdict_summary *summary);
struct slice tell_verdict(struct report *r, const struct host_verdict *v);
/* The same, what belongs together in one: how it stands, how they came in, what they wrote ...
 */
void tell_verdict_parts(struct report *r, const struct host_verdict *v, struct sentences *out);
struct slice tell_harm(struct report *r, const struct host_verdict *v);
/* "(it takes EWS logs)", with the proof where there is one; may be empty. */
struct slice tell_harm_reason(struct report *r, const struct harm_reason *reason);

/* ---- the story (tell_story.c) ---- */

/* "exploit", "attempt": what was tried and refused does not read as if it had been done. */
const char *tell_step_label(const struct step *step);
struct slice tell_step(struct report *r, const struct step *step);
/* Does another actor, or another run of the same one, begin with this step? */
bool tell_scene_begins(const struct step *step, const struct step *before);
/* Who acts from here on; with the tool he uses where he is new. */
struct slice tell_scene(struct report *r, const struct step *step, const struct step *before);

/* ---- what was read and what was not (tell_coverage.c) ---- */

/* "2021-03-02 00:00 - 2021-03-09 12:00, 1200 rows" */
struct slice tell_coverage(struct report *r, const struct coverage_line *line);
/* How many pages on disk were looked at; empty when there were none. */
struct slice tell_disk_read(struct report *r, const struct host_verdict *v);
/* --since and --until: what the reader left out himself; empty when nothing. */
struct slice tell_limits(struct report *r);
void tell_unseen(struct report *r, const struct host_verdict *v, struct sentences *out);
/* Rules without a stage, and Exchange's own monitoring: they do not change the verdict. */
void tell_other_matches(struct report *r, const struct host_verdict *v, struct sentences *out);

enum file_list { FILES_DAMAGED, FILES_NOT_READ, FILES_REMARKED, FILE_LIST_COUNT };
const char *tell_files_heading(enum file_list which);
/* LIST_TOLD_MAX files and what is the matter with each; how many more there are, in words. */
void tell_files(struct report *r, enum file_list which, struct sentences *out,
                struct slice *more_out);

/* ---- what is closed (tell_allowed.c) ---- */

/* One entry of the allow list: what it closed, by whom, until when. */
struct slice tell_allow_entry(struct report *r, const struct triage_entry *entry);

/* ---- the proof (tell_proof.c) ---- */

/*
 * The row, or the values of a record that has none, of at most `most` bytes. Cells that are
 * secrets as a whole (cookies) are shortened too.
 */
struct slice tell_proof_row(struct report *r, const struct proof *proof, size_t most);

/* The same of an event of the case: its row (may be absent) and its fields as stored. */
struct slice tell_event_row(struct report *r, struct slice row, struct slice fields,
                            size_t most);

/* Empty sentences are left out, and what is beyond SENTENCES_MAX. */
void sentences_add(struct sentences *list, struct slice sentence);

#endif
