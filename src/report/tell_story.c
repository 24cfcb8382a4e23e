/* One step of the story, and who acts in it. */
#include <inttypes.h>

#include "base/clock.h"
#include "report/telling.h"

static struct slice step_pages(struct report *r, const struct step *step)
{
    struct buf list = BUF_INIT;
    size_t shown = step->page_count < LIST_TOLD_MAX ? step->page_count : LIST_TOLD_MAX;
    for (size_t i = 0; i < shown; i++) {
        buf_add_text(&list, i ? ", " : "");
        buf_add_slice(&list, tell_safe(r, step->pages[i]));
    }
    if (shown < step->page_count)
        buf_printf(&list, " and %s%lu more",
                   step->page_count == STEP_PAGES_MAX ? "at least " : "",
                   (unsigned long)(step->page_count - shown));
    return tell_keep(r, &list);
}

const char *tell_step_label(const struct step *step)
{
    bool did = step->outcome == OUTCOME_SUCCESS || step->stage == STAGE_ANSWER ||
               step->stage == STAGE_SCAN;
    /* An event log shows what ran, not which page was asked. */
    if (step->stage == STAGE_ANSWER && !step->page_count)
        return word(WORD_STEP_COMMAND);
    return words_stage(did ? step->stage : STAGE_ATTEMPT);
}

/* ", answered 200", ", refused (404)", ", how it ended is not in this log" */
static void add_ending(struct buf *text, const struct step *step)
{
    if (step->stage == STAGE_CLEANUP || step->stage == STAGE_NONE)
        return;
    if (step->status && (step->outcome == OUTCOME_SUCCESS || step->stage == STAGE_ANSWER ||
                         step->stage == STAGE_SCAN || step->stage == STAGE_ATTEMPT))
        buf_printf(text, ", answered %d", step->status);
    else if (step->status)
        buf_printf(text, ", refused (%d)", step->status);
    else if (step->outcome == OUTCOME_UNKNOWN)
        buf_add_text(text, ", how it ended is not in this log");
    else if (step->outcome == OUTCOME_REFUSED)
        buf_add_text(text, ", stopped");
}

struct slice tell_step(struct report *r, const struct step *step)
{
    struct buf text = BUF_INIT;
    buf_add_slice(&text, tell_safe(r, step->title));
    if (step->page_count && (step->stage == STAGE_ANSWER || step->page_count > 1))
        buf_printf(&text, ": %.*s", SLICE_FMT(step_pages(r, step)));
    if (step->stage == STAGE_ANSWER && step->method.len)
        buf_printf(&text, ", %.*s", SLICE_FMT(tell_safe(r, step->method)));
    add_ending(&text, step);
    if (step->requests > 1)
        buf_printf(&text, ", %" PRIu64 " times", step->requests);
    if (step->last != TIME_NONE && step->last - step->first >= 60 * MS_PER_SECOND)
        buf_printf(&text, " until %.*s", SLICE_FMT(tell_when(r, step->last)));
    buf_printf(&text, " %.*s", SLICE_FMT(tell_cite(r, &step->proof)));
    return tell_keep(r, &text);
}

static int64_t day_of(int64_t time)
{
    return time == TIME_NONE ? TIME_NONE : time / MS_PER_DAY;
}

static bool same_actor(const struct step *step, const struct step *before)
{
    return before && slice_eq(before->incident, step->incident) &&
           slice_eq(before->actor, step->actor);
}

bool tell_scene_begins(const struct step *step, const struct step *before)
{
    return !same_actor(step, before) || step->first == TIME_NONE || before->last == TIME_NONE ||
           step->first - before->last > RUN_GAP_MS ||
           day_of(step->first) != day_of(before->first);
}

struct slice tell_scene(struct report *r, const struct step *step, const struct step *before)
{
    struct slice actor =
        step->actor.len ? tell_safe(r, step->actor) : SLICE_LIT("(no source address)");
    struct slice day = step->first == TIME_NONE ? SLICE_LIT("no time   ")
                                                : slice_first(tell_when(r, step->first), 10);
    if (same_actor(step, before) || !step->agent.len)
        return tell_format(r, "%.*s  %.*s", SLICE_FMT(day), SLICE_FMT(actor));
    return tell_format(r, "%.*s  %.*s  %.*s", SLICE_FMT(day), SLICE_FMT(actor),
                       SLICE_FMT(tell_safe(r, slice_first(step->agent, 120))));
}
