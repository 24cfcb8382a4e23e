#include "report/tell_settings.h"

#include "report/settings_words.h"

/* ---- lists ---- */

static void list_add(struct buf *out, const char *text)
{
    buf_printf(out, "%s%s", out->len ? ", " : "", text);
}

static struct slice hole_names(struct report *r, uint32_t holes)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < mitigation_hole_count; i++)
        if (holes >> i & 1)
            list_add(&text, mitigation_holes[i].cve);
    return tell_keep(r, &text);
}

static struct slice form_names(struct report *r, uint32_t forms)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < FORM_COUNT; i++)
        if (forms >> i & 1)
            list_add(&text, settings_words_form((enum form)i));
    return tell_keep(r, &text);
}

/* "2 web.config, 1 applicationHost.config" */
static struct slice file_kinds(struct report *r, const struct settings *settings)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < settings->file_count; i++) {
        struct slice kind = settings->files[i].kind;
        size_t count = 0, before = 0;
        for (size_t k = 0; k < settings->file_count; k++) {
            bool same = slice_eq(settings->files[k].kind, kind);
            count += same;
            before += same && k < i;
        }
        if (!before)
            list_add(&text, tell_format(r, "%lu %.*s", (unsigned long)count,
                                        SLICE_FMT(tell_safe(r, kind)))
                                .ptr);
    }
    return tell_keep(r, &text);
}

/* ---- sentences ---- */

static void say(struct buf *out, const char *template, const struct filler *fillers,
                size_t count)
{
    if (out->len)
        buf_add_char(out, ' ');
    words_fill(out, template, fillers, count);
}

#define SAY(out, template, ...)                                                                \
    do {                                                                                       \
        const struct filler fillers_[] = { __VA_ARGS__ };                                      \
        say(out, template, fillers_, sizeof fillers_ / sizeof *fillers_);                      \
    } while (0)

static struct slice place_of(struct report *r, struct slice place)
{
    if (!place.len)
        return slice_from(settings_word(SETTINGS_ALL_PLACES));
    if (place.ptr[0] == '?')
        return slice_from(settings_word(SETTINGS_NO_PLACE));
    return tell_safe(r, place);
}

static void add_whys(struct report *r, const struct mitigation *m, struct buf *out)
{
    for (unsigned bit = 1; bit <= WHY_APPLICATION; bit <<= 1) {
        const char *template = m->why & bit ? settings_words_why(bit) : NULL;
        if (template)
            SAY(out, template, { "value", tell_safe(r, m->value) });
    }
    if (m->cleared.ptr)
        SAY(out, settings_word(SETTINGS_CLEARED), { "place", place_of(r, m->cleared) },
            { "ref", tell_cite(r, &m->cleared_proof) });
}

static void add_effect(struct report *r, const struct mitigation *m, struct buf *out)
{
    if (m->state == MITIGATION_FAILS || m->state == MITIGATION_LOST)
        return;
    if (m->holes)
        SAY(out, settings_word(SETTINGS_CLOSES), { "holes", hole_names(r, m->holes) });
    if (m->partly)
        SAY(out, settings_word(SETTINGS_PARTLY), { "holes", hole_names(r, m->partly) });
    if (m->misses)
        SAY(out, settings_word(SETTINGS_PASSES), { "forms", form_names(r, m->misses) });
}

static struct slice named(struct report *r, struct slice name)
{
    return tell_format(r, "\"%.*s\"", SLICE_FMT(tell_safe(r, name)));
}

struct slice tell_mitigation(struct report *r, const struct mitigation *m)
{
    struct buf text = BUF_INIT;
    if (m->state == MITIGATION_LOST) {
        SAY(&text, settings_word(SETTINGS_LIST_LOST), { "name", named(r, m->name) });
    } else {
        SAY(&text, settings_word(SETTINGS_MITIGATION), { "name", named(r, m->name) },
            { "kind", slice_from(settings_words_kind(m->id)) },
            { "place", place_of(r, m->place) },
            { "state", slice_from(settings_words_state(m->id, m->state)) });
        add_whys(r, m, &text);
        add_effect(r, m, &text);
    }
    buf_printf(&text, " %.*s", SLICE_FMT(tell_cite(r, &m->proof)));
    return tell_keep(r, &text);
}

struct slice tell_setting_finding(struct report *r, const struct setting_finding *f)
{
    struct buf text = BUF_INIT;
    SAY(&text, settings_words_notice(f->notice), { "place", place_of(r, f->place) },
        { "name", named(r, f->name) }, { "value", tell_safe(r, f->value) },
        { "detail", tell_safe(r, f->detail) });
    buf_printf(&text, " %.*s", SLICE_FMT(tell_cite(r, &f->proof)));
    return tell_keep(r, &text);
}

static void tell_total(struct report *r, const struct settings *settings, struct sentences *out)
{
    struct buf text = BUF_INIT;
    if (!settings->mitigation_count)
        SAY(&text, settings_word(SETTINGS_NONE), { "", SLICE_NULL });
    else if (settings->holes)
        SAY(&text, settings_word(SETTINGS_TOTAL), { "holes", hole_names(r, settings->holes) });
    else
        SAY(&text, settings_word(SETTINGS_TOTAL_NONE), { "", SLICE_NULL });
    sentences_add(out, tell_keep(r, &text));
}

static void tell_refused(struct report *r, const struct settings *settings,
                         struct sentences *out)
{
    for (size_t i = 0; i < settings->file_count; i++) {
        const struct setting_file *file = &settings->files[i];
        struct buf text = BUF_INIT;
        if (!file->problem.len)
            continue;
        SAY(&text, settings_word(SETTINGS_REFUSED), { "file", tell_safe(r, file->path) },
            { "problem", tell_safe(r, file->problem) },
            { "line", tell_format(r, "%lu", (unsigned long)file->line) });
        sentences_add(out, tell_keep(r, &text));
    }
}

void tell_settings(struct report *r, const struct settings *settings, struct sentences *out)
{
    struct buf text = BUF_INIT;
    size_t files = settings->file_count + settings->file_left_out;
    if (!files) {
        sentences_add(out, slice_from(settings_word(SETTINGS_UNREAD)));
        return;
    }
    SAY(&text, settings_word(SETTINGS_READ),
        { "count", tell_format(r, "%lu file%s", (unsigned long)files, tell_plural(files)) },
        { "list", file_kinds(r, settings) });
    sentences_add(out, tell_keep(r, &text));
    tell_total(r, settings, out);
    if (!settings->listed)
        sentences_add(out, slice_from(settings_word(SETTINGS_LOST_OPEN)));
    if (settings->cut)
        sentences_add(out, slice_from(settings_word(SETTINGS_CUT)));
    tell_refused(r, settings, out);
}
