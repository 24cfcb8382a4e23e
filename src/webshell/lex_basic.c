#include "webshell/lex_basic.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/unicode.h"

#define LETTER 0x4e00U /* stands for what a code page has beyond ASCII */
#define DATE_MAX 40    /* bytes between the # of a date */
#define KEY_LENGTH_MAX 14

/* --- keywords --- */

static const struct keyword {
    char text[KEY_LENGTH_MAX + 2];
    enum basic_key key;
    bool net; /* of Visual Basic .NET only */
} keywords[] = {
    { "addressof", KEY_ADDRESSOF, true },
    { "and", KEY_AND, false },
    { "andalso", KEY_ANDALSO, true },
    { "as", KEY_AS, false },
    { "async", KEY_MODIFIER, true },
    { "await", KEY_AWAIT, true },
    { "byref", KEY_BYREF, false },
    { "byval", KEY_BYVAL, false },
    { "call", KEY_CALL, false },
    { "case", KEY_CASE, false },
    { "catch", KEY_CATCH, true },
    { "class", KEY_CLASS, false },
    { "const", KEY_CONST, false },
    { "ctype", KEY_CTYPE, true },
    { "custom", KEY_MODIFIER, true },
    { "declare", KEY_DECLARE, true },
    { "default", KEY_MODIFIER, false },
    { "delegate", KEY_DECLARE, true },
    { "dim", KEY_DIM, false },
    { "directcast", KEY_DIRECTCAST, true },
    { "do", KEY_DO, false },
    { "each", KEY_EACH, false },
    { "else", KEY_ELSE, false },
    { "elseif", KEY_ELSEIF, false },
    { "end", KEY_END, false },
    { "enum", KEY_ENUM, true },
    { "eqv", KEY_EQV, false },
    { "erase", KEY_ERASE, false },
    { "error", KEY_ERROR, false },
    { "event", KEY_EVENT, true },
    { "exit", KEY_EXIT, false },
    { "false", KEY_FALSE, false },
    { "finally", KEY_FINALLY, true },
    { "for", KEY_FOR, false },
    { "friend", KEY_MODIFIER, true },
    { "from", KEY_FROM, true },
    { "function", KEY_FUNCTION, false },
    { "get", KEY_GET, false },
    { "gettype", KEY_GETTYPE, true },
    { "goto", KEY_GOTO, false },
    { "handles", KEY_HANDLES, true },
    { "if", KEY_IF, false },
    { "iif", KEY_IIF, false },
    { "imp", KEY_IMP, false },
    { "implements", KEY_IMPLEMENTS, true },
    { "imports", KEY_IMPORTS, true },
    { "in", KEY_IN, false },
    { "inherits", KEY_INHERITS, true },
    { "interface", KEY_INTERFACE, true },
    { "is", KEY_IS, false },
    { "isnot", KEY_ISNOT, true },
    { "iterator", KEY_MODIFIER, true },
    { "let", KEY_LET, false },
    { "like", KEY_LIKE, true },
    { "loop", KEY_LOOP, false },
    { "mod", KEY_MOD, false },
    { "module", KEY_MODULE, true },
    { "mustinherit", KEY_MODIFIER, true },
    { "mustoverride", KEY_MODIFIER, true },
    { "namespace", KEY_NAMESPACE, true },
    { "narrowing", KEY_MODIFIER, true },
    { "new", KEY_NEW, false },
    { "next", KEY_NEXT, false },
    { "not", KEY_NOT, false },
    { "notinheritable", KEY_MODIFIER, true },
    { "notoverridable", KEY_MODIFIER, true },
    { "of", KEY_OF, true },
    { "on", KEY_ON, false },
    { "operator", KEY_OPERATOR, true },
    { "option", KEY_OPTION, false },
    { "optional", KEY_OPTIONAL, false },
    { "or", KEY_OR, false },
    { "orelse", KEY_ORELSE, true },
    { "overloads", KEY_MODIFIER, true },
    { "overridable", KEY_MODIFIER, true },
    { "overrides", KEY_MODIFIER, true },
    { "paramarray", KEY_PARAMARRAY, false },
    { "partial", KEY_MODIFIER, true },
    { "preserve", KEY_PRESERVE, false },
    { "private", KEY_MODIFIER, false },
    { "property", KEY_PROPERTY, false },
    { "protected", KEY_MODIFIER, true },
    { "public", KEY_MODIFIER, false },
    { "readonly", KEY_MODIFIER, true },
    { "redim", KEY_REDIM, false },
    { "rem", KEY_REM, false },
    { "resume", KEY_RESUME, false },
    { "return", KEY_RETURN, true },
    { "select", KEY_SELECT, false },
    { "set", KEY_SET, false },
    { "shadows", KEY_MODIFIER, true },
    { "shared", KEY_MODIFIER, true },
    { "static", KEY_MODIFIER, false },
    { "step", KEY_STEP, false },
    { "stop", KEY_STOP, false },
    { "structure", KEY_STRUCTURE, true },
    { "sub", KEY_SUB, false },
    { "synclock", KEY_SYNCLOCK, true },
    { "then", KEY_THEN, false },
    { "throw", KEY_THROW, true },
    { "to", KEY_TO, false },
    { "true", KEY_TRUE, false },
    { "try", KEY_TRY, true },
    { "trycast", KEY_TRYCAST, true },
    { "typeof", KEY_TYPEOF, true },
    { "until", KEY_UNTIL, false },
    { "using", KEY_USING, true },
    { "wend", KEY_WEND, false },
    { "when", KEY_WHEN, true },
    { "while", KEY_WHILE, false },
    { "widening", KEY_MODIFIER, true },
    { "with", KEY_WITH, false },
    { "withevents", KEY_MODIFIER, true },
    { "writeonly", KEY_MODIFIER, true },
    { "xor", KEY_XOR, false },
    { "yield", KEY_YIELD, true },
};

static int compare_keyword(const void *key, const void *entry)
{
    return strcmp(key, ((const struct keyword *)entry)->text);
}

static enum basic_key find_key(struct slice name, bool net)
{
    char lower[KEY_LENGTH_MAX + 2] = { 0 };
    if (name.len < 2 || name.len > KEY_LENGTH_MAX)
        return KEY_NONE;
    for (size_t i = 0; i < name.len; i++)
        lower[i] = ascii_lower(name.ptr[i]);
    const struct keyword *found = bsearch(lower, keywords, sizeof keywords / sizeof *keywords,
                                          sizeof *keywords, compare_keyword);
    return found && (net || !found->net) ? found->key : KEY_NONE;
}

/* --- characters --- */

static bool is_format(uint32_t c)
{
    return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* What Visual Basic .NET takes for an ASCII character: full-width forms, typographic quotes. */
static uint32_t plain_form(uint32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e)
        return c - 0xfee0;
    if (c == 0x201c || c == 0x201d)
        return '"';
    if (c == 0x2018 || c == 0x2019)
        return '\'';
    return c == 0x2028 || c == 0x2029 || c == 0x85 ? '\n' : c;
}

/* In code pages of East Asia a character may have an ASCII byte behind its first byte. */
static uint32_t code_page_char(struct slice text, size_t at, size_t *length)
{
    bool pair = at + 1 < text.len && (unsigned char)text.ptr[at + 1] >= 0x40;
    *length = pair ? 2 : 1;
    return LETTER;
}

static uint32_t wide_char(const struct basic_lexer *lexer, size_t at, size_t *length)
{
    size_t end = at;
    uint32_t c = utf8_next(lexer->text, &end);
    *length = end - at;
    if (c == 0x3000 || c == 0xa0)
        return ' ';
    return lexer->net ? plain_form(c) : c;
}

/* The character at a place and its length in bytes, which is 0 at the end only. */
static inline uint32_t char_at(const struct basic_lexer *lexer, size_t at, size_t *length)
{
    *length = at < lexer->text.len;
    if (!*length)
        return 0;
    unsigned char c = (unsigned char)lexer->text.ptr[at];
    if (c < 0x80)
        return c;
    return lexer->wide ? wide_char(lexer, at, length) : code_page_char(lexer->text, at, length);
}

static uint32_t char_here(const struct basic_lexer *lexer)
{
    size_t length;
    return char_at(lexer, lexer->at, &length);
}

static bool take_char(struct basic_lexer *lexer, uint32_t wanted)
{
    size_t length;
    if (char_at(lexer, lexer->at, &length) != wanted || !length)
        return false;
    lexer->at += length;
    return true;
}

static char byte_at(const struct basic_lexer *lexer, size_t at)
{
    return at < lexer->text.len ? lexer->text.ptr[at] : '\0';
}

static bool is_name_start(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return unicode_is_word(c) || c == 0xfffd;
}

static bool is_name_char(uint32_t c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || is_format(c);
}

static bool is_line_end(uint32_t c)
{
    return c == '\n' || c == '\r';
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == 0 || is_format(c);
}

/* --- what is passed over --- */

static void skip_blanks(struct basic_lexer *lexer)
{
    size_t length;
    while (is_blank(char_at(lexer, lexer->at, &length)) && length)
        lexer->at += length;
}

static void skip_to_line_end(struct basic_lexer *lexer)
{
    size_t length;
    while (!is_line_end(char_at(lexer, lexer->at, &length)) && length)
        lexer->at += length;
}

/* At a line end: behind it. */
static void skip_line_end(struct basic_lexer *lexer)
{
    size_t length;
    bool pair = byte_at(lexer, lexer->at) == '\r' && byte_at(lexer, lexer->at + 1) == '\n';
    char_at(lexer, lexer->at, &length);
    lexer->at += pair ? 2 : length;
    lexer->line++;
}

/* `_`, blanks and the end of a line: the statement goes on in the next line. */
static bool skip_continuation(struct basic_lexer *lexer)
{
    size_t start = lexer->at;
    if (!take_char(lexer, '_'))
        return false;
    skip_blanks(lexer);
    if (lexer->net && char_here(lexer) == '\'')
        skip_to_line_end(lexer);
    if (lexer->at >= lexer->text.len)
        return true;
    if (is_line_end(char_here(lexer))) {
        skip_line_end(lexer);
        return true;
    }
    lexer->at = start;
    return false;
}

static bool at_statement(const struct basic_lexer *lexer)
{
    const struct basic_word *last = &lexer->last;
    return last->kind == BASIC_LINE || last->kind == BASIC_COLON || last->kind == BASIC_END;
}

/* Lines that are no statements: comments of HTML, and `#If` and its like. */
static bool is_passed_line(const struct basic_lexer *lexer)
{
    if (!at_statement(lexer))
        return false;
    struct slice rest = slice_from_offset(lexer->text, lexer->at);
    if (slice_starts(rest, SLICE_LIT("<!--")) || slice_starts(rest, SLICE_LIT("-->")))
        return true;
    return byte_at(lexer, lexer->at) == '#' &&
           is_name_start((unsigned char)byte_at(lexer, lexer->at + 1));
}

static void skip_gap(struct basic_lexer *lexer)
{
    do
        skip_blanks(lexer);
    while (skip_continuation(lexer));
    if (char_here(lexer) == '\'' || is_passed_line(lexer))
        skip_to_line_end(lexer);
}

/* --- words --- */

/* Without format characters, and full-width letters as ASCII. */
static struct slice plain_name(struct basic_lexer *lexer, struct slice raw)
{
    struct buf buf = BUF_INIT;
    size_t end = lexer->at, length;
    for (lexer->at = (size_t)(raw.ptr - lexer->text.ptr); lexer->at < end;
         lexer->at += length) {
        uint32_t c = char_at(lexer, lexer->at, &length);
        if (!is_format(c))
            buf_add_utf8(&buf, c);
    }
    lexer->tree->escapes++;
    struct slice name = arena_copy(lexer->arena, buf_slice(&buf));
    buf_deinit(&buf);
    return name;
}

static struct slice read_name(struct basic_lexer *lexer)
{
    size_t start = lexer->at, length;
    bool odd = false;
    for (;;) {
        uint32_t c = char_at(lexer, lexer->at, &length);
        if (!length || !is_name_char(c))
            break;
        odd |= is_format(c) || (c < 0x80 && length > 1);
        lexer->at += length;
    }
    struct slice raw = slice_of(lexer->text.ptr + start, lexer->at - start);
    return odd ? plain_name(lexer, raw) : raw;
}

/*
 * The characters % & ! # @ $ behind a name or a number say its type, where nothing follows that
 * they would be an operator for. VBScript has none of them: `a&b` is a sum there.
 */
static void skip_type_character(struct basic_lexer *lexer)
{
    char c = byte_at(lexer, lexer->at), next = byte_at(lexer, lexer->at + 1);
    bool followed = ascii_is_alnum(next) || next == '_' || next == '[' || next == '"';
    bool of_text = c == '$' && next != '"';
    bool of_number = lexer->net && c && strchr("%@!#", c) && !followed;
    if (of_text || of_number)
        lexer->at++;
}

static void read_word(struct basic_lexer *lexer, struct basic_word *out)
{
    bool after_dot = lexer->last.kind == BASIC_SYMBOL && lexer->last.symbol == '.';
    out->kind = BASIC_WORD;
    out->text = read_name(lexer);
    out->key = after_dot ? KEY_NONE : find_key(out->text, lexer->net);
    skip_type_character(lexer);
}

/* [name]: taken as a name, whatever it holds. */
static bool read_bracketed(struct basic_lexer *lexer, struct basic_word *out)
{
    struct slice rest = slice_from_offset(lexer->text, lexer->at + 1);
    struct slice line = slice_first(rest, 256);
    size_t end = slice_find_char(line, ']');
    if (end == SIZE_MAX || end == 0 ||
        slice_find_char(slice_first(line, end), '\n') != SIZE_MAX)
        return false;
    out->kind = BASIC_WORD;
    out->text = slice_first(rest, end);
    lexer->at += end + 2;
    return true;
}

/* "" is one quote. */
static struct slice without_doubled_quotes(struct basic_lexer *lexer, size_t start, size_t end)
{
    struct buf buf = BUF_INIT;
    size_t length;
    for (size_t at = start; at < end; at += length) {
        if (char_at(lexer, at, &length) == '"') {
            at += length; /* the one behind it is kept */
            char_at(lexer, at, &length);
        }
        buf_add(&buf, lexer->text.ptr + at, length);
    }
    struct slice text = arena_copy(lexer->arena, buf_slice(&buf));
    buf_deinit(&buf);
    return text;
}

/*
 * From behind the first quote to behind the last; returns where the text between them ends. In
 * VBScript it ends with the line at the latest.
 */
static size_t pass_text(struct basic_lexer *lexer, bool *doubled)
{
    size_t length;
    for (;; lexer->at += length) {
        uint32_t c = char_at(lexer, lexer->at, &length);
        if (!length || (is_line_end(c) && !lexer->net))
            return lexer->at;
        lexer->line += c == '\n';
        if (c != '"')
            continue;
        size_t end = lexer->at;
        lexer->at += length;
        if (char_at(lexer, lexer->at, &length) != '"' || !length)
            return end;
        *doubled = true;
    }
}

static void read_text(struct basic_lexer *lexer, struct basic_word *out)
{
    size_t start = lexer->at;
    bool doubled = false;
    size_t end = pass_text(lexer, &doubled);
    out->kind = BASIC_TEXT;
    out->text = doubled ? without_doubled_quotes(lexer, start, end)
                        : slice_of(lexer->text.ptr + start, end - start);
    bool character = lexer->net && ascii_lower(byte_at(lexer, lexer->at)) == 'c';
    if (character && !ascii_is_alnum(byte_at(lexer, lexer->at + 1)))
        lexer->at++;
}

/* $"...{expression}...": texts inside the braces have quotes of their own. */
static void read_frame(struct basic_lexer *lexer, struct basic_word *out)
{
    size_t start = lexer->at, length;
    unsigned braces = 0;
    bool doubled = false;
    out->kind = BASIC_FRAME;
    for (;; lexer->at += length) {
        uint32_t c = char_at(lexer, lexer->at, &length);
        if (!length)
            break;
        lexer->line += c == '\n';
        braces += c == '{';
        braces -= c == '}' && braces;
        if (c != '"')
            continue;
        if (braces) {
            lexer->at += length;
            pass_text(lexer, &doubled);
            length = 0;
        } else if (char_at(lexer, lexer->at + length, &length) == '"') {
            lexer->at += length;
        } else {
            break;
        }
    }
    out->text = slice_of(lexer->text.ptr + start, lexer->at - start);
    take_char(lexer, '"');
}

/* --- numbers --- */

static bool ends_operand(const struct basic_word *word)
{
    return word->kind == BASIC_TEXT || word->kind == BASIC_NUMBER ||
           (word->kind == BASIC_WORD && word->key == KEY_NONE) ||
           (word->kind == BASIC_SYMBOL && word->symbol == ')');
}

static unsigned digit_value(char c)
{
    char lower = ascii_lower(c);
    if (ascii_is_digit(c))
        return (unsigned)(c - '0');
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a' + 10) : 99;
}

/* Would an `&` at this place join two texts? Then something follows that is one. */
static bool joins_texts(const struct basic_lexer *lexer, size_t at)
{
    char c;
    for (at++; (c = byte_at(lexer, at)) == ' ' || c == '\t'; at++)
        ;
    return ascii_is_alnum(c) || (c && strchr("\"([_$.", c)) || (unsigned char)c >= 0x80;
}

static void skip_number_suffix(struct basic_lexer *lexer, bool radix)
{
    char c = byte_at(lexer, lexer->at);
    if (c == '&' && (radix || lexer->net) && !joins_texts(lexer, lexer->at))
        lexer->at++;
    if (!lexer->net)
        return;
    while (byte_at(lexer, lexer->at) && strchr("usildfrUSILDFR%@!#", byte_at(lexer, lexer->at)))
        lexer->at++;
}

/* &HFF, &O17, &17, &B1. `"a" &Hex(x)` is none. */
static bool read_radix(struct basic_lexer *lexer, struct basic_word *out)
{
    char letter = ascii_lower(byte_at(lexer, lexer->at + 1));
    unsigned radix = letter == 'h' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    size_t start = lexer->at + 2, at;
    double number = 0;
    if (ascii_is_digit(letter)) { /* &17 is &O17 */
        radix = 8;
        start--;
    }
    at = start;
    if (!radix)
        return false;
    for (unsigned d; (d = digit_value(byte_at(lexer, at))) < radix; at++)
        number = number * radix + d;
    char next = byte_at(lexer, at);
    bool name = ascii_is_alnum(next) && !(lexer->net && strchr("usilUSIL", next));
    if (at == start || name || next == '_' || (ends_operand(&lexer->last) && !out->spaced))
        return false;
    lexer->at = at;
    skip_number_suffix(lexer, true);
    out->kind = BASIC_NUMBER;
    out->number = number;
    return true;
}

static size_t pass_digits(const struct basic_lexer *lexer, size_t at)
{
    while (ascii_is_digit(byte_at(lexer, at)))
        at++;
    return at;
}

static void read_number(struct basic_lexer *lexer, struct basic_word *out)
{
    size_t start = lexer->at, at = pass_digits(lexer, start);
    if (byte_at(lexer, at) == '.' && ascii_is_digit(byte_at(lexer, at + 1)))
        at = pass_digits(lexer, at + 1);
    if (ascii_lower(byte_at(lexer, at)) == 'e') {
        char sign = byte_at(lexer, at + 1);
        size_t digits = at + 1 + (sign == '+' || sign == '-');
        if (ascii_is_digit(byte_at(lexer, digits)))
            at = pass_digits(lexer, digits);
    }
    out->kind = BASIC_NUMBER;
    out->text = slice_of(lexer->text.ptr + start, at - start);
    if (!slice_to_number(out->text, &out->number))
        out->number = 0;
    lexer->at = at;
    skip_number_suffix(lexer, false);
}

/* #1/31/2020# */
static bool read_date(struct basic_lexer *lexer, struct basic_word *out)
{
    struct slice rest = slice_first(slice_from_offset(lexer->text, lexer->at + 1), DATE_MAX);
    size_t end = slice_find_char(rest, '#');
    if (end == SIZE_MAX || end == 0 ||
        slice_find_char(slice_first(rest, end), '\n') != SIZE_MAX)
        return false;
    out->kind = BASIC_NUMBER;
    out->text = slice_first(rest, end);
    lexer->at += end + 2;
    return true;
}

/* --- symbols --- */

static const struct {
    char text[4];
    int symbol;
} symbols[] = {
    /* longest first */
    { "<<=", SYMBOL_SHIFT_LEFT_BY }, { ">>=", SYMBOL_SHIFT_RIGHT_BY },
    { "<>", SYMBOL_NOT_EQUAL },      { "><", SYMBOL_NOT_EQUAL },
    { "<=", SYMBOL_LESS_EQUAL },     { "=<", SYMBOL_LESS_EQUAL },
    { ">=", SYMBOL_MORE_EQUAL },     { "=>", SYMBOL_MORE_EQUAL },
    { "<<", SYMBOL_SHIFT_LEFT },     { ">>", SYMBOL_SHIFT_RIGHT },
    { ":=", SYMBOL_NAMED },          { "+=", SYMBOL_ADD_TO },
    { "-=", SYMBOL_TAKE_FROM },      { "*=", SYMBOL_TIMES },
    { "/=", SYMBOL_DIVIDE },         { "\\=", SYMBOL_DIVIDE_WHOLE },
    { "^=", SYMBOL_POWER },          { "&=", SYMBOL_JOIN_TO },
};

static bool read_long_symbol(struct basic_lexer *lexer, struct basic_word *out)
{
    struct slice rest = slice_from_offset(lexer->text, lexer->at);
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        if (!slice_starts(rest, slice_from(symbols[i].text)))
            continue;
        lexer->at += strlen(symbols[i].text);
        out->symbol = symbols[i].symbol;
        return true;
    }
    return false;
}

static void read_symbol(struct basic_lexer *lexer, struct basic_word *out)
{
    size_t length;
    out->kind = BASIC_SYMBOL;
    char next = byte_at(lexer, lexer->at + 1);
    if (next && strchr("=<>", next) && read_long_symbol(lexer, out))
        return;
    out->symbol = (int)char_at(lexer, lexer->at, &length);
    lexer->at += length;
    if (out->symbol == ':')
        out->kind = BASIC_COLON;
}

/* --- pieces --- */

static bool is_ours(const struct basic_lexer *lexer, const struct piece *piece)
{
    return piece->language == lexer->tree->language &&
           (piece->kind == PIECE_MEMBERS) == lexer->members;
}

static bool open_piece(struct basic_lexer *lexer)
{
    while (lexer->piece < lexer->end && !is_ours(lexer, lexer->piece))
        lexer->piece++;
    if (lexer->piece == lexer->end)
        return false;
    lexer->text = lexer->piece->text;
    lexer->line = lexer->piece->line;
    lexer->at = 0;
    lexer->wide = utf8_valid(lexer->text);
    lexer->open = true;
    return true;
}

void basic_lexer_start(struct basic_lexer *lexer, struct arena *arena, struct tree *tree,
                       const struct piece *pieces, size_t count, bool members)
{
    *lexer = (struct basic_lexer){ .arena = arena, .tree = tree, .members = members };
    lexer->net = tree->language == LANGUAGE_VB;
    lexer->piece = pieces;
    lexer->end = pieces + count;
}

/* The word at a place where something stands that is neither blank nor the end. */
static void read_any(struct basic_lexer *lexer, struct basic_word *out)
{
    uint32_t c = char_here(lexer);
    char next = byte_at(lexer, lexer->at + 1);
    if (is_name_start(c)) {
        read_word(lexer, out);
        return;
    }
    if (c < 0x80 && (ascii_is_digit((char)c) || (c == '.' && ascii_is_digit(next)))) {
        read_number(lexer, out);
        return;
    }
    if ((c == '[' && read_bracketed(lexer, out)) || (c == '&' && read_radix(lexer, out)) ||
        (c == '#' && read_date(lexer, out)))
        return;
    if (c == '$' && lexer->net && next == '"') {
        lexer->at += 2;
        read_frame(lexer, out);
    } else if (take_char(lexer, '"')) {
        read_text(lexer, out);
    } else {
        read_symbol(lexer, out);
    }
}

static bool is_comment_word(const struct basic_lexer *lexer, const struct basic_word *word)
{
    return word->kind == BASIC_WORD && word->key == KEY_REM && word->text.ptr[0] != '[' &&
           (at_statement(lexer) || lexer->last.key == KEY_THEN || lexer->last.key == KEY_ELSE);
}

/* Line ends and comments; true when there was one that ends a statement. */
static bool skip_lines(struct basic_lexer *lexer)
{
    bool any = false;
    for (;;) {
        skip_gap(lexer);
        if (lexer->at >= lexer->text.len || !is_line_end(char_here(lexer)))
            return any;
        skip_line_end(lexer);
        any = true;
        lexer->last.kind = BASIC_LINE;
    }
}

static struct basic_word next_word(struct basic_lexer *lexer)
{
    struct basic_word word = { .kind = BASIC_LINE, .line = lexer->line };
    size_t start = lexer->at;
    enum basic_kind before = lexer->last.kind;
    bool line = skip_lines(lexer);
    if (lexer->at >= lexer->text.len) {
        lexer->open = false;
        return word;
    }
    if (line && before != BASIC_LINE)
        return word;
    word.line = lexer->line;
    word.spaced = lexer->at > start;
    read_any(lexer, &word);
    if (is_comment_word(lexer, &word)) {
        skip_to_line_end(lexer);
        word.kind = BASIC_LINE;
    }
    return word;
}

struct basic_word basic_lexer_next(struct basic_lexer *lexer)
{
    if (!lexer->open) {
        struct basic_word word = { .kind = BASIC_END, .line = lexer->line };
        bool more = open_piece(lexer);
        if (!more || lexer->piece->kind == PIECE_VALUE) {
            word.kind = more ? BASIC_VALUE : BASIC_END;
            word.line = lexer->line;
            lexer->piece += more;
            lexer->last = word;
            return word;
        }
        lexer->piece++;
    }
    lexer->last = next_word(lexer);
    return lexer->last;
}

/* --- XML literals --- */

/* Behind `<` of a tag: behind its `>`. Returns what it does to the depth: 1, 0, -1. */
static int pass_tag(const struct basic_lexer *lexer, size_t *at, bool *found)
{
    struct slice rest = slice_from_offset(lexer->text, *at);
    bool comment = slice_starts(rest, SLICE_LIT("!--"));
    bool data = slice_starts(rest, SLICE_LIT("![CDATA["));
    bool hole = slice_starts(rest, SLICE_LIT("%"));
    struct slice close = comment ? SLICE_LIT("-->")
                         : data  ? SLICE_LIT("]]>")
                         : hole  ? SLICE_LIT("%>")
                                 : SLICE_LIT(">");
    size_t end = slice_find(rest, close);
    *found = end != SIZE_MAX;
    if (!*found)
        return 0;
    *at += end + close.len;
    if (comment || data || hole || rest.ptr[0] == '?')
        return 0;
    if (rest.ptr[0] == '/')
        return -1;
    return end && rest.ptr[end - 1] == '/' ? 0 : 1;
}

struct slice basic_lexer_xml(struct basic_lexer *lexer)
{
    size_t start = lexer->at, at = start;
    uint32_t c = char_here(lexer);
    long depth = 0;
    bool found = true;
    if (!lexer->net || !lexer->open || lexer->no_xml ||
        !(is_name_start(c) || c == '!' || c == '?'))
        return SLICE_NULL;
    for (;;) {
        depth += pass_tag(lexer, &at, &found);
        if (!found || depth <= 0)
            break;
        size_t next = slice_find_char(slice_from_offset(lexer->text, at), '<');
        if (next == SIZE_MAX)
            break;
        at += next + 1;
    }
    if (!found || depth > 0) {
        lexer->no_xml = true;
        return SLICE_NULL;
    }
    struct slice text = slice_of(lexer->text.ptr + start, at - start);
    for (size_t i = 0; i < text.len; i++)
        lexer->line += text.ptr[i] == '\n';
    lexer->at = at;
    lexer->last.kind = BASIC_TEXT;
    return text;
}
