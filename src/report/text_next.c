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

static bool same_commands(const struct advice_step *a, const struct advice_step *b)
{
    if (a->command_count != b->command_count)
        return false;
    for (size_t i = 0; i < a->command_count; i++)
        if (!slice_eq(a->commands[i].run, b->commands[i].run))
            return false;
    return true;
}

/* Under which number was the very same told before? 0: it was not. */
static size_t told_before(const struct text *t, const struct advice_step *step)
{
    for (size_t i = 0; t->advice && i < t->advice->count; i++)
        if (slice_eq(t->advice->steps[i].name, step->name) &&
            same_commands(&t->advice->steps[i], step))
            return i + 1;
    return 0;
}

static void print_step(struct text *t, const struct advice_step *step, size_t number)
{
    size_t before = told_before(t, step);
    struct slice head = tell_format(t->r, "  %2lu. ", (unsigned long)number);
    if (before) {
        text_point(t, head.ptr,
                   tell_format(t->r, "As for %.*s, step %lu: %.*s",
                               SLICE_FMT(tell_safe(t->r, t->advised_host)),
                               (unsigned long)before, SLICE_FMT(step->name)));
        return;
    }
    text_point(t, head.ptr, step->text);
    print_commands(t, step);
}

void text_next(struct text *t, const struct host_verdict *v)
{
    struct advice *advice = arena_alloc(&t->r->arena, sizeof *advice);
    int phase = ADVICE_PHASE_COUNT;
    advice_for_host(t->r, v, advice);
    page_heading(&t->page, "WHAT TO DO NEXT (in this order)");
    for (size_t i = 0; i < advice->count; i++) {
        const struct advice_step *step = &advice->steps[i];
        if ((int)step->phase != phase)
            page_line(&t->page, INK_BOLD,
                      tell_format(t->r, "  %s", advice_phase_words(step->phase)).ptr);
        phase = step->phase;
        print_step(t, step, i + 1);
    }
    if (advice->left_out)
        text_point(t, "  - ",
                   tell_format(t->r,
                               "%lu names of this case are not in the commands: too many, or "
                               "not fit to be typed. The case file has them.",
                               (unsigned long)advice->left_out));
    if (t->advice)
        return;
    t->advice = advice;
    t->advised_host = v->host;
}
