#include "report/tell_checklist.h"

#include "base/clock.h"
#include "report/checklist_words.h"

static struct slice time_or_empty(struct report *r, int64_t time)
{
    return time == TIME_NONE ? SLICE_LIT("") : tell_when(r, time);
}

static struct slice says(struct report *r, const struct check_row *row)
{
    struct buf text = BUF_INIT;
    const struct filler fillers[] = { { "a", tell_safe(r, row->a) },
                                      { "b", tell_safe(r, row->b) },
                                      { "time", time_or_empty(r, row->time) },
                                      { "until", time_or_empty(r, row->until) } };
    words_fill(&text, checklist_words_says(row->says), fillers,
               sizeof fillers / sizeof *fillers);
    for (size_t i = 0; i < row->proof_count; i++)
        buf_printf(&text, " %.*s", SLICE_FMT(tell_cite(r, &row->proofs[i])));
    return tell_keep(r, &text);
}

const struct checklist_line *tell_checklist(struct report *r, struct slice host)
{
    /* In the arena: the proofs that are printed last point into it. */
    struct check_row *rows = arena_array(&r->arena, CHECK_COUNT, sizeof *rows);
    struct checklist_line *lines = arena_array(&r->arena, CHECK_COUNT, sizeof *lines);
    checklist_read(r->casefile, &r->arena, host, rows);
    for (size_t i = 0; i < CHECK_COUNT; i++)
        lines[i] = (struct checklist_line){
            checklist_words_part(rows[i].check), checklist_words_check(rows[i].check),
            rows[i].status, checklist_words_status(rows[i].status), says(r, &rows[i])
        };
    return lines;
}
