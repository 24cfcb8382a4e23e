#include "webshell/split_internal.h"

#include "base/buf.h"

/*
 * Style sheets with code: <msxsl:script language="C#"> and <xsl:script> hold it; a namespace
 * like "xalan://java.lang.Runtime" or "java:java.lang.Runtime" makes a prefix a Java class
 * whose methods expressions call.
 */

static struct slice local_name(struct slice name)
{
    size_t colon = slice_find_char(name, ':');
    return colon == SIZE_MAX ? SLICE_NULL : slice_from_offset(name, colon + 1);
}

/* Returns where the sheet goes on. */
static size_t split_script(struct splitter *s, const struct tag *tag)
{
    size_t end = find_from(s->text, tag->end, SLICE_LIT("</"));
    while (end < s->text.len && !slice_starts(slice_from_offset(s->text, end + 2), tag->name))
        end = find_from(s->text, end + 2, SLICE_LIT("</"));
    enum language language =
        language_named(attribute_value(tag->attributes, SLICE_LIT("language")));
    if (language == LANGUAGE_NONE)
        language = LANGUAGE_JSCRIPT; /* the default of MSXML and .NET */
    if (language == LANGUAGE_VBSCRIPT)
        language = LANGUAGE_VB;
    add_piece_text(s, PIECE_MEMBERS, language, tag->end, xml_text(s, tag->end, end));
    return end;
}

#define CLASSES_MAX 16

/* Prefixes that stand for Java classes. */
struct classes {
    struct {
        struct slice prefix, name;
    } of[CLASSES_MAX];
    size_t count;
};

static const struct slice class_schemes[] = {
    SLICE_INIT("http://xml.apache.org/xalan/java/"),
    SLICE_INIT("http://xml.apache.org/xslt/java/"),
    SLICE_INIT("http://www.oracle.com/XSL/Transform/java/"),
    SLICE_INIT("http://saxon.sf.net/java-type/"),
    SLICE_INIT("xalan://"),
    SLICE_INIT("java:"),
    SLICE_INIT("clitype:"),
};

#define NAMESPACE SLICE_LIT("xmlns:")

static void note_class(struct classes *classes, const struct attribute *attribute)
{
    if (classes->count == CLASSES_MAX || !slice_starts(attribute->name, NAMESPACE))
        return;
    for (size_t i = 0; i < sizeof class_schemes / sizeof class_schemes[0]; i++)
        if (slice_starts(attribute->value, class_schemes[i])) {
            classes->of[classes->count].prefix =
                slice_from_offset(attribute->name, NAMESPACE.len);
            classes->of[classes->count].name =
                slice_from_offset(attribute->value, class_schemes[i].len);
            classes->count++;
            return;
        }
}

/* The class whose prefix, with its colon, starts `text`; its index, or classes->count. */
static size_t class_at(const struct classes *classes, struct slice text)
{
    size_t i = 0;
    for (; i < classes->count; i++) {
        struct slice prefix = classes->of[i].prefix;
        if (slice_starts(text, prefix) && text.len > prefix.len &&
            text.ptr[prefix.len] == ':' &&
            (text.len < prefix.len + 2 || text.ptr[prefix.len + 1] != ':'))
            break;
    }
    return i;
}

/* Writes "prefix:method(...)" as "class.method(...)"; returns whether there was one. */
static bool write_java(const struct classes *classes, struct slice expression, struct buf *out)
{
    bool found = false;
    for (size_t at = 0; at < expression.len;) {
        bool inside_name = at && is_name_char(expression.ptr[at - 1]);
        struct slice rest = slice_from_offset(expression, at);
        size_t i = inside_name ? classes->count : class_at(classes, rest);
        if (i == classes->count) {
            buf_add_char(out, expression.ptr[at++]);
            continue;
        }
        found = true;
        buf_add_slice(out, classes->of[i].name);
        if (classes->of[i].name.len)
            buf_add_char(out, '.');
        at += classes->of[i].prefix.len + 1;
    }
    return found;
}

static void split_expression(struct splitter *s, size_t at, const struct classes *classes,
                             struct slice expression)
{
    struct buf out = BUF_INIT;
    if (slice_has(expression, SLICE_LIT(":")) && write_java(classes, expression, &out))
        add_piece_text(s, PIECE_VALUE, LANGUAGE_JAVA, at,
                       arena_copy(s->arena, buf_slice(&out)));
    buf_deinit(&out);
}

static size_t split_element(struct splitter *s, size_t at, struct classes *classes)
{
    struct tag tag;
    if (s->tag_effort == 0 || !read_tag(s, at, &tag))
        return at + 1;
    bool empty = s->text.ptr[tag.end - 2] == '/';
    if (slice_icase_eq(local_name(tag.name), SLICE_LIT("script")) && !empty)
        return split_script(s, &tag);
    if (slice_eq(local_name(tag.name), SLICE_LIT("using"))) /* msxsl:using namespace= */
        add_directive(s, SLICE_LIT("Import"), at, tag.attributes);
    for (const struct attribute *a = tag.attributes; a; a = a->next) {
        note_class(classes, a);
        if (classes->count && !slice_starts(a->name, NAMESPACE))
            split_expression(s, at, classes, a->value);
    }
    return tag.end;
}

void split_xslt(struct splitter *s)
{
    struct classes classes = { .count = 0 };
    size_t at = 0;
    while ((at = find_from(s->text, at, SLICE_LIT("<"))) < s->text.len)
        at = at + 1 < s->text.len && is_name_start(s->text.ptr[at + 1])
                 ? split_element(s, at, &classes)
                 : at + 1;
}
