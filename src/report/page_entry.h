/*
 * One page, as `page` and the reports print it: a record of docs/ndjson.md, or text for people.
 * Thread rule: pure functions.
 */
#ifndef HAUBERK_REPORT_PAGE_ENTRY_H
#define HAUBERK_REPORT_PAGE_ENTRY_H

#include "casefile/page_record.h"
#include "report/page.h"
#include "webshell/yara.h"

/* Where a page stands. */
struct page_place {
    struct slice host; /* absent: not known */
    struct slice path;
    const struct yara_set *yara; /* of its matches; NULL: they are not told here */
};

/* A record "page", with its newline. */
void page_entry_ndjson(struct buf *out, const struct page_place *place,
                       const struct page_record *record);

/* Class, file, and each reason with the way that the data goes. */
void page_entry_text(const struct page *page, const struct page_place *place,
                     const struct page_record *record);

#endif
