#include "webshell/split_internal.h"

/*
 * ASP.NET, classic ASP and JSP have the same blocks; they differ in what a tag means. Comments
 * of HTML hide nothing: servers run what is in them.
 */

#define BLOCK_START SLICE_LIT("<%")

static bool starts_at(const struct splitter *s, size_t at, struct slice prefix)
{
    return slice_icase_starts(slice_from_offset(s->text, at), prefix);
}

static char char_at(const struct splitter *s, size_t at)
{
    return at < s->text.len ? s->text.ptr[at] : '\0';
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* <%@ name attributes %>, where the name may be missing. */
static void read_directive(struct splitter *s, size_t from, size_t to)
{
    size_t at = skip_blanks(slice_first(s->text, to), from), end = at;
    while (end < to && is_name_char(s->text.ptr[end]))
        end++;
    struct slice name = slice_of(s->text.ptr + at, end - at);
    if (char_at(s, skip_blanks(s->text, end)) == '=') { /* an attribute already */
        end = at;
        name.len = 0;
    }
    add_directive(s, name, from, read_attributes(s, end, to));
}

/* What the character behind "<%" makes of a block. */
static const struct block_kind {
    char c;
    enum piece_kind kind;
    bool jsp, asp, net; /* where it means that */
} block_kinds[] = {
    { '=', PIECE_VALUE, true, true, true },
    { ':', PIECE_VALUE, false, false, true },
    { '#', PIECE_VALUE, false, false, true }, /* in classic ASP encoded script begins so */
    { '!', PIECE_MEMBERS, true, false, false },
};
#define BLOCK_KIND_COUNT (sizeof block_kinds / sizeof block_kinds[0])

static const struct block_kind *kind_of_block(const struct splitter *s, char c)
{
    bool jsp = s->out->kind == PAGE_KIND_JSP, asp = s->out->kind == PAGE_KIND_ASP;
    for (size_t i = 0; i < BLOCK_KIND_COUNT; i++) {
        const struct block_kind *kind = &block_kinds[i];
        if (kind->c == c && (jsp ? kind->jsp : asp ? kind->asp : kind->net))
            return kind;
    }
    return NULL;
}

/* The code between `from` and `to`, without the marks of what it is. */
static void read_block(struct splitter *s, size_t from, size_t to)
{
    enum piece_kind kind = PIECE_CODE;
    /* Classic ASP allows blanks in front of the mark. */
    size_t mark = skip_blanks(slice_first(s->text, to), from);
    const struct block_kind *told = mark < to ? kind_of_block(s, s->text.ptr[mark]) : NULL;
    if (told) {
        kind = told->kind;
        from = mark + 1;
        if (from < to && told->c == '#' && s->text.ptr[from] == ':')
            from++; /* <%#: %> writes escaped text */
    }
    add_piece(s, kind, LANGUAGE_NONE, from, to);
}

/* Reads the block at `at`; returns where the page goes on. */
static size_t split_block(struct splitter *s, size_t at)
{
    size_t from = at + BLOCK_START.len;
    if (starts_at(s, from, SLICE_LIT("--"))) {
        size_t end = next_comment_end(s, from + 2);
        if (end < s->text.len)
            return end + 4;
    }
    size_t end = next_block_end(s, from);
    size_t mark = skip_blanks(slice_first(s->text, end), from);
    char c = char_at(s, from);
    if (mark < end && s->text.ptr[mark] == '@') /* blanks in front of it are allowed */
        read_directive(s, mark + 1, end);
    else if (c != '$') /* <%$ %> names a setting */
        read_block(s, from, end);
    return least(end + 2, s->text.len);
}

#define INCLUDE_BYTES_MAX 1024U

/* <!--#include file="x"--> */
static size_t split_include(struct splitter *s, size_t at)
{
    if (s->tag_effort == 0)
        return at + 1;
    struct slice near = slice_first(s->text, at + INCLUDE_BYTES_MAX);
    size_t name = at + 5, from = name, end = find_from(near, at, SLICE_LIT("-->"));
    if (end == near.len) {
        s->tag_effort -= least(s->tag_effort, INCLUDE_BYTES_MAX);
        return at + 1;
    }
    while (from < end && is_name_char(s->text.ptr[from]))
        from++;
    add_directive(s, slice_of(s->text.ptr + name, from - name), at,
                  read_attributes(s, from, end));
    return end;
}

/* Text without what hides a script from old browsers. */
static struct slice without_wrapper(struct slice text)
{
    static const char *const wrappers[][2] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" } };
    struct slice inner = slice_trim(text);
    for (size_t i = 0; i < 2; i++) {
        struct slice open = slice_from(wrappers[i][0]), close = slice_from(wrappers[i][1]);
        if (slice_starts(inner, open)) {
            inner = slice_from_offset(inner, open.len);
            if (slice_icase_ends(inner, close))
                inner.len -= close.len;
            return inner;
        }
    }
    return text;
}

/* <script runat=server>: returns where it ends. */
static size_t split_script(struct splitter *s, size_t at, const struct tag *tag)
{
    size_t end = icase_find_from(s->text, tag->end, SLICE_LIT("</script"));
    enum language language =
        language_named(attribute_value(tag->attributes, SLICE_LIT("language")));
    if (attribute_value(tag->attributes, SLICE_LIT("src")).len)
        add_control(s, tag->name, at, tag->attributes);
    struct slice body = without_wrapper(slice_of(s->text.ptr + tag->end, end - tag->end));
    bool asp = s->out->kind == PAGE_KIND_ASP;
    add_piece_text(s, asp ? PIECE_CODE : PIECE_MEMBERS, language,
                   (size_t)(body.ptr - s->text.ptr), body);
    return end;
}

static bool runs_at_server(const struct tag *tag)
{
    struct slice runat = attribute_value(tag->attributes, SLICE_LIT("runat"));
    return slice_icase_eq(slice_trim(runat), SLICE_LIT("server"));
}

/* A tag of ASP or ASP.NET counts when it has runat=server. Returns where the page goes on. */
static size_t split_server_tag(struct splitter *s, size_t at)
{
    struct tag tag;
    if (next_runat(s, at) - at > TAG_BYTES_MAX || s->tag_effort == 0 ||
        !read_tag(s, at, &tag) || !runs_at_server(&tag))
        return at + 1;
    if (slice_icase_eq(tag.name, SLICE_LIT("script")))
        return split_script(s, at, &tag);
    add_control(s, tag.name, at, tag.attributes);
    return at + 1; /* code blocks in the values of its attributes come next */
}

static const struct {
    struct slice name;
    enum piece_kind kind;
} jsp_elements[] = {
    { SLICE_INIT("scriptlet"), PIECE_CODE },
    { SLICE_INIT("declaration"), PIECE_MEMBERS },
    { SLICE_INIT("expression"), PIECE_VALUE },
};

/* The name of an element behind its prefix, whatever the page calls that. */
static struct slice local_name(struct slice name)
{
    size_t colon = slice_find_char(name, ':');
    return colon == SIZE_MAX ? SLICE_NULL : slice_from_offset(name, colon + 1);
}

static size_t jsp_code_element(struct splitter *s, const struct tag *tag, enum piece_kind kind)
{
    size_t end = tag->end;
    /* The end tag has the same name. */
    for (;; end++) {
        end = find_from(s->text, end, SLICE_LIT("</"));
        if (end == s->text.len || slice_starts(slice_from_offset(s->text, end + 2), tag->name))
            break;
    }
    add_piece_text(s, kind, LANGUAGE_JAVA, tag->end, xml_text(s, tag->end, end));
    return end;
}

#define DIRECTIVE_PREFIX SLICE_LIT("directive.")

/* <jsp:scriptlet> and its like; returns where the page goes on. */
static size_t split_jsp_tag(struct splitter *s, size_t at)
{
    size_t end = at + 1;
    while (end < s->text.len && end - at < 64 && is_name_char(s->text.ptr[end]))
        end++;
    struct slice local = local_name(slice_of(s->text.ptr + at + 1, end - at - 1));
    struct tag tag;
    if (!local.len || s->tag_effort == 0 || !read_tag(s, at, &tag))
        return end;
    for (size_t i = 0; i < sizeof jsp_elements / sizeof jsp_elements[0]; i++)
        if (slice_eq(local, jsp_elements[i].name) && s->text.ptr[tag.end - 2] != '/')
            return jsp_code_element(s, &tag, jsp_elements[i].kind);
    if (slice_starts(local, DIRECTIVE_PREFIX))
        add_directive(s, slice_from_offset(local, DIRECTIVE_PREFIX.len), at, tag.attributes);
    else if (slice_starts(tag.name, SLICE_LIT("jsp:")))
        add_control(s, tag.name, at, tag.attributes);
    return at + 1;
}

#define EL_BYTES_MAX 4096U

/* Behind the '}' that ends the expression at `at`; 0 when nothing does. */
static size_t expression_end(const struct splitter *s, size_t at)
{
    char quote = '\0';
    size_t stop = least(s->text.len, at + EL_BYTES_MAX);
    for (int depth = 0; at < stop; at++) {
        char c = s->text.ptr[at];
        if (quote) {
            at += c == '\\';
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '{') {
            depth++;
        } else if (c == '}' && --depth == 0) {
            return at + 1;
        }
    }
    return 0;
}

/* ${expression} of JSP, or #{...}; returns where the page goes on. */
static size_t split_expression(struct splitter *s, size_t at)
{
    size_t end = s->tag_effort ? expression_end(s, at + 1) : 0;
    if (!end) {
        s->tag_effort -= least(s->tag_effort, EL_BYTES_MAX);
        return at + 1;
    }
    add_piece(s, PIECE_VALUE, LANGUAGE_JAVA, at + 2, end - 1);
    return end;
}

static bool is_expression(const struct splitter *s, size_t at)
{
    return char_at(s, at + 1) == '{' && (at == 0 || s->text.ptr[at - 1] != '\\');
}

/* What stands at `at` in the text of the page; returns where it goes on. */
static size_t split_at(struct splitter *s, size_t at)
{
    bool jsp = s->out->kind == PAGE_KIND_JSP;
    char next = char_at(s, at + 1);
    if (s->text.ptr[at] != '<')
        return jsp && is_expression(s, at) ? split_expression(s, at) : at + 1;
    if (next == '%')
        return split_block(s, at);
    if (next == '!' && starts_at(s, at, SLICE_LIT("<!--#")))
        return split_include(s, at);
    if (!is_name_start(next))
        return at + 1;
    return jsp ? split_jsp_tag(s, at) : split_server_tag(s, at);
}

/* The next place where something may start: '<', in JSP '$' and '#' too. */
static size_t next_start(const struct splitter *s, size_t at)
{
    if (s->out->kind != PAGE_KIND_JSP)
        return find_from(s->text, at, SLICE_LIT("<"));
    while (at < s->text.len && !memchr("<$#", s->text.ptr[at], 3))
        at++;
    return at;
}

void split_server(struct splitter *s)
{
    size_t at = next_start(s, 0);
    while (at < s->text.len)
        at = next_start(s, split_at(s, at));
}

static bool is_directive(const struct splitter *s, size_t at)
{
    if (!starts_at(s, at, BLOCK_START))
        return false;
    size_t mark = skip_blanks(s->text, at + BLOCK_START.len);
    return char_at(s, mark) == '@' || starts_at(s, at, SLICE_LIT("<%--"));
}

void split_handler(struct splitter *s)
{
    size_t at = find_from(s->text, 0, BLOCK_START);
    while (at < s->text.len && is_directive(s, at))
        at = skip_blanks(s->text, split_block(s, at));
    add_piece(s, PIECE_MEMBERS, LANGUAGE_NONE, at, s->text.len);
}
