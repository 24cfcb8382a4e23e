#include "report/tell_exposure.h"
#include "report/text_internal.h"

static void print_list(struct text *t, const struct sentences *list)
{
    for (size_t i = 0; i < list->count; i++)
        text_point(t, "  - ", list->items[i]);
}

void text_exposure(struct text *t, struct slice host)
{
    /* In the arena: the proofs that are printed last point into it. */
    struct exposure *exposure = arena_alloc(&t->r->arena, sizeof *exposure);
    struct sentences list = { 0 };
    exposure_read(t->r->casefile, &t->r->arena, host, exposure);
    page_heading(&t->page, "EXPOSURE (builds of Exchange, and what they were vulnerable to)");
    tell_exposure_builds(t->r, exposure, &list);
    tell_exposure_history(t->r, exposure, &list);
    tell_exposure_now(t->r, exposure, &list);
    tell_exposure_doubts(t->r, exposure, &list);
    print_list(t, &list);
}
