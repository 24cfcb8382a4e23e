/* Configurations: mitigations, and what was added. */
#include "report/tell_settings.h"
#include "report/text_internal.h"

static enum ink mitigation_ink(enum mitigation_state state)
{
    return state == MITIGATION_FAILS || state == MITIGATION_LOST ? INK_BOLD : INK_PLAIN;
}

static void print_left_out(struct text *t, size_t count, const char *what)
{
    if (count)
        page_wrap(&t->page, INK_PLAIN, NULL, 4,
                  tell_format(t->r, "... and %lu more %s; the case file has all",
                              (unsigned long)count, what));
}

static void print_mitigations(struct text *t, const struct settings *s)
{
    struct sentences said = { 0 };
    page_heading(&t->page, "MITIGATIONS");
    tell_settings(t->r, s, &said);
    for (size_t i = 0; i < said.count; i++)
        page_wrap(&t->page, INK_PLAIN, NULL, 2, said.items[i]);
    for (size_t i = 0; i < s->mitigation_count; i++)
        page_wrap(&t->page, mitigation_ink(s->mitigations[i].state), "  - ", 4,
                  tell_mitigation(t->r, &s->mitigations[i]));
    print_left_out(t, s->mitigation_left_out, "mitigations");
}

static void print_findings(struct text *t, const struct settings *s)
{
    bool graded = false, looked = false;
    for (size_t i = 0; i < s->finding_count; i++) {
        const struct setting_finding *f = &s->findings[i];
        bool grade = f->grade > GRADE_N;
        if (grade && !graded)
            page_heading(&t->page, "BACK DOORS IN THE SETTINGS");
        if (!grade && !looked)
            page_heading(&t->page, "SETTINGS TO LOOK AT (they do not change the verdict)");
        graded |= grade;
        looked |= !grade;
        page_wrap(&t->page, grade ? INK_ALARM : INK_PLAIN, "  - ", 4,
                  tell_setting_finding(t->r, f));
    }
    print_left_out(t, s->finding_left_out, "settings");
}

void text_settings(struct text *t, const struct host_verdict *v)
{
    /* In the arena: the proofs that are printed last point into it. */
    struct settings *settings = arena_alloc(&t->r->arena, sizeof *settings);
    settings_read(t->r->casefile, &t->r->arena, v->host, settings);
    print_findings(t, settings);
    print_mitigations(t, settings);
}
