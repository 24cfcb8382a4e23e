/*
 * The writer of HTML. Only html_text(), html_text_cut(), html_cited() and html_attribute() take
 * text that may come from evidence, and all of them escape it: markup, control characters,
 * bidirectional overrides and invalid UTF-8 show as text. html_markup() takes constants of this
 * program. Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_HTML_WRITER_H
#define HAUBERK_REPORT_HTML_WRITER_H

#include <stdio.h>

#include "base/buf.h"

struct html {
    FILE *out;        /* NULL: everything stays in `text` */
    struct buf text;  /* not written yet */
    uint64_t written; /* bytes that went to `out` */
    struct buf visible;
};

void html_init(struct html *html, FILE *out);
void html_deinit(struct html *html);
void html_flush(struct html *html);
uint64_t html_size(const struct html *html); /* bytes so far */

/* Constant markup. Never evidence. */
void html_markup(struct html *html, const char *markup);

/* Text; also right inside of quoted attributes. */
void html_text(struct html *html, struct slice text);
/* The same, of at most `most` bytes of HTML, and "…" when that cuts it. */
void html_text_cut(struct html *html, struct slice text, size_t most);
/* Text in which "[n]", n from 1 to `proofs`, becomes a link to #p<n>. */
void html_cited(struct html *html, struct slice text, size_t proofs);
/* ` name="value"` */
void html_attribute(struct html *html, const char *name, struct slice value);

void html_number(struct html *html, int64_t number);
void html_decimal(struct html *html, double number); /* for SVG: one digit behind the point */
/* A number as people read it: "1,234,567". */
void html_count(struct html *html, uint64_t number);

/* `<a href="#NAME">` or ` id="NAME"` of a part of the document: prefix and number. */
void html_link(struct html *html, const char *prefix, uint64_t number);
void html_id(struct html *html, const char *prefix, uint64_t number);

/* Appends the base64 form (RFC 4648) of the bytes: what a Content-Security-Policy names. */
void html_base64(struct buf *out, const uint8_t *bytes, size_t len);

#endif
