/*
 * String values (spec, "Escaping" and "Wildcards"; pySigma's tokeniser reads the same):
 *
 *   *  ?        wildcards
 *   \* \?       the character itself
 *   \\          one backslash, so \\* is a backslash and a wildcard, \\\* a backslash and a
 * star \x          any other: both characters as they are; a backslash at the end is itself
 */
#include "sigma/pattern.h"

#include "base/escape.h"
#include "base/unicode.h"

struct cutter {
    struct sigma_token *tokens;
    size_t count;
    char *text; /* where the next literal byte goes */
};

static size_t count_wildcards(struct slice raw)
{
    size_t count = 0;
    for (size_t i = 0; i < raw.len; i++)
        count += raw.ptr[i] == '*' || raw.ptr[i] == '?' || raw.ptr[i] == '%';
    return count;
}

static bool cutter_ends_with(const struct cutter *cutter, enum sigma_token_kind kind)
{
    return cutter->count && cutter->tokens[cutter->count - 1].kind == kind;
}

static void cutter_add_wildcard(struct cutter *cutter, enum sigma_token_kind kind)
{
    if (kind == SIGMA_TOKEN_RUN && cutter_ends_with(cutter, SIGMA_TOKEN_RUN))
        return;
    cutter->tokens[cutter->count++].kind = kind;
}

static void cutter_add_char(struct cutter *cutter, char c)
{
    if (!cutter_ends_with(cutter, SIGMA_TOKEN_TEXT)) {
        struct sigma_token *token = &cutter->tokens[cutter->count++];
        token->kind = SIGMA_TOKEN_TEXT;
        token->text = slice_of(cutter->text, 0);
    }
    *cutter->text++ = c;
    cutter->tokens[cutter->count - 1].text.len++;
}

static bool is_escapable(char c, bool expand)
{
    return c == '*' || c == '?' || c == '\\' || (expand && c == '%');
}

/* "%name%" at the start of `rest`: the name; absent otherwise. */
static struct slice placeholder_at(struct slice rest)
{
    size_t len = 1;
    while (len < rest.len && !is_escapable(rest.ptr[len], true))
        len++;
    if (len == 1 || len >= rest.len || rest.ptr[len] != '%')
        return SLICE_NULL;
    return slice_of(rest.ptr + 1, len - 1);
}

static void cutter_add_placeholder(struct cutter *cutter, struct slice name)
{
    struct sigma_token *token = &cutter->tokens[cutter->count++];
    token->kind = SIGMA_TOKEN_PLACEHOLDER;
    token->text = slice_of(cutter->text, name.len);
    memcpy(cutter->text, name.ptr, name.len);
    cutter->text += name.len;
}

/* Takes what stands at raw.ptr[at]; returns its length. */
static size_t cutter_take(struct cutter *cutter, struct slice raw, size_t at, bool expand)
{
    char c = raw.ptr[at];
    if (c == '*' || c == '?') {
        cutter_add_wildcard(cutter, c == '*' ? SIGMA_TOKEN_RUN : SIGMA_TOKEN_ONE);
        return 1;
    }
    struct slice name =
        expand && c == '%' ? placeholder_at(slice_from_offset(raw, at)) : SLICE_NULL;
    if (name.ptr) {
        cutter_add_placeholder(cutter, name);
        return name.len + 2;
    }
    bool escape = c == '\\' && at + 1 < raw.len && is_escapable(raw.ptr[at + 1], expand);
    cutter_add_char(cutter, escape ? raw.ptr[at + 1] : c);
    return escape ? 2 : 1;
}

static struct sigma_pattern cut(struct arena *arena, struct slice raw, bool expand)
{
    if (raw.len == 0)
        return (struct sigma_pattern){ 0, NULL };
    /* A token holds at least one byte of `raw`, and wildcards part the texts. */
    size_t room = count_wildcards(raw) * 2 + 1;
    room = room < raw.len ? room : raw.len;
    struct cutter cutter = { arena_array(arena, room, sizeof(struct sigma_token)), 0,
                             arena_alloc(arena, raw.len) };
    for (size_t i = 0; i < raw.len;)
        i += cutter_take(&cutter, raw, i, expand);
    return (struct sigma_pattern){ cutter.count, cutter.tokens };
}

struct sigma_pattern sigma_pattern_parse(struct arena *arena, struct slice raw)
{
    return cut(arena, raw, false);
}

struct sigma_pattern sigma_pattern_parse_expand(struct arena *arena, struct slice raw)
{
    return cut(arena, raw, true);
}

static bool is_run(struct sigma_pattern pattern, size_t index)
{
    return index < pattern.count && pattern.tokens[index].kind == SIGMA_TOKEN_RUN;
}

struct sigma_pattern sigma_pattern_open(struct arena *arena, struct sigma_pattern pattern,
                                        bool before, bool after)
{
    before = before && !is_run(pattern, 0);
    after = after && !is_run(pattern, pattern.count - 1) && !(before && pattern.count == 0);
    struct sigma_pattern opened = { pattern.count + before + after, NULL };
    opened.tokens = arena_array(arena, opened.count, sizeof *opened.tokens);
    if (before)
        opened.tokens[0].kind = SIGMA_TOKEN_RUN;
    if (pattern.count)
        memcpy(opened.tokens + before, pattern.tokens, pattern.count * sizeof *opened.tokens);
    if (after)
        opened.tokens[opened.count - 1].kind = SIGMA_TOKEN_RUN;
    return opened;
}

/* --- dashes --- */

static bool is_word_before(struct slice text, size_t at)
{
    size_t start = at;
    while (start > 0 && ((unsigned char)text.ptr[--start] & 0xC0U) == 0x80U)
        ;
    return at > 0 && unicode_is_word(utf8_next(text, &start));
}

static bool is_dash(struct slice text, size_t at)
{
    size_t next = at + 1;
    return (text.ptr[at] == '-' || text.ptr[at] == '/') && next < text.len &&
           !is_word_before(text, at) && unicode_is_word(utf8_next(text, &next));
}

static size_t count_dashes(struct sigma_pattern pattern)
{
    size_t count = 0;
    for (size_t i = 0; i < pattern.count; i++)
        for (size_t k = 0; k < pattern.tokens[i].text.len; k++)
            count += is_dash(pattern.tokens[i].text, k);
    return count;
}

static void add_text(struct sigma_pattern *out, struct slice text)
{
    if (text.len)
        out->tokens[out->count++] = (struct sigma_token){ SIGMA_TOKEN_TEXT, text };
}

static void add_text_with_dashes(struct sigma_pattern *out, struct slice text)
{
    size_t start = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_dash(text, i))
            continue;
        add_text(out, slice_of(text.ptr + start, i - start));
        out->tokens[out->count++].kind = SIGMA_TOKEN_DASH;
        start = i + 1;
    }
    add_text(out, slice_from_offset(text, start));
}

struct sigma_pattern sigma_pattern_dashes(struct arena *arena, struct sigma_pattern pattern)
{
    size_t room = pattern.count + 2 * count_dashes(pattern);
    struct sigma_pattern out = { 0, arena_array(arena, room, sizeof *out.tokens) };
    for (size_t i = 0; i < pattern.count; i++) {
        if (pattern.tokens[i].kind == SIGMA_TOKEN_TEXT)
            add_text_with_dashes(&out, pattern.tokens[i].text);
        else
            out.tokens[out.count++] = pattern.tokens[i];
    }
    return out;
}

/* --- splicing --- */

size_t sigma_pattern_find(struct sigma_pattern pattern, enum sigma_token_kind kind)
{
    size_t at = 0;
    while (at < pattern.count && pattern.tokens[at].kind != kind)
        at++;
    return at;
}

struct sigma_pattern sigma_pattern_text(struct arena *arena, struct slice text)
{
    if (text.len == 0)
        return (struct sigma_pattern){ 0, NULL };
    struct sigma_token *token = arena_alloc(arena, sizeof *token);
    *token = (struct sigma_token){ SIGMA_TOKEN_TEXT, text };
    return (struct sigma_pattern){ 1, token };
}

static struct slice joined(struct arena *arena, struct slice a, struct slice b)
{
    char *text = arena_alloc(arena, a.len + b.len);
    memcpy(text, a.ptr, a.len);
    memcpy(text + a.len, b.ptr, b.len);
    return slice_of(text, a.len + b.len);
}

void sigma_pattern_append(struct arena *arena, struct sigma_pattern *out,
                          struct sigma_token token)
{
    struct sigma_token *last = out->count ? &out->tokens[out->count - 1] : NULL;
    if (last && last->kind == token.kind && token.kind == SIGMA_TOKEN_TEXT)
        last->text = joined(arena, last->text, token.text);
    else if (!last || last->kind != token.kind || token.kind != SIGMA_TOKEN_RUN)
        out->tokens[out->count++] = token;
}

struct sigma_pattern sigma_pattern_splice(struct arena *arena, struct sigma_pattern pattern,
                                          size_t at, struct sigma_pattern inner)
{
    size_t room = pattern.count + inner.count;
    struct sigma_pattern out = { 0, arena_array(arena, room, sizeof *out.tokens) };
    for (size_t i = 0; i < at; i++)
        sigma_pattern_append(arena, &out, pattern.tokens[i]);
    for (size_t i = 0; i < inner.count; i++)
        sigma_pattern_append(arena, &out, inner.tokens[i]);
    for (size_t i = at + 1; i < pattern.count; i++)
        sigma_pattern_append(arena, &out, pattern.tokens[i]);
    return out;
}
