#include "webshell/split_internal.h"

/* Style sheets and configuration hold pages within pages. */
static void split_config(struct splitter *s)
{
    if (slice_has(s->text, SLICE_LIT("<%")))
        split_server(s);
}

static void split_source(struct splitter *s)
{
    add_piece(s, PIECE_MEMBERS, s->out->language, 0, s->text.len);
}

static void split_by_kind(struct splitter *s)
{
    switch (s->out->kind) {
    case PAGE_KIND_ASPX:
    case PAGE_KIND_ASP:
    case PAGE_KIND_JSP:
        split_server(s);
        break;
    case PAGE_KIND_HANDLER:
        split_handler(s);
        break;
    case PAGE_KIND_RAZOR:
        split_razor(s, s->out->language == LANGUAGE_VB);
        break;
    case PAGE_KIND_PHP:
        split_php(s);
        break;
    case PAGE_KIND_CONFIG:
        split_config(s);
        break;
    case PAGE_KIND_XSLT:
        split_xslt(s);
        break;
    case PAGE_KIND_SOURCE:
        split_source(s);
        break;
    case PAGE_KIND_NONE:
    case PAGE_KIND_CLIENT:
        break;
    }
}

/* What the page's directives say of its language. */
static enum language directive_language(const struct parts *parts)
{
    for (const struct directive *d = parts->directives; d; d = d->next) {
        struct slice value = attribute_value(d->attributes, SLICE_LIT("language"));
        enum language language = language_named(slice_trim(value));
        if (language != LANGUAGE_NONE)
            return language_of_kind(parts->kind, language);
    }
    return LANGUAGE_NONE;
}

/* A <script> with its language says it for pages that say nothing else. */
static enum language piece_language(const struct parts *parts)
{
    for (size_t i = 0; i < parts->piece_count; i++)
        if (parts->pieces[i].language != LANGUAGE_NONE)
            return language_of_kind(parts->kind, parts->pieces[i].language);
    return LANGUAGE_NONE;
}

static bool has_one_language(enum page_kind kind)
{
    return kind == PAGE_KIND_ASPX || kind == PAGE_KIND_HANDLER;
}

static void settle_languages(struct parts *parts)
{
    if (parts->language == LANGUAGE_NONE)
        parts->language = directive_language(parts);
    if (parts->language == LANGUAGE_NONE && has_one_language(parts->kind))
        parts->language = piece_language(parts);
    if (parts->language == LANGUAGE_NONE)
        parts->language = language_guess(parts);
    for (size_t i = 0; i < parts->piece_count; i++) {
        struct piece *piece = &parts->pieces[i];
        piece->language = piece->language == LANGUAGE_NONE
                              ? parts->language
                              : language_of_kind(parts->kind, piece->language);
    }
}

static uint32_t first_line(const struct parts *parts)
{
    uint32_t line = parts->piece_count ? parts->pieces[0].line : 0;
    if (parts->directives && (!line || parts->directives->line < line))
        line = parts->directives->line;
    return line;
}

void split_page(struct arena *arena, struct slice text, struct slice path, struct parts *out)
{
    *out = (struct parts){ .kind = PAGE_KIND_NONE };
    tell_kind(text, path, out);
    struct splitter splitter = splitter_new(arena, text, out);
    split_by_kind(&splitter);
    settle_languages(out);
    const char *magic = magic_of(text);
    if (magic && out->piece_count) {
        out->magic = magic;
        out->magic_line = first_line(out);
    }
}
