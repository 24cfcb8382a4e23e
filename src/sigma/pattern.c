/*
 * String values (spec, "Escaping" and "Wildcards"; pySigma's tokeniser reads the same):
 *
 *   *  ?        wildcards
 *   \* \?       the character itself
 *   \\          one backslash, so \\* is a backslash and a wildcard, \\\* a backslash and a
 * star \x          any other: both characters as they are; a backslash at the end is itself
 */
#include "sigma/pattern.h"

struct cutter {
    struct sigma_token *tokens;
    size_t count;
    char *text; /* where the next literal byte goes */
};

static size_t count_wildcards(struct slice raw)
{
    size_t count = 0;
    for (size_t i = 0; i < raw.len; i++)
        count += raw.ptr[i] == '*' || raw.ptr[i] == '?';
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

static bool is_escapable(char c)
{
    return c == '*' || c == '?' || c == '\\';
}

struct sigma_pattern sigma_pattern_parse(struct arena *arena, struct slice raw)
{
    if (raw.len == 0)
        return (struct sigma_pattern){ 0, NULL };
    /* A token holds at least one byte of `raw`, and wildcards part the texts. */
    size_t room = count_wildcards(raw) * 2 + 1;
    room = room < raw.len ? room : raw.len;
    struct cutter cutter = { arena_array(arena, room, sizeof(struct sigma_token)), 0,
                             arena_alloc(arena, raw.len) };
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '*') {
            cutter_add_wildcard(&cutter, SIGMA_TOKEN_RUN);
        } else if (c == '?') {
            cutter_add_wildcard(&cutter, SIGMA_TOKEN_ONE);
        } else {
            bool escape = c == '\\' && i + 1 < raw.len && is_escapable(raw.ptr[i + 1]);
            cutter_add_char(&cutter, escape ? raw.ptr[++i] : c);
        }
    }
    return (struct sigma_pattern){ cutter.count, cutter.tokens };
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
