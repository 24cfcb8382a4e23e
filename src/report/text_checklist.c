/* The checklist of Emergency Directive 21-02 as text. */
#include <errno.h>
#include <string.h>

#include "report/tell_checklist.h"
#include "report/text.h"
#include "report/text_internal.h"

static enum ink status_ink(enum check_status status)
{
    return status == CHECK_NOT_DONE ? INK_ALARM : status == CHECK_DONE ? INK_GOOD : INK_PLAIN;
}

static void print_line(struct text *t, const struct checklist_line *line)
{
    if (line->part) {
        page_blank(&t->page);
        page_wrap(&t->page, INK_BOLD, NULL, 0, slice_from(line->part));
    }
    page_wrap(&t->page, status_ink(line->status), "  - ", 4,
              tell_format(t->r, "%s: %s.", line->asks, line->status_word));
    page_wrap(&t->page, INK_PLAIN, NULL, 4, line->says);
}

static void print_host(struct text *t, struct slice host)
{
    const struct checklist_line *lines = tell_checklist(t->r, host);
    page_heading(&t->page, tell_format(t->r, "CISA EMERGENCY DIRECTIVE 21-02, HOST %.*s",
                                       SLICE_FMT(tell_safe(t->r, host)))
                               .ptr);
    for (size_t i = 0; i < CHECK_COUNT; i++)
        print_line(t, &lines[i]);
}

int report_checklist_text(struct casefile *casefile, const struct text_options *options,
                          FILE *out, struct err *err)
{
    AUTO_FREE struct report *r = mem_alloc(sizeof *r);
    struct text t = { .r = r, .page = { out, options->colour } };
    struct slice *hosts;
    report_init(r, casefile, options->show_secrets);
    size_t count = verdict_hosts(casefile, &r->arena, &hosts);
    for (size_t i = 0; i < count; i++)
        print_host(&t, hosts[i]);
    if (!count)
        page_wrap(&t.page, INK_BOLD, NULL, 0, slice_from(word(WORD_NO_HOST)));
    text_proofs(&t);
    report_deinit(r);
    if ((fflush(out) != 0 || ferror(out)) && errno != EPIPE) /* the reader may have enough */
        return err_set(err, ERR_ENVIRONMENT, "cannot write: %s", strerror(errno));
    return casefile_error(casefile, err);
}
