#include "report/taken_words.h"
#include "report/tell_taken.h"
#include "report/text_internal.h"

#define LINES_PRINTED_MAX 40
#define SOURCES_PRINTED_MAX 30

static void print_more(struct text *t, enum taken_word which, uint64_t count)
{
    struct buf text = BUF_INIT;
    struct filler filler = { "count", tell_format(t->r, "%lu", (unsigned long)count) };
    if (!count)
        return;
    words_fill(&text, taken_word(which), &filler, 1);
    page_wrap(&t->page, INK_PLAIN, NULL, 4, tell_keep(t->r, &text));
}

static void print_skew(struct text *t, const struct host_verdict *v)
{
    struct skew_line *lines = arena_array(&t->r->arena, SKEW_LINES_MAX, sizeof *lines);
    size_t count = joins_read_skew(t->r->casefile, &t->r->arena, v->host, lines);
    if (count)
        page_blank(&t->page);
    for (size_t i = 0; i < count; i++)
        page_wrap(&t->page, INK_BOLD, NULL, 2, tell_skew(t->r, &lines[i]));
}

/* In the arena: the proofs that are printed last point into it. */
static void print_taken(struct text *t, const struct host_verdict *v)
{
    struct taken_report *taken = arena_alloc(&t->r->arena, sizeof *taken);
    taken_read(t->r->casefile, &t->r->arena, v->host, taken);
    if (v->grade < GRADE_E2)
        return;
    page_heading(&t->page, "WHAT WAS TAKEN");
    size_t shown =
        taken->line_count < LINES_PRINTED_MAX ? taken->line_count : LINES_PRINTED_MAX;
    size_t told = 0;
    for (size_t i = 0; i < shown; i++) {
        const struct taken_line *line = &taken->lines[i];
        struct slice head = tell_format(t->r, "  %-15s", taken_words_state(line->state));
        told += line->state != TAKEN_NOT_OBSERVABLE;
        page_wrap(&t->page, line->state == TAKEN_PROVEN ? INK_BOLD : INK_PLAIN, head.ptr, 17,
                  tell_taken(t->r, line));
    }
    print_more(t, TAKEN_WORD_MORE, taken->line_count - shown);
    if (!told && taken->looked)
        page_wrap(&t->page, INK_PLAIN, NULL, 2, slice_from(taken_word(TAKEN_WORD_NOTHING)));
    struct slice total = tell_taken_total(t->r, taken);
    if (total.len)
        page_wrap(&t->page, INK_PLAIN, NULL, 2, total);
    struct sentences notes = { .count = 0 };
    tell_taken_notes(t->r, taken, &notes);
    for (size_t i = 0; i < notes.count; i++)
        page_wrap(&t->page, INK_PLAIN, NULL, 2, notes.items[i]);
}

static void print_actors(struct text *t, const struct host_verdict *v)
{
    struct actors_report *actors = arena_alloc(&t->r->arena, sizeof *actors);
    actors_read(t->r->casefile, &t->r->arena, v->host, actors);
    if (!actors->source_count)
        return;
    page_heading(&t->page, "WHO TOOK PART (sources with one number are one actor)");
    size_t shown =
        actors->source_count < SOURCES_PRINTED_MAX ? actors->source_count : SOURCES_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++) {
        const struct actor_source *source = &actors->sources[i];
        const char *tie = taken_words_tie(source->tie);
        struct slice mark = tell_format(t->r, "  %lu. ", (unsigned long)source->actor);
        page_wrap(&t->page, source->role >= ACTOR_USED ? INK_BOLD : INK_PLAIN, mark.ptr, 5,
                  tell_format(t->r, "%.*s: %.*s%s%s",
                              SLICE_FMT(tell_safe(t->r, source->address)),
                              SLICE_FMT(tell_actor(t->r, source)),
                              *tie ? "; one actor, since " : "", tie));
    }
    print_more(t, TAKEN_WORD_ACTORS_MORE,
               actors->source_count - shown + actors->sources_left_out);
}

static void print_volumes(struct text *t, const struct host_verdict *v)
{
    struct volume_report *volumes = arena_alloc(&t->r->arena, sizeof *volumes);
    bool lines = false;
    volumes_read(t->r->casefile, &t->r->arena, v->host, volumes);
    if (!volumes->log_count)
        return;
    page_heading(&t->page, "VOLUMES (to look at; they do not change the verdict)");
    for (size_t i = 0; i < volumes->log_count; i++) {
        const struct volume_log *log = &volumes->logs[i];
        text_point(t, "  - ", tell_volume_habit(t->r, log));
        for (size_t l = 0; l < log->line_count; l++)
            page_wrap(&t->page, INK_PLAIN, NULL, 6, tell_volume(t->r, log, &log->lines[l]));
        print_more(t, TAKEN_WORD_VOLUME_MORE, log->lines_left_out);
        if (log->enough && !log->line_count && !log->told_before)
            page_wrap(&t->page, INK_PLAIN, NULL, 6,
                      slice_from(taken_word(TAKEN_WORD_VOLUME_NONE)));
        lines |= log->line_count > 0;
    }
    if (lines)
        page_wrap(&t->page, INK_FAINT, NULL, 4, slice_from(taken_word(TAKEN_WORD_VOLUME_NOTE)));
}

void text_taken(struct text *t, const struct host_verdict *v)
{
    print_skew(t, v);
    print_actors(t, v);
    print_taken(t, v);
    print_volumes(t, v);
}
