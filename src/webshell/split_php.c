#include "webshell/split_internal.h"

/*
 * PHP as its own lexer sees it: "?>" ends code, also within a comment of one line, but not
 * within a string, a block comment or a here document. Behind __halt_compiler() lies data.
 */

enum opening {
    OPEN_NONE,
    OPEN_CODE,
    OPEN_VALUE,
    OPEN_ASP_CODE, /* <% %> */
    OPEN_ASP_VALUE,
    OPEN_SCRIPT,
};

static char char_at(const struct splitter *s, size_t at)
{
    return at < s->text.len ? s->text.ptr[at] : '\0';
}

static bool starts_at(const struct splitter *s, size_t at, struct slice prefix)
{
    return slice_icase_starts(slice_from_offset(s->text, at), prefix);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

/* "<?" alone opens code where short tags are on; "<?xml" does not. */
static enum opening short_opening(const struct splitter *s, size_t at, size_t *behind)
{
    *behind = at + 2;
    if (starts_at(s, at + 2, SLICE_LIT("xml")) || starts_at(s, at + 2, SLICE_LIT("xpacket")) ||
        starts_at(s, at + 2, SLICE_LIT("mso-")))
        return OPEN_NONE;
    return OPEN_CODE;
}

static enum opening question_opening(const struct splitter *s, size_t at, size_t *behind)
{
    *behind = at + 3;
    if (char_at(s, at + 2) == '=')
        return OPEN_VALUE;
    *behind = at + 5;
    if (starts_at(s, at, SLICE_LIT("<?php")) &&
        (is_blank(char_at(s, at + 5)) || at + 5 >= s->text.len))
        return OPEN_CODE;
    return short_opening(s, at, behind);
}

/* <script language="php">, which PHP 5 knew. */
static enum opening script_opening(struct splitter *s, size_t at, size_t *behind)
{
    struct tag tag;
    if (!starts_at(s, at, SLICE_LIT("<script")) || s->tag_effort == 0 || !read_tag(s, at, &tag))
        return OPEN_NONE;
    *behind = tag.end;
    struct slice language = attribute_value(tag.attributes, SLICE_LIT("language"));
    return slice_icase_eq(language, SLICE_LIT("php")) ? OPEN_SCRIPT : OPEN_NONE;
}

/* The tags of ASP, where the code behind them can only be PHP. */
static enum opening asp_opening(const struct splitter *s, size_t at, size_t *behind)
{
    bool value = char_at(s, at + 2) == '=';
    *behind = at + 2 + value;
    size_t code = skip_blanks(s->text, *behind);
    bool php = (char_at(s, code) == '$' && is_name_start(char_at(s, code + 1))) ||
               starts_at(s, code, SLICE_LIT("echo "));
    return !php ? OPEN_NONE : value ? OPEN_ASP_VALUE : OPEN_ASP_CODE;
}

static enum opening opening_at(struct splitter *s, size_t at, size_t *behind)
{
    switch (char_at(s, at + 1)) {
    case '?':
        return question_opening(s, at, behind);
    case '%':
        return asp_opening(s, at, behind);
    case 's':
    case 'S':
        return script_opening(s, at, behind);
    default:
        return OPEN_NONE;
    }
}

/* Behind the string whose quote is at `at`. */
static size_t string_end(const struct splitter *s, size_t at)
{
    char quote = s->text.ptr[at++];
    while (at < s->text.len && s->text.ptr[at] != quote)
        at += s->text.ptr[at] == '\\' ? 2 : 1;
    return at < s->text.len ? at + 1 : s->text.len;
}

/* Behind the spaces of this line. */
static size_t skip_spaces(const struct splitter *s, size_t at)
{
    while (char_at(s, at) == ' ' || char_at(s, at) == '\t')
        at++;
    return at;
}

/* Does the line at `at` end the here document of that name? */
static bool ends_document(const struct splitter *s, size_t at, struct slice name)
{
    at = skip_spaces(s, at);
    return slice_starts(slice_from_offset(s->text, at), name) &&
           !ascii_is_alnum(char_at(s, at + name.len)) && char_at(s, at + name.len) != '_';
}

/* Behind the here document at `at` ("<<<NAME"); at + 3 when it is none. */
static size_t document_end(const struct splitter *s, size_t at)
{
    size_t from = skip_spaces(s, at + 3);
    from += char_at(s, from) == '"' || char_at(s, from) == '\'';
    size_t end = from;
    while (ascii_is_alnum(char_at(s, end)) || char_at(s, end) == '_')
        end++;
    struct slice name = slice_of(s->text.ptr + from, end - from);
    if (!name.len)
        return at + 3;
    while ((end = find_from(s->text, end, SLICE_LIT("\n"))) < s->text.len)
        if (ends_document(s, ++end, name))
            return skip_spaces(s, end) + name.len;
    return end;
}

/* Where the comment of one line ends: with the line, or in front of "?>". */
static size_t line_comment_end(const struct splitter *s, size_t at)
{
    while (at < s->text.len && s->text.ptr[at] != '\n' && !starts_at(s, at, SLICE_LIT("?>")))
        at++;
    return at;
}

static size_t block_comment_end(const struct splitter *s, size_t at)
{
    size_t end = find_from(s->text, at + 2, SLICE_LIT("*/"));
    return end < s->text.len ? end + 2 : end;
}

/* Behind the token at `at` that may hide an end of code. */
static size_t token_end(const struct splitter *s, size_t at)
{
    char next = char_at(s, at + 1);
    switch (s->text.ptr[at]) {
    case '"':
    case '\'':
    case '`':
        return string_end(s, at);
    case '#':
        return next == '[' ? at + 1 : line_comment_end(s, at);
    case '/':
        if (next == '/')
            return line_comment_end(s, at);
        return next == '*' ? block_comment_end(s, at) : at + 1;
    case '<':
        return starts_at(s, at, SLICE_LIT("<<<")) ? document_end(s, at) : at + 1;
    default:
        return at + 1;
    }
}

struct ending {
    size_t at, behind;
};

static bool is_ending(const struct splitter *s, size_t at, enum opening opening,
                      struct ending *end)
{
    bool asp = opening == OPEN_ASP_CODE || opening == OPEN_ASP_VALUE;
    char c = s->text.ptr[at];
    if (c == (asp ? '%' : '?') && char_at(s, at + 1) == '>')
        *end = (struct ending){ at, at + 2 };
    else if (c == '<' && opening == OPEN_SCRIPT && starts_at(s, at, SLICE_LIT("</script")))
        *end = (struct ending){ at, at + 8 };
    else if (c == '_' && starts_at(s, at, SLICE_LIT("__halt_compiler")))
        *end = (struct ending){ at, s->text.len }; /* the rest is data */
    else
        return false;
    return true;
}

static struct ending code_end(const struct splitter *s, size_t at, enum opening opening)
{
    struct ending end = { s->text.len, s->text.len };
    while (at < s->text.len && !is_ending(s, at, opening, &end))
        at = token_end(s, at);
    return end;
}

void split_php(struct splitter *s)
{
    size_t at = 0, behind = 0;
    while ((at = find_from(s->text, at, SLICE_LIT("<"))) < s->text.len) {
        enum opening opening = opening_at(s, at, &behind);
        if (opening == OPEN_NONE) {
            at++;
            continue;
        }
        struct ending end = code_end(s, behind, opening);
        bool value = opening == OPEN_VALUE || opening == OPEN_ASP_VALUE;
        add_piece(s, value ? PIECE_VALUE : PIECE_CODE, LANGUAGE_PHP, behind, end.at);
        at = end.behind;
    }
}
