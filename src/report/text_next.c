/* What to do next. */
#include "report/advice.h"
#include "report/text_internal.h"

/* In one line each, however long: they are there to be copied. */
static void print_commands(struct text *t, const struct advice_step *step)
{
    struct slice shell = SLICE_NULL;
    for (size_t i = 0; i < step->command_count; i++) {
        const struct advice_command *command = &step->commands[i];
        if (!slice_eq(command->shell, shell))
            page_wrap(&t->page, INK_FAINT, NULL, 7,
                      tell_format(t->r, "%.*s:", SLICE_FMT(command->shell)));
        shell = command->shell;
        page_line(&t->page, INK_PLAIN,
                  tell_format(t->r, "         %.*s", SLICE_FMT(command->run)).ptr);
    }
}

void text_next(struct text *t, const struct host_verdict *v)
{
    struct advice advice;
    int phase = ADVICE_PHASE_COUNT;
    advice_for_host(t->r, v, &advice);
    page_heading(&t->page, "WHAT TO DO NEXT (in this order)");
    for (size_t i = 0; i < advice.count; i++) {
        const struct advice_step *step = &advice.steps[i];
        if ((int)step->phase != phase)
            page_line(&t->page, INK_BOLD,
                      tell_format(t->r, "  %s", advice_phase_words(step->phase)).ptr);
        phase = step->phase;
        text_point(t, tell_format(t->r, "  %2lu. ", (unsigned long)(i + 1)).ptr, step->text);
        print_commands(t, step);
    }
    if (advice.left_out)
        text_point(t, "  - ",
                   tell_format(t->r,
                               "%lu names of this case are not in the commands: too many, "
                               "or not fit to be typed. The case file has them.",
                               (unsigned long)advice.left_out));
}
