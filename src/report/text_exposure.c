#include "report/text.h"

#include <errno.h>
#include <string.h>

#include "report/build_entry.h"
#include "report/tell_exposure.h"
#include "report/text_internal.h"

typedef void tell_part(struct report *r, const struct exposure *exposure,
                       struct sentences *out);

static void print_part(struct text *t, const struct exposure *exposure, tell_part *tell)
{
    struct sentences list = { 0 };
    tell(t->r, exposure, &list);
    for (size_t i = 0; i < list.count; i++)
        text_point(t, "  - ", list.items[i]);
}

/* In the arena: the proofs that are printed last point into it. */
static const struct exposure *print_exposure(struct text *t, struct slice host)
{
    struct exposure *exposure = arena_alloc(&t->r->arena, sizeof *exposure);
    exposure_read(t->r->casefile, &t->r->arena, host, exposure);
    print_part(t, exposure, tell_exposure_builds);
    print_part(t, exposure, tell_exposure_history);
    print_part(t, exposure, tell_exposure_now);
    print_part(t, exposure, tell_exposure_doubts);
    return exposure;
}

void text_exposure(struct text *t, struct slice host)
{
    page_heading(&t->page, "EXPOSURE (builds of Exchange, and what they were vulnerable to)");
    print_exposure(t, host);
}

int report_exposure_text(struct casefile *casefile, const struct text_options *options,
                         FILE *out, struct err *err)
{
    AUTO_FREE struct report *r = mem_alloc(sizeof *r);
    struct text t = { .r = r, .page = { out, options->colour } };
    struct slice *hosts;
    report_init(r, casefile, options->show_secrets);
    size_t count = exposure_hosts(casefile, &r->arena, &hosts);
    for (size_t i = 0; i < count; i++) {
        page_heading(&t.page,
                     tell_format(r, "HOST %.*s", SLICE_FMT(tell_safe(r, hosts[i]))).ptr);
        const struct exposure *exposure = print_exposure(&t, hosts[i]);
        page_blank(&t.page);
        if (exposure->now)
            build_entry_text(&t.page, exposure->builds, &exposure->now->facts);
    }
    if (!count)
        page_wrap(&t.page, INK_BOLD, NULL, 0, slice_from(word(WORD_NO_HOST)));
    text_files(&t);
    text_proofs(&t);
    report_deinit(r);
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE) /* the reader may have enough */
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(casefile, err);
}
