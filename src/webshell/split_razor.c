#include "webshell/split_internal.h"

/*
 * Razor: markup in which '@' starts code, and code in which a tag at the start of a statement
 * starts markup. Whatever does not end runs to the end of the page.
 */

#define NESTING_MAX 64

static size_t razor_code(struct splitter *s, size_t at, enum piece_kind kind, unsigned depth);
static size_t razor_at(struct splitter *s, size_t at, unsigned depth);

static char char_at(const struct splitter *s, size_t at)
{
    return at < s->text.len ? s->text.ptr[at] : '\0';
}

static bool starts_at(const struct splitter *s, size_t at, struct slice prefix)
{
    return slice_icase_starts(slice_from_offset(s->text, at), prefix);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t behind_find(const struct splitter *s, size_t at, struct slice needle)
{
    return least(find_from(s->text, at, needle) + needle.len, s->text.len);
}

/* Behind the string at `at`; @"..." has no escapes but doubled quotes. */
static size_t string_end(const struct splitter *s, size_t at, bool verbatim)
{
    char quote = s->text.ptr[at++];
    while (at < s->text.len && s->text.ptr[at] != quote && (verbatim || char_at(s, at) != '\n'))
        at += s->text.ptr[at] == '\\' && !verbatim ? 2 : 1;
    return least(at + 1, s->text.len);
}

/* Behind the string or comment at `at`, or `at` itself. */
static size_t skip_literal(const struct splitter *s, size_t at)
{
    char c = s->text.ptr[at], next = char_at(s, at + 1);
    if (c == '"' || c == '\'')
        return string_end(s, at, at && s->text.ptr[at - 1] == '@');
    if (c == '/' && next == '/')
        return find_from(s->text, at, SLICE_LIT("\n"));
    if (c == '/' && next == '*')
        return behind_find(s, at + 2, SLICE_LIT("*/"));
    return c == '@' && next == '*' ? behind_find(s, at + 2, SLICE_LIT("*@")) : at;
}

/* Behind the bracket that closes the one at `at`. */
static size_t bracket_end(const struct splitter *s, size_t at)
{
    size_t depth = 0;
    while (at < s->text.len) {
        size_t behind = skip_literal(s, at);
        if (behind > at) {
            at = behind;
            continue;
        }
        char c = s->text.ptr[at++];
        if (memchr("([{", c, 3))
            depth++;
        else if (memchr(")]}", c, 3) && --depth == 0)
            break;
    }
    return at;
}

static size_t word_end(const struct splitter *s, size_t at)
{
    while (ascii_is_alnum(char_at(s, at)) || char_at(s, at) == '_')
        at++;
    return at;
}

/* @name.name(...)[...]: behind it. */
static size_t implicit_end(const struct splitter *s, size_t at)
{
    at = word_end(s, at);
    for (;;) {
        char c = char_at(s, at), next = char_at(s, at + 1);
        if (c == '(' || c == '[')
            at = bracket_end(s, at);
        else if (c == '.' && is_name_start(next))
            at = word_end(s, at + 1);
        else if (c == '?' && next == '.')
            at = word_end(s, at + 2);
        else
            return at;
    }
}

static bool is_void_element(struct slice name)
{
    static const char list[] =
        " area base br col embed hr img input link meta source track wbr ";
    struct slice names = slice_from(list);
    size_t at = slice_icase_find(names, name);
    return at != SIZE_MAX && at && name.len && names.ptr[at - 1] == ' ' &&
           names.ptr[at + name.len] == ' ';
}

/* Where a walk through markup within code is. */
struct markup {
    bool in_tag, closing, is_void;
    char quote;
    int depth; /* of open elements */
};

static size_t enter_tag(struct splitter *s, struct markup *m, size_t at)
{
    m->in_tag = true;
    m->closing = char_at(s, at + 1) == '/';
    size_t name = at + 1 + m->closing, end = word_end(s, name);
    m->is_void =
        char_at(s, at + 1) == '!' || is_void_element(slice_of(s->text.ptr + name, end - name));
    return end;
}

/* A '>' outside of quotes; returns whether it ends the whole. */
static bool leave_tag(struct splitter *s, struct markup *m, size_t at)
{
    bool empty = s->text.ptr[at - 1] == '/' || m->is_void;
    m->in_tag = false;
    if (m->closing)
        m->depth--;
    else if (!empty)
        m->depth++;
    return m->depth <= 0;
}

static bool is_tag(const struct splitter *s, size_t at)
{
    char next = char_at(s, at + 1);
    return s->text.ptr[at] == '<' && (is_name_start(next) || next == '/' || next == '!');
}

/* The element at `at` within code: behind its end. */
static size_t razor_element(struct splitter *s, size_t at, unsigned depth)
{
    struct markup m = { 0 };
    while (at < s->text.len) {
        char c = s->text.ptr[at];
        if (c == '@') {
            at = razor_at(s, at, depth + 1);
        } else if (m.quote) {
            m.quote = c == m.quote ? '\0' : m.quote;
            at++;
        } else if (m.in_tag && (c == '"' || c == '\'')) {
            m.quote = c;
            at++;
        } else if (m.in_tag && c == '>') {
            if (leave_tag(s, &m, at++))
                break;
        } else {
            at = !m.in_tag && is_tag(s, at) ? enter_tag(s, &m, at) : at + 1;
        }
    }
    return at;
}

/* "@:" makes markup of the rest of a line. */
static size_t razor_line(struct splitter *s, size_t at, unsigned depth)
{
    while (at < s->text.len && s->text.ptr[at] != '\n')
        at = s->text.ptr[at] == '@' ? razor_at(s, at, depth + 1) : at + 1;
    return at;
}

static bool is_markup(const struct splitter *s, size_t at, unsigned depth)
{
    return depth < NESTING_MAX && at < s->text.len &&
           (is_tag(s, at) || starts_at(s, at, SLICE_LIT("@:")));
}

/* Behind the markup at the start of a statement. */
static size_t razor_markup(struct splitter *s, size_t at, unsigned depth)
{
    return is_tag(s, at) ? razor_element(s, at, depth) : razor_line(s, at + 2, depth);
}

/* Code from `at`, behind an opening brace, to the closing one; returns behind that. */
static size_t razor_code(struct splitter *s, size_t at, enum piece_kind kind, unsigned depth)
{
    size_t from = at, open = 1;
    bool statement = true; /* does one start here? */
    while (at < s->text.len) {
        at = skip_blanks(s->text, at);
        if (statement && is_markup(s, at, depth)) {
            add_piece(s, kind, LANGUAGE_NONE, from, at);
            from = at = razor_markup(s, at, depth);
            continue;
        }
        if (at >= s->text.len)
            break;
        size_t behind = skip_literal(s, at);
        if (behind > at) {
            at = behind;
            continue;
        }
        char c = s->text.ptr[at++];
        open += c == '{';
        statement = c == '{' || c == '}' || c == ';';
        if (c == '}' && --open == 0)
            break;
    }
    size_t end = open ? at : at - 1;
    add_piece(s, kind, LANGUAGE_NONE, from, end);
    return at;
}

/* From a keyword at `from` over its condition to its block, which is read; returns behind. */
static size_t keyword_block(struct splitter *s, size_t from, unsigned depth)
{
    size_t at = from;
    while (at < s->text.len && s->text.ptr[at] != '{' && s->text.ptr[at] != '\n')
        at = s->text.ptr[at] == '(' ? bracket_end(s, at) : at + 1;
    at = skip_blanks(s->text, at);
    if (at == s->text.len) { /* a condition without end */
        add_piece(s, PIECE_CODE, LANGUAGE_NONE, from, at);
        return at;
    }
    if (char_at(s, at) != '{')
        return from;
    /* The head and its brace are a piece; the closing brace, too, so that they stay pairs. */
    add_piece(s, PIECE_CODE, LANGUAGE_NONE, from, at + 1);
    at = razor_code(s, at + 1, PIECE_CODE, depth);
    if (char_at(s, at - 1) == '}')
        add_piece(s, PIECE_CODE, LANGUAGE_NONE, at - 1, at);
    return at;
}

static bool has_word(const struct splitter *s, size_t at, const char *words)
{
    char word[16] = " ";
    size_t len = word_end(s, at) - at;
    if (!len || len > sizeof word - 3)
        return false;
    memcpy(word + 1, s->text.ptr + at, len);
    word[len + 1] = ' ';
    return strstr(words, word) != NULL;
}

#define BLOCK_WORDS " if for foreach while switch lock try do using "
#define MORE_WORDS " else catch finally while "
#define DIRECTIVE_WORDS " using model inherits layout page inject namespace addTagHelper "
#define MEMBER_WORDS " functions code "

static size_t razor_statement(struct splitter *s, size_t at, unsigned depth)
{
    size_t end = keyword_block(s, at, depth), more = skip_blanks(s->text, end);
    if (end == at)
        return word_end(s, at);
    while (has_word(s, more, MORE_WORDS)) {
        size_t behind = keyword_block(s, more, depth);
        if (behind == more)
            break;
        end = behind;
        more = skip_blanks(s->text, end);
    }
    return end;
}

/* @using System.IO: as ASP.NET's <%@ Import Namespace="System.IO" %>; others by their names. */
static size_t razor_directive(struct splitter *s, size_t at)
{
    size_t name = word_end(s, at), end = find_from(s->text, at, SLICE_LIT("\n"));
    bool import = starts_at(s, at, SLICE_LIT("using"));
    struct attribute *value = arena_alloc(s->arena, sizeof *value);
    value->name = import ? SLICE_LIT("Namespace") : SLICE_LIT("value");
    value->value = slice_trim(slice_of(s->text.ptr + name, end - name));
    if (value->value.len && value->value.ptr[value->value.len - 1] == ';')
        value->value.len--;
    add_directive(s, import ? SLICE_LIT("Import") : slice_of(s->text.ptr + at, name - at), at,
                  value);
    return end;
}

/* @functions { members }, @helper name(...) { ... } */
static size_t razor_members(struct splitter *s, size_t at, unsigned depth)
{
    size_t open = skip_blanks(s->text, word_end(s, at));
    if (char_at(s, open) != '{')
        return word_end(s, at);
    return razor_code(s, open + 1, PIECE_MEMBERS, depth);
}

static size_t razor_word(struct splitter *s, size_t at, unsigned depth)
{
    size_t behind = skip_blanks(s->text, word_end(s, at));
    if (has_word(s, at, MEMBER_WORDS))
        return razor_members(s, at, depth);
    if (has_word(s, at, DIRECTIVE_WORDS) && char_at(s, behind) != '(')
        return razor_directive(s, at);
    if (has_word(s, at, BLOCK_WORDS))
        return razor_statement(s, at, depth);
    if (has_word(s, at, " section "))
        return word_end(s, at);
    if (has_word(s, at, " helper "))
        return keyword_block(s, behind, depth);
    size_t end = implicit_end(s, at);
    add_piece(s, PIECE_VALUE, LANGUAGE_NONE, at, end);
    return end;
}

/* The '@' at `at`; returns where the page goes on. */
static size_t razor_at(struct splitter *s, size_t at, unsigned depth)
{
    char next = char_at(s, at + 1);
    if (depth >= NESTING_MAX)
        return at + 1;
    if (next == '@')
        return at + 2;
    if (next == '*')
        return behind_find(s, at + 2, SLICE_LIT("*@"));
    if (next == '{')
        return razor_code(s, at + 2, PIECE_CODE, depth);
    if (next == '(') {
        size_t end = bracket_end(s, at + 1);
        add_piece(s, PIECE_VALUE, LANGUAGE_NONE, at + 2, end - 1);
        return end;
    }
    bool mail = at && ascii_is_alnum(s->text.ptr[at - 1]); /* name@host */
    return is_name_start(next) && !mail ? razor_word(s, at + 1, depth) : at + 1;
}

static void split_curly_razor(struct splitter *s)
{
    size_t at = 0;
    while ((at = find_from(s->text, at, SLICE_LIT("@"))) < s->text.len)
        at = razor_at(s, at, 0);
}

static const struct basic_block {
    struct slice start, end;
    enum piece_kind kind;
} basic_blocks[] = {
    { SLICE_INIT("code"), SLICE_INIT("end code"), PIECE_CODE },
    { SLICE_INIT("functions"), SLICE_INIT("end functions"), PIECE_MEMBERS },
};

/* The '@' at `at` of a page in Visual Basic. */
static size_t basic_at(struct splitter *s, size_t at)
{
    size_t name = at + 1, behind = word_end(s, name);
    for (size_t i = 0; i < sizeof basic_blocks / sizeof basic_blocks[0]; i++)
        if (slice_icase_eq(slice_of(s->text.ptr + name, behind - name),
                           basic_blocks[i].start)) {
            size_t end = icase_find_from(s->text, behind, basic_blocks[i].end);
            add_piece(s, basic_blocks[i].kind, LANGUAGE_NONE, behind, end);
            return end;
        }
    if (has_word(s, name, " Imports imports "))
        return razor_directive(s, name);
    if (char_at(s, name) == '@' || char_at(s, name) == '*' || char_at(s, name) == '(')
        return razor_at(s, at, 0);
    size_t end = is_name_start(char_at(s, name)) ? implicit_end(s, name) : name;
    add_piece(s, PIECE_VALUE, LANGUAGE_NONE, name, end);
    return end;
}

void split_razor(struct splitter *s, bool basic)
{
    size_t at = 0;
    if (!basic) {
        split_curly_razor(s);
        return;
    }
    while ((at = find_from(s->text, at, SLICE_LIT("@"))) < s->text.len)
        at = basic_at(s, at);
}
