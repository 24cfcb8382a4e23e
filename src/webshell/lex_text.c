#include "webshell/lex.h"

#include "base/escape.h"

/* --- escapes --- */

struct escape {
    struct slice text;
    size_t at; /* behind the backslash */
    enum language language;
    enum quote quote;
    struct buf *out;
};

static unsigned digit_of(char c)
{
    char lower = ascii_lower(c);
    if (ascii_is_digit(c))
        return (unsigned)(c - '0');
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a' + 10) : 99;
}

static size_t read_digits(struct slice text, size_t at, size_t most, unsigned base,
                          uint32_t *value)
{
    size_t len = 0;
    *value = 0;
    for (; len < most && at + len < text.len && digit_of(text.ptr[at + len]) < base; len++)
        *value = *value * base + digit_of(text.ptr[at + len]);
    return len;
}

/* The second half of a pair of surrogates is an escape of its own. */
static uint32_t join_surrogates(struct escape *escape, uint32_t high)
{
    uint32_t low;
    size_t at = escape->at;
    if (high < 0xd800 || high > 0xdbff || at + 6 > escape->text.len ||
        escape->text.ptr[at] != '\\' || escape->text.ptr[at + 1] != 'u' ||
        read_digits(escape->text, at + 2, 4, 16, &low) != 4 || low < 0xdc00 || low > 0xdfff)
        return high;
    escape->at += 6;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* \x41, \u0041, \U00000041, \u{41}; false: not an escape of this language. */
static bool add_hex(struct escape *escape, char kind)
{
    bool php = escape->language == LANGUAGE_PHP;
    bool braces =
        kind == 'u' && escape->at < escape->text.len && escape->text.ptr[escape->at] == '{';
    size_t least = kind == 'x'   ? (escape->language == LANGUAGE_JSCRIPT ? 2 : 1)
                   : kind == 'u' ? 4
                                 : 8;
    size_t most = kind == 'x' ? (escape->language == LANGUAGE_CSHARP ? 4 : 2) : least;
    uint32_t value;
    if (kind == 'u' && php && !braces)
        return false;
    if (braces) {
        least = 1;
        most = 6;
    }
    size_t start = escape->at + braces;
    size_t len = read_digits(escape->text, start, most, 16, &value);
    if (len < least ||
        (braces && (start + len >= escape->text.len || escape->text.ptr[start + len] != '}')))
        return false;
    escape->at = start + len + braces;
    buf_add_utf8(escape->out, kind == 'u' ? join_surrogates(escape, value) : value);
    return true;
}

static void add_octal(struct escape *escape, char first)
{
    uint32_t value;
    size_t most = escape->language == LANGUAGE_PHP || first <= '3' ? 3 : 2;
    if (escape->language == LANGUAGE_CSHARP)
        most = 1;
    size_t len = read_digits(escape->text, escape->at - 1, most, 8, &value);
    escape->at += len - 1;
    buf_add_utf8(escape->out, value & 0xff);
}

/* One letter for one character; 0: none of the language. */
static char letter_value(enum language language, char c)
{
    static const char letters[][2] = { { 'n', '\n' }, { 'r', '\r' },  { 't', '\t' },
                                       { 'f', '\f' }, { 'v', '\v' },  { 'b', '\b' },
                                       { 'a', '\a' }, { 'e', '\x1b' } };
    if (language == LANGUAGE_JAVA && c == 's')
        return ' ';
    size_t count = sizeof letters / sizeof *letters;
    for (size_t i = 0; i < count; i++)
        if (letters[i][0] == c)
            return language == LANGUAGE_PHP && (c == 'b' || c == 'a') ? '\0' : letters[i][1];
    return '\0';
}

static bool is_own_mark(enum quote quote, char c)
{
    if (c == '\\')
        return true;
    if (quote == QUOTE_PHP_SINGLE)
        return c == '\'';
    if (c == '`')
        return quote == QUOTE_PHP_BACKTICK;
    return c == '$' || (c == '"' && quote != QUOTE_PHP_HEREDOC);
}

/* PHP leaves what it does not know as it is, backslash and all. */
static void add_unknown(struct escape *escape, char c)
{
    if (escape->language == LANGUAGE_PHP && !is_own_mark(escape->quote, c))
        buf_add_char(escape->out, '\\');
    if (c == '\r' || c == '\n') { /* the line goes on */
        if (escape->language == LANGUAGE_PHP)
            buf_add_char(escape->out, c);
        else if (c == '\r' && escape->at < escape->text.len &&
                 escape->text.ptr[escape->at] == '\n')
            escape->at++;
        return;
    }
    buf_add_char(escape->out, c);
}

static void add_escape(struct escape *escape)
{
    char c = escape->text.ptr[escape->at++];
    char value = letter_value(escape->language, c);
    bool single = escape->quote == QUOTE_PHP_SINGLE;
    if (value && !single)
        buf_add_char(escape->out, value);
    else if (c >= '0' && c <= '7' && !single)
        add_octal(escape, c);
    else if (single || (c != 'x' && c != 'u' && c != 'U') || !add_hex(escape, c))
        add_unknown(escape, c);
}

static bool has_backslashes(enum quote quote)
{
    return quote != QUOTE_VERBATIM && quote != QUOTE_HOLES_AS_IS && quote != QUOTE_RAW &&
           quote != QUOTE_PHP_NOWDOC;
}

/* C# doubles what would end the text or open a hole. */
static bool is_doubled(enum quote quote, struct slice text, size_t at)
{
    char c = text.ptr[at];
    if (at + 1 >= text.len || text.ptr[at + 1] != c)
        return false;
    if (c == '"')
        return quote == QUOTE_VERBATIM || quote == QUOTE_HOLES_AS_IS;
    return (c == '{' || c == '}') && (quote == QUOTE_HOLES || quote == QUOTE_HOLES_AS_IS);
}

static void resolve(const struct lex_text *text, struct slice raw, struct buf *out)
{
    struct escape escape = { raw, 0, text->language, text->quote, out };
    while (escape.at < raw.len) {
        char c = raw.ptr[escape.at];
        if (c == '\\' && has_backslashes(text->quote) && escape.at + 1 < raw.len) {
            escape.at++;
            add_escape(&escape);
        } else {
            escape.at += is_doubled(text->quote, raw, escape.at) ? 2 : 1;
            buf_add_char(out, c);
        }
    }
}

/* --- what is indented --- */

static bool is_indented(enum quote quote)
{
    return quote == QUOTE_RAW || quote == QUOTE_BLOCK || quote == QUOTE_PHP_HEREDOC ||
           quote == QUOTE_PHP_NOWDOC;
}

static size_t indent_of(struct slice line)
{
    size_t len = 0;
    while (len < line.len && (line.ptr[len] == ' ' || line.ptr[len] == '\t'))
        len++;
    return len;
}

/* Least indentation of the lines that hold something, and of the last. */
static size_t common_indent(struct slice text)
{
    size_t least = SIZE_MAX;
    for (struct slice rest = text; rest.ptr;) {
        struct slice line = slice_cut(&rest, '\n');
        size_t indent = indent_of(line);
        if ((indent < line.len || !rest.ptr) && indent < least)
            least = indent;
    }
    return least;
}

static void take_off_indent(struct slice text, size_t indent, struct buf *out)
{
    for (struct slice rest = text; rest.ptr;) {
        struct slice line = slice_cut(&rest, '\n');
        size_t own = indent_of(line);
        buf_add_slice(out, slice_from_offset(line, own < indent ? own : indent));
        if (rest.ptr)
            buf_add_char(out, '\n');
    }
}

/* """ and a line end: the first line is not part, nor the last of C# when it is blank. */
static struct slice block_lines(struct slice text, enum quote quote)
{
    size_t first = slice_find_char(text, '\n');
    if (first == SIZE_MAX)
        return text;
    text = slice_from_offset(text, first + 1);
    size_t last = text.len;
    while (last && text.ptr && text.ptr[last - 1] != '\n')
        last--;
    bool blank = slice_trim(slice_from_offset(text, last)).len == 0;
    if (!blank)
        return text;
    return quote == QUOTE_RAW && last ? slice_first(text, last - 1) : slice_first(text, last);
}

static struct slice without_indent(struct lex_text *text, struct slice raw)
{
    bool php = text->quote == QUOTE_PHP_HEREDOC || text->quote == QUOTE_PHP_NOWDOC;
    bool lines = slice_find_char(raw, '\n') != SIZE_MAX;
    size_t indent = php ? text->number
                    : lines
                        ? common_indent(slice_from_offset(raw, slice_find_char(raw, '\n') + 1))
                        : 0;
    if (!php)
        raw = block_lines(raw, text->quote);
    if (indent == 0 || indent == SIZE_MAX)
        return raw;
    buf_clear(text->scratch);
    take_off_indent(raw, indent, text->scratch);
    return arena_copy(text->arena, buf_slice(text->scratch));
}

/* --- parts --- */

struct lex_text lex_text_of(struct lexed *lexed, struct arena *arena, enum language language,
                            const struct token *token)
{
    struct lex_text text = {
        .arena = arena,
        .scratch = &lexed->scratch,
        .language = language,
        .quote = (enum quote)token->code,
        .line = token->line,
        .number = token->match,
        .rest = token->text,
    };
    if (is_indented(text.quote))
        text.rest = without_indent(&text, text.rest);
    return text;
}

static size_t count_braces(struct slice text, size_t at)
{
    size_t len = 0;
    while (at + len < text.len && text.ptr[at + len] == '{')
        len++;
    return len;
}

/* Bytes of what opens a hole at `at`; 0: none. *skip: bytes to pass over without one. */
static size_t opens_hole(const struct lex_text *text, size_t at, size_t *skip)
{
    struct slice rest = text->rest;
    char c = rest.ptr[at];
    size_t braces = c == '{' ? count_braces(rest, at) : 0;
    *skip = 1;
    switch (text->quote) {
    case QUOTE_HOLES:
    case QUOTE_HOLES_AS_IS:
        *skip = braces > 1 ? 2 : 1;
        return braces == 1;
    case QUOTE_RAW:
        *skip = braces ? braces : 1;
        return text->number && braces >= text->number ? braces : 0;
    case QUOTE_TEMPLATE:
        return c == '$' && count_braces(rest, at + 1) ? 2 : 0;
    case QUOTE_PHP:
    case QUOTE_PHP_HEREDOC:
    case QUOTE_PHP_BACKTICK:
        return lex_php_hole(rest, at) ? (c == '$' ? 2 : 1) : 0;
    default:
        return 0;
    }
}

static bool php_simple_at(const struct lex_text *text, size_t at)
{
    return (text->quote == QUOTE_PHP || text->quote == QUOTE_PHP_HEREDOC ||
            text->quote == QUOTE_PHP_BACKTICK) &&
           lex_php_variable(text->rest, at);
}

/* Where the constant text in front ends. */
static size_t constant_end(const struct lex_text *text)
{
    size_t at = 0;
    while (at < text->rest.len) {
        size_t skip;
        char c = text->rest.ptr[at];
        if (c == '\\' && has_backslashes(text->quote)) {
            at += 2;
            continue;
        }
        if ((c == '{' || c == '$') && (opens_hole(text, at, &skip) || php_simple_at(text, at)))
            return at;
        at += c == '{' ? skip : 1;
    }
    return text->rest.len;
}

static uint32_t count_lines(struct slice text)
{
    uint32_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

static struct slice cut_front(struct lex_text *text, size_t len)
{
    struct slice front = slice_first(text->rest, len);
    text->line += count_lines(front);
    text->rest = slice_from_offset(text->rest, len);
    return front;
}

static bool is_as_written(const struct lex_text *text, struct slice raw)
{
    for (size_t i = 0; i < raw.len; i++)
        if (raw.ptr[i] == '\\' || is_doubled(text->quote, raw, i))
            return false;
    return true;
}

static void take_constant(struct lex_text *text, size_t len, struct text_part *out)
{
    out->kind = TEXT_PART_CONSTANT;
    struct slice raw = cut_front(text, len);
    out->text = raw;
    if (is_as_written(text, raw))
        return;
    buf_clear(text->scratch);
    resolve(text, raw, text->scratch);
    out->text = arena_copy(text->arena, buf_slice(text->scratch));
}

/* "$x[0]", "$x[key]", "$x->y": one step and no more. */
static size_t simple_length(struct slice text)
{
    size_t at = 1;
    while (at < text.len && lex_is_name_byte(text.ptr[at]) && text.ptr[at] != '$')
        at++;
    struct slice rest = slice_from_offset(text, at);
    if (rest.len && *rest.ptr == '[') {
        size_t close = slice_find_char(slice_first(rest, 256), ']');
        return close == SIZE_MAX ? at : at + close + 1;
    }
    if (!slice_starts(rest, SLICE_LIT("->")) || rest.len < 3 || !lex_is_name_byte(rest.ptr[2]))
        return at;
    at += 3;
    while (at < text.len && lex_is_name_byte(text.ptr[at]) && text.ptr[at] != '$')
        at++;
    return at;
}

/* C# {value:format} and {value,width} hold more than the value; the parser stops there. */
static void take_hole(struct lex_text *text, size_t open, struct text_part *out)
{
    size_t end = lex_skip_hole(text->language, text->rest, open, 1);
    size_t close = text->quote == QUOTE_RAW ? text->number : 1;
    bool name = text->language == LANGUAGE_PHP && open == 2; /* "${x}" is $x */
    out->kind = TEXT_PART_CODE;
    out->line = text->line;
    out->text = slice_of(text->rest.ptr + open, end - open);
    if (name && out->text.len && lex_is_name_byte(*out->text.ptr) &&
        !ascii_is_digit(*out->text.ptr) && *out->text.ptr != '$') {
        buf_clear(text->scratch);
        buf_add_char(text->scratch, '$');
        buf_add_slice(text->scratch, out->text);
        out->text = arena_copy(text->arena, buf_slice(text->scratch));
    } else if (name) {
        out->text =
            slice_of(text->rest.ptr, end + 1 < text->rest.len ? end + 1 : text->rest.len);
    }
    cut_front(text, end + close);
}

bool lex_text_next(struct lex_text *text, struct text_part *out)
{
    if (text->rest.len == 0)
        return false;
    size_t skip;
    size_t constant = constant_end(text);
    out->line = text->line;
    if (constant) {
        take_constant(text, constant < text->rest.len ? constant : text->rest.len, out);
        return true;
    }
    size_t open = opens_hole(text, 0, &skip);
    if (open) {
        take_hole(text, open, out);
        return true;
    }
    out->kind = TEXT_PART_SIMPLE;
    out->text = cut_front(text, simple_length(text->rest));
    return true;
}
