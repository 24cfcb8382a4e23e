#include "report/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/text_internal.h"

#define HOSTS_PRINTED_MAX 100 /* in full; the overview names all */

void text_point(struct text *t, const char *mark, struct slice sentence)
{
    if (sentence.len)
        page_wrap(&t->page, INK_PLAIN, mark, strlen(mark), sentence);
}

static enum ink headline_ink(enum grade grade)
{
    if (grade >= GRADE_E2)
        return INK_ALARM;
    return grade == GRADE_N ? INK_GOOD : INK_BOLD;
}

static void print_verdict(struct text *t, const struct host_verdict *v)
{
    page_blank(&t->page);
    page_wrap(&t->page, headline_ink(v->grade), NULL, 0, tell_headline(t->r, v));
    page_blank(&t->page);
    page_wrap(&t->page, INK_PLAIN, NULL, 2, tell_verdict(t->r, v));
    page_blank(&t->page);
    page_wrap(&t->page, INK_PLAIN, "  Harm: ", 8, tell_harm(t->r, v));
}

static struct slice human_size(struct report *r, int64_t bytes)
{
    double size = (double)bytes;
    if (bytes < 100000)
        return tell_format(r, "%.1f kB", size / 1e3);
    return bytes < INT64_C(10000000000) ? tell_format(r, "%.1f MB", size / 1e6)
                                        : tell_format(r, "%.1f GB", size / 1e9);
}

static void print_head(struct text *t, size_t hosts)
{
    int64_t files = casefile_count(t->r->casefile, "SELECT count(DISTINCT path) FROM item");
    int64_t bytes = casefile_count(t->r->casefile, "SELECT coalesce(sum(size),0) FROM item");
    page_wrap(&t->page, INK_FAINT, NULL, 0,
              tell_format(t->r, "hauberk %s: %" PRId64 " file%s, %.*s, %lu host%s",
                          HAUBERK_VERSION, files, tell_plural((uint64_t)files),
                          SLICE_FMT(human_size(t->r, bytes)), (unsigned long)hosts,
                          tell_plural(hosts)));
    struct slice limits = tell_limits(t->r);
    if (limits.len)
        page_wrap(&t->page, INK_BOLD, NULL, 0, limits);
    if (casefile_count(t->r->casefile,
                       "SELECT count(*) FROM meta WHERE key='partial' AND value='1'"))
        page_wrap(
            &t->page, INK_ALARM, NULL, 0,
            SLICE_LIT("INTERRUPTED: what follows is partial. With --case FILE the same "
                      "command goes on where it was stopped; without it, it starts anew."));
}

static void print_overview(struct text *t, const char *heading,
                           const struct verdict_summary *summaries, size_t count)
{
    page_heading(&t->page, heading);
    for (size_t i = 0; i < count; i++)
        page_wrap(&t->page, headline_ink(summaries[i].grade), NULL, 2,
                  tell_summary(t->r, &summaries[i]));
}

static void print_host(struct text *t, const struct host_verdict *v)
{
    print_verdict(t, v);
    text_story(t, v);
    text_taken(t, v);
    text_disk(t, v);
    text_settings(t, v);
    text_other_matches(t, v);
    text_exposure(t, v->host);
    text_coverage(t, v);
    text_unseen(t, v);
    text_next(t, v);
}

int report_text(struct casefile *casefile, const struct text_options *options, FILE *out,
                struct err *err)
{
    AUTO_FREE struct report *r = mem_alloc(sizeof *r);
    struct text t = { r, { out, options->colour } };
    struct verdict_summary *summaries;
    report_init(r, casefile, options->show_secrets);
    size_t count = verdict_summaries(casefile, &r->arena, &summaries);
    print_head(&t, count);
    if (count > 1)
        print_overview(&t, "HOSTS", summaries, count);
    for (size_t i = 0; i < count && i < HOSTS_PRINTED_MAX; i++) {
        /* In the arena: the proofs that are printed last point into it. */
        struct host_verdict *verdict = arena_alloc(&r->arena, sizeof *verdict);
        verdict_read(casefile, &r->arena, summaries[i].host, verdict);
        print_host(&t, verdict);
    }
    if (count == 0)
        page_wrap(&t.page, INK_BOLD, NULL, 0, slice_from(word(WORD_NO_HOST)));
    text_allowed(&t);
    text_files(&t);
    text_proofs(&t);
    if (count)
        print_overview(&t, "VERDICT", summaries, count);
    report_deinit(r);
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE) /* the reader may have enough */
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(casefile, err);
}
