#include "report/page.h"

static const char *ink_code(enum ink ink)
{
    static const char *const codes[] = { "", "\x1b[1m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[2m" };
    return codes[ink];
}

static void begin(const struct page *page, enum ink ink)
{
    if (page->colour && ink != INK_PLAIN)
        fputs(ink_code(ink), page->out);
}

static void end(const struct page *page, enum ink ink)
{
    if (page->colour && ink != INK_PLAIN)
        fputs("\x1b[0m", page->out);
    fputc('\n', page->out);
}

void page_line(const struct page *page, enum ink ink, const char *text)
{
    begin(page, ink);
    fputs(text, page->out);
    end(page, ink);
}

void page_blank(const struct page *page)
{
    fputc('\n', page->out);
}

void page_heading(const struct page *page, const char *text)
{
    page_blank(page);
    page_line(page, INK_BOLD, text);
}

/* Columns that text takes: one for each code point, near enough for what we print. */
static size_t columns(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return n;
}

/* How much of a word that is too long fits into `room` columns, broken at a good place. */
static size_t break_word(struct slice word, size_t room)
{
    size_t fits = 0, used = 0, good = 0;
    while (fits < word.len && used < room) {
        fits++;
        while (fits < word.len && ((unsigned char)word.ptr[fits] & 0xc0) == 0x80)
            fits++;
        used++;
        if (strchr("/\\&,;", word.ptr[fits - 1]))
            good = fits;
    }
    return good > room / 3 ? good : fits;
}

static void new_line(const struct page *page, enum ink ink, size_t indent)
{
    end(page, ink);
    for (size_t i = 0; i < indent; i++)
        fputc(' ', page->out);
    begin(page, ink);
}

/* Where the writing of a paragraph stands. */
struct pen {
    const struct page *page;
    enum ink ink;
    size_t indent, at;
    bool fresh; /* nothing on this line yet */
};

static void pen_new_line(struct pen *pen)
{
    new_line(pen->page, pen->ink, pen->indent);
    pen->at = pen->indent;
    pen->fresh = true;
}

static void pen_put(struct pen *pen, struct slice text)
{
    fprintf(pen->page->out, "%s%.*s", pen->fresh ? "" : " ", SLICE_FMT(text));
    pen->at += columns(text) + !pen->fresh;
    pen->fresh = false;
}

static void pen_word(struct pen *pen, struct slice word)
{
    while (word.len) {
        size_t width = columns(word);
        if (pen->at + width + !pen->fresh <= PAGE_WIDTH) {
            pen_put(pen, word);
            return;
        }
        bool fits_alone = width <= PAGE_WIDTH - pen->indent;
        if (!pen->fresh && (fits_alone || pen->at + 8 > PAGE_WIDTH)) {
            pen_new_line(pen);
            continue;
        }
        size_t taken = pen->at + !pen->fresh;
        if (taken >= PAGE_WIDTH) { /* the head of the paragraph fills the line */
            pen_new_line(pen);
            continue;
        }
        size_t part = break_word(word, PAGE_WIDTH - taken);
        pen_put(pen, slice_first(word, part));
        word = slice_from_offset(word, part);
        if (word.len)
            pen_new_line(pen);
    }
}

void page_wrap(const struct page *page, enum ink ink, const char *first, size_t indent,
               struct slice text)
{
    struct pen pen = { page, ink, indent, 0, true };
    if (first) {
        fputs(first, page->out);
        pen.at = columns(slice_from(first));
    }
    for (; pen.at < indent; pen.at++)
        fputc(' ', page->out);
    begin(page, ink);
    for (struct slice rest = text; rest.ptr;)
        pen_word(&pen, slice_cut(&rest, ' '));
    end(page, ink);
}
