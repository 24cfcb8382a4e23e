#include "report/html_writer.h"

#include <inttypes.h>

#include "base/escape.h"

#define FLUSH_BYTES (64U << 10)

void html_init(struct html *html, FILE *out)
{
    *html = (struct html){ .out = out };
}

void html_flush(struct html *html)
{
    if (!html->out || !html->text.len)
        return;
    fwrite(html->text.ptr, 1, html->text.len, html->out);
    html->written += html->text.len;
    buf_clear(&html->text);
}

void html_deinit(struct html *html)
{
    html_flush(html);
    buf_deinit(&html->text);
    buf_deinit(&html->visible);
}

uint64_t html_size(const struct html *html)
{
    return html->written + html->text.len;
}

static void flush_now_and_then(struct html *html)
{
    if (html->text.len >= FLUSH_BYTES)
        html_flush(html);
}

void html_markup(struct html *html, const char *markup)
{
    buf_add_text(&html->text, markup);
    flush_now_and_then(html);
}

static const char *entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* With what must not move or reorder text made visible; lives until the next call. */
static struct slice visible(struct html *html, struct slice text)
{
    buf_clear(&html->visible);
    escape_text(&html->visible, text);
    return buf_slice(&html->visible);
}

static size_t char_length(struct slice text, size_t at)
{
    size_t end = at;
    utf8_next(text, &end);
    return end - at;
}

/* `text` is visible already. Returns how much of it was added. */
static size_t add_escaped(struct buf *out, struct slice text, size_t most)
{
    size_t limit = most < SIZE_MAX - out->len ? out->len + most : SIZE_MAX, at = 0;
    while (at < text.len) {
        const char *name = entity(text.ptr[at]);
        size_t length = name ? 1 : char_length(text, at);
        size_t need = name ? strlen(name) : length;
        if (need > limit - out->len)
            break;
        if (name)
            buf_add_text(out, name);
        else
            buf_add(out, text.ptr + at, length);
        at += length;
    }
    return at;
}

void html_text(struct html *html, struct slice text)
{
    add_escaped(&html->text, visible(html, text), SIZE_MAX);
    flush_now_and_then(html);
}

#define ELLIPSIS "\xe2\x80\xa6"

void html_text_cut(struct html *html, struct slice text, size_t most)
{
    /* No character becomes shorter: what is behind these bytes is cut in any case. */
    struct slice shown = visible(html, slice_first(text, most + 1));
    size_t before = html->text.len;
    if (add_escaped(&html->text, shown, most) == shown.len)
        return;
    html->text.len = before;
    add_escaped(&html->text, shown, most - strlen(ELLIPSIS));
    buf_add_text(&html->text, ELLIPSIS);
    flush_now_and_then(html);
}

/* "[12]" at the start of the text: its length, and the number. */
static size_t citation_length(struct slice text, uint64_t *number_out)
{
    size_t close = text.len && text.ptr[0] == '[' ? slice_find_char(text, ']') : SIZE_MAX;
    if (close == SIZE_MAX || close > 5)
        return 0;
    return slice_to_u64(slice_of(text.ptr + 1, close - 1), number_out) ? close + 1 : 0;
}

void html_cited(struct html *html, struct slice text, size_t proofs)
{
    while (text.len) {
        uint64_t number = 0;
        size_t open = slice_find_char(text, '[');
        html_text(html, slice_first(text, open));
        if (open == SIZE_MAX)
            return;
        text = slice_from_offset(text, open);
        size_t length = citation_length(text, &number);
        bool link = length && number >= 1 && number <= proofs;
        if (link) {
            html_markup(html, "<a class=\"cite\" href=\"#p");
            html_number(html, (int64_t)number);
            html_markup(html, "\">");
        }
        html_text(html, slice_first(text, length ? length : 1));
        if (link)
            html_markup(html, "</a>");
        text = slice_from_offset(text, length ? length : 1);
    }
}

void html_attribute(struct html *html, const char *name, struct slice value)
{
    buf_add_char(&html->text, ' ');
    buf_add_text(&html->text, name);
    buf_add_text(&html->text, "=\"");
    html_text(html, value);
    buf_add_char(&html->text, '"');
}

void html_number(struct html *html, int64_t number)
{
    buf_printf(&html->text, "%" PRId64, number);
}

void html_decimal(struct html *html, double number)
{
    buf_printf(&html->text, "%.1f", number);
}

void html_count(struct html *html, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            buf_add_char(&html->text, ',');
        buf_add_char(&html->text, digits[i]);
    }
}

void html_link(struct html *html, const char *prefix, uint64_t number)
{
    buf_printf(&html->text, "<a href=\"#%s%" PRIu64 "\">", prefix, number);
}

void html_id(struct html *html, const char *prefix, uint64_t number)
{
    buf_printf(&html->text, " id=\"%s%" PRIu64 "\"", prefix, number);
}

void html_base64(struct buf *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < len ? bytes[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buf_add_char(out, i + k <= len ? digits[group >> (18 - 6 * k) & 63] : '=');
    }
}
