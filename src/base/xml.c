#include "base/xml.h"

#include <stdlib.h>

#include <expat.h>

#include "base/buf.h"
#include "base/utf16.h"

#define NAME_MAX_LEN 256U
#define LATIN1 "ISO-8859-1"

/* ---- encodings ---- */

enum width { WIDTH_BYTE, WIDTH_LITTLE, WIDTH_BIG };

static enum width width_of(struct slice bytes, size_t *mark)
{
    const unsigned char *b = (const unsigned char *)bytes.ptr;
    *mark = 0;
    if (bytes.len >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff))) {
        *mark = 2;
        return b[0] == 0xff ? WIDTH_LITTLE : WIDTH_BIG;
    }
    if (bytes.len >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf)
        *mark = 3;
    if (bytes.len >= 2 && b[0] == '<' && b[1] == 0)
        return WIDTH_LITTLE;
    return bytes.len >= 2 && b[0] == 0 && b[1] == '<' ? WIDTH_BIG : WIDTH_BYTE;
}

static void widen(struct slice bytes, enum width width, struct buf *out)
{
    size_t units = bytes.len / 2;
    AUTO_FREE char *swapped = NULL;
    const char *little = bytes.ptr;
    if (width == WIDTH_BIG) {
        swapped = mem_alloc(units * 2 + 1);
        for (size_t i = 0; i < units; i++) {
            swapped[2 * i] = bytes.ptr[2 * i + 1];
            swapped[2 * i + 1] = bytes.ptr[2 * i];
        }
        little = swapped;
    }
    buf_reserve(out, units * UTF8_PER_UNIT);
    out->len = utf16le_to_utf8(little, units, out->ptr);
}

/* Bytes behind the first of a sequence; SIZE_MAX: it starts none. */
static size_t tail_of(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first < 0xc2 || first > 0xf4)
        return SIZE_MAX;
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

static bool is_utf8(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t tail = tail_of((unsigned char)text.ptr[i]);
        if (tail > text.len - i - 1)
            return false;
        for (; tail; tail--)
            if (((unsigned char)text.ptr[++i] & 0xc0) != 0x80)
                return false;
    }
    return true;
}

/* ---- reading ---- */

struct reading {
    const struct xml_sink *sink;
    struct xml_end *end;
    struct slice text;    /* what expat reads: UTF-8 or Latin-1 */
    const char *encoding; /* of the text, whatever its declaration says */
    bool wide;            /* the file is UTF-16 */
    size_t mark;          /* bytes of the file in front of the text */

    XML_Parser parser;
    size_t base;        /* of the text at which this parser began */
    uint32_t base_line; /* and its line, from 0 */
    size_t opening;     /* bytes of the tags that open it again, and that are told to nobody */

    size_t depth, elements;
    char *open[XML_DEPTH_MAX]; /* names of what is open */
    const char *stopped;       /* by a limit: why */

    /* offsets in the file only grow: the way so far */
    size_t at, units;
};

static bool is_opening(const struct reading *r)
{
    return (size_t)XML_GetCurrentByteIndex(r->parser) < r->opening;
}

static size_t position(const struct reading *r)
{
    size_t index = (size_t)XML_GetCurrentByteIndex(r->parser);
    size_t at = index < r->opening ? r->base : r->base + index - r->opening;
    return at < r->text.len ? at : r->text.len;
}

/* Where a position of the text lies in the file. */
static uint64_t file_offset(struct reading *r, size_t at)
{
    if (!r->wide)
        return r->mark + at;
    if (at < r->at)
        r->at = r->units = 0;
    for (; r->at < at; r->at++) {
        unsigned char c = (unsigned char)r->text.ptr[r->at];
        r->units += (c & 0xc0) == 0x80 ? 0 : c >= 0xf0 ? 2 : 1;
    }
    return r->mark + 2 * (uint64_t)r->units;
}

static uint32_t line_now(const struct reading *r)
{
    return r->base_line + (uint32_t)XML_GetCurrentLineNumber(r->parser);
}

static void stop(struct reading *r, const char *why)
{
    r->stopped = why;
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL on_start(void *data, const char *name, const char **attributes)
{
    struct reading *r = data;
    if (is_opening(r))
        return;
    if (r->depth == XML_DEPTH_MAX) {
        stop(r, "nested too deep");
        return;
    }
    if (++r->elements > XML_ELEMENTS_MAX) {
        stop(r, "too many elements");
        return;
    }
    struct xml_element element = { slice_from(name), attributes, line_now(r),
                                   file_offset(r, position(r)), r->depth };
    r->open[r->depth++] = mem_strdup(name);
    if (r->sink->start)
        r->sink->start(r->sink->context, &element);
}

static void close_last(struct reading *r)
{
    char *name = r->open[--r->depth];
    if (r->sink->end)
        r->sink->end(r->sink->context, slice_from(name));
    free(name);
}

static void XMLCALL on_end(void *data, const char *name)
{
    struct reading *r = data;
    (void)name;
    if (r->depth)
        close_last(r);
}

static void XMLCALL on_text(void *data, const char *text, int len)
{
    struct reading *r = data;
    if (!is_opening(r) && r->sink->text && len > 0)
        r->sink->text(r->sink->context, slice_of(text, (size_t)len));
}

static void XMLCALL on_doctype(void *data, const char *name, const char *system_id,
                               const char *public_id, int has_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_subset;
    stop(data, "a document type");
}

static void note_problem(struct reading *r, const char *why)
{
    if (r->end->problem)
        return;
    r->end->problem = why;
    r->end->line = line_now(r);
    r->end->offset = file_offset(r, position(r));
}

static bool start_parser(struct reading *r)
{
    r->parser = XML_ParserCreate(r->encoding);
    if (!r->parser)
        return false;
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    return true;
}

/* The tags that lead to where the reading goes on. */
static enum XML_Status open_again(struct reading *r)
{
    struct buf tags = BUF_INIT;
    for (size_t i = 0; i < r->depth; i++)
        buf_printf(&tags, "<%s>", r->open[i]);
    r->opening = tags.len;
    enum XML_Status status =
        tags.len ? XML_Parse(r->parser, tags.ptr, (int)tags.len, XML_FALSE) : XML_STATUS_OK;
    buf_deinit(&tags);
    return status;
}

static size_t find_open(const struct reading *r, struct slice name)
{
    size_t i = r->depth;
    while (i && !slice_eq(slice_from(r->open[i - 1]), name))
        i--;
    return i;
}

/* Behind "</name" there may be blanks. Returns where the tag ends; 0: it does not. */
static size_t end_of_tag(struct slice text, size_t at)
{
    while (at < text.len && text.ptr[at] != '>')
        at++;
    return at < text.len ? at + 1 : 0;
}

/*
 * expat stands at the name of a tag that closes what is not open, or at its "</". What it meant
 * to close is closed, with all within; a tag that means nothing that is open is left out.
 */
static bool repair(struct reading *r)
{
    size_t at = position(r);
    uint32_t line = line_now(r);
    if (at + 1 < r->text.len && r->text.ptr[at] == '<' && r->text.ptr[at + 1] == '/')
        at += 2;
    size_t end = end_of_tag(r->text, at);
    if (!end)
        return false;
    struct slice name = slice_trim(slice_of(r->text.ptr + at, end - 1 - at));
    if (name.len > NAME_MAX_LEN)
        return false;
    size_t keep = find_open(r, name);
    while (keep && r->depth >= keep)
        close_last(r);
    for (size_t i = at; i < end; i++)
        line += r->text.ptr[i] == '\n';
    r->base = end;
    r->base_line = line - 1;
    return r->depth > 0; /* behind the root there is nothing to go on with */
}

/* One parser's way, to the end of the text or to an error. */
static enum XML_Error parse(struct reading *r)
{
    struct slice rest = slice_from_offset(r->text, r->base);
    if (open_again(r) == XML_STATUS_OK &&
        XML_Parse(r->parser, rest.ptr, (int)rest.len, XML_TRUE) != XML_STATUS_ERROR)
        return XML_ERROR_NONE;
    return XML_GetErrorCode(r->parser);
}

static void read_all(struct reading *r)
{
    for (size_t repairs = 0; start_parser(r); repairs++) {
        enum XML_Error error = parse(r);
        if (error != XML_ERROR_NONE)
            note_problem(r, r->stopped ? r->stopped : XML_ErrorString(error));
        bool again = error == XML_ERROR_TAG_MISMATCH && repairs < XML_REPAIRS_MAX && repair(r);
        XML_ParserFree(r->parser);
        if (again)
            continue;
        r->end->stopped = error != XML_ERROR_NONE;
        break;
    }
    while (r->depth)
        free(r->open[--r->depth]);
}

void xml_read(struct slice bytes, const struct xml_sink *sink, struct xml_end *out)
{
    struct buf wide = BUF_INIT;
    size_t mark;
    enum width width = width_of(bytes, &mark);
    struct reading r = { .sink = sink, .end = out, .mark = mark };
    *out = (struct xml_end){ 0 };
    if (bytes.len > XML_BYTES_MAX) {
        *out = (struct xml_end){ "too large", 0, 0, true };
        return;
    }
    r.text = slice_from_offset(bytes, mark);
    r.wide = width != WIDTH_BYTE;
    if (r.wide) {
        widen(r.text, width, &wide);
        r.text = buf_slice(&wide);
    }
    r.encoding = is_utf8(r.text) ? "UTF-8" : LATIN1;
    read_all(&r);
    buf_deinit(&wide);
}

struct slice xml_attribute(const struct xml_element *element, const char *name)
{
    for (const char **pair = element->attributes; pair[0]; pair += 2)
        if (slice_icase_eq(slice_from(pair[0]), slice_from(name)))
            return slice_from(pair[1]);
    return SLICE_LIT("");
}

bool xml_has_attribute(const struct xml_element *element, const char *name)
{
    for (const char **pair = element->attributes; pair[0]; pair += 2)
        if (slice_icase_eq(slice_from(pair[0]), slice_from(name)))
            return true;
    return false;
}
