/*
 * Plain text for people: words wrapped to a width, colour on terminals only.
 * Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_PAGE_H
#define HAUBERK_REPORT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"

#define PAGE_WIDTH 80

enum ink { INK_PLAIN, INK_BOLD, INK_ALARM, INK_GOOD, INK_FAINT };

struct page {
    FILE *out;
    bool colour;
};

/* Text that is written as it is: no line of it is longer than it was. */
void page_line(const struct page *page, enum ink ink, const char *text);
void page_blank(const struct page *page);
void page_heading(const struct page *page, const char *text);

/*
 * Words wrapped to PAGE_WIDTH. The first line starts with `first` (NULL: spaces), the others
 * are indented by `indent` columns. Words longer than a line are broken behind a '/', '\' or
 * '&', or where the line ends. Escapes nothing: text from evidence comes escaped.
 */
void page_wrap(const struct page *page, enum ink ink, const char *first, size_t indent,
               struct slice text);

#endif
