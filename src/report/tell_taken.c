#include "report/tell_taken.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "report/taken_words.h"

#define NAME_TOLD_MAX 100
#define AGENT_TOLD_MAX 80

#define SAY(out, which, ...)                                                                   \
    do {                                                                                       \
        const struct filler fillers_[] = { __VA_ARGS__ };                                      \
        words_fill(out, taken_word(which), fillers_, sizeof fillers_ / sizeof *fillers_);      \
    } while (0)

struct slice tell_bytes(struct report *r, uint64_t bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB" };
    double size = (double)bytes / 1e3;
    size_t unit = 0;
    if (bytes < 1000)
        return tell_format(r, "%" PRIu64 " bytes", bytes);
    while (size >= 999.95 && unit + 1 < sizeof units / sizeof *units) {
        size /= 1e3;
        unit++;
    }
    return tell_format(r, "%.1f %s", size, units[unit]);
}

static struct slice number(struct report *r, uint64_t value)
{
    return tell_format(r, "%" PRIu64, value);
}

static struct slice name_of(struct report *r, struct slice text)
{
    return tell_safe(r, slice_first(text, NAME_TOLD_MAX));
}

/* "2021-03-02 16:04:11Z", or "... to ..." */
static struct slice span(struct report *r, int64_t first, int64_t last)
{
    if (first == TIME_NONE)
        return SLICE_LIT("at a time that is not logged");
    if (last == TIME_NONE || last == first)
        return tell_when(r, first);
    return tell_format(r, "%.*s to %.*s", SLICE_FMT(tell_when(r, first)),
                       SLICE_FMT(tell_when(r, last)));
}

static struct slice logs(struct report *r, const struct taken_line *line, const char *last)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < line->family_count; i++) {
        if (i)
            buf_add_text(&text, i + 1 == line->family_count ? last : ", ");
        buf_add_text(&text, family_get(line->families[i])->title);
    }
    return tell_keep(r, &text);
}

static struct slice operations(struct report *r, const struct taken_line *line)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < line->operation_count; i++)
        buf_printf(&text, "%s%.*s %" PRIu64, i ? ", " : "",
                   SLICE_FMT(name_of(r, line->operations[i].name)),
                   line->operations[i].requests);
    if (line->operations_left_out)
        buf_printf(&text, " and %lu more kinds", (unsigned long)line->operations_left_out);
    return tell_keep(r, &text);
}

static struct slice requests(struct report *r, const struct taken_line *line)
{
    return tell_format(r, "%" PRIu64 " request%s answered", line->requests,
                       tell_plural(line->requests));
}

static struct slice size_of(struct report *r, const struct taken_line *line)
{
    struct buf text = BUF_INIT;
    if (!line->sized)
        return slice_from(taken_word(TAKEN_WORD_BYTES_NONE));
    struct slice lower = tell_bytes(r, line->lower), upper = tell_bytes(r, line->upper);
    SAY(&text,
        slice_eq(lower, upper) ? TAKEN_WORD_BYTES
        : line->lower          ? TAKEN_WORD_BYTES_SPAN
                               : TAKEN_WORD_BYTES_UPPER,
        { "bytes", upper }, { "lower", lower }, { "upper", upper });
    if (line->unsized)
        buf_add_text(&text, taken_word(TAKEN_WORD_BYTES_SOME));
    return tell_keep(r, &text);
}

static struct slice actor_of(struct report *r, const struct taken_line *line)
{
    return line->actor.len ? name_of(r, line->actor) : SLICE_LIT("an unknown source");
}

static void say_mail(struct report *r, struct buf *out, const struct taken_line *line)
{
    enum taken_word which = line->kind == TAKEN_KIND_ADDRESSES ? TAKEN_WORD_ADDRESSES
                            : line->mailbox.len                ? TAKEN_WORD_MAIL
                                                               : TAKEN_WORD_MAIL_UNNAMED;
    SAY(out, which, { "mailbox", name_of(r, line->mailbox) }, { "actor", actor_of(r, line) },
        { "logs", logs(r, line, " and ") }, { "operations", operations(r, line) },
        { "requests", requests(r, line) }, { "bytes", size_of(r, line) },
        { "span", span(r, line->first, line->last) }, { "ref", tell_cite(r, &line->proof) });
}

static void say_deed(struct report *r, struct buf *out, const struct taken_line *line)
{
    struct slice mailbox =
        line->mailbox.len ? tell_format(r, " for %.*s", SLICE_FMT(name_of(r, line->mailbox)))
                          : SLICE_LIT("");
    SAY(out, TAKEN_WORD_DEED, { "deed", slice_from(taken_words_deed(line->deed)) },
        { "command", name_of(r, line->operations[0].name) }, { "mailbox", mailbox },
        { "actor", actor_of(r, line) }, { "span", span(r, line->first, line->last) },
        { "logs", logs(r, line, " and ") }, { "ref", tell_cite(r, &line->proof) });
}

static void say_archive(struct report *r, struct buf *out, const struct taken_line *line)
{
    SAY(out, TAKEN_WORD_ARCHIVE, { "file", name_of(r, line->mailbox) },
        { "actor", actor_of(r, line) }, { "requests", requests(r, line) },
        { "bytes", size_of(r, line) }, { "span", span(r, line->first, line->last) },
        { "ref", tell_cite(r, &line->proof) });
}

static void say_credentials(struct report *r, struct buf *out, const struct taken_line *line)
{
    struct slice actor = line->actor.len
                             ? tell_format(r, ", by %.*s", SLICE_FMT(name_of(r, line->actor)))
                             : SLICE_LIT("");
    SAY(out, TAKEN_WORD_CREDENTIALS, { "title", name_of(r, line->operations[0].name) },
        { "span", span(r, line->first, line->last) }, { "actor", actor },
        { "ref", tell_cite(r, &line->proof) });
}

static void say_missing(struct report *r, struct buf *out, const struct taken_line *line)
{
    SAY(out, TAKEN_WORD_MISSING, { "what", slice_from(taken_words_what(line->kind)) },
        { "logs", logs(r, line, " or ") });
}

struct slice tell_taken(struct report *r, const struct taken_line *line)
{
    static void (*const say[])(struct report *, struct buf *, const struct taken_line *) = {
        [TAKEN_KIND_MAIL] = say_mail,
        [TAKEN_KIND_ADDRESSES] = say_mail,
        [TAKEN_KIND_DEED] = say_deed,
        [TAKEN_KIND_ARCHIVE] = say_archive,
        [TAKEN_KIND_CREDENTIALS] = say_credentials,
    };
    struct buf text = BUF_INIT;
    if (line->state == TAKEN_NOT_OBSERVABLE) {
        say_missing(r, &text, line);
        return tell_keep(r, &text);
    }
    say[line->kind](r, &text, line);
    if (line->because != TAKEN_SHOWN)
        buf_printf(&text, " - %s", taken_words_because(line->because));
    return tell_keep(r, &text);
}

struct slice tell_taken_total(struct report *r, const struct taken_report *taken)
{
    struct buf text = BUF_INIT;
    if (!taken->upper)
        return SLICE_LIT("");
    SAY(&text, TAKEN_WORD_TOTAL, { "lower", tell_bytes(r, taken->lower) },
        { "upper", tell_bytes(r, taken->upper) });
    return tell_keep(r, &text);
}

static void note(struct report *r, struct sentences *out, enum taken_word which, uint64_t count)
{
    struct buf text = BUF_INIT;
    if (!count)
        return;
    SAY(&text, which, { "count", number(r, count) });
    sentences_add(out, tell_keep(r, &text));
}

void tell_taken_notes(struct report *r, const struct taken_report *taken, struct sentences *out)
{
    if (!taken->looked)
        sentences_add(out, slice_from(taken_word(TAKEN_WORD_NOT_READ)));
    if (taken->cut)
        sentences_add(out, slice_from(taken_word(TAKEN_WORD_CUT)));
    note(r, out, TAKEN_WORD_MORE, taken->lines_left_out);
    note(r, out, TAKEN_WORD_BEFORE, taken->before);
    note(r, out, TAKEN_WORD_ROWS_LEFT, taken->rows_left_out);
}

/* ---- who took part ---- */

static struct slice agents(struct report *r, const struct actor_source *source)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < source->agent_count; i++) {
        struct slice agent = source->agents[i];
        buf_printf(&text, "%s%.*s%s", i ? "; " : "",
                   SLICE_FMT(tell_safe(r, slice_first(agent, AGENT_TOLD_MAX))),
                   agent.len > AGENT_TOLD_MAX ? "..." : "");
    }
    if (source->agents_left_out)
        buf_printf(&text, " and %lu more", (unsigned long)source->agents_left_out);
    return tell_keep(r, &text);
}

struct slice tell_actor(struct report *r, const struct actor_source *source)
{
    struct buf text = BUF_INIT;
    SAY(&text, TAKEN_WORD_ACTOR, { "role", slice_from(taken_words_role(source->role)) },
        { "span", span(r, source->first, source->last) },
        { "ref", tell_cite(r, &source->proof) });
    if (source->page_count) {
        buf_add_text(&text, "; ");
        SAY(&text, TAKEN_WORD_ACTOR_PAGES,
            { "pages", tell_names(r, source->pages, source->page_count) });
    }
    if (source->names_tried) {
        buf_add_text(&text, "; ");
        SAY(&text, TAKEN_WORD_ACTOR_TRIED, { "count", number(r, source->names_tried) },
            { "s", slice_from(tell_plural(source->names_tried)) });
    }
    if (source->agent_count) {
        buf_add_text(&text, "; ");
        SAY(&text, TAKEN_WORD_ACTOR_AGENTS, { "agents", agents(r, source) });
    }
    return tell_keep(r, &text);
}

/* ---- clocks ---- */

/* "EWS of ex01" */
static struct slice log_of(struct report *r, struct slice host, const struct family *family)
{
    return tell_format(r, "%s of %.*s", family->title, SLICE_FMT(name_of(r, host)));
}

struct slice tell_skew(struct report *r, const struct skew_line *line)
{
    struct buf text = BUF_INIT;
    bool ahead = line->median_ms > 0;
    int64_t apart = ahead ? line->median_ms : -line->median_ms;
    SAY(&text, TAKEN_WORD_SKEW, { "other", log_of(r, line->other_host, line->other_family) },
        { "skew", tell_format(r, "%" PRId64 ".%" PRId64 " s", apart / MS_PER_SECOND,
                              apart % MS_PER_SECOND / 100) },
        { "direction", slice_from(ahead ? "ahead of" : "behind") },
        { "this", log_of(r, line->host, line->family) }, { "count", number(r, line->pairs) },
        { "ref", tell_cite(r, &line->proof) });
    return tell_keep(r, &text);
}

/* ---- volumes ---- */

struct slice tell_volume_habit(struct report *r, const struct volume_log *log)
{
    struct buf text = BUF_INIT;
    SAY(&text, log->enough ? TAKEN_WORD_VOLUME_HABIT : TAKEN_WORD_VOLUME_FEW,
        { "log", slice_from(log->family->title) }, { "sources", number(r, log->sources) },
        { "days", number(r, log->days) },
        { "s", slice_from(tell_plural(log->enough ? log->days : log->sources)) },
        { "median", tell_bytes(r, log->median) }, { "high", tell_bytes(r, log->high) },
        { "least", number(r, VOLUME_SOURCES_MIN) });
    return tell_keep(r, &text);
}

struct slice tell_volume(struct report *r, const struct volume_log *log,
                         const struct volume_line *line)
{
    struct buf text = BUF_INIT;
    double times = (double)line->bytes / (double)(log->median ? log->median : 1);
    struct slice who =
        line->intruder ? slice_from(taken_word(TAKEN_WORD_VOLUME_INTRUDER)) : SLICE_LIT("");
    SAY(&text, TAKEN_WORD_VOLUME_LINE, { "source", name_of(r, line->source) },
        { "bytes", tell_bytes(r, line->bytes) },
        { "day", line->day == TIME_NONE ? SLICE_LIT("an unknown day")
                                        : slice_first(tell_when(r, line->day), 10) },
        { "requests", number(r, line->requests) },
        { "s", slice_from(tell_plural(line->requests)) },
        { "times", tell_format(r, "%.0f", times) },
        { "score", tell_format(r, "%.1f", line->score) }, { "who", who },
        { "ref", tell_cite(r, &line->proof) });
    return tell_keep(r, &text);
}
