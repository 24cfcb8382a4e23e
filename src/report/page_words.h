/*
 * The catalogue of sentences about pages: why a page is a back door, in words that an
 * administrator can check. One place, so that it can be translated; what decides
 * (webshell/page.c) holds no words. Everything that comes from the page is escaped here.
 *
 * Thread rule: constant data and pure functions.
 */
#ifndef HAUBERK_REPORT_PAGE_WORDS_H
#define HAUBERK_REPORT_PAGE_WORDS_H

#include "base/buf.h"
#include "casefile/page_record.h"
#include "webshell/yara.h"

/* "a value of the query string reaches Process.Start, which starts a program" */
void page_words_reason(struct buf *out, const struct page_reason *reason);

/* "line 12 Request["x"] -> line 14 b -> line 15 eval", or "line 3"; nothing when unknown. */
void page_words_way(struct buf *out, const struct page_reason *reason);

/* Both: "... reaches eval, which runs text as code (line 12 ... -> line 15 eval)". */
void page_words_sentence(struct buf *out, const struct page_reason *reason);

/* "the YARA rule X matches at byte 12: what it says it finds" */
void page_words_match(struct buf *out, const struct yara_rule *rule,
                      const struct page_match *match);

/* What the class means: "a web shell: whoever calls it runs what he likes". */
const char *page_words_class(enum webshell_class class);
const char *page_words_noun(enum webshell_class class); /* "a web shell" */

const char *page_words_kind(enum page_kind kind);        /* "ASP.NET page" */
const char *page_words_language(enum language language); /* "C#"; NULL for none */
const char *page_words_kind_name(enum page_kind kind);   /* for programs: "aspx" */

#endif
