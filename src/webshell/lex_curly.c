#include "webshell/lex.h"

#include <stdlib.h>

#include "base/escape.h"

struct lexer {
    struct lexed *out;
    struct arena *arena;
    enum language language;
    struct slice text;
    size_t at;
    uint32_t line;
    size_t counted;  /* lines up to here are in `line` */
    size_t division; /* up to here a '/' divides: a regular expression was looked for */
};

/* --- characters --- */

static bool starts_name(char c)
{
    return lex_is_name_byte(c) && !ascii_is_digit(c);
}

static char peek(const struct lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->text.len ? lexer->text.ptr[at] : '\0';
}

static bool looks_at(const struct lexer *lexer, struct slice what)
{
    return slice_starts(slice_from_offset(lexer->text, lexer->at), what);
}

/* U+200B and its like: C# and JavaScript drop them from names. */
static bool is_format(uint32_t c)
{
    return c == 0xad || (c >= 0x600 && c <= 0x605) || c == 0x61c || c == 0x6dd || c == 0x70f ||
           c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

static bool is_wide_blank(uint32_t c)
{
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* The letters that East Asian keyboards type instead of ASCII. */
static uint32_t fold_wide(uint32_t c)
{
    return c >= 0xff01 && c <= 0xff5e ? c - 0xff01 + 0x21 : c;
}

/* --- tokens --- */

static uint32_t line_at(struct lexer *lexer, size_t at)
{
    while (lexer->counted < at) {
        const char *from = lexer->text.ptr + lexer->counted;
        const char *found = memchr(from, '\n', at - lexer->counted);
        if (!found)
            break;
        lexer->line++;
        lexer->counted = (size_t)(found - lexer->text.ptr) + 1;
    }
    if (lexer->counted < at)
        lexer->counted = at;
    return lexer->line;
}

static struct token *add_token(struct lexed *out, enum token_kind kind, struct slice text,
                               uint32_t code, uint32_t line)
{
    if (out->count >= LEX_TOKENS_MAX) {
        out->truncated = true;
        return &out->tokens[out->count - 1];
    }
    out->tokens = mem_reserve(out->tokens, out->count, &out->capacity, sizeof *out->tokens);
    struct token *token = &out->tokens[out->count++];
    *token = (struct token){ .text = text, .line = line, .code = code, .kind = (uint8_t)kind };
    return token;
}

/* From `at` on, `len` bytes; moves behind them. */
static struct token *take(struct lexer *lexer, enum token_kind kind, size_t len, uint32_t code)
{
    struct slice text = slice_of(lexer->text.ptr + lexer->at, len);
    uint32_t line = line_at(lexer, lexer->at);
    lexer->at += len;
    return add_token(lexer->out, kind, text, code, line);
}

static const struct token *last_token(const struct lexer *lexer)
{
    return lexer->out->count ? &lexer->out->tokens[lexer->out->count - 1] : NULL;
}

/* --- names --- */

static unsigned hex_digit(char c)
{
    char lower = ascii_lower(c);
    if (ascii_is_digit(c))
        return (unsigned)(c - '0');
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a' + 10) : 16;
}

static size_t read_hex(struct slice text, size_t at, size_t most, uint32_t *out)
{
    size_t len = 0;
    *out = 0;
    for (; len < most && at + len < text.len && hex_digit(text.ptr[at + len]) < 16; len++)
        *out = *out << 4 | hex_digit(text.ptr[at + len]);
    return len;
}

/* Length of \uXXXX, \UXXXXXXXX, \u{X} at `at`; 0 without one. */
static size_t read_name_escape(struct slice text, size_t at, uint32_t *out)
{
    if (at + 2 >= text.len || text.ptr[at] != '\\')
        return 0;
    char kind = text.ptr[at + 1];
    if (kind == 'u' && text.ptr[at + 2] == '{') {
        size_t len = read_hex(text, at + 3, 6, out);
        return at + 3 + len < text.len && text.ptr[at + 3 + len] == '}' ? len + 4 : 0;
    }
    size_t wanted = kind == 'u' ? 4 : 8;
    if (kind != 'u' && kind != 'U')
        return 0;
    return read_hex(text, at + 2, wanted, out) == wanted ? wanted + 2 : 0;
}

/* One character of a name that is not plain ASCII; false: the name ends here. */
static bool clean_character(struct lexer *lexer, size_t *at, bool *altered)
{
    uint32_t c;
    size_t escape = read_name_escape(lexer->text, *at, &c);
    if (escape) {
        *at += escape;
        *altered = true;
    } else {
        size_t next = *at;
        c = utf8_next(lexer->text, &next);
        if (c == 0xfffd) { /* a byte of a code page */
            buf_add_char(&lexer->out->scratch, lexer->text.ptr[*at]);
            *at += 1;
            return true;
        }
        if (is_wide_blank(c))
            return false;
        *altered |= is_format(c) || fold_wide(c) != c;
        *at = next;
    }
    if (!is_format(c))
        buf_add_utf8(&lexer->out->scratch, fold_wide(c));
    return true;
}

static bool needs_cleaning(const struct lexer *lexer, size_t at)
{
    if (at >= lexer->text.len || lexer->language == LANGUAGE_PHP)
        return false;
    char c = lexer->text.ptr[at];
    return (unsigned char)c >= 0x80 ||
           (c == '\\' && read_name_escape(lexer->text, at, &(uint32_t){ 0 }));
}

/* A name with escapes or beyond ASCII, from `start`. Empty: nothing but format characters. */
static struct slice clean_name(struct lexer *lexer, size_t start, bool *altered)
{
    struct buf *scratch = &lexer->out->scratch;
    size_t at = start;
    buf_clear(scratch);
    while (at < lexer->text.len) {
        char c = lexer->text.ptr[at];
        if (needs_cleaning(lexer, at)) {
            if (!clean_character(lexer, &at, altered))
                break;
        } else if (c != '\\' && lex_is_name_byte(c)) {
            buf_add_char(scratch, c);
            at++;
        } else {
            break;
        }
    }
    lexer->at = at;
    return buf_slice(scratch);
}

/* The bytes of a name that need no cleaning. */
static size_t plain_name_end(const struct lexer *lexer, size_t at)
{
    const char *ptr = lexer->text.ptr;
    bool high = lexer->language == LANGUAGE_PHP;
    while (at < lexer->text.len && lex_is_name_byte(ptr[at]) &&
           (high || (unsigned char)ptr[at] < 0x80))
        at++;
    return at;
}

static void lex_odd_name(struct lexer *lexer, bool plain)
{
    bool altered = false;
    uint32_t line = line_at(lexer, lexer->at);
    struct slice name = clean_name(lexer, lexer->at, &altered);
    lexer->out->escapes += altered && name.len;
    if (name.len == 0)
        return;
    name = arena_copy(lexer->arena, name);
    add_token(lexer->out, TOKEN_NAME, name,
              plain && !altered ? lex_word(lexer->language, name) : WORD_NONE, line);
}

/* `plain`: not behind an @, which makes names of C#'s keywords. */
static void lex_name(struct lexer *lexer, bool plain)
{
    size_t start = lexer->at;
    size_t end = plain_name_end(lexer, start);
    if (needs_cleaning(lexer, end)) {
        lex_odd_name(lexer, plain);
        if (lexer->at == start) { /* a blank that is no ASCII */
            utf8_next(lexer->text, &lexer->at);
        }
        return;
    }
    struct slice name = slice_of(lexer->text.ptr + start, end - start);
    take(lexer, TOKEN_NAME, end - start, plain ? lex_word(lexer->language, name) : WORD_NONE);
}

/* PHP: `A\B`, `\eval`, all one name, without the first backslash. */
static void lex_php_name(struct lexer *lexer)
{
    size_t start = lexer->at;
    size_t end = start;
    bool qualified = false;
    for (;;) {
        if (end < lexer->text.len && lexer->text.ptr[end] == '\\' &&
            end + 1 < lexer->text.len && starts_name(lexer->text.ptr[end + 1])) {
            qualified = end != start;
            end++;
        }
        size_t part = end;
        while (end < lexer->text.len && lex_is_name_byte(lexer->text.ptr[end]) &&
               lexer->text.ptr[end] != '$')
            end++;
        if (end == part || end >= lexer->text.len || lexer->text.ptr[end] != '\\')
            break;
    }
    if (lexer->text.ptr[start] == '\\')
        lexer->at++;
    struct slice name = slice_of(lexer->text.ptr + lexer->at, end - lexer->at);
    take(lexer, TOKEN_NAME, name.len, qualified ? WORD_NONE : lex_word(LANGUAGE_PHP, name));
}

static void lex_php_variable_name(struct lexer *lexer)
{
    size_t len = 1;
    while (lex_is_name_byte(peek(lexer, len)) && peek(lexer, len) != '$')
        len++;
    take(lexer, TOKEN_NAME, len, WORD_NONE);
}

/* --- numbers --- */

static bool continues_number(const struct lexer *lexer, size_t at, bool hex)
{
    char c = lexer->text.ptr[at];
    char before = ascii_lower(lexer->text.ptr[at - 1]);
    char after = at + 1 < lexer->text.len ? lexer->text.ptr[at + 1] : '\0';
    if (ascii_is_alnum(c) || c == '_')
        return true;
    if (c == '.')
        return !hex && before != '.' && after != '.' && !starts_name(after);
    return (c == '+' || c == '-') && before == 'e' && !hex && ascii_is_digit(after);
}

static void lex_digits(struct lexer *lexer)
{
    char second = ascii_lower(peek(lexer, 1));
    bool hex = peek(lexer, 0) == '0' && (second == 'x' || second == 'b' || second == 'o');
    bool point = peek(lexer, 0) == '.';
    size_t end = lexer->at + 1;
    while (end < lexer->text.len && continues_number(lexer, end, hex)) {
        if (lexer->text.ptr[end] == '.') {
            if (point)
                break;
            point = true;
        }
        end++;
    }
    take(lexer, TOKEN_NUMBER, end - lexer->at, 0);
}

static double whole_number(struct slice digits, unsigned base)
{
    double value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] == '_')
            continue;
        unsigned digit = hex_digit(digits.ptr[i]);
        if (digit >= base)
            break; /* a suffix: 10L, 0xffU */
        value = value * base + digit;
    }
    return value;
}

static double decimal_number(struct slice text)
{
    char digits[64];
    size_t len = 0;
    for (size_t i = 0; i < text.len && len + 1 < sizeof digits; i++)
        if (text.ptr[i] != '_')
            digits[len++] = text.ptr[i];
    digits[len] = '\0';
    return strtod(digits, NULL); /* stops at a suffix */
}

double lex_number(enum language language, struct slice text)
{
    char kind = text.len > 1 && *text.ptr == '0' ? ascii_lower(text.ptr[1]) : '\0';
    struct slice digits = slice_from_offset(text, 2);
    if (kind == 'x')
        return whole_number(digits, 16);
    if (kind == 'b')
        return whole_number(digits, 2);
    if (kind == 'o')
        return whole_number(digits, 8);
    bool octal = language != LANGUAGE_CSHARP && (ascii_is_digit(kind) || kind == '_');
    if (octal && slice_find_char(text, '.') == SIZE_MAX)
        return whole_number(text, 8);
    return decimal_number(text);
}

/* --- texts --- */

/*
 * A text between `open` bytes (a prefix and a quote) and a closing quote; without one it ends
 * at the end of the line where the language says so, else at the end of the piece.
 */
static void take_text(struct lexer *lexer, size_t open, size_t end, size_t close,
                      enum quote quote, uint32_t number)
{
    uint32_t line = line_at(lexer, lexer->at);
    size_t start = lexer->at + open;
    if (start > lexer->text.len)
        start = lexer->text.len;
    if (end < start)
        end = start;
    struct slice text = slice_of(lexer->text.ptr + start, end - start);
    add_token(lexer->out, TOKEN_TEXT, text, quote, line)->match = number;
    lexer->at = end + close < lexer->text.len ? end + close : lexer->text.len;
}

static size_t hole_at(enum quote quote, struct slice text, size_t at);

/* End of the text that begins at `from`: offset of the closing `mark`. */
static size_t find_mark(enum language language, struct slice text, size_t from, char mark,
                        enum quote quote, unsigned depth)
{
    bool lines = quote == QUOTE_PLAIN || quote == QUOTE_HOLES;
    bool escapes = quote != QUOTE_VERBATIM && quote != QUOTE_HOLES_AS_IS;
    bool braces = quote == QUOTE_HOLES || quote == QUOTE_HOLES_AS_IS;
    size_t at = from;
    while (at < text.len) {
        char c = text.ptr[at];
        size_t hole = c == '{' || c == '$' ? hole_at(quote, text, at) : 0;
        bool pair = at + 1 < text.len && text.ptr[at + 1] == c;
        bool doubled = pair && ((c == '{' && braces) || (c == mark && !escapes));
        if (hole)
            at = lex_skip_hole(language, text, at + hole, depth + 1) + 1;
        else if ((c == mark && !doubled) || (lines && c == '\n'))
            return at;
        else
            at += doubled || (c == '\\' && escapes) ? 2 : 1;
    }
    return text.len;
}

/* Bytes of what opens an expression inside of a text: 0 without one. */
static size_t hole_at(enum quote quote, struct slice text, size_t at)
{
    char c = text.ptr[at];
    char next = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    switch (quote) {
    case QUOTE_HOLES:
    case QUOTE_HOLES_AS_IS:
        return c == '{' && next != '{';
    case QUOTE_TEMPLATE:
        return c == '$' && next == '{' ? 2 : 0;
    case QUOTE_PHP:
    case QUOTE_PHP_HEREDOC:
    case QUOTE_PHP_BACKTICK:
        if (!lex_php_hole(text, at))
            return 0;
        return c == '$' ? 2 : 1;
    default:
        return 0;
    }
}

bool lex_php_variable(struct slice text, size_t at)
{
    return at + 1 < text.len && text.ptr[at] == '$' && starts_name(text.ptr[at + 1]) &&
           text.ptr[at + 1] != '$';
}

bool lex_php_hole(struct slice text, size_t at)
{
    if (at + 2 >= text.len)
        return false;
    const char *p = text.ptr + at;
    return (p[0] == '$' && p[1] == '{') ||
           (p[0] == '{' && p[1] == '$' && (starts_name(p[2]) || p[2] == '{'));
}

/* A text inside of a hole: the kind that stands at `at`, its opening bytes in *open. */
static enum quote inner_quote(enum language language, struct slice text, size_t at,
                              size_t *open)
{
    const char *p = text.ptr + at;
    *open = 1;
    if (language == LANGUAGE_PHP)
        return *p == '"' ? QUOTE_PHP : QUOTE_PHP_SINGLE;
    if (language != LANGUAGE_CSHARP || at == 0)
        return *p == '`' ? QUOTE_TEMPLATE : QUOTE_PLAIN;
    if (p[-1] == '$')
        return at > 1 && p[-2] == '@' ? QUOTE_HOLES_AS_IS : QUOTE_HOLES;
    if (p[-1] == '@')
        return at > 1 && p[-2] == '$' ? QUOTE_HOLES_AS_IS : QUOTE_VERBATIM;
    return QUOTE_PLAIN;
}

size_t lex_skip_hole(enum language language, struct slice text, size_t from, unsigned depth)
{
    unsigned open = 0;
    size_t at = from;
    while (at < text.len) {
        char c = text.ptr[at];
        size_t quote_len;
        if (c == '}' && open == 0)
            return at;
        open += c == '{';
        open -= c == '}';
        if ((c == '"' || c == '\'' || c == '`') && depth < LEX_HOLES_MAX) {
            enum quote quote = inner_quote(language, text, at, &quote_len);
            at = find_mark(language, text, at + quote_len, c, quote, depth);
        }
        at++;
    }
    return text.len;
}

static void lex_quoted(struct lexer *lexer, size_t prefix, enum quote quote)
{
    char mark = peek(lexer, prefix);
    size_t end =
        find_mark(lexer->language, lexer->text, lexer->at + prefix + 1, mark, quote, 0);
    take_text(lexer, prefix + 1, end < lexer->text.len ? end : lexer->text.len, 1, quote, 0);
}

static size_t count_run(const struct lexer *lexer, size_t ahead, char c)
{
    size_t len = 0;
    while (peek(lexer, ahead + len) == c)
        len++;
    return len;
}

/* """ ... """ with `dollars` in front: ends at as many quotes. */
static void lex_raw(struct lexer *lexer, size_t dollars, enum quote quote)
{
    size_t quotes = quote == QUOTE_BLOCK ? 3 : count_run(lexer, dollars, '"');
    size_t at = lexer->at + dollars + quotes;
    size_t run = 0;
    for (; at < lexer->text.len && run < quotes; at++) {
        char c = lexer->text.ptr[at];
        if (c == '\\' && quote == QUOTE_BLOCK)
            at++;
        run = c == '"' ? run + 1 : 0;
    }
    size_t end = run >= quotes ? at - quotes : lexer->text.len;
    take_text(lexer, dollars + quotes, end, quotes, quote, (uint32_t)dollars);
}

/* C#: $", @", $@", @$", """, $$""". false: no text here. */
static bool lex_csharp_prefixed(struct lexer *lexer)
{
    size_t dollars = count_run(lexer, 0, '$');
    if (dollars && peek(lexer, dollars) == '"' && peek(lexer, dollars + 1) == '"' &&
        peek(lexer, dollars + 2) == '"') {
        lex_raw(lexer, dollars, QUOTE_RAW);
        return true;
    }
    bool at_sign = peek(lexer, 0) == '@' || peek(lexer, 1) == '@';
    bool dollar = peek(lexer, 0) == '$' || peek(lexer, 1) == '$';
    size_t prefix = (size_t)at_sign + (size_t)dollar;
    if (peek(lexer, prefix) != '"')
        return false;
    lex_quoted(lexer, prefix,
               at_sign && dollar ? QUOTE_HOLES_AS_IS
               : at_sign         ? QUOTE_VERBATIM
                                 : QUOTE_HOLES);
    return true;
}

/* --- typographic quotes, which a word processor or a blog made of plain ones --- */

/*
 * No compiler takes them, but who reads evidence loses nothing by it. Either of the two opens
 * and closes, and so does a plain quote close: nobody knows which ones were changed.
 */
static void lex_typographic(struct lexer *lexer)
{
    const struct slice text = lexer->text;
    const bool verbatim = lexer->at > 0 && text.ptr[lexer->at - 1] == '@';
    const size_t open = typographic_quote(text, lexer->at);
    size_t end = lexer->at + open, close = 0;
    while (end < text.len && (verbatim || text.ptr[end] != '\n')) {
        close = text.ptr[end] == '"' ? 1 : typographic_quote(text, end);
        if (close)
            break;
        end += text.ptr[end] == '\\' && !verbatim && end + 1 < text.len ? 2 : 1;
    }
    end = end < text.len ? end : text.len;
    take_text(lexer, open, end, close, verbatim ? QUOTE_VERBATIM : QUOTE_PLAIN, 0);
}

/* --- PHP's heredoc --- */

/* Length of the closing name at the start of a line, with what is indented before it. */
static size_t heredoc_close(struct slice text, size_t at, struct slice name, size_t *indent)
{
    size_t start = at;
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
        at++;
    struct slice rest = slice_from_offset(text, at);
    if (!slice_starts(rest, name) ||
        (rest.len > name.len && lex_is_name_byte(rest.ptr[name.len])))
        return 0;
    *indent = at - start;
    return *indent + name.len;
}

static void take_heredoc(struct lexer *lexer, size_t open, struct slice name, enum quote quote)
{
    size_t start = lexer->at + open;
    size_t at = start;
    while (at <= lexer->text.len) {
        size_t indent = 0;
        size_t close = heredoc_close(lexer->text, at, name, &indent);
        if (close) {
            size_t end = at > start ? at - 1 : start;
            if (end > start && lexer->text.ptr[end - 1] == '\r')
                end--;
            take_text(lexer, open, end, at - end + close, quote, (uint32_t)indent);
            return;
        }
        const char *found = at < lexer->text.len
                                ? memchr(lexer->text.ptr + at, '\n', lexer->text.len - at)
                                : NULL;
        if (!found)
            break;
        at = (size_t)(found - lexer->text.ptr) + 1;
    }
    take_text(lexer, open, lexer->text.len, 0, quote, 0);
}

/* <<<NAME, <<<"NAME", <<<'NAME' and a line end. */
static bool lex_heredoc(struct lexer *lexer)
{
    size_t at = 3;
    while (peek(lexer, at) == ' ' || peek(lexer, at) == '\t')
        at++;
    char quote = peek(lexer, at);
    bool quoted = quote == '"' || quote == '\'';
    at += quoted;
    size_t name = at;
    while (lex_is_name_byte(peek(lexer, at)) && peek(lexer, at) != '$')
        at++;
    struct slice label = slice_of(lexer->text.ptr + lexer->at + name, at - name);
    if (label.len == 0 || (quoted && peek(lexer, at) != quote))
        return false;
    at += quoted;
    at += peek(lexer, at) == '\r';
    if (peek(lexer, at) != '\n')
        return false;
    take_heredoc(lexer, at + 1, label, quote == '\'' ? QUOTE_PHP_NOWDOC : QUOTE_PHP_HEREDOC);
    return true;
}

/* --- signs --- */

/* The longest of these is taken. '>' always stands alone: List<List<int>>. */
static const struct sign {
    char text[4];
    uint8_t len;
} signs[] = {
    { "<<=", 3 }, { "===", 3 }, { "!==", 3 }, { "...", 3 }, { "**=", 3 }, { "?\?=", 3 },
    { "<=>", 3 }, { "?->", 3 }, { "&&=", 3 }, { "||=", 3 }, { "==", 2 },  { "!=", 2 },
    { "<=", 2 },  { "&&", 2 },  { "||", 2 },  { "++", 2 },  { "--", 2 },  { "+=", 2 },
    { "-=", 2 },  { "*=", 2 },  { "/=", 2 },  { "%=", 2 },  { "&=", 2 },  { "|=", 2 },
    { "^=", 2 },  { "<<", 2 },  { "->", 2 },  { "=>", 2 },  { "::", 2 },  { "??", 2 },
    { "?.", 2 },  { "**", 2 },  { "<>", 2 },  { "..", 2 },
};

static bool is_sign_of(enum language language, const struct sign *sign, char after)
{
    switch (SIGN2(sign->text[0], sign->text[1])) {
    case SIGN2('?', '.'):
        return language != LANGUAGE_PHP && !ascii_is_digit(after);
    case SIGN2('?', '-'):
    case SIGN2('<', '>'):
        return language == LANGUAGE_PHP;
    case SIGN2('.', '.'):
        return sign->len == 3 || language == LANGUAGE_CSHARP || language == LANGUAGE_JSCRIPT;
    case SIGN2(':', ':'):
    case SIGN2('-', '>'):
        return language != LANGUAGE_JSCRIPT;
    default:
        return true;
    }
}

/* Can it be the second character of a sign? */
static bool continues_sign(char c)
{
    return c == '=' || c == '.' || c == '>' || c == '&' || c == '|' || c == '+' || c == '-' ||
           c == '<' || c == '*' || c == '?' || c == ':';
}

static size_t sign_length(const struct lexer *lexer)
{
    char first = peek(lexer, 0);
    char second = peek(lexer, 1);
    if (!continues_sign(second))
        return 1;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const struct sign *sign = &signs[i];
        if (sign->text[0] == first && sign->text[1] == second &&
            (sign->len < 3 || sign->text[2] == peek(lexer, 2)) &&
            is_sign_of(lexer->language, sign, peek(lexer, sign->len)))
            return sign->len;
    }
    return 1;
}

static void lex_sign(struct lexer *lexer)
{
    size_t len = sign_length(lexer);
    if (peek(lexer, 0) == '.' && peek(lexer, 1) == '=' && lexer->language == LANGUAGE_PHP)
        len = 2;
    uint32_t code = 0;
    for (size_t i = 0; i < len; i++)
        code = code << 8 | (unsigned char)peek(lexer, i);
    take(lexer, TOKEN_SIGN, len, code);
}

/* --- regular expressions --- */

static bool regex_may_follow(const struct token *before)
{
    if (!before)
        return true;
    switch (before->kind) {
    case TOKEN_NAME:
        return before->code == WORD_RETURN || before->code == WORD_TYPEOF ||
               before->code == WORD_CASE || before->code == WORD_IN ||
               before->code == WORD_DELETE || before->code == WORD_ELSE ||
               before->code == WORD_DO || before->code == WORD_THROW;
    case TOKEN_NUMBER:
    case TOKEN_TEXT:
    case TOKEN_REGEX:
        return false;
    case TOKEN_SIGN:
        return before->code != ')' && before->code != ']' && before->code != '}' &&
               before->code != SIGN2('+', '+') && before->code != SIGN2('-', '-');
    default:
        return true;
    }
}

#define REGEX_TRIED_AGAIN 1024U /* from each '/' of a line that is no longer */

/* false: it does not end on its line, so it is a division. */
static bool lex_regex(struct lexer *lexer)
{
    bool set = false;
    size_t at = 1;
    if (lexer->at < lexer->division)
        return false;
    for (char c; (c = peek(lexer, at)) != '/' || set; at++) {
        if (lexer->at + at >= lexer->text.len || c == '\n') {
            lexer->division = at > REGEX_TRIED_AGAIN ? lexer->at + at : 0;
            return false;
        }
        if (c == '\\')
            at++;
        set = c == '[' || (set && c != ']');
    }
    size_t flags = 0;
    while (ascii_is_alnum(peek(lexer, at + 1 + flags)))
        flags++;
    lexer->at++;
    take(lexer, TOKEN_REGEX, at - 1, 0)->match = (uint32_t)flags;
    lexer->at += 1 + flags;
    return true;
}

/* --- blanks and comments --- */

static void skip_line(struct lexer *lexer)
{
    while (lexer->at < lexer->text.len && peek(lexer, 0) != '\n' && peek(lexer, 0) != '\r') {
        if (lexer->language == LANGUAGE_PHP && looks_at(lexer, SLICE_LIT("?>")))
            return;
        lexer->at++;
    }
}

static void skip_block_comment(struct lexer *lexer)
{
    size_t end = slice_find(slice_from_offset(lexer->text, lexer->at + 2), SLICE_LIT("*/"));
    lexer->at = end == SIZE_MAX ? lexer->text.len : lexer->at + 2 + end + 2;
}

/* JScript runs what stands in such a comment. */
static bool is_conditional(const struct lexer *lexer)
{
    return lexer->language == LANGUAGE_JSCRIPT &&
           (peek(lexer, 1) == '*' || peek(lexer, 1) == '/') && peek(lexer, 2) == '@' &&
           ascii_is_alnum(peek(lexer, 3));
}

static bool skip_comment(struct lexer *lexer)
{
    if (is_conditional(lexer)) {
        lexer->at += 2;
        return true;
    }
    if (peek(lexer, 1) == '*')
        skip_block_comment(lexer);
    else if (peek(lexer, 1) == '/')
        skip_line(lexer);
    else
        return false;
    return true;
}

/* Is `at` the first of its line but for blanks? */
static bool begins_line(const struct lexer *lexer)
{
    size_t at = lexer->at;
    while (at && (lexer->text.ptr[at - 1] == ' ' || lexer->text.ptr[at - 1] == '\t'))
        at--;
    return at == 0 || lexer->text.ptr[at - 1] == '\n' || lexer->text.ptr[at - 1] == '\r';
}

/* PHP: what follows ?> up to the next <?php is for the browser. */
static void lex_php_close(struct lexer *lexer)
{
    take(lexer, TOKEN_BREAK, 2, 0);
    size_t next = slice_find(slice_from_offset(lexer->text, lexer->at), SLICE_LIT("<?"));
    lexer->at = next == SIZE_MAX ? lexer->text.len : lexer->at + next;
}

static void lex_php_open(struct lexer *lexer)
{
    bool value = peek(lexer, 2) == '=';
    if (value)
        take(lexer, TOKEN_VALUE, 3, 0);
    else
        lexer->at +=
            slice_icase_starts(slice_from_offset(lexer->text, lexer->at), SLICE_LIT("<?php"))
                ? 5
                : 2;
}

/* --- the languages' own beginnings; true: something was taken --- */

static bool lex_php_own(struct lexer *lexer, char c)
{
    char next = peek(lexer, 1);
    if (c == '$' && starts_name(next) && next != '$')
        lex_php_variable_name(lexer);
    else if ((starts_name(c) && c != '$') || (c == '\\' && starts_name(next)))
        lex_php_name(lexer);
    else if (c == '#' && next != '[')
        skip_line(lexer);
    else if (c == '?' && next == '>')
        lex_php_close(lexer);
    else if (c == '<' && next == '?')
        lex_php_open(lexer);
    else if (c == '"' || c == '\'' || c == '`')
        lex_quoted(lexer, 0,
                   c == '"'    ? QUOTE_PHP
                   : c == '\'' ? QUOTE_PHP_SINGLE
                               : QUOTE_PHP_BACKTICK);
    else
        return c == '<' && looks_at(lexer, SLICE_LIT("<<<")) && lex_heredoc(lexer);
    return true;
}

static bool lex_csharp_own(struct lexer *lexer, char c)
{
    if (c == '"' && peek(lexer, 1) == '"' && peek(lexer, 2) == '"')
        lex_raw(lexer, 0, QUOTE_RAW);
    else if ((c == '$' || c == '@') && lex_csharp_prefixed(lexer))
        return true;
    else if (c == '@' && (starts_name(peek(lexer, 1)) || peek(lexer, 1) == '\\')) {
        lexer->at++;
        lex_name(lexer, false);
    } else if (c == '#' && begins_line(lexer))
        skip_line(lexer);
    else
        return false;
    return true;
}

static bool lex_jscript_own(struct lexer *lexer, char c)
{
    if (c == '@') { /* @cc_on, @if: what stands between them runs */
        lexer->at++;
        while (lex_is_name_byte(peek(lexer, 0)))
            lexer->at++;
    } else if (c == '*' && peek(lexer, 1) == '/') {
        lexer->at += 2; /* the end of a comment that runs */
    } else if (c == '`') {
        lex_quoted(lexer, 0, QUOTE_TEMPLATE);
    } else if (c == '<' && looks_at(lexer, SLICE_LIT("<!--"))) {
        skip_line(lexer);
    } else if (c == '/' && regex_may_follow(last_token(lexer))) {
        return lex_regex(lexer);
    } else {
        return false;
    }
    return true;
}

static bool lex_java_own(struct lexer *lexer, char c)
{
    if (c != '"' || peek(lexer, 1) != '"' || peek(lexer, 2) != '"')
        return false;
    lex_raw(lexer, 0, QUOTE_BLOCK);
    return true;
}

static bool lex_own(struct lexer *lexer, char c)
{
    switch (lexer->language) {
    case LANGUAGE_PHP:
        return lex_php_own(lexer, c);
    case LANGUAGE_CSHARP:
        return lex_csharp_own(lexer, c);
    case LANGUAGE_JSCRIPT:
        return lex_jscript_own(lexer, c);
    default:
        return lex_java_own(lexer, c);
    }
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

static bool begins_name(const struct lexer *lexer, char c)
{
    if (c == '$' && lexer->language == LANGUAGE_PHP)
        return false;
    return starts_name(c) || (c == '\\' && needs_cleaning(lexer, lexer->at));
}

static void lex_next(struct lexer *lexer)
{
    char c = peek(lexer, 0);
    if (is_blank(c)) {
        lexer->at++;
        return;
    }
    if (c == '/' && skip_comment(lexer))
        return;
    if (ascii_is_digit(c) || (c == '.' && ascii_is_digit(peek(lexer, 1))))
        lex_digits(lexer);
    else if (lex_own(lexer, c))
        return;
    else if ((unsigned char)c >= 0x80 && typographic_quote(lexer->text, lexer->at))
        lex_typographic(lexer);
    else if (begins_name(lexer, c))
        lex_name(lexer, true);
    else if (c == '"' || c == '\'')
        lex_quoted(lexer, 0, QUOTE_PLAIN);
    else
        lex_sign(lexer);
}

/* --- Java's escapes, which stand for characters anywhere in the source --- */

static size_t java_escape(struct slice text, size_t at, uint32_t *out)
{
    size_t len = 1;
    while (at + len < text.len && text.ptr[at + len] == 'u')
        len++;
    if (len == 1 || read_hex(text, at + len, 4, out) != 4)
        return 0;
    return len + 4;
}

static uint32_t java_line_end(uint32_t c)
{
    return c == '\n' ? '\r' : c; /* ends a comment, and lines stay those of the page */
}

static void unescape_java(struct lexer *lexer)
{
    struct buf *scratch = &lexer->out->scratch;
    struct slice text = lexer->text;
    buf_clear(scratch);
    for (size_t at = 0; at < text.len;) {
        uint32_t c;
        size_t len = text.ptr[at] == '\\' ? java_escape(text, at, &c) : 0;
        if (len) {
            lexer->out->escapes += c < 0x80 && ascii_is_alnum((char)c);
            buf_add_utf8(scratch, java_line_end(c));
            at += len;
        } else {
            size_t pair = text.ptr[at] == '\\' && at + 1 < text.len ? 2 : 1;
            buf_add(scratch, text.ptr + at, pair);
            at += pair;
        }
    }
    lexer->text = arena_copy(lexer->arena, buf_slice(scratch));
}

/* --- all together --- */

void lex_piece(struct lexed *lexed, struct arena *arena, const struct piece *piece)
{
    struct lexer lexer = {
        .out = lexed,
        .arena = arena,
        .language = piece->language,
        .text = piece->text,
        .line = piece->line,
    };
    if (piece->language == LANGUAGE_JAVA && slice_has(piece->text, SLICE_LIT("\\u")))
        unescape_java(&lexer);
    if (piece->kind == PIECE_VALUE)
        take(&lexer, TOKEN_VALUE, 0, 0);
    while (lexer.at < lexer.text.len && !lexed->truncated)
        lex_next(&lexer);
    lexer.at = lexer.text.len;
    take(&lexer, TOKEN_BREAK, 0, 0);
}

static uint32_t closing_of(uint32_t open)
{
    return open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : 0;
}

/* Brackets that are open: their indices. */
struct open_brackets {
    uint32_t *indices;
    size_t count, capacity, braces;
};

/* A '}' closes whatever is open inside of its '{'; others must stand at the top. */
static void close_bracket(struct lexed *lexed, struct open_brackets *open, uint32_t index)
{
    uint32_t code = lexed->tokens[index].code;
    if (code == '}' && open->braces == 0)
        return;
    while (open->count) {
        struct token *top = &lexed->tokens[open->indices[open->count - 1]];
        bool partner = closing_of(top->code) == code;
        if (!partner && code != '}')
            return;
        open->count--;
        if (!partner)
            continue;
        open->braces -= code == '}';
        lexed->tokens[index].match = open->indices[open->count];
        top->match = index;
        return;
    }
}

void lex_finish(struct lexed *lexed)
{
    struct open_brackets open = { 0 };
    uint32_t line = lexed->count ? lexed->tokens[lexed->count - 1].line : 1;
    lexed->count -= lexed->count >= LEX_TOKENS_MAX;
    add_token(lexed, TOKEN_END, SLICE_LIT(""), 0, line);
    uint32_t end = (uint32_t)lexed->count - 1;
    for (uint32_t i = 0; i < end; i++) {
        struct token *token = &lexed->tokens[i];
        if (token->kind != TOKEN_SIGN)
            continue;
        token->match = end;
        if (closing_of(token->code)) {
            open.indices =
                mem_reserve(open.indices, open.count, &open.capacity, sizeof *open.indices);
            open.indices[open.count++] = i;
            open.braces += token->code == '{';
        } else if (token->code == ')' || token->code == ']' || token->code == '}') {
            close_bracket(lexed, &open, i);
        }
    }
    free(open.indices);
}

void lexed_deinit(struct lexed *lexed)
{
    free(lexed->tokens);
    buf_deinit(&lexed->scratch);
    *lexed = (struct lexed){ 0 };
}
