#include "base/clock.h"
#include "report/text_internal.h"

#define STEPS_PRINTED_MAX 150

static void print_step(struct text *t, const struct step *step)
{
    char clock[TIME_TEXT_SIZE] = "";
    time_format_plain(step->first, clock);
    struct slice head =
        tell_format(t->r, "    %-9.9s %-8s ", step->first != TIME_NONE ? clock + 11 : "no time",
                    tell_step_label(step));
    page_wrap(&t->page, step->grade >= GRADE_E2 ? INK_BOLD : INK_PLAIN, head.ptr, 23,
              tell_step(t->r, step));
}

/* A line that tells who acts from here on, and on which day. */
static void print_scene(struct text *t, const struct step *step, const struct step *before)
{
    if (!before || !slice_eq(before->incident, step->incident)) {
        page_blank(&t->page);
        page_wrap(
            &t->page, INK_BOLD, NULL, 2,
            tell_format(t->r, "Incident %.*s", SLICE_FMT(tell_safe(t->r, step->incident))));
    }
    if (tell_scene_begins(step, before))
        page_wrap(&t->page, INK_FAINT, NULL, 4, tell_scene(t->r, step, before));
}

void text_story(struct text *t, const struct host_verdict *v)
{
    if (!v->step_count)
        return;
    page_heading(&t->page, "WHAT HAPPENED (times are UTC; [n] is the proof below)");
    size_t shown = v->step_count < STEPS_PRINTED_MAX ? v->step_count : STEPS_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++) {
        print_scene(t, &v->steps[i], i ? &v->steps[i - 1] : NULL);
        print_step(t, &v->steps[i]);
    }
    if (shown < v->step_count || v->steps_left_out)
        page_wrap(&t->page, INK_PLAIN, NULL, 4,
                  tell_format(t->r, "... and %lu more steps; the case file of --case holds all",
                              (unsigned long)(v->step_count - shown + v->steps_left_out)));
}
