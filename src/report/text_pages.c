/* Pages on disk that say something. */
#include "base/clock.h"
#include "report/page_words.h"
#include "report/text_internal.h"

#define REASONS_PRINTED_MAX 6 /* of one page */

static void print_page_reasons(struct text *t, const struct page_record *record)
{
    struct buf text = BUF_INIT;
    size_t shown =
        record->reason_count < REASONS_PRINTED_MAX ? record->reason_count : REASONS_PRINTED_MAX;
    for (size_t i = 0; i < shown; i++) {
        buf_clear(&text);
        page_words_reason(&text, &record->reasons[i]);
        page_wrap(&t->page, INK_PLAIN, "      ", 8, buf_slice(&text));
        buf_clear(&text);
        page_words_way(&text, &record->reasons[i]);
        if (text.len)
            page_wrap(&t->page, INK_FAINT, NULL, 10, buf_slice(&text));
    }
    if (shown < record->reason_count)
        page_wrap(&t->page, INK_PLAIN, NULL, 6,
                  tell_format(t->r, "... and %lu more reasons",
                              (unsigned long)(record->reason_count - shown)));
    buf_deinit(&text);
}

static void print_disk_page(struct text *t, const struct disk_page *page)
{
    struct buf text = BUF_INIT;
    const struct page_record *record = page->record;
    bool open = record->standing == STANDING_FOREIGN && record->later_builds &&
                page->class == WEBSHELL_FOREIGN && page->grade == GRADE_N;
    page_wrap(&t->page, page->grade >= GRADE_E4 ? INK_ALARM : INK_BOLD, "  - ", 4,
              tell_format(t->r, "%.*s: %s %.*s", SLICE_FMT(tell_safe(t->r, page->path)),
                          page_words_class(page->class),
                          SLICE_FMT(tell_cite(t->r, &page->proof))));
    print_page_reasons(t, record);
    if (open)
        tell_fill(&text, WORD_DISK_LATER, NULL, 0);
    if (record->modified != TIME_NONE)
        TELL(&text, WORD_DISK_TIME, { "time", tell_when(t->r, record->modified) });
    if (text.len)
        page_wrap(&t->page, INK_FAINT, "      ", 6, buf_slice(&text));
    buf_deinit(&text);
}

/* Those with a grade first; then what somebody should look at. */
void text_disk(struct text *t, const struct host_verdict *v)
{
    bool graded = false, looked = false;
    for (size_t i = 0; i < v->disk_count; i++) {
        bool grade = v->disk[i].grade >= GRADE_E4;
        if (grade && !graded)
            page_heading(&t->page, "BACK DOORS ON DISK");
        if (!grade && !looked)
            page_heading(&t->page, "PAGES ON DISK TO LOOK AT (they do not change the verdict)");
        graded |= grade;
        looked |= !grade;
        print_disk_page(t, &v->disk[i]);
    }
    if (v->disk_left_out)
        page_wrap(&t->page, INK_PLAIN, NULL, 4,
                  tell_format(t->r, "... and %lu more pages; the case file of --case holds all",
                              (unsigned long)v->disk_left_out));
}
