#include "webshell/split_internal.h"

#include "base/buf.h"

struct splitter splitter_new(struct arena *arena, struct slice text, struct parts *out)
{
    return (struct splitter){
        .arena = arena,
        .text = text,
        .out = out,
        .directive_end = &out->directives,
        .control_end = &out->controls,
        .line = 1,
        .tag_effort = 8 * text.len + 2 * (size_t)TAG_BYTES_MAX,
    };
}

static uint32_t count_lines(struct slice text)
{
    uint32_t count = 0;
    for (size_t at; (at = slice_find_char(text, '\n')) != SIZE_MAX; count++)
        text = slice_from_offset(text, at + 1);
    return count;
}

/* Places are asked for nearly in order, so that only the way from the last one is counted. */
uint32_t splitter_line(struct splitter *s, size_t at)
{
    if (at >= s->line_at)
        s->line += count_lines(slice_of(s->text.ptr + s->line_at, at - s->line_at));
    else
        s->line -= count_lines(slice_of(s->text.ptr + at, s->line_at - at));
    s->line_at = at;
    return s->line;
}

static struct piece *new_piece(struct splitter *s)
{
    struct parts *out = s->out;
    if (out->piece_count == s->piece_capacity) {
        s->piece_capacity = s->piece_capacity ? 2 * s->piece_capacity : 8;
        struct piece *grown = arena_array(s->arena, s->piece_capacity, sizeof *grown);
        if (out->piece_count)
            memcpy(grown, out->pieces, out->piece_count * sizeof *grown);
        out->pieces = grown;
    }
    return &out->pieces[out->piece_count++];
}

void add_piece_text(struct splitter *s, enum piece_kind kind, enum language language, size_t at,
                    struct slice text)
{
    if (slice_trim(text).len == 0)
        return;
    *new_piece(s) = (struct piece){ kind, language, splitter_line(s, at), text };
}

void add_piece(struct splitter *s, enum piece_kind kind, enum language language, size_t from,
               size_t to)
{
    if (from < to)
        add_piece_text(s, kind, language, from, slice_of(s->text.ptr + from, to - from));
}

void add_directive(struct splitter *s, struct slice name, size_t at,
                   struct attribute *attributes)
{
    struct directive *directive = arena_alloc(s->arena, sizeof *directive);
    *directive = (struct directive){ name, splitter_line(s, at), attributes, NULL };
    *s->directive_end = directive;
    s->directive_end = &directive->next;
}

void add_control(struct splitter *s, struct slice type, size_t at, struct attribute *attributes)
{
    struct control *control = arena_alloc(s->arena, sizeof *control);
    struct slice id = attribute_value(attributes, SLICE_LIT("id"));
    *control = (struct control){ type, id, splitter_line(s, at), attributes, NULL };
    *s->control_end = control;
    s->control_end = &control->next;
}

struct slice attribute_value(const struct attribute *attributes, struct slice name)
{
    for (; attributes; attributes = attributes->next)
        if (slice_icase_eq(attributes->name, name))
            return attributes->value;
    return SLICE_NULL;
}

size_t find_from(struct slice text, size_t from, struct slice needle)
{
    size_t at = slice_find(slice_from_offset(text, from), needle);
    return at == SIZE_MAX ? text.len : from + at;
}

size_t icase_find_from(struct slice text, size_t from, struct slice needle)
{
    size_t at = slice_icase_find(slice_from_offset(text, from), needle);
    return at == SIZE_MAX ? text.len : from + at;
}

static bool is_known(const struct ahead *ahead, size_t at)
{
    return ahead->known && ahead->from <= at && at <= ahead->found;
}

size_t next_runat(struct splitter *s, size_t at)
{
    if (!is_known(&s->runat, at))
        s->runat = (struct ahead){ at, icase_find_from(s->text, at, SLICE_LIT("runat")), true };
    return s->runat.found;
}

size_t next_block_end(struct splitter *s, size_t at)
{
    if (!is_known(&s->block_end, at))
        s->block_end = (struct ahead){ at, find_from(s->text, at, SLICE_LIT("%>")), true };
    return s->block_end.found;
}

size_t next_comment_end(struct splitter *s, size_t at)
{
    if (!is_known(&s->comment_end, at))
        s->comment_end = (struct ahead){ at, find_from(s->text, at, SLICE_LIT("--%>")), true };
    return s->comment_end.found;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t skip_blanks(struct slice text, size_t at)
{
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    return at;
}

bool is_name_start(char c)
{
    return (ascii_is_alnum(c) && !ascii_is_digit(c)) || c == '_' || (unsigned char)c >= 0x80;
}

bool is_name_char(char c)
{
    return is_name_start(c) || ascii_is_digit(c) || c == '-' || c == '.' || c == ':';
}

static size_t name_end(struct slice text, size_t at)
{
    while (at < text.len && is_name_char(text.ptr[at]))
        at++;
    return at;
}

/* Behind the code block at `at`, or `at` when there is none that ends within the text. */
static size_t skip_block(struct splitter *s, struct slice text, size_t at)
{
    if (text.ptr[at] != '<' || at + 1 >= text.len || text.ptr[at + 1] != '%')
        return at;
    size_t end = next_block_end(s, at);
    return end + 2 <= text.len ? end + 2 : at;
}

/* JSP: \" in the value of an attribute. */
static bool is_escaped_quote(const struct splitter *s, struct slice text, size_t at)
{
    return s->out->kind == PAGE_KIND_JSP && text.ptr[at] == '\\' && at + 1 < text.len &&
           (text.ptr[at + 1] == '"' || text.ptr[at + 1] == '\'');
}

/* Behind the quoted text at `at`: code blocks in it may hold quotes themselves. */
static size_t quoted_end(struct splitter *s, struct slice text, size_t at)
{
    char quote = text.ptr[at++];
    while (at < text.len && text.ptr[at] != quote) {
        size_t behind = skip_block(s, text, at);
        at = behind > at ? behind : at + 1 + is_escaped_quote(s, text, at);
    }
    return at < text.len ? at : text.len;
}

static bool ends_bare_value(char c)
{
    return is_blank(c) || c == '>' || c == '"' || c == '\'';
}

size_t typographic_quote(struct slice text, size_t at)
{
    /* In UTF-8, in GBK, in Windows-1252; U+2033 is what a quote behind a digit becomes. */
    static const struct slice quotes[] = {
        SLICE_INIT("\xe2\x80\x9c"), SLICE_INIT("\xe2\x80\x9d"), SLICE_INIT("\xe2\x80\xb3"),
        SLICE_INIT("\xa1\xb0"),     SLICE_INIT("\xa1\xb1"),     SLICE_INIT("\xa1\xe5"),
        SLICE_INIT("\x93"),         SLICE_INIT("\x94"),
    };
    struct slice rest = slice_from_offset(text, at);
    if (rest.len == 0 || (unsigned char)rest.ptr[0] < 0x80)
        return 0;
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++)
        if (slice_starts(rest, quotes[i]))
            return quotes[i].len;
    return 0;
}

/* Between typographic quotes, within the tag. *at moves behind it; false: there is none. */
static bool read_typographic(struct slice text, size_t *at, struct slice *value)
{
    size_t open = typographic_quote(text, *at);
    for (size_t end = *at + open; open && end < text.len && text.ptr[end] != '>'; end++) {
        size_t close = text.ptr[end] == '"' ? 1 : typographic_quote(text, end);
        if (close) {
            *value = slice_of(text.ptr + *at + open, end - *at - open);
            *at = end + close;
            return true;
        }
    }
    return false;
}

static struct slice read_value(struct splitter *s, struct slice text, size_t *at)
{
    size_t from = *at;
    struct slice typographic;
    if (read_typographic(text, at, &typographic))
        return typographic;
    if (from < text.len && (text.ptr[from] == '"' || text.ptr[from] == '\'')) {
        size_t end = quoted_end(s, text, from);
        *at = end < text.len ? end + 1 : end;
        return slice_of(text.ptr + from + 1, end - from - 1);
    }
    while (*at < text.len && !ends_bare_value(text.ptr[*at]))
        (*at)++;
    return slice_of(text.ptr + from, *at - from);
}

/* Reads `name`, `name = value`; *at moves behind it. */
static struct attribute *read_attribute(struct splitter *s, struct slice text, size_t *at)
{
    struct attribute *attribute = arena_alloc(s->arena, sizeof *attribute);
    size_t end = name_end(text, *at), equals = skip_blanks(text, end);
    attribute->name = slice_of(text.ptr + *at, end - *at);
    attribute->value = slice_of(text.ptr + end, 0);
    *at = end;
    if (equals < text.len && text.ptr[equals] == '=') {
        *at = skip_blanks(text, equals + 1);
        attribute->value = read_value(s, text, at);
    }
    return attribute;
}

/* Attributes from *at on, up to '>' or the end of the text, or '<' that is no code block. */
static struct attribute *attribute_list(struct splitter *s, struct slice text, size_t *at)
{
    struct attribute *first = NULL, **end = &first;
    while (*at < text.len && text.ptr[*at] != '>') {
        char c = text.ptr[*at];
        if (is_name_char(c)) {
            *end = read_attribute(s, text, at);
            end = &(*end)->next;
        } else if (c == '"' || c == '\'') {
            (void)read_value(s, text, at);
        } else if (c == '<') {
            size_t behind = skip_block(s, text, *at);
            if (behind == *at)
                break;
            *at = behind;
        } else {
            (*at)++;
        }
    }
    return first;
}

struct attribute *read_attributes(struct splitter *s, size_t from, size_t to)
{
    struct slice text = slice_first(s->text, to);
    struct attribute *first = NULL, **end = &first;
    /* A '>' in a directive ends nothing. */
    for (size_t at = from; at < to; at++) {
        *end = attribute_list(s, text, &at);
        while (*end)
            end = &(*end)->next;
    }
    return first;
}

bool read_tag(struct splitter *s, size_t at, struct tag *tag)
{
    struct slice text = slice_first(s->text, at + TAG_BYTES_MAX);
    size_t end = name_end(text, at + 1);
    tag->name = slice_of(text.ptr + at + 1, end - at - 1);
    tag->attributes = attribute_list(s, text, &end);
    bool ended = end < text.len && text.ptr[end] == '>';
    tag->end = end + ended;
    if (!ended)
        s->tag_effort -= end - at < s->tag_effort ? end - at : s->tag_effort;
    return ended;
}

static const struct {
    struct slice name;
    char c;
} entities[] = {
    { SLICE_INIT("lt;"), '<' },   { SLICE_INIT("gt;"), '>' },    { SLICE_INIT("amp;"), '&' },
    { SLICE_INIT("quot;"), '"' }, { SLICE_INIT("apos;"), '\'' },
};

/* &#65; and &#x41; behind '#'. Returns the bytes read, 0: no number. */
static size_t number_entity(struct slice text, struct buf *out)
{
    bool hex = text.len && ascii_lower(text.ptr[0]) == 'x';
    uint32_t value = 0;
    size_t at = hex;
    for (; at < text.len && at < 9; at++) {
        char c = ascii_lower(text.ptr[at]);
        if (ascii_is_digit(c))
            value = value * (hex ? 16 : 10) + (uint32_t)(c - '0');
        else if (hex && c >= 'a' && c <= 'f')
            value = value * 16 + (uint32_t)(c - 'a' + 10);
        else
            break;
    }
    if (at == (size_t)hex || at == text.len || text.ptr[at] != ';')
        return 0;
    buf_add_utf8(out, value);
    return at + 1;
}

/* The entity behind an '&'; returns the bytes read, 0 when it is none. */
static size_t entity(struct slice text, struct buf *out)
{
    if (text.len && text.ptr[0] == '#') {
        size_t read = number_entity(slice_from_offset(text, 1), out);
        return read ? read + 1 : 0;
    }
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (slice_starts(text, entities[i].name)) {
            buf_add_char(out, entities[i].c);
            return entities[i].name.len;
        }
    return 0;
}

static void resolve_entities(struct slice text, struct buf *out)
{
    for (size_t at; (at = slice_find_char(text, '&')) != SIZE_MAX;) {
        buf_add(out, text.ptr, at);
        text = slice_from_offset(text, at + 1);
        size_t read = entity(text, out);
        if (!read)
            buf_add_char(out, '&');
        text = slice_from_offset(text, read);
    }
    buf_add_slice(out, text);
}

#define CDATA SLICE_LIT("<![CDATA[")
#define CDATA_END SLICE_LIT("]]>")

struct slice xml_text(struct splitter *s, size_t from, size_t to)
{
    struct slice text = slice_of(s->text.ptr + from, to - from);
    if (!slice_has(text, SLICE_LIT("&")) && !slice_has(text, CDATA))
        return text;
    struct buf out = BUF_INIT;
    for (size_t at; (at = slice_find(text, CDATA)) != SIZE_MAX;) {
        resolve_entities(slice_first(text, at), &out);
        text = slice_from_offset(text, at + CDATA.len);
        size_t end = slice_find(text, CDATA_END);
        buf_add_slice(&out, end == SIZE_MAX ? text : slice_first(text, end));
        text = slice_from_offset(text, end == SIZE_MAX ? text.len : end + CDATA_END.len);
    }
    resolve_entities(text, &out);
    struct slice resolved = arena_copy(s->arena, buf_slice(&out));
    buf_deinit(&out);
    return resolved;
}
